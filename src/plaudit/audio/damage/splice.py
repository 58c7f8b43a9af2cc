"""Damage to the order of time: pieces that have changed places, and moments that repeat.

Both are an edit list: sample ``at`` onwards of the output is read from sample ``source`` onwards of
the input, until the next edit. Where the edit is a jump, what would have gone on is faded out over
5 ms under what begins. Fades are linear, so no sample exceeds the input's peak.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_FADE_S = 0.005
_PIECE_S = 0.5
_SLOT_S = 4.0


class _Edit(NamedTuple):
    """From sample ``at`` of the output on, read from sample ``source`` of the input on."""

    at: int
    source: int


def shuffle_pieces(
    audio: Floats, sample_rate: int, rng: np.random.Generator, *, moved_share: float
) -> Floats:
    """Let a share ``moved_share`` in (0, 1], two at least, of the pieces change places.

    Pieces last half a second, or a twentieth of a shorter recording. They are put in a drawn order;
    the first of them are moved, each to the place of the next in that order. A higher strength
    moves the same pieces and more.
    """
    n = audio.shape[1]
    length = max(1, min(round(_PIECE_S * sample_rate), n // 20))
    # The remainder of less than a piece stays at the end.
    pieces = n // length
    order = rng.permutation(pieces)[: max(2, round(moved_share * pieces))]
    source = np.arange(pieces)
    source[np.roll(order, 1)] = order
    edits = [_Edit(at * length, int(piece) * length) for at, piece in enumerate(source)]
    return _splice(audio, [*edits, _Edit(pieces * length, pieces * length)], sample_rate)


def repeat_loops(
    audio: Floats, sample_rate: int, rng: np.random.Generator, *, looped_share: float
) -> Floats:
    """Let moments of a recording repeat, for a share ``looped_share`` in (0, 0.9] of the time.

    The time is divided into slots of four seconds, or a fifth of a shorter recording. In a slot
    that hangs, its first 1/16 to 1/5 repeats until the slot ends; then the song goes on where it
    would have been. Slots hang in a drawn order until the share is reached, the last for a part.
    """
    n = audio.shape[1]
    slot_length = max(2, min(round(_SLOT_S * sample_rate), n // 5))
    slots = max(1, n // slot_length)
    loop = np.exp(rng.uniform(np.log(1 / 16), np.log(1 / 5), slots)) * slot_length
    left = round(looped_share * n)
    edits: list[_Edit] = []
    for slot in rng.permutation(slots):
        if left <= 0:
            break
        start, length = int(slot) * slot_length, max(1, round(loop[slot]))
        stop = min(start + slot_length, start + length + left, n)
        edits += [_Edit(at, start) for at in range(start + length, stop, length)]
        edits.append(_Edit(stop, stop))
        left -= max(0, stop - start - length)
    # A slot's last edit lies where the next slot begins: the place is its own source for both.
    return _splice(audio, [_Edit(0, 0), *sorted(edits)], sample_rate)


def _splice(audio: Floats, edits: list[_Edit], sample_rate: int) -> Floats:
    """Carry out an edit list."""
    n = audio.shape[1]
    out = np.empty_like(audio)
    before = 0
    for edit, stop in zip(edits, [edit.at for edit in edits[1:]] + [n], strict=True):
        length = stop - edit.at
        out[:, edit.at : stop] = audio[:, edit.source : edit.source + length]
        went_on = edit.at + before
        fade = min(round(_FADE_S * sample_rate), length // 2, n - went_on)
        if edit.source != went_on and fade > 0:
            gain = np.linspace(0, 1, fade + 2, dtype=np.float32)[1:-1]
            head = out[:, edit.at : edit.at + fade]
            head *= gain
            head += audio[:, went_on : went_on + fade] * (1 - gain)
        before = edit.source - edit.at
    return out
