"""Several networks in one, and attention over the segments of many songs."""

import copy
import hashlib
import json
from typing import Any

import pytest
import torch

from plaudit.core.axes import AXES
from plaudit.core.settings import read_json
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.card import Card, HeadSpec, Recipe
from plaudit.model.folder import judge_hash, read_card
from plaudit.model.network import Network
from plaudit.model.pooling import AttentionPool, segment_weights

ALL = tuple(axis.name for axis in AXES)


def recipe(members: int, output: str = "value", level: str = "song") -> Recipe:
    heads = HeadSpec.model_validate(
        {"axes": ALL, "input_dim": 8, "shared_dims": (6,), "branch_dims": (4,), "output": output}
    )
    return Recipe.model_validate({"heads": heads, "members": members, "level": level})


def members(whole: Network) -> list[Network]:
    return [member for member in whole.members or () if isinstance(member, Network)]


def test_an_ensemble_says_the_mean_of_its_members_and_how_far_they_differ() -> None:
    whole = Network(recipe(3), 2).eval()
    rows, weights = torch.randn(4, 2, 8), torch.full((4,), 0.25)
    output = whole.score(rows, weights)
    each = torch.stack([member.score(rows, weights).song for member in members(whole)])
    torch.testing.assert_close(output.song, each.mean(dim=0))
    assert output.spread is not None
    torch.testing.assert_close(output.spread, each.std(dim=0))


def test_an_ensemble_of_distributions_is_a_mixture() -> None:
    whole = Network(recipe(2, "ordinal"), 2).eval()
    rows, weights = torch.randn(1, 2, 8), torch.ones(1)
    output = whole.score(rows, weights)
    a, b = (member.score(rows, weights) for member in members(whole))
    assert a.spread is not None
    assert b.spread is not None
    assert output.spread is not None
    expected = (a.spread**2 + b.spread**2) / 2 + (a.song - b.song) ** 2 / 2
    torch.testing.assert_close(output.spread**2, expected)


def test_one_published_network_has_no_spread() -> None:
    assert Network(recipe(1), 2).eval().score(torch.randn(1, 2, 8), torch.ones(1)).spread is None


@pytest.mark.parametrize("level", ["song", "segment"])
def test_an_ordinal_network_gives_a_spread_at_both_levels(level: str) -> None:
    network = Network(recipe(1, "ordinal", level), 2).eval()
    rows = torch.randn(1, 2, 8).expand(3, 2, 8)
    output, single = (
        network.score(rows, torch.full((3,), 1 / 3)),
        network.score(rows[:1], torch.ones(1)),
    )
    assert output.spread is not None
    assert single.spread is not None
    torch.testing.assert_close(output.spread, single.spread)
    torch.testing.assert_close(output.song, single.song)


def test_attention_over_many_songs_is_attention_song_by_song() -> None:
    pool = AttentionPool(5)
    torch.nn.init.normal_(pool.query.weight)
    lengths = [3, 1, 4]
    rows, song = torch.randn(8, 5), torch.repeat_interleave(torch.arange(3), torch.tensor(lengths))
    seconds = [[30.0, 0.0, 10.0], [0.0], [1.0, 2.0, 3.0, 4.0]]
    prior = [segment_weights("music", [30.0] * len(s), s) for s in seconds]
    together = pool.by_song(rows, torch.cat(prior), song, 3)
    alone = [pool(part, w) for part, w in zip(torch.split(rows, lengths), prior, strict=True)]
    torch.testing.assert_close(together, torch.cat(alone))
    assert together[1].item() == 0.0  # a segment without music, whatever attention says


OLD: dict[str, Any] = {
    "format_version": 1, "name": "old", "version": "1", "summary": "As version 0.1 wrote it.",
    "encoder": {
        "kind": "mert", "name": "MERT-v1-95M", "hash": "ab", "sample_rate": 24000,
        "layers": [2, 5, 8, -1], "dim": 8, "licence": "CC-BY-NC-4.0", "config": {},
    },
    "recipe": {
        "segment": {"length_s": 30.0, "tail": "pad", "min_tail_s": 10.0},
        "mix": "fixed", "pooling": "mean", "level": "song", "silence": "refuse",
        "heads": {
            "axes": ["streams", "likes"], "input_dim": 8, "shared_dims": [512, 256],
            "branch_dims": [128, 64], "shared_dropout": 0.3, "branch_dropout": 0.1,
        },
    },
    "weights_hash": "cd", "training_data": "", "metrics": [],
    "interval": {
        "coverage": 0.9, "half_width": {"streams": 30.5, "likes": 28.0}, "explanation": "Said.",
    },
    "familiarity": None, "licence": "", "citation": "",
    "intended_uses": [], "forbidden_uses": [], "limits": [],
}  # fmt: skip


def compact(record: dict[str, Any]) -> str:
    return json.dumps(record, separators=(",", ":"))


def test_a_judge_keeps_its_hash_when_cards_learn_to_say_more() -> None:
    width = {key: OLD["interval"][key] for key in ("coverage", "half_width")}
    parts = compact(OLD["encoder"]), OLD["weights_hash"], compact(OLD["recipe"]), compact(width)
    card = read_json(Card, compact(OLD), "card.json")
    assert judge_hash(card) == hashlib.sha256("\n".join(parts).encode()).hexdigest()


def test_a_card_of_format_1_keeps_its_hash_when_it_is_written_in_format_3() -> None:
    old = copy.deepcopy(OLD)
    old["recipe"]["heads"]["falling"] = [5, 8]
    width = {key: OLD["interval"][key] for key in ("coverage", "half_width")}
    parts = compact(OLD["encoder"]), OLD["weights_hash"], compact(old["recipe"]), compact(width)
    expected = hashlib.sha256("\n".join(parts).encode()).hexdigest()

    card = read_json(Card, compact(old), "card.json")
    text = card.model_dump_json()
    assert card.recipe.heads.flaw_inputs == (5, 8)
    assert '"format_version":3' in text
    assert "falling" not in text
    assert judge_hash(card) == judge_hash(read_json(Card, text, "card.json")) == expected


def test_the_shipped_judge_is_the_one_that_rows_name() -> None:
    assert judge_hash(read_card(BUNDLED)).startswith("2d07fd70")  # changes with a new judge only


def test_whatever_a_card_says_anew_is_in_its_hash() -> None:
    changes: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
        (("recipe",), {"members": 2}),
        (("recipe",), {"prior": "music"}),
        (("recipe", "heads"), {"output": "ordinal"}),
        (("recipe", "heads"), {"grades": 9}),
        (("recipe", "heads"), {"flaw_inputs": [0, 3]}),
        (("recipe", "heads"), {"flaw_inputs": [0, 3], "families": [2, 1]}),
        (("interval",), {"scale": "spread", "floor": {"streams": 1.0, "likes": 1.0}}),
        (("interval",), {"floor": {"likes": 1.0}}),
        (("interval",), {"abstain_above": {"likes": 30.0}}),
    )
    hashes = {judge_hash(read_json(Card, compact(OLD), "card.json"))}
    for place, change in changes:
        changed = copy.deepcopy(OLD)
        at = changed
        for key in place:
            at = at[key]
        at.update(change)
        hashes.add(judge_hash(read_json(Card, compact(changed), "card.json")))
    assert len(hashes) == 1 + len(changes)
