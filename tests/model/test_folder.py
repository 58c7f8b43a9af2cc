"""A judge folder comes back as it was written, and a changed one is refused."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError, WeightsNotFoundError
from plaudit.model.folder import CARD, ENCODER, MODEL, judge_hash, load_folder, write_folder


@pytest.fixture
def copy(tiny_apex: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_apex, tmp_path / "judge"))


def change_card(folder: Path, **changes: object) -> None:
    card = json.loads((folder / CARD).read_text())
    card.update(changes)
    (folder / CARD).write_text(json.dumps(card))


def test_round_trip(copy: Path, tmp_path: Path) -> None:
    parts = load_folder(copy)
    write_folder(tmp_path / "again", *parts)
    for name in (MODEL, ENCODER):
        assert (tmp_path / "again" / name).read_bytes() == (copy / name).read_bytes()
    again = load_folder(tmp_path / "again")
    assert again.card == parts.card
    assert judge_hash(again.card) == judge_hash(parts.card)
    assert not list(tmp_path.glob(".again*"))


def test_the_hash_covers_what_changes_numbers_and_not_wording(copy: Path) -> None:
    card = load_folder(copy).card
    worded = card.model_copy(update={"summary": "another sentence"})
    pooled = card.model_copy(
        update={"recipe": card.recipe.model_copy(update={"pooling": "duration"})}
    )
    assert judge_hash(worded) == judge_hash(card) != judge_hash(pooled)


def test_changed_weights_are_refused(copy: Path) -> None:
    tensors = load_file(copy / MODEL)
    tensors["mix.bias"] = tensors["mix.bias"] + 1
    save_file(tensors, copy / MODEL)
    with pytest.raises(WeightsError, match="does not hold the weights its card was written for"):
        load_folder(copy)


def test_a_missing_tensor_is_named(copy: Path) -> None:
    tensors = load_file(copy / MODEL)
    del tensors["heads.branch_likes.branch.2.bias"]
    save_file(tensors, copy / MODEL)
    with pytest.raises(WeightsError, match=r"missing: heads\.branch_likes\.branch\.2\.bias"):
        load_folder(copy)


def test_an_unknown_key_names_the_nearest(copy: Path) -> None:
    change_card(copy, licenze="MIT")
    with pytest.raises(InputError, match="unknown key 'licenze'; did you mean 'licence'"):
        load_folder(copy)


def test_a_newer_format_is_not_guessed_at(copy: Path) -> None:
    change_card(copy, format_version=4)
    with pytest.raises(InputError, match="schema version 4; this Plaudit reads up to version 3"):
        load_folder(copy)


@pytest.mark.parametrize("name", [MODEL, ENCODER])
def test_an_incomplete_folder_says_what_is_missing(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(WeightsError, match=f"{name} is missing"):
        load_folder(copy)


def test_a_truncated_file_is_named(copy: Path) -> None:
    (copy / MODEL).write_bytes((copy / MODEL).read_bytes()[:1000])
    with pytest.raises(WeightsError, match=r"not a readable safetensors file"):
        load_folder(copy)


def test_other_folders_are_not_judges_and_are_not_overwritten(copy: Path, tmp_path: Path) -> None:
    other = tmp_path / "holiday"
    other.mkdir()
    (other / "photo.txt").write_text("me")
    with pytest.raises(WeightsNotFoundError, match="not a judge"):
        load_folder(other)
    parts = load_folder(copy)
    with pytest.raises(InputError, match="holds other files"):
        write_folder(other, *parts)
    assert (other / "photo.txt").read_text() == "me"
    with pytest.raises(InputError, match="is a file"):
        write_folder(other / "photo.txt", *parts)


def test_loaded_networks_are_frozen(copy: Path) -> None:
    network = load_folder(copy).network
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())
    assert isinstance(network.mix.weight, torch.Tensor)
