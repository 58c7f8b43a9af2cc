"""MuQ-MuLan (arXiv 2501.01108): how well music answers a text, as the cosine of two vectors.

Procedure: the song, mono at 24 kHz, is cut into clips of 10 s from its start. What is left at the
end is completed from the start of the song, once: a song shorter than 5 s is one clip, twice its
length. Each clip goes through MuQ, a projection and a transformer; the mean over time becomes a
vector of 512 and is brought to length one. The song's vector is the mean over clips and is not
brought to length one again. The prompt goes through XLM-RoBERTa and a transformer, the mean over
all tokens becomes a vector of length one. The score is their product (the published
``calc_similarity``): the mean of the cosines of the clips, from -1 to 1.

Source: ``muq.MuQMuLan`` of tencent-ailab/MuQ with ``OpenMuQ/MuQ-MuLan-large``, float32, and the
``tokenizer.json`` of ``xlm-roberta-base``. Where ours differs: the published text tower lets texts
of a batch change each other, here each is read alone; a text of more than 512 tokens, which fails
inside the published code, is an `InputError`. MuQ and XLM-RoBERTa have the sizes of their tensors.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch

from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.mulan import (
    AUDIO,
    TEXT,
    AudioTower,
    MulanStated,
    TextTower,
    Towers,
    muq_sizes,
    no_effect,
)
from plaudit.encoders.published.stated import read_stated
from plaudit.encoders.published.xlm_roberta import build_xlm_roberta, zero_biases
from plaudit.encoders.weights import assign
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

_RATE = 24_000


class Mulan:
    """MuQ-MuLan, which keeps the promise of a published judge.

    Parameters
    ----------
    parts : mapping of str to Part
        ``model``: all tensors, ``config.json``, and a tokenizer to score with.
    device : torch.device
        Where to run.

    Raises
    ------
    WeightsError
        A tensor or an entry of the settings is missing or does not fit; it is named.
    """

    PARTS: ClassVar[dict[str, PartFiles]] = {
        "model": PartFiles(
            hub="OpenMuQ/MuQ-MuLan-large",
            weights=("model.safetensors", "pytorch_model.bin"),
            licence="CC-BY-NC-4.0",
            config="config.json",
            no_effect=(*no_effect(AUDIO, TEXT), r"mulan\.contrast\.temperatures"),
            tokenizer=True,
            tokenizer_hub="xlm-roberta-base",
        )
    }
    HEARING: ClassVar[Hearing] = Hearing(rates=(_RATE,), resampler="soxr")
    CONDITIONS: ClassVar[tuple[Condition, ...]] = ("prompt",)
    NEEDS: ClassVar[tuple[Condition, ...]] = ("prompt",)

    def __init__(self, parts: Mapping[str, Part], device: torch.device) -> None:
        part = parts["model"]
        stated = read_stated(MulanStated, part.config, part.where)
        heard = stated.audio_model.model_dim
        width = stated.text_transformer.dim
        if stated.text_model.model_dim not in (None, width):
            raise WeightsError(
                f"The configuration of {part.where} has {stated.text_model.model_dim} for"
                f" 'text_model.model_dim' beside {width} for 'text_transformer.dim'; expected the"
                " same, since MuQ-MuLan has no projection of texts."
            )
        encoder = muq_sizes(part.tensors, f"{AUDIO}model.model.", heard, part.where)
        text_encoder = build_xlm_roberta(part.tensors, f"{TEXT}model.", width, part.where)
        with torch.device("meta"):
            self._network = Towers(
                AudioTower(encoder, stated.audio_transformer),
                TextTower(text_encoder, stated.text_transformer),
                stated,
            )
        zeros = zero_biases(text_encoder, f"{TEXT}model.")
        assign(self._network, {**part.tensors, **zeros}, part.where, frozen_on=device)
        self._network.train(False).to(device)
        self._device = device
        self._clip = stated.mulan.sr * stated.mulan.clip_secs
        self._tokenizer = part.tokenizer

    @property
    def axes(self) -> tuple[JudgeAxis, ...]:
        """Its one score."""
        return (
            JudgeAxis(
                "alignment",
                "how well the music answers the prompt: mean cosine over clips of 10 s",
                low=-1.0,
                high=1.0,
            ),
        )

    @torch.inference_mode()
    def score(self, song: Samples, conditions: Conditions) -> Heard:
        """Return the mean cosine of a song and its prompt, and that of each clip.

        Raises
        ------
        InputError
            There is no prompt, or it has more than 512 tokens.
        """
        if conditions.prompt is None:
            raise InputError("MuQ-MuLan scores how a song answers a prompt; give it a prompt.")
        text = self._network.latent("text", self._ids(conditions.prompt))
        samples = torch.tensor(song[_RATE][0], device=self._device)
        clips = [self._network.latent("audio", clip) for clip in self._clips(samples)]
        ends = [min((i + 1) * self._clip, len(samples)) / _RATE for i in range(len(clips))]
        windows = tuple(
            WindowScores(i * self._clip / _RATE, end, _scores(clip @ text))
            for i, (clip, end) in enumerate(zip(clips, ends, strict=True))
        )
        return Heard(_scores(torch.stack(clips).mean(dim=0) @ text), windows)

    def _ids(self, prompt: str) -> list[int]:
        if self._tokenizer is None:
            raise InputError(
                "MuQ-MuLan was imported without a tokenizer.json, so it cannot read a prompt;"
                " import it again with that of xlm-roberta-base beside its weights."
            )
        return self._tokenizer.ids(prompt)

    def _clips(self, samples: torch.Tensor) -> list[torch.Tensor]:
        """Return clips of one length; the last goes on with the start of the song."""
        clips = list(torch.split(samples, self._clip))
        clips[-1] = torch.cat([clips[-1], samples[: self._clip - len(clips[-1])]])
        return clips


def _scores(similarity: torch.Tensor) -> np.ndarray:
    return np.array([float(similarity)])
