"""Notes on doubtful scores: the judge abstains, has no interval, or the song is unfamiliar."""

import numpy as np

from plaudit.core.note import Note
from plaudit.judging.interval import half_widths
from plaudit.model.card import Card
from plaudit.model.network import SongOutput


def doubts(card: Card, axes: tuple[str, ...], out: SongOutput, heard_s: float) -> tuple[Note, ...]:
    """Return a note where the judge abstains, and one where the song is unlike its training.

    ``heard_s`` is how many seconds of the song are neither silence nor padding.
    """
    return (*_abstentions(card, axes, out), *_unfamiliar(card, out, heard_s))


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


def _unfamiliar(card: Card, out: SongOutput, heard_s: float) -> tuple[Note, ...]:
    """Return a note where a song lies farther from the training songs than those of its length do.

    A clip that lies no farther than others as short is called short: its length is the reason. Of
    silence, which has a note of its own, neither is said.
    """
    known = card.familiarity
    distance = float(out.embedding.square().mean().sqrt())
    if known is None or not heard_s or distance <= known.limit:
        return ()
    limit = known.limit_of(heard_s)
    if distance <= limit:
        message = (
            f"Only {heard_s:.1f} s of sound were heard. Measurements of so short a clip scatter:"
            f" its distance from the songs this judge learned from is {distance:.2f}, and"
            f" {known.coverage:.0%} of whole songs lie within {known.limit:.2f}, of clips as short"
            f" within {limit:.2f}. Length is the reason, not the music; score a longer excerpt."
        )
        return (Note(type="short", message=message),)
    length = "" if limit == known.limit else f" of {heard_s:.1f} s"
    message = (
        f"It sounds unlike the songs this judge learned from: its distance is {distance:.2f}, and"
        f" {known.coverage:.0%} of those{length} lie within {limit:.2f}.{_why(card, out)} Take its"
        " scores here as guesses."
    )
    return (Note(type="unfamiliar", message=message),)


def _why(card: Card, out: SongOutput) -> str:
    if card.encoder.kind != "measured":
        return ""
    from plaudit.encoders.measured.topic import most_unusual

    first, second = most_unusual(out.embedding.numpy())
    return f" Most unusual are {first} and {second}."
