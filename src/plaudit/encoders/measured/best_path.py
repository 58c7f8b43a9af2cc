"""The best path through time: the steps of highest value, less what it costs to move between them.

The algorithm of Viterbi (1967), with a cost for each step that is moved and one for any leap that
is further. A frame is little work for an array, so lines go through the frames together, and the
second half of each from its end backwards, until both halves meet.
"""

import numpy as np
from numpy.typing import NDArray

_REACH, _LEAP = 15, 1.3  # steps; factor on the cost of moving by so many
_NOWHERE = -1e9  # the sum of what lies beyond the steps


def best_paths(values: list[NDArray[np.float32]], costs: list[float]) -> list[NDArray[np.intp]]:
    """Return the best path of each line, (n_frames,) steps.

    Parameters
    ----------
    values : list of array, (n_frames, n_steps)
        Of each line; all have one shape, and at least one frame.
    costs : list of float
        Of moving by one step, for each line; positive.
    """
    sums = _Sums(np.stack(values, axis=1), costs)
    n_lines, half = len(values), sums.half
    paths = []
    for line in range(n_lines):
        front = sums.way_back(line, half, int(sums.to_step[half, line].argmax()))
        back = sums.way_back(n_lines + line, half - 1, front[0])
        steps = [*front[:0:-1], *back[: len(values[line]) - half]]
        paths.append(np.array(steps, dtype=np.intp))
    return paths


class _Sums:
    """Sums of the best paths to every step, of both halves of all lines.

    Parameters
    ----------
    whole : array, (n_frames, n_lines, n_steps)
        Values.
    costs : list of float
        Of moving by one step, for each line.
    """

    def __init__(self, whole: NDArray[np.float32], costs: list[float]) -> None:
        n_frames, n_lines, n_steps = whole.shape
        #: Frames of each half. The second one begins without values where it has one less.
        self.half = half = -(-n_frames // 2)
        value = np.zeros((half + 1, 2 * n_lines, n_steps), dtype=np.float32)
        value[:half, :n_lines] = whole[:half]
        value[2 * half - n_frames : half, n_lines:] = whole[: half - 1 : -1]
        cost = -np.tile(costs, 2)[:, None]
        self._cost = (cost * np.abs(np.arange(-_REACH, _REACH + 1))).astype(np.float32)
        padded = np.full((*value.shape[:2], n_steps + 2 * _REACH), _NOWHERE, dtype=np.float32)
        self._padded = padded
        #: Of the best path to each step, (half + 1, 2 * n_lines, n_steps).
        self.to_step = padded[:, :, _REACH : _REACH + n_steps]
        self._before = np.empty_like(value)  # the same without the value of the step
        self._leapt = np.empty((*value.shape[:2], 1), dtype=np.float32)
        self._go_through(value, (cost * _REACH * _LEAP).astype(np.float32), n_lines)

    def _go_through(
        self, value: NDArray[np.float32], leap: NDArray[np.float32], n_lines: int
    ) -> None:
        total, before, half = self.to_step, self._before, self.half
        near = np.lib.stride_tricks.sliding_window_view(self._padded, 2 * _REACH + 1, axis=2)
        near = near.transpose(0, 3, 1, 2)  # (frames, moves, lines, steps)
        up, down = near[:, _REACH:], near[:, _REACH::-1]  # of which one distance costs the same
        # Written out for every step: to add what has the same shape takes half the time.
        cost = np.repeat(self._cost[:, _REACH:].T[:, :, None], value.shape[2], axis=2)
        moved = np.empty_like(cost)
        total[0] = value[0]
        for frame in range(1, half + 1):
            if frame == half:  # where the first half of a line meets its second
                value[half, :n_lines] = total[half - 1, n_lines:]
            np.maximum(up[frame - 1], down[frame - 1], out=moved)
            np.maximum.reduce(np.add(moved, cost, out=moved), axis=0, out=before[frame])
            leapt = self._leapt[frame]
            np.maximum.reduce(total[frame - 1], axis=1, keepdims=True, out=leapt)
            np.maximum(before[frame], np.add(leapt, leap, out=leapt), out=before[frame])
            np.add(before[frame], value[frame], out=total[frame])

    def way_back(self, line: int, frame: int, step: int) -> list[int]:
        """Return the best path to a step of a frame, from there back to frame 0."""
        padded, before, leapt = (a[:, line] for a in (self._padded, self._before, self._leapt))
        steps = [step]
        for now in range(frame, 0, -1):
            value = before.item(now, step)
            if padded.item(now - 1, step + _REACH) != value:  # it was not at this step before
                if leapt.item(now, 0) == value:
                    step = int(self.to_step[now - 1, line].argmax())
                else:
                    around = padded[now - 1, step : step + 2 * _REACH + 1]
                    step += int((around + self._cost[line]).argmax()) - _REACH
            steps.append(step)
        return steps
