"""The claim on groups of battles: new songs, with and without singing, by month, by systems.

Slices have intervals and no tests: among fifty pairs of systems some look special by chance. The
predictions are those of the first model, under folds of prompts; under the other schemes slices are
by the system that was left out.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.measure import (
    MEASURES,
    Observed,
    measure,
    measure_resamples,
)
from plaudit.benchmarks.preference.record import BattleSlice, Scheme, SliceBy, StudySettings
from plaudit.benchmarks.preference.scheme import Prediction, with_interval
from plaudit.benchmarks.preference.study_data import StudyData
from plaudit.metrics.bootstrap import resample_counts

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Objects = NDArray[np.object_]
_AUC, _ACCURACY = MEASURES.index("auc"), MEASURES.index("accuracy")
_LEAST = 10  # decided battles below which a slice is left out
_DRAWS = 400  # at most; fewer than for all battles, as there may be fifty slices
_SLICES = np.uint32(0x511CE5)  # part of the seed: the purpose of the generator


def slices_of(
    data: StudyData,
    scheme: Scheme,
    rows: Places,
    left_out: Objects,
    predictions: Sequence[Prediction],
    observed: Observed,
    settings: StudySettings,
) -> list[BattleSlice]:
    """Return the claim on groups of the battles of a scheme.

    For each kind of slice the largest group comes first; months are in order. ``rows`` (n_items,)
    is the battle of each test item, ``left_out`` (n_items,) the system left out of its training.
    """
    model = settings.models[0]
    predicted = {each.features: each.predicted for each in predictions if each.model == model}
    slices = []
    for by, groups in _groups(data, scheme, rows, left_out):
        names = sorted({str(name) for name in groups if name is not None})
        part = []
        for name in names:
            own = np.flatnonzero(groups == name)
            group = _slice(by, name, scheme, own, predicted, observed, settings)
            if group is not None:
                part.append(group)
        slices += part if by == "month" else sorted(part, key=lambda group: -group.decided)
    return slices


def _groups(
    data: StudyData, scheme: Scheme, rows: Places, left_out: Objects
) -> Iterator[tuple[SliceBy, Objects]]:
    if scheme != "prompt":
        yield "system", left_out
        return
    taught = data.taught[data.first[rows]] | data.taught[data.second[rows]]
    if taught.any():
        yield "taught", np.where(taught, "a song taught the judge", "new songs").astype(object)
    sung = {True: "instrumental", False: "vocal", None: None}
    yield "vocals", np.array([sung[mute] for mute in data.instrumental[rows]], object)
    yield "month", data.month[rows]
    pairs = zip(data.first_system[rows], data.second_system[rows], strict=True)
    yield (
        "systems",
        np.array(
            [None if a is None or b is None else " / ".join(sorted((a, b))) for a, b in pairs],
            object,
        ),
    )


def _slice(
    by: SliceBy,
    name: str,
    scheme: Scheme,
    own: Places,
    predicted: dict[str, Floats],
    observed: Observed,
    settings: StudySettings,
) -> BattleSlice | None:
    part = observed.pick(own)
    decided = int(np.count_nonzero(~np.isnan(part.first_won)))
    if decided < _LEAST:
        return None
    rng = np.random.default_rng([settings.seed, int(_SLICES), *name.encode()])
    counts = resample_counts(part.n_clusters, min(_DRAWS, settings.draws), rng)
    whole = {name: measure(predicted[name][own], part) for name in ("popularity", "both")}
    drawn = {name: measure_resamples(predicted[name][own], part, counts) for name in whole}
    level = settings.confidence
    return BattleSlice(
        by=by,
        group=name,
        scheme=scheme,
        decided=decided,
        small=decided < settings.small,
        popularity=with_interval(
            whole["popularity"][_AUC], drawn["popularity"][:, _AUC], part, level, share=True
        ),
        both=with_interval(whole["both"][_AUC], drawn["both"][:, _AUC], part, level, share=True),
        difference=with_interval(
            whole["both"][_AUC] - whole["popularity"][_AUC],
            drawn["both"][:, _AUC] - drawn["popularity"][:, _AUC],
            part,
            level,
        ),
        accuracy_popularity=float(whole["popularity"][_ACCURACY]),
        accuracy_both=float(whole["both"][_ACCURACY]),
    )
