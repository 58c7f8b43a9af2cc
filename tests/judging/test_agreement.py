"""How far judges agree: correlations with intervals, and the songs on which they differ."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from plaudit.core.errors import InputError
from plaudit.judging.agreement import MAIN, Agreement, agreement_of, main_score
from plaudit.judging.record import JudgeId, Score, SongScores

A = JudgeId(name="a", version="1", hash="a" * 64)
B = JudgeId(name="b", version="1", hash="b" * 64)
C = JudgeId(name="c", version="1", hash="c" * 64)


def row(judge: JudgeId, song: int, **scores: float) -> SongScores:
    return SongScores(
        path=f"{song}.wav", sha256=f"{song:064x}", judge=judge, precision="exact", duration_s=2.0,
        scores={axis: Score(value=value) for axis, value in scores.items()},
    )  # fmt: skip


def rows(judge: JudgeId, values: Sequence[float], axis: str = "preference") -> list[SongScores]:
    return [row(judge, song, **{axis: value}) for song, value in enumerate(values)]


def test_it_is_spearmans_correlation_with_the_interval_of_the_project() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=30)
    a, b = x.tolist(), (x + rng.normal(size=30)).tolist()
    agreement = agreement_of([*rows(A, a), *rows(B, b)])
    (pair,) = agreement.pairs
    assert pair.main.value == pytest.approx(spearmanr(a, b).statistic)
    assert pair.main.low is not None
    assert pair.main.high is not None
    assert pair.main.low < spearmanr(a, b).statistic < pair.main.high
    assert (pair.main.axis, pair.main.n, pair.main.reason) == (MAIN, 30, None)
    assert [found.axis for found in pair.axes] == ["preference"]
    assert pair.axes[0].value == pair.main.value
    assert agreement.schema_version == 1
    assert Agreement.model_validate_json(agreement.model_dump_json()) == agreement
    fewer = agreement_of([*rows(A, a), *rows(B, b)], draws=50, seed=3).pairs[0].main
    assert (fewer.low, fewer.high) != (pair.main.low, pair.main.high)


def test_below_eight_songs_there_is_no_interval_and_it_says_why() -> None:
    (seven,) = agreement_of([*rows(A, range(7)), *rows(B, [2, 1, 3, 4, 5, 6, 7])]).pairs
    assert seven.main.value == pytest.approx(1 - 6 * 2 / (7 * 48))
    assert seven.main.low is seven.main.high is None
    assert seven.main.reason is not None
    assert "8" in seven.main.reason
    (eight,) = agreement_of([*rows(A, range(8)), *rows(B, [2, 1, 3, 4, 5, 6, 8, 7])]).pairs
    assert eight.main.low is not None
    (constant,) = agreement_of([*rows(A, [1.0] * 9), *rows(B, range(9))]).pairs
    assert constant.main.value is None
    assert constant.main.reason is not None
    assert "differing" in constant.main.reason
    assert constant.disagreements == ()


def test_songs_on_which_they_differ_most_come_first() -> None:
    a = [9.0, 1, 2, 3, 4, 5, 6, 7, 8]  # song 0: the best of a, the worst of b
    b = [10.0 * song for song in range(9)]
    (pair,) = agreement_of([*rows(A, a), *rows(B, b)]).pairs
    first = pair.disagreements[0]
    assert first.path == "0.wav"
    assert (first.first.value, first.first.rank, first.first.n) == (9.0, 1.0, 9)
    assert (first.second.value, first.second.rank) == (0.0, 9.0)
    assert first.difference == pytest.approx(8 / np.std(np.arange(9)))
    assert len(pair.disagreements) == 5
    sizes = [abs(song.difference) for song in pair.disagreements]
    assert sizes == sorted(sizes, reverse=True)
    (same,) = agreement_of([*rows(A, b), *rows(B, b)]).pairs
    assert same.disagreements == ()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=12),
       st.randoms(use_true_random=False))  # fmt: skip
def test_order_changes_nothing_and_swapping_turns_the_difference(
    values: list[tuple[int, int]], shuffled: "st.DataObject"
) -> None:
    a, b = rows(A, [v for v, _ in values]), rows(B, [v for _, v in values])
    agreement = agreement_of([*a, *b], draws=20)
    mixed = [*a[1:], *b]
    shuffled.shuffle(mixed)  # type: ignore[attr-defined]
    assert agreement_of([a[0], *mixed], draws=20).pairs == agreement.pairs
    (pair,), (turned,) = agreement.pairs, agreement_of([*b, *a], draws=20).pairs
    if pair.main.value is not None:
        assert turned.main.value == pytest.approx(pair.main.value)
    turned_by = {song.path: -song.difference for song in turned.disagreements}
    assert turned_by == pytest.approx({song.path: song.difference for song in pair.disagreements})


def test_each_pair_counts_the_songs_that_both_judged() -> None:
    both = [*rows(A, range(10)), *rows(B, range(9)), *rows(C, range(4), "alignment")]
    agreement = agreement_of([*both, row(A, 0, preference=99.0)])  # the song a second time
    assert agreement.n_songs == 10
    assert [(p.first.name, p.second.name, p.main.n) for p in agreement.pairs] == [
        ("a", "b", 9), ("a", "c", 4), ("b", "c", 4),
    ]  # fmt: skip
    assert [len(pair.axes) for pair in agreement.pairs] == [1, 0, 0]
    assert agreement.main_axes == (("preference",), ("preference",), ("alignment",))
    assert agreement.pairs[0].main.value == 1.0


def test_the_main_score_is_the_mean_of_the_main_axes() -> None:
    assert main_score(row(A, 0, streams=90.0, coherence=2.0, clarity=3.0)) == 2.5
    with pytest.raises(InputError, match="no score of which a direction is better"):
        main_score(row(A, 0, production_complexity=2.0))


def test_one_judge_agrees_with_nobody() -> None:
    with pytest.raises(InputError, match=r"two judges or more, got those of a"):
        agreement_of(rows(A, range(9)))
