"""Mix, pooling and heads obey their laws."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.axes import AXES
from plaudit.model.card import HeadSpec, Pooling, Recipe
from plaudit.model.network import Network
from plaudit.model.pooling import AttentionPool, segment_weights

ALL = tuple(axis.name for axis in AXES)
SECONDS = st.lists(st.floats(0.5, 30), min_size=1, max_size=6)


def network(pooling: Pooling = "mean") -> Network:
    torch.manual_seed(0)
    heads = HeadSpec(axes=ALL, input_dim=8, shared_dims=(16, 8), branch_dims=(4,))
    return Network(Recipe(pooling=pooling, heads=heads), 3).eval()


@given(SECONDS, st.sampled_from(["mean", "duration", "music", "attention"]))
def test_weights_sum_to_one(duration_s: list[float], pooling: Pooling) -> None:
    weights = segment_weights(pooling, duration_s, [d / 2 for d in duration_s])
    assert float(weights.sum()) == pytest.approx(1, abs=1e-6)
    assert bool((weights >= 0).all())


def test_each_pooling_weighs_by_its_own() -> None:
    duration_s, music_s = [30.0, 30.0, 10.0], [30.0, 0.0, 10.0]
    assert segment_weights("mean", duration_s, music_s).tolist() == pytest.approx([1 / 3] * 3)
    assert segment_weights("duration", duration_s, music_s).tolist() == pytest.approx(
        [3 / 7, 3 / 7, 1 / 7]
    )
    assert segment_weights("music", duration_s, music_s).tolist() == pytest.approx([0.75, 0, 0.25])
    assert segment_weights("music", duration_s, [0, 0, 0]).tolist() == pytest.approx(
        [3 / 7, 3 / 7, 1 / 7]
    )


def test_attention_starts_as_the_mean_and_learns_to_prefer() -> None:
    pool = AttentionPool(2)
    rows, prior = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([0.5, 0.5])
    assert pool(rows, prior).tolist() == pytest.approx([0.5, 0.5])
    with torch.no_grad():
        pool.query.weight.copy_(torch.tensor([[3.0, 0.0]]))
    assert pool(rows, prior)[0] > 0.9


def test_scores_stay_in_the_range_of_their_axis() -> None:
    out = network().score(torch.randn(5, 3, 8) * 50, torch.full((5,), 0.2))
    for axis, value in zip(AXES, out.song.tolist(), strict=True):
        assert axis.low <= value <= axis.high


def test_order_of_segments_does_not_matter_to_the_song() -> None:
    rows, weights = torch.randn(4, 3, 8), torch.tensor([0.1, 0.2, 0.3, 0.4])
    a = network().score(rows, weights)
    b = network().score(rows.flip(0), weights.flip(0))
    torch.testing.assert_close(a.song, b.song)
    torch.testing.assert_close(a.segments, b.segments.flip(0))


@pytest.mark.parametrize("pooling", ["attended", "statistics"])
def test_songs_that_attend_to_themselves_do_not_see_each_other(pooling: Pooling) -> None:
    """In company or alone, and in any order of segments: the same song."""
    judge, rows = network(pooling), torch.randn(9, 3, 8, generator=torch.Generator().manual_seed(1))
    counts = [2, 1, 3, 1, 2]
    weights = torch.cat([torch.full((n,), 1 / n) for n in counts])
    together = judge(rows, weights, counts).value.detach()
    start = 0
    for place, n in enumerate(counts):
        own = rows[start : start + n]
        alone = judge.score(own.flip(0), torch.full((n,), 1 / n))
        torch.testing.assert_close(alone.song, together[place], rtol=1e-4, atol=1e-4)
        assert alone.segments.shape == (n, len(AXES))
        start += n
    assert len({round(float(value), 4) for value in together[:, 0]}) == 5


def test_one_segment_is_the_song() -> None:
    for pooling in ("mean", "attention"):
        out = network(pooling).score(torch.randn(1, 3, 8), torch.ones(1))
        torch.testing.assert_close(out.song, out.segments[0])
