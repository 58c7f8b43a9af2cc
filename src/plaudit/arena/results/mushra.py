"""Post-screening of listeners after ITU-R BS.1534-3, and how each of them scored.

The recommendation (4.1.2) leaves out of the results who scored the hidden reference below 90 in
more than 15 % of the items, and who scored the mid-range anchor above 90 in more than 15 %. The
mid-range anchor is the one with the highest median here, since tests name their anchors freely.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from plaudit.arena.results.rating import shown_system
from plaudit.arena.results.record import Listener
from plaudit.arena.results.row import VoteRow, by_voter

LIMIT, SHARE = 90.0, 0.15


def screen_listeners(rows: Sequence[VoteRow]) -> tuple[Listener, ...]:
    """Return every listener of a MUSHRA test, in order of name, and whether the rules keep him."""
    voters = by_voter(row for row in rows if any(s.score is not None for s in row.sides))
    anchor = _middle_anchor(rows)
    return tuple(_screened(voter, own, anchor) for voter, own in voters.items())


def _screened(voter: str, own: Sequence[VoteRow], anchor: str | None) -> Listener:
    low = high = 0
    scores: dict[str, list[float]] = {}
    for row in own:
        for side in row.sides:
            if side.score is None:
                continue
            name = shown_system(side)
            scores.setdefault(name, []).append(side.score)
            low += side.role == "hidden reference" and side.score < LIMIT
            high += side.role == "anchor" and name == anchor and side.score > LIMIT
    return Listener(
        voter=voter,
        items=len(own),
        reference_low=low,
        anchor_high=high,
        excluded=max(low, high) > SHARE * len(own),
        medians=_medians(scores),
    )


def _middle_anchor(rows: Sequence[VoteRow]) -> str | None:
    scores: dict[str, list[float]] = {}
    for row in rows:
        for side in row.sides:
            if side.role == "anchor" and side.score is not None:
                scores.setdefault(shown_system(side), []).append(side.score)
    medians = _medians(scores)
    return max(medians, key=lambda name: (medians[name], name), default=None)


def _medians(scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: float(np.median(values)) for name, values in sorted(scores.items())}
