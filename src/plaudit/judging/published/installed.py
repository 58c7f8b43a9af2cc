"""The judge that a folder holds already: where its parts came from, and whether it is whole."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from pydantic import JsonValue

from plaudit.core.errors import InputError, PlauditError
from plaudit.encoders.tokens import FILE as TOKENIZER_FILE
from plaudit.judging.published.bring import TOKENIZER
from plaudit.model.card import Card, Origin
from plaudit.model.folder import check_judge_folder, load_folder
from plaudit.model.published.card import PublishedCard
from plaudit.model.published.folder import (
    check_published_folder,
    load_published,
    needed_parts,
    read_any_card,
)

APEX = "apex"
"""The published judge that is a network and an encoder of ours (`import_apex`)."""


class Installed(NamedTuple):
    """A judge that is there: origins by part, options, what is wrong with it ("" if nothing)."""

    origins: Mapping[str, Origin]
    options: Mapping[str, JsonValue]
    fault: str
    is_imported: bool


def installed(name: str, folder: Path, parts: Collection[str]) -> Installed | None:
    """Return the judge of a name that a folder holds, None for a new or empty folder.

    Raises
    ------
    OutputError
        The folder holds something else, or another process writes it.
    InputError
        It holds another judge.
    """
    if name == APEX:
        is_there = check_judge_folder(folder)
    else:
        is_there = check_published_folder(folder, needed_parts(name))
    if not is_there:
        return None
    card = read_any_card(folder)
    held = card.procedure if isinstance(card, PublishedCard) else card.name
    if held != name:
        raise InputError(f"{folder} holds judge '{held}', not '{name}'; give another folder.")
    origins = _origins(card)
    return Installed(
        origins={part: origins[part] for part in parts if part in origins},
        options=card.options if isinstance(card, PublishedCard) else {},
        fault=_fault(folder, card),
        is_imported=not origins or any(origin.revision is None for origin in origins.values()),
    )


def _origins(card: Card | PublishedCard) -> dict[str, Origin]:
    if isinstance(card, Card):
        return dict(card.origins)
    origins: dict[str, Origin] = dict(card.parts)
    for part in card.parts.values():
        if part.tokenizer is not None:
            held = {TOKENIZER_FILE: part.files[TOKENIZER_FILE]}
            origins[TOKENIZER] = part.tokenizer.model_copy(update={"files": held})
    return origins


def _fault(folder: Path, card: Card | PublishedCard) -> str:
    """Return why a judge does not load, "" if it does."""
    try:
        if isinstance(card, PublishedCard):
            load_published(folder, card, torch.device("cpu"))
        else:
            load_folder(folder, device="cpu")
    except PlauditError as error:
        return str(error)
    return ""
