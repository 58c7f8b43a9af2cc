"""Simulated raters: a fixed pool of people who give whole points 1-5, each in his own way.

An assumption of ours, not a measurement on people. A rater hears a song whose expected rating on an
axis is ``e`` points (see `plaudit.synth.public.audience.expected_ratings`) and gives::

    3 + stretch * (e - 3) + severity + lean[axis] + halo * h + noise * z,   rounded, held to 1-5

with ``h`` a standard normal per song, the same on all axes (his liking today), and ``z`` one per
rating. ``stretch`` is how much of the scale he uses, ``severity`` his kindness on all axes and
``lean`` that on each. Raters are drawn once, from a seed of their own: the same name is the same
person in every corpus, so that a study can estimate who is strict.

The spreads below were chosen so that raters agree about as well as real ones: the split-half
reliability of five against five (Spearman-Brown) is .78 to .86 on the 500 music clips of Audiobox
Aesthetics' AES-PAM (Tjandra et al., 2025, arXiv 2502.05139); `bench/studies/rater_agreement.py`
prints both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError

PANEL = 4  # raters per song
POOL = 24  # raters in the world
_POOL_SEED = 1_906
# Spread among raters, in points (stretch: a factor).
_SEVERITY, _LEAN, _STRETCH = 0.45, 0.2, 0.15
# Spread from song to song of one rater, in points: liking it as a whole, and each single rating.
HALO, NOISE = 0.5, 0.95
_NOT_MUSIC = 0.15  # factor on all errors where there is nothing to disagree about


@dataclass(frozen=True)
class Rater:
    """One person's way of rating."""

    rater: str  #: Stable name, such as "rater-07".
    severity: float  #: Added to every rating, in points; negative is strict.
    lean: tuple[float, ...]  #: Added on each aesthetic axis, in points, in the order of the axes.
    stretch: float  #: Factor on the distance from the middle of the scale; above 1 uses its ends.
    #: Standard deviations in points of the liking of a whole song, and of a single rating.
    halo: float
    noise: float

    def rate(
        self, expected: NDArray[np.float64], rng: np.random.Generator, error: float = 1.0
    ) -> NDArray[np.float64]:
        """Return whole points 1-5 for one song, (5,), nan where the axis is undefined.

        ``expected`` (5,) holds the expected rating on each aesthetic axis, nan where undefined;
        ``error`` is a factor on bias, halo and noise. ``rng`` is advanced by the same number of
        draws for every song.
        """
        drift = self.severity + np.array(self.lean) + self.halo * rng.standard_normal()
        drift = error * (drift + self.noise * rng.standard_normal(len(self.lean)))
        stretch = 1 + error * (self.stretch - 1)
        points = np.clip(np.rint(3 + stretch * (expected - 3) + drift), 1, 5)
        return np.asarray(points, dtype=np.float64)


@cache
def rater_pool() -> tuple[Rater, ...]:
    """Return the `POOL` raters of the world: the same people at every call."""
    rng = np.random.default_rng(_POOL_SEED)
    return tuple(
        Rater(
            rater=f"rater-{number:02d}",
            severity=float(rng.normal(0, _SEVERITY)),
            lean=tuple(float(x) for x in rng.normal(0, _LEAN, len(AESTHETICS))),
            stretch=float(np.exp(rng.normal(0, _STRETCH))),
            halo=HALO,
            noise=float(NOISE * np.exp(rng.normal(0, 0.15))),
        )
        for number in range(1, POOL + 1)
    )


def draw_panel(rng: np.random.Generator, size: int = PANEL) -> tuple[Rater, ...]:
    """Draw the raters of one song from the pool, each at most once.

    Raises
    ------
    InputError
        More raters than there are, or none.
    """
    if not 1 <= size <= POOL:
        raise InputError(f"Expected 1 to {POOL} raters, got {size}; the pool has {POOL} people.")
    pool = rater_pool()
    return tuple(pool[k] for k in sorted(rng.choice(len(pool), size=size, replace=False)))


def rate(
    panel: Sequence[Rater],
    expected: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    is_music: bool = True,
) -> NDArray[np.float64]:
    """Return the whole points 1-5 of a panel for one song, (n_raters, 5), nan where undefined.

    ``expected`` is as in `Rater.rate`. Without ``is_music`` raters hardly disagree: errors are
    `_NOT_MUSIC` as large.
    """
    error = 1.0 if is_music else _NOT_MUSIC
    return np.stack([rater.rate(expected, rng, error) for rater in panel])
