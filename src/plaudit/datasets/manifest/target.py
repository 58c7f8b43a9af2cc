"""Targets of a corpus's songs: from points, counts and scores to values on Plaudit's axes.

The work is done by `plaudit.targets`; this file decides which label becomes which axis. Plays and
likes are ranked among the training songs alone, so that nothing of the test reaches training.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS, AXIS, POPULARITY
from plaudit.core.choice import TargetSource
from plaudit.core.errors import InputError
from plaudit.core.settings import Record, nearest
from plaudit.datasets.manifest.gather import Songs
from plaudit.datasets.reading.promise import Label

_COUNTS = {"streams": "plays", "likes": "likes"}


class TargetRule(Record):
    """The rule by which labels become targets."""

    #: Aesthetic targets: means of the raters, or (proving ground only) the expected rating, without
    #: any rater's noise.
    target: TargetSource = "ratings"
    #: Axis to the label that is taken for it, where a corpus calls it otherwise.
    axes: dict[str, str] = {}  # noqa: RUF012 (pydantic copies it)
    #: Of the power function on percentiles of plays and likes; that of `plaudit.targets` if None.
    exponent: float | None = None
    smallest: int | None = None  #: Fewest songs of a cohort; that of `plaudit.targets` if None.


def targets_of(
    songs: Songs, training: NDArray[np.bool_], rule: TargetRule, labels: tuple[Label, ...]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, Any]]:
    """Return the targets of songs, and an account of them.

    Targets are values by axis on its own scale, (n_songs,), nan where unknown. Plays and likes are
    ranked among the songs ``training`` (n_songs,). The second result has ``reliability`` by axis
    where people rated, and ``popularity`` by axis where there were counts.

    Raises
    ------
    InputError
        A label of the rule is not there, or does not have the range of its axis.
    """
    scores: dict[str, NDArray[np.float64]] = {}
    about: dict[str, Any] = {}
    _popularity(songs, training, rule, scores, about)
    known = {label.name: label for label in labels}
    for axis, name in rule.axes.items():
        if axis not in AXIS:
            raise InputError(f"There is no axis '{axis}'; {nearest(axis, AXIS)}")
        if name not in known:
            raise InputError(f"The corpus has no label '{name}'; {nearest(name, known)}")
    for axis in AESTHETICS:
        name = rule.axes.get(axis, axis)
        if rule.target == "expected":
            name = f"expected_{axis}"
            if name not in songs.scores:
                raise InputError(
                    "Only the proving ground knows what a song is worth before raters; take"
                    " --target ratings."
                )
        if name in songs.ratings:
            _rated(songs.ratings[name], known[name], axis, scores, about)
        elif name in songs.scores:
            label = known[name]
            if (label.low, label.high) != (AXIS[axis].low, AXIS[axis].high):
                raise InputError(
                    f"The label '{name}' runs {label.low}-{label.high} and cannot be taken for"
                    f" {axis}, which runs 1-5."
                )
            scores[axis] = songs.scores[name]
    return scores, about


def _rated(
    points: list[tuple[float | None, ...]],
    label: Label,
    axis: str,
    scores: dict[str, NDArray[np.float64]],
    about: dict[str, Any],
) -> None:
    from plaudit.targets.rating import rating_table, rating_targets, reliability_about

    scale = (label.low or 0.0, label.high if label.high is not None else 5.0)
    # Reliability is estimated from a sample of songs, drawn with this seed.
    made = rating_targets(rating_table(points), np.random.default_rng(0), scale=scale)
    scores[axis] = made.values
    about.setdefault("reliability", {}).update(reliability_about({axis: made}))


def _popularity(
    songs: Songs,
    training: NDArray[np.bool_],
    rule: TargetRule,
    scores: dict[str, NDArray[np.float64]],
    about: dict[str, Any],
) -> None:
    from plaudit.targets.cohort import CohortRule
    from plaudit.targets.popularity import EXPONENT, PopularityRule, fit_popularity

    how = PopularityRule(
        cohort=CohortRule() if rule.smallest is None else CohortRule(smallest=rule.smallest),
        exponent=EXPONENT if rule.exponent is None else rule.exponent,
    )
    ages = songs.ages_days()
    for axis in POPULARITY:
        counts = songs.number(_COUNTS[axis])
        if axis in songs.scores:  # the corpus gives the score itself
            scores[axis] = songs.scores[axis]
        elif not np.isnan(counts).all():
            places = songs.columns["platform"]
            own = training & ~np.isnan(counts)
            reference = fit_popularity(counts[own], places[own], ages[own], rule=how)
            made = reference.score(counts, places, ages)
            scores[axis] = made.values
            about.setdefault("popularity", {})[axis] = made.summary.model_dump()
