"""Several networks in one, and attention over the segments of many songs."""

import pytest
import torch

from plaudit.core.axes import AXES
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.card import HeadSpec, Interval, Recipe
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
    said = whole.score(rows, weights)
    each = torch.stack([member.score(rows, weights).song for member in members(whole)])
    torch.testing.assert_close(said.song, each.mean(dim=0))
    assert said.spread is not None
    torch.testing.assert_close(said.spread, each.std(dim=0))


def test_an_ensemble_of_distributions_is_a_mixture() -> None:
    whole = Network(recipe(2, "ordinal"), 2).eval()
    rows, weights = torch.randn(1, 2, 8), torch.ones(1)
    said = whole.score(rows, weights)
    a, b = (member.score(rows, weights) for member in members(whole))
    assert a.spread is not None
    assert b.spread is not None
    assert said.spread is not None
    expected = (a.spread**2 + b.spread**2) / 2 + (a.song - b.song) ** 2 / 2
    torch.testing.assert_close(said.spread**2, expected)


def test_one_published_network_has_no_spread() -> None:
    assert Network(recipe(1), 2).eval().score(torch.randn(1, 2, 8), torch.ones(1)).spread is None


@pytest.mark.parametrize("level", ["song", "segment"])
def test_an_ordinal_network_gives_a_spread_at_both_levels(level: str) -> None:
    network = Network(recipe(1, "ordinal", level), 2).eval()
    rows = torch.randn(1, 2, 8).expand(3, 2, 8)
    said, one = network.score(rows, torch.full((3,), 1 / 3)), network.score(rows[:1], torch.ones(1))
    assert said.spread is not None
    assert one.spread is not None
    torch.testing.assert_close(said.spread, one.spread)
    torch.testing.assert_close(said.song, one.song)


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


def test_a_judge_keeps_its_hash_when_cards_learn_to_say_more() -> None:
    # As rows of version 0.1 state it; it changes when a number of the bundled judge changes.
    card = read_card(BUNDLED)
    heads = card.recipe.heads.model_copy(update={"output": "ordinal"})
    interval = card.interval
    assert isinstance(interval, Interval)
    changes: list[dict[str, object]] = [
        {"recipe": card.recipe.model_copy(update={"members": 2})},
        {"recipe": card.recipe.model_copy(update={"prior": "music"})},
        {"recipe": card.recipe.model_copy(update={"heads": heads})},
        {"interval": interval.model_copy(update={"scale": "spread"})},
        {"interval": interval.model_copy(update={"floor": {"likes": 1.0}})},
        {"interval": interval.model_copy(update={"abstain_above": {"likes": 30.0}})},
    ]
    hashes = {judge_hash(card.model_copy(update=change)) for change in changes}
    assert len(hashes | {judge_hash(card)}) == 7
    told = card.model_dump(mode="json")
    for record, name in (("recipe", "members"), ("recipe", "prior"), ("interval", "scale")):
        del told[record][name]
    assert judge_hash(type(card).model_validate(told)) == judge_hash(card)
