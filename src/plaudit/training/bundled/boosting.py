"""Growing the trees of the bundled judge: gradient boosting, one axis after the other.

Friedman, Stochastic gradient boosting (2002), as scikit-learn does it: each tree is fitted to what
those before it left, on half of the songs, and at each node a tenth of the inputs is looked at.
Same inputs and seed, same trees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.core.optional import require
from plaudit.model.bundled.trees import Trees

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class GrowSettings:
    """Settings of the boosting; how many trees of how many leaves, the heads say."""

    learning_rate: float = 0.1
    songs: float = 0.5  # share of the songs that a tree is fitted to
    inputs: float = 0.1  # share of the inputs that a node may ask for
    least: int = 10  # songs of a leaf


def grow_trees(
    axes: Sequence[str],
    n_trees: int,
    leaves: int,
    songs: Floats,
    targets: Floats,
    seed: int,
    settings: GrowSettings | None = None,
) -> Trees:
    """Grow trees for each axis.

    Parameters
    ----------
    axes : sequence of str
        Axes, in the order of the targets.
    n_trees, leaves : int
        Trees of an axis, and most leaves of each.
    songs : ndarray of float32, shape (n_songs, n_inputs)
        What trees may ask for.
    targets : ndarray of float32, shape (n_songs, n_axes)
        What to predict, in the range of each axis; nan where unknown.
    seed : int
        Draws songs and inputs.
    settings : GrowSettings, optional
        Settings of the boosting.

    Returns
    -------
    Trees
        Ready to ask.

    Raises
    ------
    MissingPackageError
        scikit-learn is not installed.
    """
    boosting = boosting_regressor()
    how = settings or GrowSettings()
    trees = Trees(tuple(axes), n_trees, leaves)
    worth = trees.worth(torch.from_numpy(targets)).numpy()
    for place in range(len(axes)):
        known = ~np.isnan(worth[:, place])
        boosted = boosting(
            n_estimators=n_trees,
            learning_rate=how.learning_rate,
            max_leaf_nodes=leaves,
            max_depth=None,
            subsample=how.songs,
            max_features=how.inputs,
            min_samples_leaf=min(how.least, max(1, int(known.sum()) // 4)),
            random_state=seed,
        ).fit(songs[known], worth[known, place])
        trees.start[place] = float(boosted.init_.constant_.item())
        for number, (regressor,) in enumerate(boosted.estimators_):
            grown, at = regressor.tree_, (place, number)
            n = grown.node_count
            leaf = grown.children_left < 0
            itself = np.arange(n)
            trees.feature[at][:n] = _table(np.where(leaf, 0, grown.feature))
            trees.threshold[at][:n] = torch.from_numpy(grown.threshold.astype(np.float32))
            trees.low[at][:n] = _table(np.where(leaf, itself, grown.children_left))
            trees.high[at][:n] = _table(np.where(leaf, itself, grown.children_right))
            value = how.learning_rate * grown.value[:, 0, 0]
            trees.value[at][:n] = torch.from_numpy(value.astype(np.float32))
    return trees


def boosting_regressor() -> Any:
    """Return scikit-learn's regressor, or raise MissingPackageError."""
    return require("sklearn.ensemble", "train", "Growing trees").GradientBoostingRegressor


def _table(places: NDArray[np.intp]) -> torch.Tensor:
    return torch.from_numpy(places.astype(np.int16))
