"""The comparison of two judged songs: who is preferred, and the part of each axis in it.

A margin ``m`` stands above 0 where the first song is favoured; the probability is ``1 / (1 +
exp(-m))`` and turns into exactly one minus itself when the songs change places. Where ``m`` comes
from is said in ``basis``:

"votes"
    a model of preference that was fitted to people's (or simulated) votes, given by the caller;
"intervals"
    the judge's own intervals, where no such model was given: the difference of the two values over
    its error, ``m = 1.702 (v_1 - v_2) / sqrt(s_1^2 + s_2^2)``, the logistic form of the chance
    that the first is truly the better one. A half width of coverage ``c`` makes a standard error
    ``s`` by the normal quantile of ``(1 + c) / 2``. The value is the mean of the aesthetic axes
    (of popularity, for a judge without any), whose error counts as the mean of theirs: errors of
    one song go together, so this is on the careful side. No vote has calibrated it, and how the
    judge errs beyond its intervals is not known, so the probability stays within [.01, .99];
"none"
    a judge without intervals: there are differences and no probability.

Two songs cannot be told apart unless one of them is preferred with a chance of ``sure``.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS, ANY_AXIS, DESCRIBING, POPULARITY
from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.judging.record import JudgeId, Row, Score, SongScores
from plaudit.metrics.measurement import or_none
from plaudit.model.preference import Preference, chance, shifted

Basis = Literal["votes", "intervals", "none"]
Verdict = Literal["first", "second", "cannot tell"]
Floats = NDArray[np.float64]
SURE = 0.75
_MOST = 0.99  # chance that intervals can carry
_PROBIT = 1.702  # the logistic curve that is nearest to the normal one


class AxisPart(Record):
    """One axis of two songs.

    ``part`` is what it adds to the margin (of models that are no sum: what the margin would lose
    if the songs were alike in it); None where there is no margin, or the axis has no say.
    """

    axis: str
    first: float
    second: float
    difference: float
    part: float | None


class Side(Record):
    """One of the two songs, as it was judged; no length where a file of scores gives none."""

    path: str | None
    sha256: str
    duration_s: float | None
    scores: dict[str, Score]
    warnings: tuple[str, ...]


class Comparison(Row):
    """A comparison of two songs by a judge; the module explains the numbers.

    ``probability_low`` and ``probability_high`` are the ends of a 95 % interval of the chance that
    votes have calibrated; None for any other.
    """

    schema_version: Literal[2] = 2
    judge: JudgeId
    basis: Basis
    model: str | None
    first: Side
    second: Side
    probability: float | None
    probability_low: float | None
    probability_high: float | None
    margin: float | None
    verdict: Verdict
    sure: float
    axes: tuple[AxisPart, ...]
    parts_add_up: bool
    note: str


def compare_rows(
    first: SongScores,
    second: SongScores,
    *,
    coverage: float | None,
    preference: Preference | None = None,
    embeddings: Floats | None = None,
    systems: tuple[str | None, str | None] | None = None,
    sure: float = SURE,
) -> Comparison:
    """Compare two rows of one judge.

    ``coverage`` is that of the judge's intervals, None where it has none. ``embeddings`` (2, d) of
    both songs are for a model of preference that reads them. ``systems`` are who made the songs,
    for a model of preference with anchors. ``sure`` in (.5, 1) is the chance from
    which on the judge can tell. Swapping the songs turns the probability into exactly one minus
    itself.

    Raises
    ------
    InputError
        The rows are of two judges, the model does not fit the judge, or ``sure`` is out of range.
    """
    check_sure(sure)
    if first.judge.hash != second.judge.hash:
        raise InputError("Expected two songs of one judge; judge both with the same one.")
    axes = tuple(axis for axis in first.scores if axis in second.scores)
    if preference is not None:
        answer = _by_votes(first, second, preference, embeddings, systems)
    elif systems is not None:
        raise InputError("Systems need a model of preference with anchors; give it with --model.")
    else:
        answer = _by_intervals(first, second, main_axes(axes), coverage)
    return Comparison(
        judge=first.judge,
        basis=answer.basis,
        model=None if preference is None else preference.card.model,
        first=_side(first),
        second=_side(second),
        probability=answer.probability,
        probability_low=answer.low,
        probability_high=answer.high,
        margin=answer.margin,
        verdict=verdict_of(answer.probability, sure),
        sure=sure,
        axes=tuple(
            AxisPart(
                axis=axis,
                first=first[axis].value,
                second=second[axis].value,
                difference=first[axis].value - second[axis].value,
                part=answer.parts.get(axis),
            )
            for axis in axes
        ),
        parts_add_up=answer.basis == "intervals"
        or (
            preference is not None
            and preference.card.model == "logistic"
            and preference.card.anchors is None
        ),
        note=answer.note,
    )


def verdict_of(probability: float | None, sure: float) -> Verdict:
    """Return who is preferred, or that the judge cannot tell."""
    if probability is None or max(probability, 1 - probability) < sure:
        return "cannot tell"
    return "first" if probability > 0.5 else "second"


def check_sure(sure: float) -> None:
    """Raise for a chance that is not above .5 and below 1."""
    if not 0.5 < sure < 1:
        raise InputError(f"Expected a chance above .5 and below 1 to be sure, got {sure:g}.")


def main_axes(axes: Sequence[str]) -> tuple[str, ...]:
    """Return the axes whose mean says how good a song is: aesthetics, else popularity, else others.

    Of others, those of which a direction is better.
    """
    for family in (AESTHETICS, POPULARITY):
        if chosen := tuple(axis for axis in family if axis in axes):
            return chosen
    return tuple(axis for axis in axes if axis not in DESCRIBING)


def half_width(score: Score) -> float:
    """Return the half width of an interval; the axis may have cut one of its ends, nan if none."""
    if score.low is None or score.high is None:
        return float("nan")
    return max(score.value - score.low, score.high - score.value)


def error_of(width: Floats, coverage: float) -> Floats:
    """Return standard errors for half widths of a coverage."""
    from scipy.special import ndtri

    return np.asarray(width / ndtri((1 + coverage) / 2), np.float64)


def margins(value: Floats, error: Floats, other: Floats, other_error: Floats) -> Floats:
    """Return margins of values over others, from the standard errors of both."""
    spread = np.sqrt(np.square(error) + np.square(other_error))
    return np.asarray(_PROBIT * (value - other) / np.maximum(spread, 1e-12), np.float64)


def features_for(
    rows: Sequence[SongScores], preference: Preference, embeddings: Floats | None = None
) -> Floats:
    """Return the numbers (n_songs, d) that a model of preference reads.

    They are in the order of its card. ``embeddings`` (n_songs, d) are for a model that reads them.

    Raises
    ------
    InputError
        The judge lacks an axis, the model learned from the scores of another judge, or it reads
        embeddings and there are none.
    """
    card = preference.card
    if card.embeddings is not None:
        if embeddings is None or embeddings.shape != (len(rows), len(card.features)):
            raise InputError(
                f"This model of preference reads embeddings of {len(card.features)} numbers; give"
                " --embeddings with a store of these songs, made as the one it learned from."
            )
        if np.isnan(embeddings).any():
            lost = [str(r.path) for r, x in zip(rows, embeddings, strict=True) if np.isnan(x).any()]
            raise InputError(
                f"{len(lost)} songs have no embedding in the store, the first is {lost[0]}; embed"
                " them with plaudit embed."
            )
        return embeddings
    for row in rows[:1]:
        missing = [name for name in card.features if name not in row.scores]
        if missing:
            raise InputError(
                f"The model of preference reads {', '.join(missing)}, and judge '{row.judge.name}'"
                " does not score that; train one on scores of this judge."
            )
        if card.judge is not None and card.judge.hash != row.judge.hash:
            raise InputError(
                f"The model of preference learned from scores of judge '{card.judge.name}'"
                f" {card.judge.version}, these are of '{row.judge.name}' {row.judge.version}; train"
                " one on scores of this judge."
            )
    table = [[row[name].value for name in card.features] for row in rows]
    return np.array(table, np.float64).reshape(len(rows), len(card.features))


class _Answer(NamedTuple):
    basis: Basis
    note: str
    probability: float | None = None
    low: float | None = None
    high: float | None = None
    margin: float | None = None
    parts: Mapping[str, float] = {}


def _by_votes(
    first: SongScores,
    second: SongScores,
    preference: Preference,
    embeddings: Floats | None,
    systems: tuple[str | None, str | None] | None,
) -> _Answer:
    card, model = preference.card, preference.model
    a, b = features_for([first, second], preference, embeddings)
    raw = model.margin([a], [b])
    p, low, high = (float(ends[0]) for ends in model.chances(raw))
    margin, share, favourite = float(raw[0]), 1.0, max(p, 1 - p)
    if model.curve is not None and margin and favourite < 1:
        logit = math.copysign(math.log(favourite / (1 - favourite)), margin)
        margin, share = logit, logit / margin  # the parts shrink as the margin does
    if systems is not None:
        shift = preference.shift(*systems)
        margin += shift
        p, low, high = (shifted(end, shift) for end in (p, low, high))
    note = (
        f"Chance that people prefer the first, by a {card.model} model of {card.n_decided:,}"
        f" battles ({card.battles.name})."
    )
    return _Answer(
        "votes",
        " ".join(filter(None, [note, _of_systems(preference, systems), card.doubt])),
        p,
        or_none(low),
        or_none(high),
        margin,
        dict(zip(card.features, (share * model.parts(a, b)).tolist(), strict=True)),
    )


def _of_systems(preference: Preference, systems: tuple[str | None, str | None] | None) -> str:
    """Return how systems corrected the chance, a sentence; "" for a model without anchors."""
    anchors = preference.card.anchors
    if anchors is None:
        return ""
    if systems is None:
        return "It is not corrected for systems: none are named."
    known = [
        f"{name or 'no name'} {anchors.intercept[name]:+.2f}"
        if name in anchors.intercept
        else f"{name or 'no name'} unknown, so 0"
        for name in systems
    ]
    return f"Intercepts subtracted for the systems: {', '.join(known)}."


def _by_intervals(
    first: SongScores, second: SongScores, used: tuple[str, ...], coverage: float | None
) -> _Answer:
    if coverage is None or not used:
        return _Answer(
            "none",
            "This judge gives no intervals, so there is no probability; train a model of preference"
            " with plaudit train-preference and give it with --model.",
        )
    widths = np.array([[half_width(row[axis]) for axis in used] for row in (first, second)])
    error = error_of(widths.mean(axis=1), coverage)
    spread = max(float(np.hypot(error[0], error[1])), 1e-12)
    parts = {
        axis: float(_PROBIT * (first[axis].value - second[axis].value) / len(used) / spread)
        for axis in used
    }
    margin = sum(parts.values())
    return _Answer(
        "intervals",
        f"Chance that the first is better in {ANY_AXIS[used[0]].family}, by the judge's own"
        " intervals;"
        " no vote of people has calibrated it.",
        float(np.clip(chance([margin])[0], 1 - _MOST, _MOST)),
        margin=margin,
        parts=parts,
    )


def _side(row: SongScores) -> Side:
    return Side(
        path=row.path,
        sha256=row.sha256,
        duration_s=None if math.isnan(row.duration_s) else row.duration_s,
        scores=row.scores,
        warnings=tuple(f"{note.type}: {note.message}" for note in row.warnings),
    )
