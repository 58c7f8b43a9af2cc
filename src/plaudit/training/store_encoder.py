"""The encoder of an embedding store, opened again for the judge that is trained on it."""

from pathlib import Path

from plaudit.core.errors import InputError
from plaudit.core.file import expanded
from plaudit.encoders.open import open_encoder
from plaudit.encoders.promise import Encoder
from plaudit.encoders.spec import EncoderSpec
from plaudit.model.folder import CARD, ENCODER, read_card

# The area of judges lies beside this one: its folder is data here, not code.
_BUNDLED = Path(__file__).parents[1] / "judging" / "bundled"


def open_store_encoder(name: str, spec: EncoderSpec) -> Encoder:
    """Open the encoder of a store, named as bundled, a judge folder or MERT weights."""
    folder = _BUNDLED if name == "bundled" else expanded(name)
    if (folder / CARD).is_file():
        other = read_card(folder).encoder
        if other.hash == spec.hash and other.kind == spec.kind:
            return open_encoder(spec, folder / ENCODER, device="cpu", precision="exact")
    else:
        from plaudit.encoders.mert import load_mert

        encoder = load_mert(name, layers=spec.layers, device="cpu")
        if encoder.spec == spec:
            return encoder
        other = encoder.spec
    raise InputError(
        f"The store was made by encoder {spec.name} (hash {spec.hash[:12]}), but encoder = '{name}'"
        f" is {other.name} (hash {other.hash[:12]}); name the one that made the store."
    )
