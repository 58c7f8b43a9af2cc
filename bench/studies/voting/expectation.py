"""What to expect of battles under given settings, by integration and without simulating a vote.

The chances of a vote's four outcomes follow from the worth of the two songs, the listener's habits
and the error of a vote (`plaudit.synth.public.listener.chances`), so how often a perfect judge of
the knobs is right can be computed. A simulation, a study or a judge can be held against it. The
world is the one of `plaudit.synth.public.battle`: an assumption, not a measurement on people.
"""

from collections.abc import Sequence

import numpy as np

from plaudit.synth.public.battle import (
    NOISE,
    Battle,
    Contender,
    Floats,
    Taste,
    error_of,
    standing,
    weights,
)
from plaudit.synth.public.listener import Voter, chances


def expected_outcomes(
    battles: Sequence[Battle],
    contenders: Sequence[Contender],
    voters: Sequence[Voter],
    taste: Taste,
    noise: float = NOISE,
) -> Floats:
    """Return the chances of FIRST, SECOND, TIE and NEITHER of battles, given who met before whom.

    They are integrated (`plaudit.synth.public.listener.chances`) and do not depend on the recorded
    outcomes.

    Parameters
    ----------
    battles : sequence of Battle
        Which songs met, and who voted.
    contenders, voters : sequence
        Those of `hold_battles`.
    taste : Taste
        Shares of what counts.
    noise : float, default 0.5
        Standard deviation of the decision noise, above 0 where the share of chance is 0.

    Returns
    -------
    ndarray of float64, (n_battles, 4)
        Rows add up to 1.
    """
    worth = {c.song_id: float(weights(taste) @ standing(c)) for c in contenders}
    who = {voter.voter: voter for voter in voters}
    return chances(
        [who[battle.voter] for battle in battles],
        np.array([(worth[battle.first], worth[battle.second]) for battle in battles]),
        error_of(taste, noise),
    )


def expected_accuracy(
    battles: Sequence[Battle],
    contenders: Sequence[Contender],
    voters: Sequence[Voter],
    taste: Taste,
    noise: float = NOISE,
) -> float:
    """Return how often a perfect judge of the knobs is right among decided votes, by integration.

    The judge prefers the song with the better mean of knobs; where they are equal he is right half
    the time. Decided are FIRST and SECOND.

    Parameters
    ----------
    battles : sequence of Battle
        Which songs met, and who voted.
    contenders, voters : sequence
        Those of `hold_battles`.
    taste : Taste
        Shares of what counts.
    noise : float, default 0.5
        Standard deviation of the decision noise, above 0 where the share of chance is 0.

    Returns
    -------
    float
        Expected share of right answers, 0 to 1.
    """
    chance = expected_outcomes(battles, contenders, voters, taste, noise)
    sides = np.sign([battle.gap_aesthetics for battle in battles])
    right = chance[:, 0] * (1 + sides) / 2 + chance[:, 1] * (1 - sides) / 2
    return float(right.sum() / chance[:, :2].sum())
