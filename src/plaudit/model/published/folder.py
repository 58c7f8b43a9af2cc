"""A published judge as a folder of ours: ``card.json``, ``model.safetensors``, tokenizers.

Every tensor that can change a score is in it under its part and published name, and nothing in it
runs code. It is checked against the card and needs no network.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from plaudit.core.errors import OutputError
from plaudit.core.folder import check_folder, standing, whole_folder
from plaudit.core.settings import load_json
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.tokens import Tokenizer, read_tokenizer
from plaudit.encoders.weights import digest, read_tensors
from plaudit.model.card import Card
from plaudit.model.folder import CARD, MODEL, is_published, judge_hash, read_card
from plaudit.model.published.card import PublishedCard
from plaudit.model.published.facts import model_class, open_model
from plaudit.model.published.procedure import Part, PublishedModel


def tokenizer_file(part: str) -> str:
    """Return the name of the tokenizer of a part in the folder of a judge."""
    return f"tokenizer-{part}.json"


def check_published_folder(
    folder: Path, parts: Iterable[str], inputs: Iterable[Path | None] = ()
) -> bool:
    """Make sure that a judge may be written there; return whether it replaces one."""
    names = (CARD, MODEL, *map(tokenizer_file, parts))
    return check_folder(folder, names, (CARD, b'"procedure"'), "a published judge", inputs)


def all_tensors(parts: Mapping[str, Part]) -> dict[str, torch.Tensor]:
    """Return the tensors of all parts, each under ``part/name``."""
    return {
        f"{name}/{key}": value.detach().cpu().contiguous()
        for name, part in parts.items()
        for key, value in part.tensors.items()
    }


def weights_hash(parts: Mapping[str, Part]) -> str:
    """Return the digest of all tensors and tokenizers of a judge."""
    texts = {n: part.tokenizer.text for n, part in parts.items() if part.tokenizer is not None}
    whole = [digest(all_tensors(parts)), *(f"{name}\0{texts[name]}" for name in sorted(texts))]
    return hashlib.sha256("\n".join(whole).encode()).hexdigest()


def write_published(folder: Path, card: PublishedCard, parts: Mapping[str, Part]) -> None:
    """Write a judge, whole or not at all, into a new or empty folder or over a published judge."""
    check_published_folder(folder, parts)
    with whole_folder(folder) as new:
        try:
            save_file(all_tensors(parts), new / MODEL)
        except SafetensorError as error:  # the disk is full
            raise OutputError(f"Expected to write a judge into {folder}, but {error}.") from error
        (new / CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
        for name, part in parts.items():
            if part.tokenizer is not None:
                (new / tokenizer_file(name)).write_text(part.tokenizer.text, encoding="utf-8")
        for path in new.iterdir():
            path.chmod(0o644)  # save_file makes private files; a judge is to be shared


def read_any_card(folder: Path) -> Card | PublishedCard:
    """Read and check the card of a judge folder, whoever made the judge."""
    if is_published(folder):
        return load_json(PublishedCard, standing(folder) / CARD)
    return read_card(folder)


def load_published(folder: Path, card: PublishedCard, device: torch.device) -> PublishedModel:
    """Load a judge; all tensors are accounted for, and checked against the card.

    Raises
    ------
    WeightsError
        A file is missing, tensors do not fit, or are not those that the card was written for.
    """
    parts = read_parts(folder, card)
    model = open_model(card.procedure, parts, device, dict(card.options))
    check_weights(folder, card, parts)
    return model


def read_parts(folder: Path, card: PublishedCard) -> dict[str, Part]:
    """Read the parts of a judge; `check_weights` says whether they are those of its card.

    Raises
    ------
    WeightsError
        The file of the weights is missing, damaged, or holds what is no part.
    """
    folder = standing(folder)
    if not (folder / MODEL).is_file():
        raise WeightsError(f"The judge in {folder} is incomplete: {MODEL} is missing.")
    tensors = read_tensors(folder / MODEL)
    other = sorted({name.partition("/")[0] for name in tensors} - card.parts.keys())
    if other:
        raise WeightsError(
            f"{folder / MODEL} holds tensors of '{other[0]}', which is no part of judge"
            f" '{card.name}'; the folder was changed or mixed, make it again."
        )
    return {
        name: Part(
            tensors={
                k.partition("/")[2]: v for k, v in tensors.items() if k.startswith(f"{name}/")
            },
            where=str(folder / MODEL),
            config=record.config,
            tokenizer=_tokenizer(folder / tokenizer_file(name)),
        )
        for name, record in card.parts.items()
    }


def check_weights(folder: Path, card: PublishedCard, parts: Mapping[str, Part]) -> None:
    """Raise `WeightsError` if parts are not those that a card was written for."""
    if weights_hash(parts) != card.weights_hash:
        raise WeightsError(
            f"{folder} does not hold the weights its card was written for; the folder was changed"
            " or mixed, make it again."
        )


def published_hash(card: PublishedCard) -> str:
    """Return a SHA-256 over all that can change a score: procedure, weights, settings, options."""
    settings = {name: part.config for name, part in card.parts.items()}
    text = json.dumps([settings, card.options], sort_keys=True)
    parts = (card.procedure, card.version, card.weights_hash, text)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def hash_of(card: Card | PublishedCard) -> str:
    """Return the hash of any judge, which covers all that can change a score."""
    return published_hash(card) if isinstance(card, PublishedCard) else judge_hash(card)


def needed_parts(procedure: str) -> tuple[str, ...]:
    """Return the names of the parts of a judge."""
    return tuple(model_class(procedure).PARTS)


def _tokenizer(path: Path) -> Tokenizer | None:
    return read_tokenizer(path) if path.is_file() else None
