"""The catalogue of encoders that a judge's card can name, and how each is built again."""

from collections.abc import Callable
from pathlib import Path

from plaudit.encoders.promise import Encoder, WeightsError
from plaudit.encoders.spec import EncoderSpec
from plaudit.encoders.weights import read_tensors


def _mert(spec: EncoderSpec, path: Path, device: str, precision: str) -> Encoder:
    from plaudit.encoders.mert import MertEncoder

    return MertEncoder(
        spec.config,
        read_tensors(path),
        where=str(path),
        name=spec.name,
        layers=spec.layers,
        device=device,
        precision=precision,
    )


def _measured(spec: EncoderSpec, path: Path, device: str, precision: str) -> Encoder:
    from plaudit.encoders.measured.encoder import MeasuredEncoder

    return MeasuredEncoder(
        read_tensors(path), where=str(path), name=spec.name, device=device, precision=precision
    )


ENCODERS: dict[str, Callable[[EncoderSpec, Path, str, str], Encoder]] = {
    "mert": _mert,
    "measured": _measured,
}


def open_encoder(spec: EncoderSpec, path: Path, *, device: str, precision: str) -> Encoder:
    """Build the encoder a card names from its weight file, and check that it is the same one.

    Raises
    ------
    WeightsError
        The tensors do not fit, or are not those the card was written for.
    """
    encoder = ENCODERS[spec.kind](spec, path, device, precision)
    if encoder.spec.hash == spec.hash and encoder.spec != spec:
        said, here = spec.model_dump(), encoder.spec.model_dump()
        other = [name for name in said if said[name] != here[name]]
        raise WeightsError(
            f"{path} was made for an encoder that hears otherwise than this Plaudit's:"
            f" {', '.join(f'{name} {said[name]} (here {here[name]})' for name in other)}; use the"
            " Plaudit it was made with, or make the judge again."
        )
    if encoder.spec != spec:
        raise WeightsError(
            f"{path} is not the encoder its card names (hash {encoder.spec.hash[:12]},"
            f" card {spec.hash[:12]}); the folder was changed or mixed, make it again."
        )
    return encoder
