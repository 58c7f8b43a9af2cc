"""The encoder behind a store, found again so that a judge can carry it."""

from pathlib import Path

from plaudit.core.errors import InputError
from plaudit.encoders.open import open_encoder
from plaudit.encoders.promise import Encoder
from plaudit.encoders.spec import EncoderSpec
from plaudit.model.folder import CARD, ENCODER, read_card

# The room of judges lies beside this one: its folder is data here, not code.
_BUNDLED = Path(__file__).parents[1] / "judging" / "bundled"


def open_source(name: str, spec: EncoderSpec) -> Encoder:
    """Open the encoder that made a store.

    Parameters
    ----------
    name : str
        "bundled", a judge folder, or MERT weights (a folder or hub id).
    spec : EncoderSpec
        What the store says of it, its layers included.

    Returns
    -------
    Encoder
        On the CPU; its spec is that of the store.

    Raises
    ------
    InputError
        It is another encoder.
    WeightsError
        Its tensors do not fit.
    """
    folder = _BUNDLED if name == "bundled" else Path(name).expanduser()
    if (folder / CARD).is_file():
        found = read_card(folder).encoder
        if found.hash == spec.hash and found.kind == spec.kind:
            return open_encoder(spec, folder / ENCODER, device="cpu", precision="exact")
    else:
        from plaudit.encoders.mert import load_mert

        encoder = load_mert(name, layers=spec.layers, device="cpu")
        if encoder.spec == spec:
            return encoder
        found = encoder.spec
    raise InputError(
        f"The store was made by encoder {spec.name} (hash {spec.hash[:12]}), but encoder = '{name}'"
        f" is {found.name} (hash {found.hash[:12]}); name the one that made the store."
    )
