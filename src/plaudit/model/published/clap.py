"""CLAP score: how well a song fits a prompt, by LAION's music checkpoint.

Procedure: the song mono at 48 kHz, its CLAP embedding, that of the prompt, their cosine. Published
use (``eval/clap_score.py`` of TuneJury, "CLAP music" of CMI-RewardBench) takes the checkpoint
``music_audioset_epoch_15_esc_90.14.pt`` and one random crop of a song of more than 10 s.

Where ours differs: a longer song is heard whole, in clips of 10 s
(`plaudit.encoders.published.clap` says how they make one embedding), so that its score is the same
each time. ``crop_start`` gives the
published way for one crop: the sample at 48 kHz where it begins.

The cosine of each clip with the prompt is the score of its window.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch

from plaudit.core.errors import InputError
from plaudit.encoders.published.clap import CLAP_NO_EFFECT, SAMPLE_RATE, ClapEncoder, mean_embedding
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

CLAP_FILES = PartFiles(
    hub="lukewys/laion_clap",
    weights=("music_audioset_epoch_15_esc_90.14.pt",),
    licence="CC0-1.0 (as stated by laion_clap)",
    within=("state_dict",),
    prefix="module.",
    no_effect=CLAP_NO_EFFECT,
    tokenizer_hub="roberta-base",
    tokenizer=True,
)


class Clap:
    """CLAP score as a judge.

    Parameters
    ----------
    parts : mapping of str to Part
        The part "model".
    device : torch.device
        Where to run.
    crop_start : int, optional
        Sample at 48 kHz where the only clip of a song of more than 10 s begins; without it the
        whole song is heard.
    """

    PARTS: ClassVar[dict[str, PartFiles]] = {"model": CLAP_FILES}
    HEARING: ClassVar[Hearing] = Hearing(rates=(SAMPLE_RATE,))
    CONDITIONS: ClassVar[tuple[Condition, ...]] = ("prompt",)
    NEEDS: ClassVar[tuple[Condition, ...]] = ("prompt",)

    def __init__(
        self, parts: Mapping[str, Part], device: torch.device, *, crop_start: int | None = None
    ) -> None:
        self._part = parts["model"]
        self._encoder = ClapEncoder(self._part.tensors, self._part.where, device)
        self._crop_start = crop_start

    @property
    def axes(self) -> tuple[JudgeAxis, ...]:
        """The only score: alignment with the prompt."""
        return (
            JudgeAxis("alignment", "Cosine of the song and its prompt in CLAP's space.", -1, 1),
        )

    def score(self, song: Samples, conditions: Conditions) -> Heard:
        """Return the cosine of a song and its prompt, and that of each clip.

        Raises
        ------
        InputError
            There is no prompt, or the judge was imported without a tokenizer.
        """
        if conditions.prompt is None:
            raise InputError(
                "CLAP score compares a song with a prompt, and none was given; give one with it."
            )
        text = prompt_embedding(self._encoder, self._part, conditions.prompt)
        clips = self._encoder.hear(song[SAMPLE_RATE][0], self._crop_start)
        windows = tuple(
            WindowScores(c.start / SAMPLE_RATE, c.stop / SAMPLE_RATE, _cosine(c.embedding, text))
            for c in clips
        )
        return Heard(_cosine(mean_embedding(clips), text), windows)


def prompt_embedding(encoder: ClapEncoder, part: Part, prompt: str) -> np.ndarray:
    """Return the embedding (dim,) of a prompt; `InputError` for a part without a tokenizer."""
    if part.tokenizer is None:
        raise InputError(
            f"{part.where} was imported without a tokenizer.json, so it cannot read a prompt;"
            " import it again with the one of roberta-base beside the weights."
        )
    return encoder.read(part.tokenizer.ids(prompt))


def _cosine(audio: np.ndarray, text: np.ndarray) -> np.ndarray:
    """(1,) float64; both are of unit length."""
    return np.array([audio.astype(np.float64) @ text.astype(np.float64)])
