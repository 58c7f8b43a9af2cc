"""Returning moments: whether they return at the same pitch, with the same continuation.

Music repeats itself: a drum is hit again, a chord or a note comes back. These are flaws with the
conventions of `plaudit.encoders.measured.flaw`; each moment is compared with all others, which
shows damage that no single moment shows. Repetition in the music itself, of hooks and sections, is
measured in `plaudit.encoders.measured.recurrence`.
"""

import torch
from torch import Tensor

from plaudit.encoders.measured.row import moving_mean, multiplied
from plaudit.encoders.measured.spectrum import Measures, Spectrum, standing_out

_APART = 8  # frames of 50 ms that count as another moment
_STEP, _REACH = 10.0, 12  # cents, steps
_AXIS = (110.0, 5, _STEP, 61)  # Hz, octaves, cents, steps
_QUIET, _LEAST = 1e-3, 20  # of the loudest frame's power; frames
_LAGS = (5, 10)  # frames: a quarter of a second, and half
_SHARP, _DOUBT, _USUAL = 0.06, 0.1, 0.4  # likeness, likeness, share that is usually lost


def astray(s: Spectrum) -> Measures:
    """Distance in pitch of each moment from the moment most similar to it.

    Where a tape wobbles, what returns comes back at another pitch, however short or blurred each
    sound is.

    ``astray``: cents by which a moment must be moved to fit best, a mean over moments weighted by
    their likeness then; and the gain in likeness over no move, in hundredths.
    """
    # Every shift of every pair is tried, so half as many frames, and half the limits in frames.
    amplitude = s.quick[::2]
    level = amplitude.square().sum(dim=1)
    rows = standing_out(amplitude[level > _QUIET * level.max()], *_AXIS)
    n = len(rows)
    if n < _LEAST // 2:
        return {"astray": torch.zeros(2)}
    best, unmoved = _best_fits(rows)
    near = _near(n, _APART // 2)
    likeness, other = best.masked_fill_(near, 0).max(dim=1)
    cents = (_moved(rows, other) - _REACH).abs() * _STEP
    weight = likeness**4
    gained = likeness - unmoved.masked_fill_(near, 0).amax(dim=1)
    mean = (cents * weight).sum() / weight.sum().clamp(min=1e-9)
    return {"astray": torch.stack([mean, 100 * gained.mean()])}


def sequel(s: Spectrum) -> Measures:
    """How rarely similar moments have similar continuations.

    All other moments count, weighted by their likeness: which of many nearly equal ones is most
    alike depends on small changes by a codec.

    ``sequel``: the share of their likeness, over that of any two moments, which is lost a quarter
    of a second later and half a second later, the mean of both; about 1 where nothing follows as it
    did. Where moments are hardly more alike than any two, it tends to `_USUAL`.
    """
    rows = standing_out(s.quick, *_AXIS)
    rows = rows / rows.norm(dim=1, keepdim=True).clamp(min=1e-6)
    n = len(rows)
    if n < _LEAST + max(_LAGS):
        return {"sequel": torch.full((1,), _USUAL)}
    alike, near = multiplied(rows, rows.T), _near(n, _APART)
    any_two = alike.masked_fill(near, 0).sum() / (n * n - torch.count_nonzero(near))
    weight = (alike / _SHARP).exp_().masked_fill_(near, 0)
    weighted = weight * alike
    lost = []
    for lag in _LAGS:
        total = weight[:-lag, :-lag].sum(dim=1)
        before = (weighted[:-lag, :-lag].sum(dim=1) / total).mean()
        after = ((weight[:-lag, :-lag] * alike[lag:, lag:]).sum(dim=1) / total).mean()
        lost.append((before - after + _DOUBT * _USUAL) / (before - any_two + _DOUBT))
    return {"sequel": torch.stack(lost).mean(dim=0, keepdim=True)}


def _unit(rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return rows, their middles of length 1, and the lengths that windows have then.

    A window is as long as the middle; there is one for each move, (n, 2 * _REACH + 1).
    """
    steps = rows.shape[1] - 2 * _REACH
    rows = rows / rows[:, _REACH : _REACH + steps].norm(dim=1, keepdim=True).clamp(min=1e-6)
    size = (moving_mean(rows.square(), steps, inside=True) * steps).sqrt_().clamp_(min=1e-6)
    return rows, rows[:, _REACH : _REACH + steps], size


def _moved(rows: Tensor, other: Tensor) -> Tensor:
    """Return the shift (n,) that aligns each moment best with its ``other`` (n,)."""
    rows, still, size = _unit(rows)
    rows, steps = rows[other], still.shape[1]
    moves = range(2 * _REACH + 1)
    fits = [torch.linalg.vecdot(still, rows[:, move : move + steps]) for move in moves]
    return (torch.stack(fits, dim=1) / size[other]).argmax(dim=1)


def _best_fits(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return the similarity of all pairs of moments, at the best shift and unshifted, both (n, n).

    The second place is the one that is moved, by -_REACH to _REACH steps.
    """
    length = rows.shape[1]
    rows, still, size = _unit(rows)
    steps = still.shape[1]
    best, other_way = rows.new_zeros(2, len(rows), len(rows))
    for move in range(_REACH + 1):
        one = multiplied(still, rows[:, move : move + steps].T)
        unmoved = one / size[:, move]  # at the last of these moves
        torch.maximum(best, unmoved, out=best)
        if move == _REACH:
            break
        # To move the other up is to move the one down, but for what lies at the ends.
        ends, back = _REACH - move, 2 * _REACH - move
        low = rows[:, _REACH : _REACH + ends], rows[:, move : move + ends]
        high = rows[:, length - _REACH : length - move], rows[:, steps + move : steps + _REACH]
        one.addmm_(low[0], low[1].T, alpha=-1).addmm_(high[0], high[1].T)
        torch.maximum(other_way, one.div_(size[:, back].unsqueeze(1)), out=other_way)
    return torch.maximum(best, other_way.T), unmoved


def _near(n: int, apart: int) -> Tensor:
    """Return which pairs of ``n`` moments are too close in time to be compared, (n, n)."""
    place = torch.arange(n)
    return (place.unsqueeze(1) - place).abs() < apart
