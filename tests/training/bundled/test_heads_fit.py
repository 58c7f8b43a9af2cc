"""The loop learns what can be learned, nothing else, and the same every time."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from plaudit.core.axes import AXES
from plaudit.model.card import HeadSpec
from plaudit.training.bundled.heads_fit import FitSettings, fit_heads

ALL = tuple(axis.name for axis in AXES)
SPEC = HeadSpec(
    axes=ALL, input_dim=12, shared_dims=(32, 16), branch_dims=(8,),
    shared_dropout=0.0, branch_dropout=0.0,
)  # fmt: skip
Floats = NDArray[np.float32]


def planted(n: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Songs whose targets follow from their embedding, popularity on its own scale."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 12)).astype(np.float32)
    raw = 1 / (1 + np.exp(-(x @ np.random.default_rng(9).normal(0, 0.7, (12, 7)))))
    low, high = np.array([[a.low, a.high] for a in AXES]).T
    return x, (low + (high - low) * raw).astype(np.float32)


def predict(heads: torch.nn.Module, x: Floats) -> Floats:
    with torch.inference_mode():
        out: Floats = heads(torch.from_numpy(x)).value.numpy()
    return out


def correlation(a: Floats, b: Floats) -> list[float]:
    return [float(np.corrcoef(a[:, i], b[:, i])[0, 1]) for i in range(a.shape[1])]


def test_overfits_eight_songs() -> None:
    x, y = planted(8)
    # Sixteen times each: BatchNorm's running variance is n / (n - 1) of a batch's own.
    many_x, many_y = np.tile(x, (16, 1)), np.tile(y, (16, 1))
    exact = FitSettings(
        epochs=60, batch=32, learning_rate=0.01, weight_decay=0, noise=0, average_from=0.95
    )
    heads = fit_heads(SPEC, many_x, many_y, 0, exact)
    assert np.abs(predict(heads, x) - y)[:, 2:].max() < 0.25


def test_learns_every_axis_and_popularity_drowns_none() -> None:
    x, y = planted(600)
    new_x, new_y = planted(300, seed=1)
    heads = fit_heads(SPEC, x, y, 0, FitSettings(epochs=30))
    assert min(correlation(predict(heads, new_x), new_y)) > 0.9


def test_permuted_labels_give_chance() -> None:
    x, y = planted(400)
    new_x, new_y = planted(400, seed=1)
    shuffled = y[np.random.default_rng(3).permutation(len(y))]
    heads = fit_heads(SPEC, x, shuffled, 0, FitSettings(epochs=30))
    assert np.abs(correlation(predict(heads, new_x), new_y)).mean() < 0.2


def test_the_same_seed_gives_the_same_heads_and_leaves_the_global_one_alone() -> None:
    x, y = planted(64)
    torch.manual_seed(77)
    expected = torch.rand(1)
    torch.manual_seed(77)
    first, second, other = (
        fit_heads(SPEC, x, y, seed, FitSettings(epochs=3)) for seed in (1, 1, 2)
    )
    assert torch.rand(1) == expected
    np.testing.assert_array_equal(predict(first, x), predict(second, x))
    assert not np.array_equal(predict(first, x), predict(other, x))


@pytest.mark.parametrize(
    "change",
    [
        *({"epochs": 4}, {"batch": 16}, {"learning_rate": 1e-2}),
        *({"weight_decay": 5.0}, {"noise": 1.0}, {"average_from": 0.0}),
    ],
)
def test_every_setting_changes_something(change: dict[str, float]) -> None:
    x, y = planted(64)
    plain = {"epochs": 3, "batch": 32}
    first = fit_heads(SPEC, x, y, 1, FitSettings(**plain))
    second = fit_heads(SPEC, x, y, 1, FitSettings(**{**plain, **change}))  # type: ignore[arg-type]  # ints and floats mixed
    assert not np.array_equal(predict(first, x), predict(second, x))


def test_faults_are_named_and_what_is_unknown_of_them_costs_nothing() -> None:
    named = SPEC.model_copy(update={"faults": (("stray", "coherence"), ("blur", "clarity"))})
    x, y = planted(600)
    new_x, _ = planted(300, seed=1)

    def amounts(seen: Floats) -> Floats:
        return (1 / (1 + np.exp(-2 * seen[:, :2]))).astype(np.float32)

    known = amounts(x)
    known[::2, 0] = np.nan
    heads = fit_heads(named, x, y, 0, FitSettings(epochs=30), known)
    with torch.inference_mode():
        predicted = heads(torch.from_numpy(new_x)).fault_amounts
    assert predicted is not None
    assert min(correlation(predicted.numpy(), amounts(new_x))) > 0.9
    without = fit_heads(SPEC, x, y, 0, FitSettings(epochs=2), known)
    assert np.array_equal(
        predict(without, new_x), predict(fit_heads(SPEC, x, y, 0, FitSettings(epochs=2)), new_x)
    )
