"""The best path is the one that a plain search over all moves finds."""

import numpy as np
import pytest

from plaudit.encoders.measured.best_path import best_paths

COSTS = [0.02, 0.12]


def plain(values: np.ndarray, cost: float) -> tuple[list[int], float]:
    """Viterbi (1967) word by word, in double precision: the path, and its sum."""
    n_steps = values.shape[1]
    apart = np.abs(np.subtract.outer(np.arange(n_steps), np.arange(n_steps)))
    price = cost * np.where(apart <= 15, apart, 15 * 1.3)
    total, came = values[0].astype(float), []
    for row in values[1:]:
        reached = total[:, None] - price
        came.append(reached.argmax(axis=0))
        total = reached.max(axis=0) + row
    path = [int(total.argmax())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return path[::-1], float(total.max())


@pytest.mark.parametrize("n_frames", [1, 2, 3, 4, 7, 60, 61])
def test_paths_are_those_of_a_plain_search(n_frames: int) -> None:
    rng = np.random.default_rng(n_frames)
    steady = np.repeat(rng.random((-(-n_frames // 9), 50)), 9, axis=0)[:n_frames]
    rows = steady + 0.3 * rng.random((n_frames, 50)), rng.normal(size=(n_frames, 50))
    values = [part.astype(np.float32) for part in rows]
    for found, value, cost in zip(best_paths(values, COSTS), values, COSTS, strict=True):
        assert found.tolist() == plain(value, cost)[0]


def test_each_kind_of_move_is_made() -> None:
    values = np.zeros((40, 50), dtype=np.float32)
    values[:10, 3] = values[10:20, 9] = values[20:, 44] = 1.0  # stays, moves by 6, leaps by 35
    (path,) = best_paths([values], [0.02])
    assert path.tolist() == [3] * 10 + [9] * 10 + [44] * 20


def test_a_move_that_costs_more_than_it_brings_is_not_made() -> None:
    values = np.zeros((41, 50), dtype=np.float32)
    values[:, 20] = 1.0
    values[20, [20, 21]] = 0.0, 1.01
    assert set(best_paths([values], [0.51])[0].tolist()) == {20}
    assert best_paths([values], [0.5])[0][20] == 21
