"""The encoder that a name means: for ``plaudit embed --encoder`` and ``encoder`` of a training."""

from collections.abc import Iterator
from typing import NamedTuple

from plaudit.audio.segment import SegmentRule
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.embeddings.extract.encoder_source import (
    EncoderSource,
    is_mert,
    judge_source,
    mert_source,
)
from plaudit.encoders.promise import WeightsNotFoundError
from plaudit.model.folder import ENCODER, is_published, read_card
from plaudit.model.place import judges_folder, local_judge


class NamedEncoder(NamedTuple):
    """An encoder on disk, how songs are cut for it, and where it is from, if not where named."""

    source: EncoderSource
    rule: SegmentRule
    note: str = ""


def find_encoders(
    name: str,
    layers: tuple[int, ...] | None = None,
    *,
    device: str = "auto",
    precision: str = "exact",
) -> Iterator[NamedEncoder]:
    """Yield the encoders that a name can mean, the first choice first; at least one.

    Parameters
    ----------
    name : str
        A name of `plaudit.model.published.encoder_part.ENCODERS`; "bundled"; a judge by name or
        folder; published files by folder, weight file or hub id.
    layers : tuple of int, optional
        Layers to keep; the encoder's own when not given.
    device, precision : str
        As `plaudit.encoders.open.open_encoder`.

    Yields
    ------
    NamedEncoder
        One that the name can mean.

    Raises
    ------
    InputError
        There is no such encoder, or it lacks a layer.
    WeightsNotFoundError
        It is known, but neither on this machine nor on the hub.
    WeightsError
        Its weights do not fit.
    """
    # Torch and the procedures of the judges: imported where they are needed.
    from plaudit.model.published import encoder_part as published

    if name in published.ENCODERS:
        yield from _of_name(name, layers, device, precision)
        return
    form = published.published_form(name)
    if form is not None:
        encoder, path = form
        source = published.source_of_files(encoder, path, layers, device, precision)
        yield NamedEncoder(source, _rule(encoder))
        return
    if is_mert(name):
        mert = mert_source(name, layers=layers, device=device, precision=precision)
        yield NamedEncoder(mert, SegmentRule())
        return
    folder = local_judge(name)
    if folder is None:
        home = judges_folder()
        here = [path.name for path in home.iterdir()] if home.is_dir() else []
        known = ("bundled", *published.ENCODERS, *here)
        raise InputError(
            f"There is no encoder '{name}', by its name, that of a judge, or as a folder;"
            f" {nearest(name, known)}"
        )
    if is_published(folder):
        source = published.source_of_judge(folder, None, layers, device, precision)
        yield NamedEncoder(source, _rule(source.encoder))
        return
    card = read_card(folder)
    own = judge_source(
        card.encoder, folder / ENCODER, layers=layers, device=device, precision=precision
    )
    yield NamedEncoder(own, card.recipe.segment)


def _of_name(
    name: str, layers: tuple[int, ...] | None, device: str, precision: str
) -> Iterator[NamedEncoder]:
    from plaudit.model.published import encoder_part as published

    origin, missing = published.ENCODERS[name], True
    for folder in published.judges_with(name):
        missing = False
        source = published.source_of_judge(folder, name, layers, device, precision)
        kept = ", ".join(map(str, source.layers))
        note = f"The encoder '{name}' is that of judge {folder}, layers {kept}."
        yield NamedEncoder(source, _rule(name), note)
    if origin.kind == "mert":  # as its id does
        mert = mert_source(origin.files.hub, layers=layers, device=device, precision=precision)
        yield NamedEncoder(mert, SegmentRule())
    elif missing:
        raise WeightsNotFoundError(published.how_to_get(name))


def _rule(encoder: str) -> SegmentRule:
    from plaudit.model.published.encoder_part import ENCODERS

    return SegmentRule(length_s=ENCODERS[encoder].segment_s)
