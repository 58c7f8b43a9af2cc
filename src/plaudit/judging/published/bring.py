"""Published files into a judge folder that works offline."""

from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from typing import NamedTuple

import torch
from pydantic import JsonValue

from plaudit.core.errors import InputError
from plaudit.core.file import expanded
from plaudit.core.settings import nearest
from plaudit.model.card import Origin
from plaudit.model.published.axis import JudgeAxis
from plaudit.model.published.card import AxisRecord, PartRecord, PublishedCard
from plaudit.model.published.facts import FACTS, model_class, open_model
from plaudit.model.published.folder import (
    check_published_folder,
    needed_parts,
    weights_hash,
    write_published,
)
from plaudit.model.published.parts import ReadPart, read_part
from plaudit.model.published.procedure import PartFiles

TOKENIZER = "tokenizer"
"""Name under which a tokenizer that does not lie beside its weights is given."""


class Brought(NamedTuple):
    """Where a part comes from: a file or folder, and the commit of the hub, if fetched there."""

    path: Path
    revision: str | None = None


def import_judge(
    name: str,
    sources: Mapping[str, Brought],
    out: Path,
    options: Mapping[str, JsonValue] | None = None,
) -> PublishedCard:
    """Make a judge folder from the files of a published judge.

    Parameters
    ----------
    name : str
        Of the catalogue.
    sources : mapping of str to Brought
        Part to where its published files are; "tokenizer" is one that lies elsewhere.
    out : Path
        Folder to write.
    options : mapping, optional
        Choices of its procedure other than the default.

    Returns
    -------
    PublishedCard
        The card of the judge.

    Raises
    ------
    InputError
        There is no such judge or part, or the folder holds something else.
    WeightsError
        A tensor or setting is missing, left over, of a wrong shape or not finite; it is named.
    """
    if name not in FACTS:
        raise InputError(f"There is no published judge '{name}'; {nearest(name, FACTS)}")
    kind = model_class(name)
    parts = needed_parts(name)
    wrong = [part for part in sources if part not in (*parts, TOKENIZER)]
    if wrong:
        raise InputError(
            f"Judge '{name}' has no part '{wrong[0]}'; {nearest(wrong[0], (*parts, TOKENIZER))}"
        )
    missing = [part for part in parts if part not in sources and not kind.PARTS[part].optional]
    if missing:
        raise InputError(
            f"Judge '{name}' also needs part '{missing[0]}'; give it as --weights"
            f" {missing[0]}=PATH (published as {kind.PARTS[missing[0]].hub})."
        )
    known = [option for option in signature(kind).parameters if option not in ("parts", "device")]
    for option in options or {}:
        if option not in known:
            raise InputError(
                f"Judge '{name}' has no option '{option}'; it has {', '.join(known) or 'none'}."
            )
    places = {part: expanded(source.path) for part, source in sources.items()}
    check_published_folder(out, parts, places.values())
    read = {
        part: read_part(part, kind.PARTS[part], places[part], places.get(TOKENIZER))
        for part in parts
        if part in places
    }
    model = open_model(
        name, {n: r.part for n, r in read.items()}, torch.device("cpu"), dict(options or {})
    )
    card = _card(name, read, sources, dict(options or {}), model.axes)
    write_published(out, card, {n: r.part for n, r in read.items()})
    return card


def _card(
    name: str,
    read: Mapping[str, ReadPart],
    sources: Mapping[str, Brought],
    options: dict[str, JsonValue],
    axes: tuple[JudgeAxis, ...],
) -> PublishedCard:
    facts, kind = FACTS[name], model_class(name)
    unread = [n for n, r in read.items() if kind.PARTS[n].tokenizer and r.part.tokenizer is None]
    limits = [
        *facts.limits,
        "No interval: no published judge states one, so low and high are empty.",
        "A silent file is refused, because the judge never learned what silence is.",
        "A constant under the samples, which nobody hears, moves scores, as published.",
        *(sentence for made in read.values() for sentence in made.assumed),
        *(f"Imported without a tokenizer.json for part '{n}': it reads no text." for n in unread),
    ]
    return PublishedCard(
        procedure=name,
        name=name,
        version="1",
        summary=f"{facts.title}: {facts.scores}.",
        axes=tuple(AxisRecord.of(axis) for axis in axes),
        conditions=kind.CONDITIONS,
        needs=kind.NEEDS,
        hearing=facts.hears,
        differs=facts.differs,
        options=options,
        parts={
            part: PartRecord(
                config=dict(made.part.config),
                licence=kind.PARTS[part].licence,
                hub=kind.PARTS[part].hub,
                revision=sources[part].revision,
                files=made.files,
                tokenizer=_tokenizer_origin(kind.PARTS[part], made, sources),
            )
            for part, made in read.items()
        },
        weights_hash=weights_hash({n: r.part for n, r in read.items()}),
        training_data=facts.learned_from,
        licence=facts.licence,
        commercial=facts.commercial,
        citation=facts.citation,
        intended_uses=("Comparing generated music in research, beside other judges.",),
        forbidden_uses=(
            facts.forbids,
            "Deciding about people: pay, removal or promotion without a human look.",
        ),
        limits=tuple(limits),
    )


def _tokenizer_origin(
    spec: PartFiles, made: ReadPart, sources: Mapping[str, Brought]
) -> Origin | None:
    given = sources.get(TOKENIZER)
    if made.part.tokenizer is None or given is None or given.revision is None:
        return None
    return Origin(hub=spec.tokenizer_hub, revision=given.revision)
