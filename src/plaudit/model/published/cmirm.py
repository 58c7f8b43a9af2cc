"""CMI-RM (arXiv 2603.00610): alignment and musicality of a song, given what it was to answer.

Procedure: the song, mono at 24 kHz (torchaudio's resampler), is cut to ``max_dur`` seconds and into
chunks of 30 s; the last one is shorter. Each goes alone through MuQ, a projection and MuLan's audio
transformer: 25 frames a second, not pooled, those of all chunks in a row. So does a reference.
Prompt and lyrics, cut to 512 tokens each, go through XLM-RoBERTa and MuLan's text transformer.
`plaudit.model.published.joint_attention` makes two scores of it, unbounded, comparable with each
other only. Conditions may be absent: without a prompt or lyrics an empty text (``<s></s>``) is read
and attended to, without a reference there is none (the published vector of zeros is masked out).

Source: ``baselines/inference.py`` of Haiwen-Xia/CMI-RewardBench in its mode "final", float32, with
``HaiwenXia/CMI-RM``, whose file holds MuQ-MuLan's towers, and the ``tokenizer.json`` of
``xlm-roberta-base``. Where ours differs: one song at a time. The published scores depend on the
batch: beside an item with a reference, one without hears a second of silence as its reference, and
a short song beside a long one is filled with zeros; its benchmark ran batches of 12. ``max_dur`` is
120 s by default, as in that benchmark (the published interface says 30). A last chunk below 43 ms,
in which the published code fails, is left out. A song or reference too short for its downsampler is
an `InputError`. The second score was called quality. The rescaling to 1..5 in the paper has numbers
that were not published.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch
from pydantic import JsonValue

from plaudit.core.errors import InputError
from plaudit.encoders.published.mulan import (
    AudioTower,
    MulanStated,
    TextTower,
    block_sizes,
    muq_sizes,
    no_effect,
)
from plaudit.encoders.published.muq import LEAST_SAMPLES
from plaudit.encoders.published.size import shape_of
from plaudit.encoders.published.stated import read_stated
from plaudit.encoders.published.xlm_roberta import (
    EMPTY,
    build_xlm_roberta,
    longest_text,
    zero_biases,
)
from plaudit.encoders.weights import assign
from plaudit.model.published.axis import Condition, JudgeAxis
from plaudit.model.published.joint_attention import Asked, CmiRmStated, JointNetwork
from plaudit.model.published.procedure import Conditions, Heard, Hearing, Part, PartFiles, Samples

_RATE = 24_000
_CHUNK = 30 * _RATE
_TEXT_LIMIT = 512
_AUDIO, _TEXT = "audio_module.", "text_module."


class CmiRm:
    """CMI-RM, which keeps the promise of a published judge.

    Parameters
    ----------
    parts : mapping of str to Part
        ``model``: all tensors and ``config.yaml``, whose entries may lie under ``model``. ``mulan``
        may be absent: MuQ-MuLan's ``config.json``, by which the towers are checked, and the
        tokenizer, without which no text is read. Tensors of ``mulan`` are not used.
    device : torch.device
        Where to run.
    max_dur : float, default 120
        Seconds of song and reference that are heard, from their start.

    Raises
    ------
    WeightsError
        A tensor or an entry of the settings is missing or does not fit; it is named.
    """

    PARTS: ClassVar[dict[str, PartFiles]] = {
        "model": PartFiles(
            hub="HaiwenXia/CMI-RM",
            weights=("model.safetensors",),
            licence="CC-BY-NC-SA-4.0",
            config="config.yaml",
            no_effect=(
                *no_effect(_AUDIO, _TEXT),
                r"null_(text|lyrics|audio)_embedding",
                r"(single_score_projector|alignment_head|quality_head)\..*",
                r"\w+_downsampler\.blocks\.[1-9]\d*\..*",  # the first block once more
            ),
            tokenizer=True,
            tokenizer_hub="xlm-roberta-base",
        ),
        "mulan": PartFiles(
            hub="OpenMuQ/MuQ-MuLan-large",
            weights=(),
            licence="CC-BY-NC-4.0",
            config="config.json",
            tokenizer=True,
            optional=True,
            tokenizer_hub="xlm-roberta-base",
        ),
    }
    HEARING: ClassVar[Hearing] = Hearing(rates=(_RATE,))
    CONDITIONS: ClassVar[tuple[Condition, ...]] = ("prompt", "lyrics", "reference")
    NEEDS: ClassVar[tuple[Condition, ...]] = ()

    def __init__(
        self, parts: Mapping[str, Part], device: torch.device, *, max_dur: float = 120.0
    ) -> None:
        part, mulan = parts["model"], parts.get("mulan")
        stated = read_stated(CmiRmStated, _flat(part.config), part.where)
        towers = None if mulan is None else read_stated(MulanStated, mulan.config, mulan.where)
        self._network = _build(part, stated, towers, device).to(device)
        self._device = device
        self._longest = int(max_dur * _RATE)
        self._tokenizer = part.tokenizer if mulan is None else mulan.tokenizer or part.tokenizer
        self._limit = min(_TEXT_LIMIT, longest_text(self._network.text_module.model))
        if towers is not None:
            self._limit = min(self._limit, towers.text_transformer.max_seq_len)

    @property
    def axes(self) -> tuple[JudgeAxis, ...]:
        """Its two scores, in their published order."""
        return (
            JudgeAxis("alignment", "how well the song answers prompt, lyrics and reference"),
            JudgeAxis("musicality", "how good the song is as music"),
        )

    @torch.inference_mode()
    def score(self, song: Samples, conditions: Conditions) -> Heard:
        """Return alignment and musicality of one song, raw.

        Raises
        ------
        InputError
            The song or the reference is too short, or there is a text and no tokenizer.
        """
        reference = conditions.reference
        asked = Asked(
            self._ids(conditions.prompt),
            self._ids(conditions.lyrics),
            None if reference is None else self._frames(reference),
        )
        scores = self._network(self._frames(song), asked)
        return Heard(np.array(scores.tolist()))

    def _frames(self, recording: Samples) -> torch.Tensor:
        """Return the frames (n, dim) of all chunks."""
        samples = torch.tensor(recording[_RATE][0][: self._longest], device=self._device)
        first, *others = torch.split(samples, _CHUNK)
        heard = [first, *(chunk for chunk in others if len(chunk) >= LEAST_SAMPLES)]
        return torch.cat([self._network.audio_module(chunk) for chunk in heard])

    def _ids(self, text: str | None) -> list[int]:
        """Return the ids of a text, its end kept when it is cut."""
        if not text:
            return list(EMPTY)
        if self._tokenizer is None:
            raise InputError(
                "CMI-RM was imported without a tokenizer.json, so it cannot read a prompt or"
                " lyrics; import it again with that of xlm-roberta-base."
            )
        ids = self._tokenizer.ids(text)
        return ids if len(ids) <= self._limit else [*ids[: self._limit - 1], ids[-1]]


def _flat(config: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    inner = config.get("model")
    return inner if isinstance(inner, dict) else config


def _build(
    part: Part, stated: CmiRmStated, towers: MulanStated | None, device: torch.device
) -> JointNetwork:
    """Return the network with its weights; towers have the sizes that are stated, or seen."""
    tensors, where = part.tensors, part.where
    _, heard = shape_of(tensors, f"{_AUDIO}proj.weight", 2, where)
    if towers is None:
        audio = block_sizes(tensors, f"{_AUDIO}transformer.", where)
        text = block_sizes(tensors, f"{_TEXT}transformer.", where)
    else:
        audio, text = towers.audio_transformer, towers.text_transformer
        heard = towers.audio_model.model_dim
    encoder = muq_sizes(tensors, f"{_AUDIO}model.model.", heard, where)
    text_encoder = build_xlm_roberta(tensors, f"{_TEXT}model.", text.dim, where)
    with torch.device("meta"):
        network = JointNetwork(
            stated, AudioTower(encoder, audio), TextTower(text_encoder, text), where
        )
    zeros = zero_biases(text_encoder, f"{_TEXT}model.")
    assign(network, {**tensors, **zeros}, where, frozen_on=device)
    return network.train(False)
