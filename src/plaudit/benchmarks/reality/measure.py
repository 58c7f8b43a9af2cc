"""How often a score puts the clip of the better-ranked system first, with intervals over prompts.

Conventions: scores are (n_clips,), nan where missing; a pair counts for a score that both its clips
have. The interval is that of shares in groups (`plaudit.metrics.share`), a group being a prompt: it
says how far other prompts would give another number, not what other systems would. The difference
of two accuracies is from resamples of prompts (`plaudit.metrics.bootstrap`).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.reality.clip import Pair
from plaudit.benchmarks.reality.record import ALL, MEAN, Accuracy, Copies
from plaudit.metrics.bootstrap import paired_difference
from plaudit.metrics.measurement import Measurement
from plaudit.metrics.pairwise import choice_accuracy, credit
from plaudit.metrics.share import share_of

Floats = NDArray[np.float64]
CONFIDENCE, DRAWS, SEED = 0.95, 1000, 1


class Column(NamedTuple):
    """One score of all clips; ``judge`` is None for a baseline."""

    judge: str | None
    score: str
    copies: Copies
    values: Floats


def measure_columns(pairs: Sequence[Pair], columns: Sequence[Column]) -> list[Accuracy]:
    """Return the accuracy of each score on all pairs, and on those of each group."""
    groups = sorted({pair.group for pair in pairs if pair.group is not None})
    measured = []
    for group in (ALL, *groups):
        own = [pair for pair in pairs if group in (ALL, pair.group)]
        rows = [(column, _accuracy(own, column, group)) for column in columns]
        for column, accuracy in rows:
            if column.judge is not None and column.score == MEAN:
                measured.append(_against_best(own, column, accuracy, rows))
            else:
                measured.append(accuracy)
    return measured


def _margins(pairs: Sequence[Pair], values: Floats) -> Floats:
    """Return the score of the better-ranked clip minus that of the other, (n_pairs,)."""
    better, worse = np.array([pair[:2] for pair in pairs], np.intp).reshape(-1, 2).T
    return np.asarray(values[better] - values[worse], np.float64)


def _prompts(pairs: Sequence[Pair]) -> NDArray[np.str_]:
    return np.array([pair.prompt for pair in pairs], str)


def _accuracy(pairs: Sequence[Pair], column: Column, group: str) -> Accuracy:
    margin = _margins(pairs, column.values)
    known = ~np.isnan(margin)
    share = share_of(
        credit(margin[known], np.ones(int(known.sum()), bool)),
        _prompts(pairs)[known],
        confidence=CONFIDENCE,
    )
    reason = share.reason
    if math.isnan(share.value):
        reason = "no pair has this score on both sides"
    elif share.n == 1:
        reason = "all its pairs are of one prompt, which shows no spread"
    return Accuracy.of(
        share.value, share.low, share.high, reason=reason, n=int(known.sum()), judge=column.judge,
        score=column.score, copies=column.copies, group=group, prompts=share.n,
        ties=int(np.count_nonzero(margin == 0)),
    )  # fmt: skip


def _against_best(
    pairs: Sequence[Pair],
    column: Column,
    accuracy: Accuracy,
    rows: Sequence[tuple[Column, Accuracy]],
) -> Accuracy:
    """Add the difference of a judge to the best baseline on the same copies."""
    baselines = [
        (own.value, other)
        for other, own in rows
        if other.judge is None and other.copies == column.copies and own.value is not None
    ]
    if accuracy.value is None or not baselines:
        return accuracy
    _, best = max(baselines, key=lambda entry: entry[0])
    margin, other = _margins(pairs, column.values), _margins(pairs, best.values)
    known = ~np.isnan(margin) & ~np.isnan(other)
    found = paired_difference(
        choice_accuracy, margin[known], other[known], np.ones(int(known.sum())),
        rng=np.random.default_rng(SEED), groups=_prompts(pairs)[known], draws=DRAWS,
        confidence=CONFIDENCE,
    )  # fmt: skip
    difference = Measurement.of(found.value, found.low, found.high, reason=found.reason)
    return accuracy.model_copy(update={"baseline": best.score, "difference": difference})
