"""Whether arrays are those of a model of preference: names, shapes, and what the numbers may be.

A file that is loaded may come from anybody: every index is checked here, so that no model runs for
ever or reads what is not there.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEPS = ("steps.margin", "steps.chance")
_ENDS = ("steps.low", "steps.high")  # a file of a former version has none
# Sizes of each array: d features, and letters that all arrays of a model agree on.
_SHAPES: dict[str, dict[str, tuple[str | int, ...]]] = {
    "logistic": {"model.weight": ("d",)},
    "svm": {"model.waves": ("d", "waves"), "model.weight": ("waves and d",)},
    "trees": {"model.node": ("nodes", 5), "model.start": ("trees",)},
    "net": {"model.inner": ("d", "units"), "model.outer": ("units",)},
}


def fault_of(model: str, n_features: int, arrays: Mapping[str, NDArray[Any]]) -> str | None:
    """Return what is wrong with the arrays of a file, a phrase; None if nothing is.

    Parameters
    ----------
    model : str
        Kind of the model.
    n_features : int
        How many features its card names.
    arrays : dict of str to ndarray
        As in the file.
    """
    fault = _form_fault(model, n_features, arrays)
    if fault is not None:
        return fault
    if (arrays["scale"] <= 0).any():
        return "a scale is not above 0"
    if model == "trees" and not _trees_end(arrays["model.node"], arrays["model.start"], n_features):
        return "a node of a tree reads no feature, or leads to no later node"
    if _STEPS[0] in arrays and not _rise(*(arrays[name].astype(np.float64) for name in _STEPS)):
        return "its steps do not rise from .5 to 1"
    if _ENDS[0] in arrays:
        low, chance, high = (arrays[name] for name in (_ENDS[0], _STEPS[1], _ENDS[1]))
        if not ((low >= 0) & (low <= chance) & (chance <= high) & (high <= 1)).all():
            return "its intervals do not hold its chances"
    return None


def _form_fault(model: str, n_features: int, arrays: Mapping[str, NDArray[Any]]) -> str | None:
    shapes = _SHAPES[model] | {"scale": ("d",), "slope": (1,)}
    if any(name in arrays for name in _STEPS):
        shapes |= dict.fromkeys(_STEPS, ("steps",))
    if any(name in arrays for name in _ENDS):
        shapes |= dict.fromkeys((*_STEPS, *_ENDS), ("steps",))
    odd = sorted(shapes.keys() ^ arrays.keys())
    if odd:
        has = "holds" if odd[0] in arrays else "lacks"
        return f"it {has} {odd[0][:60]}"
    sizes: dict[str | int, int] = {"d": n_features, 1: 1, 5: 5}
    for name, shape in shapes.items():
        array = arrays[name]
        if array.dtype.kind not in "fiu":
            return f"{name} holds {array.dtype}"
        known = array.ndim == len(shape) and array.size > 0
        if known and "waves" in sizes:
            sizes["waves and d"] = sizes["waves"] + n_features
        if not known or any(
            sizes.setdefault(size, n) != n for size, n in zip(shape, array.shape, strict=True)
        ):
            return f"{name} has the shape {array.shape}"
        if not np.isfinite(array.astype(np.float64)).all():
            return f"{name} holds numbers that are not finite"
    return None


def _trees_end(node: NDArray[Any], start: NDArray[Any], n_features: int) -> bool:
    """Return whether every split reads a feature and leads to later nodes, so that trees end."""
    n_nodes = len(node)
    feature = node[:, 0]
    places = np.arange(n_nodes)[feature >= 0, None]
    children = node[feature >= 0, 2:4]
    whole = all((part == np.floor(part)).all() for part in (feature, children, start))
    return bool(
        whole
        and ((feature >= -1) & (feature < n_features)).all()
        and ((children > places) & (children < n_nodes)).all()
        and ((start >= 0) & (start < n_nodes)).all()
    )


def _rise(margin: NDArray[np.float64], chance: NDArray[np.float64]) -> bool:
    """Return whether isotonic steps are ones: chances of the favourite at absolute margins."""
    rising = (np.diff(margin) >= 0).all() and (np.diff(chance) >= 0).all()
    return bool(rising and margin[0] >= 0 and chance[0] >= 0.5 and chance[-1] <= 1)
