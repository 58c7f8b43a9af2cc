"""Notes on doubtful scores: the judge abstains, has no interval, or the song is unfamiliar."""

import numpy as np

from plaudit.core.note import Note
from plaudit.judging.interval import half_widths
from plaudit.model.card import Card
from plaudit.model.network import SongOutput


def doubts(card: Card, axes: tuple[str, ...], out: SongOutput) -> tuple[Note, ...]:
    """Return a note where the judge abstains, and one where the song is unlike its training."""
    return (*_abstentions(card, axes, out), *_unfamiliar(card, out))


def _abstentions(card: Card, axes: tuple[str, ...], out: SongOutput) -> tuple[Note, ...]:
    width = half_widths(card.interval, axes, out.spread)
    if card.interval is None or width is None:
        return ()
    limits = card.interval.abstain_above
    notes = []
    if without := [axis for axis in axes if axis not in width]:
        few = f"No interval of {', '.join(without)}: its card says that too few songs were there."
        notes.append(Note(type="no_interval", message=few))
    if wide := [axis for axis in width if width[axis] > limits.get(axis, np.inf)]:
        message = (
            f"The judge abstains on {', '.join(wide)}: its interval there is wider than its card"
            " allows. The value is its best guess, not a judgement."
        )
        notes.append(Note(type="abstains", message=message))
    return tuple(notes)


def _unfamiliar(card: Card, out: SongOutput) -> tuple[Note, ...]:
    known = card.familiarity
    distance = float(out.embedding.square().mean().sqrt())
    if known is None or distance <= known.limit:
        return ()
    message = (
        f"It sounds unlike the songs this judge learned from: its distance is {distance:.2f},"
        f" and {known.coverage:.0%} of those lie within {known.limit:.2f}."
        " Take its scores here as guesses."
    )
    return (Note(type="unfamiliar", message=message),)
