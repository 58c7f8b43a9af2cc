r"""How many votes a test needs for the precision wanted.

Battles: for k systems of equal strength, all pairs asked equally often, the information of a battle
on a difference of strengths is :math:`w = (1 - n)(1 - t) / 4`, with n the share of NEITHER and t
that of ties (Davidson's model). N battles then give each strength, centred on the mean, the
variance :math:`(k - 1)^2 / (2 k w N)`, and a 95 % interval of half width 1.96 times its root.
Equal systems need the fewest votes: where one always wins, a battle says less.

Ratings, MUSHRA: a mean of n answers of standard deviation s has the half width
:math:`1.96\, s / \sqrt n`. A rank of m songs counts as m - 1 battles: its m (m - 1) / 2 pairs
depend on each other.
"""

import math
from typing import NamedTuple

from plaudit.arena.session.record import Kind
from plaudit.core.errors import InputError
from plaudit.metrics.bradley_terry import SCALE

Z = 1.959964  # of a 95 % interval
TIES, NEITHER = 0.2, 0.1
"""Shares assumed of battles; Music Arena's votes have about as many."""
SPREAD: dict[Kind, float] = {"rating": 1.0, "mushra": 20.0}
"""Standard deviation assumed of one answer about one system."""
WANTED: dict[Kind, float] = {"battle": 30.0, "rank": 30.0, "rating": 0.2, "mushra": 5.0}
"""Half width of a 95 % interval: points of a leaderboard (400 are odds of ten to one), points of a
scale of 5, points of MUSHRA's 100."""


class Votes(NamedTuple):
    """Answers that a test needs."""

    votes: int
    half_width: float  #: That they give.


def votes_needed(
    kind: Kind, systems: int, half_width: float | None = None, takes: int = 4
) -> Votes:
    """Return how many answers give each system's mean or rating an interval so narrow.

    Parameters
    ----------
    kind : {"battle", "rating", "mushra", "rank"}
        Of the test.
    systems : int
        Systems that are compared; a MUSHRA answer says something of all of them.
    half_width : float, optional
        Half of a 95 % interval, in the units of `WANTED`, and that by default.
    takes : int, default 4
        Songs of a rank.

    Raises
    ------
    InputError
        There are no two systems to compare, or the width is not above 0.
    """
    wanted = WANTED[kind] if half_width is None else half_width
    if not wanted > 0:
        raise InputError(f"Expected a half width above 0, got {wanted:g}.")
    if systems < 2 and kind != "rating":
        raise InputError(f"Expected two systems to compare, got {systems}; add another.")
    if kind in SPREAD:
        each = math.ceil((Z * SPREAD[kind] / wanted) ** 2)
        return Votes(each * (systems if kind == "rating" else 1), wanted)
    logits = wanted * math.log(10) / SCALE
    information = (1 - NEITHER) * (1 - TIES) / 4
    battles = (systems - 1) ** 2 / (2 * systems * information) * (Z / logits) ** 2
    return Votes(math.ceil(battles / (takes - 1 if kind == "rank" else 1)), wanted)
