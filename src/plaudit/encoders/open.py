"""Building the encoder that a judge's card names, again."""

from collections.abc import Mapping
from pathlib import Path
from typing import assert_never

import torch

from plaudit.core.errors import InputError
from plaudit.encoders.promise import Encoder, WeightsError
from plaudit.encoders.spec import EncoderSpec
from plaudit.encoders.weights import read_tensors


def open_encoder(
    spec: EncoderSpec,
    path: Path,
    *,
    device: str,
    precision: str,
    batch_segments: int | None = None,
) -> Encoder:
    """Build the encoder a card names from its weight file, and check that it is the same one.

    ``batch_segments`` is that of `plaudit.encoders.mert.MertEncoder`.

    Raises
    ------
    WeightsError
        The tensors do not fit, or are not those the card was written for.
    InputError
        A batch is asked for that the encoder does not take.
    """
    return build_encoder(
        spec,
        read_tensors(path),
        path,
        device=device,
        precision=precision,
        batch_segments=batch_segments,
    )


def build_encoder(
    spec: EncoderSpec,
    tensors: Mapping[str, torch.Tensor],
    path: Path,
    *,
    device: str,
    precision: str,
    batch_segments: int | None = None,
) -> Encoder:
    """Build the encoder a card names from its tensors, and check that it is the same one.

    Raises
    ------
    WeightsError
        As `open_encoder`; ``path``, where the tensors are from, is named.
    """
    if batch_segments is not None and spec.kind != "mert":
        raise InputError(
            f"--batch-segments is for MERT; encoder '{spec.name}' ({spec.kind}) hears segments one"
            " by one. Leave it out."
        )
    encoder = _make(spec, dict(tensors), str(path), device, precision, batch_segments)
    if encoder.spec.hash == spec.hash and encoder.spec != spec:
        named, here = spec.model_dump(), encoder.spec.model_dump()
        other = [name for name in named if named[name] != here[name]]
        raise WeightsError(
            f"{path} was made for an encoder that differs from this Plaudit's:"
            f" {', '.join(f'{name} {named[name]} (here {here[name]})' for name in other)}; use the"
            " Plaudit it was made with, or make the judge again."
        )
    if encoder.spec != spec:
        raise WeightsError(
            f"{path} is not the encoder its card names (hash {encoder.spec.hash[:12]},"
            f" card {spec.hash[:12]}); the folder was changed or mixed, make it again."
        )
    return encoder


def _make(
    spec: EncoderSpec,
    tensors: dict[str, torch.Tensor],
    where: str,
    device: str,
    precision: str,
    batch_segments: int | None,
) -> Encoder:
    match spec.kind:  # imported here: an encoder's libraries load only where it is used
        case "mert":
            from plaudit.encoders.mert import MertEncoder

            return MertEncoder(
                spec.config,
                tensors,
                where=where,
                name=spec.name,
                layers=spec.layers,
                device=device,
                precision=precision,
                batch_segments=batch_segments,
            )
        case "measured":
            from plaudit.encoders.measured.encoder import MeasuredEncoder

            return MeasuredEncoder(
                tensors, where=where, name=spec.name, device=device, precision=precision
            )
        case "muq" | "clap" | "wavlm" | "mulan":
            from plaudit.encoders.published.encoder import PublishedEncoder

            return PublishedEncoder(
                spec.kind,
                spec.config,
                tensors,
                where=where,
                name=spec.name,
                layers=spec.layers,
                device=device,
                precision=precision,
            )
        case _:
            assert_never(spec.kind)
