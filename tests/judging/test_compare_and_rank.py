"""Comparing and ranking: exact antisymmetry, honest ties, an order that the input cannot change."""

import math
from functools import partial
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plaudit.core.axes import AESTHETICS, AXES, AXIS
from plaudit.core.errors import InputError
from plaudit.judging.comparison import Comparison, compare_rows, half_width, verdict_of
from plaudit.judging.ranking import MEAN, rank_rows
from plaudit.judging.record import JudgeId, Score, SongScores
from plaudit.model.preference import Preference, PreferenceCard, PreferenceData
from plaudit.training.preference_fit import fit_preference

ALL = tuple(axis.name for axis in AXES)
READ = ("coherence", "clarity")
JUDGE = JudgeId(name="planted", version="1", hash="ab" * 32)
points = st.lists(st.floats(0, 1), min_size=len(ALL), max_size=len(ALL))


def song(name: str, share: list[float], width: float | None = 0.4) -> SongScores:
    """A judged song; ``share`` places each score in the range of its axis."""
    scores = {}
    for axis, part in zip(AXES, share, strict=True):
        size = axis.high - axis.low
        value = axis.low + part * size
        low, high = (None, None)
        if width is not None:
            low = max(axis.low, value - width * size / 4)
            high = min(axis.high, value + width * size / 4)
        scores[axis.name] = Score(value=value, low=low, high=high)
    return SongScores(
        path=name, sha256=name.rjust(64, "0"), judge=JUDGE, precision="exact", duration_s=30.0,
        scores=scores,
    )  # fmt: skip


def flat(name: str, share: float, width: float | None = 0.4) -> SongScores:
    return song(name, [share] * len(ALL), width)


def fitted(model: str) -> Preference:
    rng = np.random.default_rng(0)
    a, b = rng.uniform(1, 5, (2, 300, 2))
    won = rng.random(300) < 1 / (1 + np.exp(-(a - b) @ np.array([2.0, 0.5])))
    made = PreferenceData(name="made.csv", sha256="0" * 64)
    card = PreferenceCard.model_validate(
        {"plaudit": "0", "model": model, "calibration": "none", "features": READ,
         "judge": None, "battles": made, "scores": made, "n_decided": 300, "n_ties": 0,
         "n_neither": 0, "dropped": {}, "groups": "battle", "n_groups": 300, "seed": 1,
         "metrics": ()}
    )  # fmt: skip
    return Preference(card, fit_preference(a, b, won, model=model, rng=rng))


MODELS = {name: fitted(name) for name in ("logistic", "trees", "svm", "net")}


def compare(
    a: SongScores, b: SongScores, model: str | None = None, sure: float = 0.75
) -> Comparison:
    preference = None if model is None else MODELS[model]
    return compare_rows(a, b, coverage=0.8, preference=preference, sure=sure)


@settings(max_examples=60)
@given(points, points, st.sampled_from([None, *MODELS]))
def test_swapping_gives_exactly_one_minus(
    first: list[float], second: list[float], model: str | None
) -> None:
    a, b = song("a", first), song("b", second)
    there, back = compare(a, b, model), compare(b, a, model)
    assert there.probability is not None
    assert back.probability is not None
    assert there.probability == 1 - back.probability
    assert there.margin == -(back.margin or 0)
    assert [axis.part for axis in there.axes] == [
        None if axis.part is None else -axis.part for axis in back.axes
    ]
    turned = {"first": "second", "second": "first", "cannot tell": "cannot tell"}
    assert back.verdict == turned[there.verdict]
    assert compare(a, a, model).probability == 0.5


def test_parts_add_up_to_the_margin_and_point_to_what_differs() -> None:
    better = [0.5, 0.5, 0.9, 0.5, 0.5, 0.5, 0.5]
    for model in (None, "logistic"):
        comparison = compare(song("a", better), flat("b", 0.5), model)
        parts = {axis.axis: axis.part for axis in comparison.axes if axis.part is not None}
        assert comparison.parts_add_up
        assert sum(parts.values()) == pytest.approx(comparison.margin)
        assert max(parts, key=lambda axis: parts[axis]) == "coherence"
    assert not compare(flat("a", 0.7), flat("b", 0.5), "trees").parts_add_up


def test_the_chance_is_that_of_two_normal_errors() -> None:
    from scipy.stats import norm

    a, b = flat("a", 0.6), flat("b", 0.5)
    error = 0.4 / norm.ppf(0.9)
    expected = norm.cdf(0.4 / (error * math.sqrt(2)))
    assert compare(a, b).probability == pytest.approx(expected, abs=0.01)


def test_intervals_carry_no_certainty() -> None:
    best, worst = flat("a", 1.0, width=0.01), flat("b", 0.0, width=0.01)
    comparison = compare_rows(best, worst, coverage=0.8)
    assert comparison.margin is not None
    assert comparison.margin > 20
    assert comparison.probability == 0.99
    assert compare_rows(worst, best, coverage=0.8).probability == 1 - 0.99


def test_a_judge_without_intervals_gives_no_chance_and_says_what_to_do() -> None:
    comparison = compare_rows(flat("a", 0.9, None), flat("b", 0.1, None), coverage=None)
    assert (comparison.probability, comparison.margin, comparison.verdict) == (
        None,
        None,
        "cannot tell",
    )
    assert "plaudit train-preference" in comparison.note
    assert compare_rows(
        flat("a", 0.9, None), flat("b", 0.1, None), coverage=None, preference=MODELS["logistic"]
    ).verdict == "first"  # fmt: skip


@pytest.mark.parametrize(
    ("chance", "sure", "verdict"),
    [(0.75, 0.75, "first"), (0.749, 0.75, "cannot tell"), (0.25, 0.75, "second"),
     (0.5, 0.51, "cannot tell"), (None, 0.75, "cannot tell")],
)  # fmt: skip
def test_when_it_can_tell(chance: float | None, sure: float, verdict: str) -> None:
    assert verdict_of(chance, sure) == verdict


def test_what_cannot_be_compared_is_refused() -> None:
    a, b = flat("a", 0.5), flat("b", 0.6)
    with pytest.raises(InputError, match=r"above \.5 and below 1"):
        compare(a, b, sure=0.5)
    other = b.model_copy(update={"judge": JUDGE.model_copy(update={"hash": "cd" * 32})})
    with pytest.raises(InputError, match="two songs of one judge"):
        compare(a, other)
    lacking = a.model_copy(update={"scores": {"streams": a["streams"]}})
    with pytest.raises(InputError, match="reads coherence, clarity"):
        compare(lacking, lacking, "logistic")
    card = MODELS["logistic"].card.model_dump() | {"judge": other.judge.model_dump()}
    strange = PreferenceCard.model_validate(card)
    with pytest.raises(InputError, match="learned from scores of judge"):
        compare_rows(a, b, coverage=0.8, preference=Preference(strange, MODELS["logistic"].model))


rank = partial(rank_rows, coverage=0.8)


@settings(max_examples=40)
@given(
    st.lists(points, min_size=1, max_size=8),
    st.sampled_from([None, "logistic", "trees"]),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_input_decides_nothing(
    shares: list[list[float]], model: str | None, random: Random
) -> None:
    rows = [song(f"{k}", share) for k, share in enumerate(shares)]
    preference = None if model is None else MODELS[model]
    first = rank(rows, preference=preference)
    random.shuffle(rows)
    again = rank(rows, preference=preference)
    assert [ranked.path for ranked in first] == [ranked.path for ranked in again]
    for ranked, other in zip(first, again, strict=True):
        assert ranked.value == pytest.approx(other.value, abs=1e-12)
        assert (ranked.rank, ranked.rank_low, ranked.rank_high) == (
            other.rank, other.rank_low, other.rank_high,
        )  # fmt: skip
        assert ranked.rank_low is not None
        assert ranked.rank_high is not None
        assert 1 <= ranked.rank_low <= ranked.rank_high <= len(rows)


def test_songs_far_apart_have_places_and_songs_alike_share_a_range() -> None:
    far = rank([flat("a", 0.1, 0.01), flat("b", 0.9, 0.01), flat("c", 0.5, 0.01)])
    assert [(ranked.path, ranked.rank, ranked.rank_low, ranked.rank_high) for ranked in far] == [
        ("b", 1, 1, 1), ("c", 2, 2, 2), ("a", 3, 3, 3),
    ]  # fmt: skip
    alike = rank([flat(name, 0.5) for name in "abc"])
    assert {(ranked.rank, ranked.rank_low, ranked.rank_high) for ranked in alike} == {(1, 1, 3)}
    unknown = rank_rows([flat("a", 0.5, None), flat("b", 0.6, None)], coverage=None)
    assert [ranked.rank_low for ranked in unknown] == [None, None]
    assert [ranked.path for ranked in unknown] == ["b", "a"]


def test_an_axis_ranks_by_itself_and_the_mean_by_all() -> None:
    a = song("a", [0.0, 0.0, 0.9, 0.1, 0.1, 0.1, 0.1])
    b = song("b", [1.0, 1.0, 0.2, 0.5, 0.5, 0.5, 0.5])
    assert [ranked.path for ranked in rank([a, b], by="coherence")] == ["a", "b"]
    ranking = rank([a, b], by=MEAN)
    assert [ranked.path for ranked in ranking] == ["b", "a"]
    assert ranking[0].value == pytest.approx(np.mean([b[axis].value for axis in AESTHETICS]))
    with pytest.raises(InputError, match="did you mean 'coherence'"):
        rank([a, b], by="coherense")


def test_the_best_of_each_group_are_kept_and_close_ones_are_named() -> None:
    rows = [flat("a", 0.9, 0.01), flat("b", 0.89, 1.0), flat("c", 0.1, 0.01), flat("d", 0.5)]
    ranking = rank(rows, keep=1, groups=["p", "p", "p", "q"])
    placed = {
        ranked.path: (ranked.group, ranked.of, ranked.kept, ranked.may_belong) for ranked in ranking
    }
    assert placed == {
        "a": ("p", 3, True, True), "b": ("p", 3, False, True), "c": ("p", 3, False, False),
        "d": ("q", 1, True, True),
    }  # fmt: skip
    with pytest.raises(InputError, match="at least one song to keep"):
        rank(rows, keep=0)


def test_votes_rank_by_the_mean_chance_against_the_others() -> None:
    rows = [flat(f"{k}", 0.2 * k) for k in range(5)]
    for model in ("logistic", "trees"):
        ranking = rank(rows, preference=MODELS[model])
        pairs = [compare(rows[4], other, model).probability for other in rows[:4]]
        assert ranking[0].path == "4"
        assert ranking[0].value == pytest.approx(np.mean([p for p in pairs if p is not None]))
        assert ranking[0].basis == "votes"
    alone = rank(rows[:1], preference=MODELS["trees"])
    assert (alone[0].value, alone[0].rank_low, alone[0].rank_high) == (0.5, 1, 1)


def test_half_widths_cut_by_the_axis_count_whole_and_intervals_stay_on_it() -> None:
    top = song("a", [1.0] * 7)
    assert top["clarity"].high == AXIS["clarity"].high
    assert half_width(top["clarity"]) == pytest.approx(0.4)
    ranked = rank([top])[0]
    assert ranked.low == pytest.approx(4.6)
    assert ranked.high == 5.0


def test_a_model_that_is_not_shown_to_work_says_so_in_every_answer() -> None:
    assert (
        "Not shown to be better than chance" in compare(flat("a", 0.9), flat("b", 0.1), "net").note
    )
    card = MODELS["net"].card.model_dump() | {
        "metrics": [{"measure": "auc", "value": 0.8, "low": 0.7, "high": 0.9, "constant": 0.5,
                     "n": 300}]
    }  # fmt: skip
    shown = Preference(PreferenceCard.model_validate(card), MODELS["net"].model)
    comparison = compare_rows(flat("a", 0.9), flat("b", 0.1), coverage=0.8, preference=shown)
    assert "better than chance" not in comparison.note


def test_a_model_of_embeddings_reads_embeddings_and_nothing_else() -> None:
    card = MODELS["logistic"].card.model_dump() | {
        "features": ("embedding_0", "embedding_1"), "embeddings": {"name": "s", "sha256": "0" * 64},
    }  # fmt: skip
    preference = Preference(PreferenceCard.model_validate(card), MODELS["logistic"].model)
    a, b = flat("a", 0.5), flat("b", 0.5)
    x = np.array([[3.0, 1.0], [1.0, 1.0]])
    comparison = compare_rows(a, b, coverage=0.8, preference=preference, embeddings=x)
    assert (comparison.probability or 0) > 0.9
    assert rank([a, b], preference=preference, embeddings=x)[0].path == "a"
    with pytest.raises(InputError, match="reads embeddings of 2 numbers"):
        compare_rows(a, b, coverage=0.8, preference=preference)
    with pytest.raises(InputError, match="1 songs have no embedding"):
        compare_rows(a, b, coverage=0.8, preference=preference, embeddings=x * [[1.0], [np.nan]])
