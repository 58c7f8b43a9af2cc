"""PAM (arXiv 2402.00282): quality of any audio, asked of a CLAP by two opposite prompts.

Procedure: at 44,100 Hz, in windows of 7 s, the cosines of a window with "the sound is clear and
clean." and with "the sound is noisy and with artifacts.", each times the model's own factor, under
a softmax; the score of a window is the share of the first, that of a file the mean of its windows.
PAM learned from no rating.

Windows, as published: channels are not mixed, the right one FOLLOWS the left one in time. Up to 7 s
of that are repeated and cut; of more, whole windows are taken from the start, and where something
is left, the last 7 s, which overlap the window before. A window's times here are those of the song
that it touches: one that holds the end of the left and the beginning of the right channel touches
all of it.

Where ours differs: it does not, except for the resampler's float64 taps. Source: soham97/PAM,
commit ead6e7f, with msclap's weights of 2023.
"""

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.msclap import MSCLAP_NO_EFFECT, SAMPLE_RATE, MsClapEncoder
from plaudit.model.published.axis import Condition, JudgeAxis
from plaudit.model.published.procedure import (
    Conditions,
    Heard,
    Hearing,
    Part,
    PartFiles,
    Samples,
    WindowScores,
)

_WINDOW = 7 * SAMPLE_RATE
_PROMPTS = ("the sound is clear and clean.", "the sound is noisy and with artifacts.")
_END = " <|endoftext|>"


class Pam:
    """PAM as a judge.

    Parameters
    ----------
    parts : mapping of str to Part
        The part "model", with the tokenizer of GPT-2.
    device : torch.device
        Where to run.
    """

    PARTS: ClassVar[dict[str, PartFiles]] = {
        "model": PartFiles(
            hub="microsoft/msclap",
            weights=("CLAP_weights_2023.pth",),
            licence="MIT",
            within=("model",),
            no_effect=MSCLAP_NO_EFFECT,
            tokenizer=True,
            tokenizer_hub="gpt2",
        )
    }
    HEARING: ClassVar[Hearing] = Hearing(rates=(SAMPLE_RATE,), mono=False)
    CONDITIONS: ClassVar[tuple[Condition, ...]] = ()
    NEEDS: ClassVar[tuple[Condition, ...]] = ()

    def __init__(self, parts: Mapping[str, Part], device: torch.device) -> None:
        part = parts["model"]
        self._encoder = MsClapEncoder(part.tensors, part.where, device)
        if part.tokenizer is None:
            raise WeightsError(
                f"PAM asks {part.where} by two prompts and needs a tokenizer for them; put the"
                " tokenizer.json of gpt2 beside the weights."
            )
        ids = part.tokenizer.ids
        self._prompts = np.stack([self._encoder.read(ids(text + _END)) for text in _PROMPTS])

    @property
    def axes(self) -> tuple[JudgeAxis, ...]:
        """The only score: quality."""
        return (JudgeAxis("quality", "Share of 'clear and clean' over 'noisy'.", 0, 1),)

    def score(self, song: Samples, conditions: Conditions) -> Heard:  # noqa: ARG002 - uses none
        """Return the mean quality of a song's windows, and that of each."""
        n_samples = song[SAMPLE_RATE].shape[1]
        line = song[SAMPLE_RATE].reshape(-1)
        windows = [
            WindowScores(*_touched(start, stop, n_samples), self._quality(line[start:stop]))
            for start, stop in _cuts(len(line))
        ]
        return Heard(np.mean([window.scores for window in windows], axis=0), tuple(windows))

    def _quality(self, clip: NDArray[np.float32]) -> NDArray[np.float64]:
        """Share of the first prompt, (1,)."""
        whole = np.resize(clip, _WINDOW)  # repeats it, and cuts
        clean, noisy = self._encoder.scale * (self._prompts @ self._encoder.hear(whole))
        return np.array([1 / (1 + math.exp(noisy - clean))])


def _cuts(n_samples: int) -> list[tuple[int, int]]:
    """First and last sample (exclusive) of each window."""
    if n_samples <= _WINDOW:
        return [(0, n_samples)]
    starts = [*range(0, n_samples - _WINDOW + 1, _WINDOW)]
    if n_samples % _WINDOW:
        starts.append(n_samples - _WINDOW)
    return [(start, start + _WINDOW) for start in starts]


def _touched(start: int, stop: int, n_samples: int) -> tuple[float, float]:
    """Seconds of the song, whose channels of ``n_samples`` follow each other, in a window."""
    channel = start // n_samples
    if stop > (channel + 1) * n_samples:
        return 0.0, n_samples / SAMPLE_RATE
    first = channel * n_samples
    return (start - first) / SAMPLE_RATE, (stop - first) / SAMPLE_RATE
