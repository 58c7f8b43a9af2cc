"""The claim on parts of the battles: with and without singing, by month, by pair of systems.

A slice asks whether the claim holds everywhere, not somewhere: with fifty pairs of systems some
look special by chance, so slices have intervals and no tests. The first model's answers are taken,
from folds of prompts; where systems are left out, by the system that was unknown.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.measure import (
    MEASURES,
    Asked,
    draw_counts,
    measure,
    measure_resamples,
)
from plaudit.benchmarks.preference.record import Scheme, Slice, SliceBy, StudySettings
from plaudit.benchmarks.preference.scheme import Answer, with_interval
from plaudit.benchmarks.preference.study_data import StudyData

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Objects = NDArray[np.object_]
AUC, ACCURACY = MEASURES.index("auc"), MEASURES.index("accuracy")
LEAST = 10  # decided battles below which a slice is left out
DRAWS = 400  # at most: fifty slices need less than the whole does
SLICES = np.uint32(0x511CE5)  # what the generator is for, in its seed


def slices_of(
    data: StudyData,
    scheme: Scheme,
    rows: Places,
    unknown: Objects,
    answers: Sequence[Answer],
    asked: Asked,
    settings: StudySettings,
) -> list[Slice]:
    """Return the claim on parts of the battles of a scheme.

    Parameters
    ----------
    data : StudyData
        Battles.
    scheme : str
        Which scheme the answers are from.
    rows : ndarray of int, (n_asked,)
        Battle of each question.
    unknown : ndarray of object, (n_asked,)
        System that the fit did not know.
    answers : sequence of Answer
        Answers of the scheme.
    asked : Asked
        What happened.
    settings : StudySettings
        Models, draws, and what counts as small.

    Returns
    -------
    list of Slice
        The largest first, for each kind of slice; months in order.
    """
    model = settings.models[0]
    said = {one.features: one.said for one in answers if one.model == model}
    found = []
    for by, groups in _groups(data, scheme, rows, unknown):
        names = sorted({str(name) for name in groups if name is not None})
        part = []
        for name in names:
            own = np.flatnonzero(groups == name)
            one = _slice(by, name, scheme, own, said, asked, settings)
            if one is not None:
                part.append(one)
        found += part if by == "month" else sorted(part, key=lambda one: -one.decided)
    return found


def _groups(
    data: StudyData, scheme: Scheme, rows: Places, unknown: Objects
) -> Iterator[tuple[SliceBy, Objects]]:
    if scheme != "prompt":
        yield "system", unknown
        return
    sung = {True: "instrumental", False: "vocal", None: None}
    yield "vocals", np.array([sung[one] for one in data.instrumental[rows]], object)
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
    said: dict[str, Floats],
    asked: Asked,
    settings: StudySettings,
) -> Slice | None:
    part = asked.pick(own)
    decided = int(np.count_nonzero(~np.isnan(part.first_won)))
    if decided < LEAST:
        return None
    rng = np.random.default_rng([settings.seed, int(SLICES), *name.encode()])
    counts = draw_counts(part.n_clusters, min(DRAWS, settings.draws), rng)
    few = part.n_clusters < 2
    whole = {one: measure(said[one][own], part) for one in ("popularity", "both")}
    drawn = {one: measure_resamples(said[one][own], part, counts) for one in whole}
    level = settings.confidence
    return Slice(
        by=by,
        group=name,
        scheme=scheme,
        decided=decided,
        small=decided < settings.small,
        popularity=with_interval(
            whole["popularity"][AUC], drawn["popularity"][:, AUC], level, few=few
        ),
        both=with_interval(whole["both"][AUC], drawn["both"][:, AUC], level, few=few),
        difference=with_interval(
            whole["both"][AUC] - whole["popularity"][AUC],
            drawn["both"][:, AUC] - drawn["popularity"][:, AUC],
            level,
            few=few,
        ),
        accuracy_popularity=float(whole["popularity"][ACCURACY]),
        accuracy_both=float(whole["both"][ACCURACY]),
    )
