"""Integrated loudness of a recording, as ITU-R BS.1770-4 states it, measured as its blocks come.

Conventions: audio is ``(n_channels, n_samples)`` float32, full scale 1.0; loudness is in LUFS, with
two gates (absolute at -70 LUFS, relative at 10 LU below what passes it). All channels weigh the
same: which of them surround the listener is not known of a file. Only the power of each 0.1 s is
kept, so memory is bounded by a number a step.

Source: ITU-R BS.1770-4, "Algorithms to measure audio programme loudness and true-peak audio level".
"""

import math

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.loudness import k_weighting

_STEP_S, _STEPS = 0.1, 4  # a gating block of 0.4 s begins every 0.1 s
_OFFSET = -0.691  # LUFS of power 1, so that a sine at 997 Hz reads its level
_ABSOLUTE, _RELATIVE = -70.0, -10.0


class LoudnessMeter:
    """Takes in a recording block by block; ``lufs`` is its integrated loudness so far.

    Parameters
    ----------
    sample_rate : int
        Of the recording, in Hz, at least 4,000.
    n_channels : int
        Channels of each block.
    """

    def __init__(self, sample_rate: int, n_channels: int) -> None:
        self._sections = k_weighting(sample_rate)
        self._state = np.zeros((2, n_channels, 2))
        self._step = round(sample_rate * _STEP_S)
        self._rest = np.zeros((n_channels, 0))
        self._powers: list[NDArray[np.float64]] = []

    def push(self, audio: NDArray[np.float32]) -> None:
        """Take in more of the recording, (n_channels, n_samples)."""
        from scipy.signal import sosfilt

        weighted, self._state = sosfilt(self._sections, audio, zi=self._state)
        weighted = np.concatenate([self._rest, weighted], axis=1)
        n = weighted.shape[1] // self._step
        whole = weighted[:, : n * self._step].reshape(len(weighted), n, self._step)
        self._powers.append(np.square(whole).mean(axis=2).sum(axis=0))
        self._rest = weighted[:, n * self._step :]

    @property
    def lufs(self) -> float:
        """Integrated loudness; nan where nothing passes the gates, or below 0.4 s."""
        power = np.concatenate(self._powers) if self._powers else np.zeros(0)
        if len(power) < _STEPS:
            return math.nan
        block = np.convolve(power, np.full(_STEPS, 1 / _STEPS), "valid")
        heard = block[block > _power(_ABSOLUTE)]
        if not len(heard):
            return math.nan
        heard = heard[heard > _power(_lufs(float(heard.mean())) + _RELATIVE)]
        return _lufs(float(heard.mean()))


def _lufs(power: float) -> float:
    return _OFFSET + 10 * math.log10(power)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET) / 10))
