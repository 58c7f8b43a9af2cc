"""Zeros after the end of a short segment, computed once instead of frame by frame.

A segment of 10 s in a window of 30 s is heard with 20 s of zeros, and the published embedding is
the mean over all of it. But every frame of zeros alone is the same, so are the tokens made of
them (but for those near the two ends, where the convolution over positions hears something else),
and equal tokens stay equal through all layers, for attention has no other sense of place. So one
token stands for the ``n_equal`` in the middle: it is weighed so often in the softmax of attention
(a logarithm on its logit) and in the mean over time. The result is the published one but for the
order of sums.
"""

from typing import NamedTuple, Self

import torch
from torch import Tensor


class Padding(NamedTuple):
    """Where equal tokens lie: ``n_equal`` of them, of which the one at ``at`` is computed."""

    at: int
    n_equal: int

    @classmethod
    def of(cls, samples: Tensor, step: int, n_frames: int, kernel: int) -> Self | None:
        """Find the zeros that end samples (n_samples,); None if merging them brings nothing.

        Parameters
        ----------
        samples : Tensor, shape (n_samples,)
            Samples.
        step : int
            Samples from frame to frame.
        n_frames : int
            Frames that the samples make.
        kernel : int
            Tokens that the convolution over positions hears at a time.
        """
        heard = torch.nonzero(samples)
        n_heard = int(heard[-1]) + 1 if len(heard) else 0
        n_other = -(-n_heard // step)  # frames that hear something else than zeros
        n_equal = n_frames - n_other - kernel + 1
        return cls(n_other + kernel // 2, n_equal) if n_equal > 1 else None

    @property
    def n_left_out(self) -> int:
        """How many tokens are not computed."""
        return self.n_equal - 1

    def counts(self, n_tokens: int) -> Tensor:
        """Return how many tokens each of those computed stands for, (n_tokens,) float32."""
        count = torch.ones(n_tokens)
        count[self.at] = self.n_equal
        return count


def time_mean(state: Tensor, padding: Padding | None = None) -> Tensor:
    """Return the mean over time of a state (n, n_tokens, dim), as (n, dim) float32."""
    if padding is None:
        return state.float().mean(dim=1)
    count = padding.counts(state.shape[1]).to(state.device)
    return torch.einsum("t,ntd->nd", count / count.sum(), state.float())
