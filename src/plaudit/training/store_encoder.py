"""The encoder of an embedding store, for the judge that is trained on the store."""

from dataclasses import replace

from plaudit.core.errors import InputError
from plaudit.encoders.promise import Encoder
from plaudit.encoders.spec import EncoderSpec
from plaudit.model.encoder_name import find_encoders


def open_store_encoder(name: str, spec: EncoderSpec) -> Encoder:
    """Open the encoder of a store, by a name that `plaudit.model.encoder_name` knows.

    Raises
    ------
    InputError
        The name means another encoder, or none.
    """
    made = f"The store was made by encoder {spec.name} (hash {spec.hash[:12]})"
    others = []
    try:
        for named in find_encoders(name, spec.layers, device="cpu"):
            other = named.source.opened
            if other.hash == spec.hash and other.kind == spec.kind:
                return replace(named.source, opened=spec).open().encoder
            others.append(f"{other.name} (hash {other.hash[:12]})")
    except InputError as error:  # there is no such encoder, or it has not those layers
        raise InputError(f"{made}, and encoder = '{name}' does not name it: {error}") from error
    raise InputError(
        f"{made}, but encoder = '{name}' is {' or '.join(others)}; name the one that made the"
        " store."
    )
