"""A judge as a folder: ``card.json``, ``model.safetensors``, ``encoder.safetensors``.

Nothing in it runs code, everything in it is checked against the card, and it needs no network.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from plaudit.core.errors import OutputError
from plaudit.core.folder import check_folder, standing, whole_folder
from plaudit.core.parse import load_values
from plaudit.core.settings import Record, load_json
from plaudit.encoders.open import open_encoder
from plaudit.encoders.promise import Encoder, WeightsError, WeightsNotFoundError
from plaudit.encoders.weights import assign, digest, read_tensors
from plaudit.model.bundled.trees import check_trees
from plaudit.model.card import TRAINING, Card
from plaudit.model.network import Network
from plaudit.model.training_songs import SONGS

CARD, MODEL, ENCODER = "card.json", "model.safetensors", "encoder.safetensors"
FILES = (CARD, MODEL, ENCODER, f"{SONGS}?")  # the last where the judge has it


class JudgeParts(NamedTuple):
    """What a judge folder holds, ready to use."""

    card: Card
    network: Network
    encoder: Encoder


def read_card(folder: Path) -> Card:
    """Read and check the card of a judge folder that has an encoder and a network of ours."""
    path = standing(folder) / CARD
    if not path.is_file():
        raise WeightsNotFoundError(
            f"{folder} is not a judge: expected {CARD} in it. `plaudit judges import-apex` makes"
            " such a folder from published weights."
        )
    if is_published(folder):
        raise WeightsError(
            f"{folder} is a published judge, which scores, compares and ranks; it has no encoder"
            " of ours to embed with or to train on."
        )
    return load_json(Card, path)


def is_published(folder: Path) -> bool:
    """Return whether a folder is a judge of `plaudit.model.published`, by its card."""
    path = standing(folder) / CARD
    if not path.is_file():
        return False
    values = load_values(path)
    return isinstance(values, dict) and "procedure" in values


def load_folder(
    folder: Path,
    *,
    device: str = "auto",
    precision: str = "exact",
    batch_segments: int | None = None,
) -> JudgeParts:
    """Load a judge folder; all tensors are accounted for and both hashes are checked.

    ``batch_segments`` is that of `plaudit.encoders.mert.MertEncoder`.

    Raises
    ------
    WeightsError
        Tensors do not fit, or are not those the card was written for.
    """
    folder = standing(folder)
    card = read_card(folder)
    for name in (MODEL, ENCODER):
        if not (folder / name).is_file():
            raise WeightsError(f"The judge in {folder} is incomplete: {name} is missing.")
    tensors = read_tensors(folder / MODEL)
    network = _empty_network(card, len(tensors), folder)
    assign(network, tensors, str(folder / MODEL))
    check_trees(network, card.recipe.heads.input_dim, str(folder / MODEL))
    if digest(tensors) != card.weights_hash:
        raise WeightsError(
            f"{folder / MODEL} does not hold the weights its card was written for;"
            " the folder was changed or mixed, make it again."
        )
    encoder = open_encoder(
        card.encoder,
        folder / ENCODER,
        device=device,
        precision=precision,
        batch_segments=batch_segments,
    )
    return JudgeParts(card, network.eval(), encoder)


def _empty_network(card: Card, n_tensors: int, folder: Path) -> Network:
    """Return the network that a card describes, without weights."""
    # Every member has tensors of its own: more members than tensors would only cost time.
    if card.recipe.members <= n_tensors:
        try:
            with torch.device("meta"):
                return Network(card.recipe, len(card.encoder.layers))
        except (RuntimeError, OverflowError, TypeError):  # sizes that no tensor has
            pass
    raise WeightsError(
        f"{folder / CARD} describes a network that {MODEL} cannot hold ({n_tensors} tensors); make"
        " the folder again."
    )


def check_judge_folder(folder: Path, inputs: Iterable[Path | None] = ()) -> bool:
    """Make sure that a judge may be written there; return whether it replaces one."""
    names = (CARD, MODEL, ENCODER, SONGS, TRAINING)
    return check_folder(folder, names, (CARD, b'"weights_hash"'), "a judge", inputs)


def write_folder(
    folder: Path,
    card: Card,
    network: Network,
    encoder: Encoder,
    songs: bytes | None = None,
    training: str | None = None,
) -> None:
    """Write a judge, whole or not at all, into a new or empty folder or over another judge.

    ``songs`` is the file that ``card.songs`` states, ``training`` the record of how it was trained,
    for ``training.json``.
    """
    check_judge_folder(folder)
    with whole_folder(folder) as new:
        try:
            save_file(model_tensors(network), new / MODEL)
            save_file({k: v.contiguous() for k, v in encoder.tensors().items()}, new / ENCODER)
        except SafetensorError as error:  # the disk is full
            raise OutputError(f"Expected to write a judge into {folder}, but {error}.") from error
        (new / CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
        if songs is not None:
            (new / SONGS).write_bytes(songs)
        if training is not None:
            (new / TRAINING).write_text(training, encoding="utf-8")
        for path in new.iterdir():
            path.chmod(0o644)  # save_file makes private files; a judge is to be shared


def model_tensors(network: Network) -> dict[str, torch.Tensor]:
    """Return the tensors of a network by name, on the CPU and contiguous."""
    return {k: v.detach().cpu().contiguous() for k, v in network.state_dict().items()}


def judge_hash(card: Card) -> str:
    """Return a SHA-256 over all that can change a score: encoder, weights, recipe, interval."""
    heads = _unused(
        card.recipe.heads,
        ("output", "grades", "flaw_inputs", "families", "wide", "faults", "trees", "leaves",
         "activation", "norm"),
    )  # fmt: skip
    recipe = _unused(card.recipe, ("prior", "members"))
    interval = card.interval
    unused = _unused(interval, ("scale", "floor", "abstain_above")) if interval else set()
    parts = (
        card.encoder.model_dump_json(),
        card.weights_hash,
        card.recipe.model_dump_json(
            by_alias=True, exclude=dict.fromkeys(recipe, True) | {"heads": heads}
        ),
        interval.model_dump_json(exclude={"explanation", *unused}) if interval else "",
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _unused(record: Record, later: tuple[str, ...]) -> set[str]:
    """Return those of the fields added later that have their defaults: they keep old hashes."""
    fields = type(record).model_fields
    return {
        name
        for name in later
        if getattr(record, name) == fields[name].get_default(call_default_factory=True)
    }
