"""Fit the boosted trees of the bundled judge: stochastic gradient boosting, axis by axis.

Friedman, Stochastic gradient boosting (2002), as scikit-learn implements it: each tree is fitted to
the residuals of those before it, on half of the songs, and each node considers a tenth of the
inputs. The same inputs and seed give the same trees.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.core.optional import require
from plaudit.model.bundled.trees import BoostedTrees, axis_share

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class BoostingSettings:
    """Settings of the boosting; the heads decide how many trees of how many leaves."""

    learning_rate: float = 0.1
    songs: float = 0.5  # share of the songs that a tree is fitted to
    inputs: float = 0.1  # share of the inputs that a node considers
    leaf_songs: int = 10  # least songs of a leaf


def fit_trees(
    axes: tuple[str, ...],
    n_trees: int,
    leaves: int,
    songs: Floats,
    targets: Floats,
    seed: int,
    settings: BoostingSettings | None = None,
) -> BoostedTrees:
    """Fit trees to inputs (n_songs, n_inputs) and targets (n_songs, n_axes), nan where missing."""
    boosting = boosting_regressor()
    how = settings or BoostingSettings()
    trees = BoostedTrees(axes, n_trees, leaves)
    shares = axis_share(torch.from_numpy(targets), axes).numpy()
    for place in range(len(axes)):
        known = ~np.isnan(shares[:, place])
        fitted = boosting(
            n_estimators=n_trees,
            learning_rate=how.learning_rate,
            max_leaf_nodes=leaves,
            max_depth=None,
            subsample=how.songs,
            max_features=how.inputs,
            min_samples_leaf=min(how.leaf_songs, max(1, int(known.sum()) // 4)),
            random_state=seed,
        ).fit(songs[known], shares[known, place])
        trees.start[place] = float(fitted.init_.constant_.item())
        for number, (regressor,) in enumerate(fitted.estimators_):
            nodes, at = regressor.tree_, (place, number)
            n = nodes.node_count
            leaf = nodes.children_left < 0
            itself = np.arange(n)
            trees.feature[at][:n] = _table(np.where(leaf, 0, nodes.feature))
            trees.threshold[at][:n] = torch.from_numpy(nodes.threshold.astype(np.float32))
            trees.low[at][:n] = _table(np.where(leaf, itself, nodes.children_left))
            trees.high[at][:n] = _table(np.where(leaf, itself, nodes.children_right))
            value = how.learning_rate * nodes.value[:, 0, 0]
            trees.value[at][:n] = torch.from_numpy(value.astype(np.float32))
    return trees


def boosting_regressor() -> Any:
    """Return scikit-learn's regressor, or raise MissingPackageError."""
    return require("sklearn.ensemble", "train", "Fitting trees").GradientBoostingRegressor


def _table(places: NDArray[np.intp]) -> torch.Tensor:
    return torch.from_numpy(places.astype(np.int16))
