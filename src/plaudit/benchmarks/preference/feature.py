"""The feature sets of the study: the inputs of a model of preference for two songs.

``popularity``, ``aesthetics``, ``both`` and ``embedding`` are the claim. ``controls`` are all
features without a judge that differ between the songs of a battle: the systems' names, length,
loudness and low-level acoustics; "+ controls"
is the claim with them added. Baselines need no judge: ``constant``, ``system`` (Bradley-Terry over
systems), ``duration``, ``loudness``, ``acoustics``. Two predictors need no fit: the mean of the
popularity and of the aesthetic scores, where the higher mean wins.

``popularity + shuffled`` has as many features as both, but the aesthetic scores are those of random
other battles, in either order of the songs: it shows the effect of more features alone.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.record import Role
from plaudit.benchmarks.preference.study_data import CONTROLS, StudyData

Floats = NDArray[np.float64]
_LEAST_DIFFERENT = 0.1  # share of battles in which a control differs, or it is none
_UNFITTED = {"popularity as it is": "popularity", "aesthetics as they are": "aesthetics"}


class FeatureSet(NamedTuple):
    """Features of both songs of each battle, (n, d); ``reduce`` takes principal components."""

    name: str
    role: Role
    columns: tuple[str, ...]
    first: Floats
    second: Floats
    reduce: bool = False


def feature_sets(data: StudyData, rng: np.random.Generator) -> list[FeatureSet]:
    """Return the feature sets that the data allow: the claim, the claim with controls, baselines.

    Popularity, aesthetics and both are always there.
    """
    known = data.numbers.columns
    parts = {family: (known[family][0], *data.sides(family)) for family in known}
    parts["system"] = _systems(data)
    controls = controls_of(data)

    def joined(name: str, role: Role, families: Sequence[str], reduce: bool = False) -> FeatureSet:
        taken = [parts[family] for family in families]
        columns = tuple(column for names, _, _ in taken for column in names)
        first = np.concatenate([part[1] for part in taken], axis=1)
        second = np.concatenate([part[2] for part in taken], axis=1)
        return FeatureSet(name, role, columns, first, second, reduce)

    claim = ("popularity", "aesthetics")
    sets = [joined(name, "claim", (name,)) for name in claim]
    sets.append(joined("both", "claim", claim))
    if "embedding" in parts:
        sets.append(joined("embedding", "claim", ("embedding",), reduce=True))
    if controls:
        sets.append(joined("controls", "controlled", controls))
        sets.append(joined("popularity + controls", "controlled", ("popularity", *controls)))
        sets.append(joined("both + controls", "controlled", (*claim, *controls)))
    parts["shuffled"] = _shuffled(parts["aesthetics"], rng)
    sets.append(joined("popularity + shuffled", "baseline", ("popularity", "shuffled")))
    return sets + [joined(name, "baseline", (name,)) for name in controls]


def controls_of(data: StudyData) -> tuple[str, ...]:
    """Return the controls that differ between the two songs of at least a tenth of the battles."""
    parts = {name: data.sides(name) for name in CONTROLS if name in data.numbers.columns}
    names, first, second = _systems(data)
    if names:
        parts = {"system": (first, second), **parts}
    return tuple(
        name
        for name, (a, b) in parts.items()
        if np.mean(np.any(a != b, axis=1)) >= _LEAST_DIFFERENT
    )


def _shuffled(
    part: tuple[tuple[str, ...], Floats, Floats], rng: np.random.Generator
) -> tuple[tuple[str, ...], Floats, Floats]:
    """Return for each battle the features of another, in either order of the songs."""
    names, first, second = part
    place = rng.permutation(len(first))
    turned = rng.integers(2, size=(len(first), 1)) == 1
    a, b = first[place], second[place]
    return (
        tuple(f"shuffled {name}" for name in names),
        np.where(turned, b, a),
        np.where(turned, a, b),
    )


def unfitted(data: StudyData) -> dict[str, Floats]:
    """Return predictions (n,) that need no fit: the higher mean of standardised scores wins.

    They are above .5 where the first song has the higher scores; they are not probabilities.
    """
    predictions = {}
    for name, family in _UNFITTED.items():
        values = data.numbers.columns[family][1]
        used = values[np.unique(np.concatenate([data.first, data.second]))]
        with np.errstate(invalid="ignore"):
            known = [column[~np.isnan(column)] for column in used.T]
        spread = np.array([column.std() if len(column) else 0.0 for column in known])
        scale = np.where(spread > 0, 1 / np.where(spread > 0, spread, 1.0), 0.0)
        a, b = data.sides(family)
        margin = ((a - b) * scale).mean(axis=1)
        predictions[name] = 0.5 + np.arctan(margin) / np.pi
    return predictions


def _systems(data: StudyData) -> tuple[tuple[str, ...], Floats, Floats]:
    """Return one column for each known system: 1 for the side that it made."""
    names = sorted({
        str(name) for side in (data.first_system, data.second_system)
        for name in side if name is not None
    })  # fmt: skip
    place = {name: k for k, name in enumerate(names)}
    sides = np.zeros((2, len(data.first), len(names)))
    for side, systems in zip(sides, (data.first_system, data.second_system), strict=True):
        for battle, name in enumerate(systems):
            if name is not None:
                side[battle, place[str(name)]] = 1.0
    return tuple(names) if len(names) > 1 else (), sides[0], sides[1]


def principal(first: Floats, second: Floats, train: NDArray[np.intp], most: int) -> Floats:
    """Return the directions in which the songs of some battles differ most, (d, at most `most`).

    ``first`` and ``second`` (n, d) are features of both songs; only the battles ``train`` are used.
    """
    difference = first[train] - second[train]
    # The order of two songs is arbitrary, so differences have mean 0 and are not centred.
    _, vectors = np.linalg.eigh(difference.T @ difference)
    return np.asarray(vectors[:, ::-1][:, :most], np.float64)
