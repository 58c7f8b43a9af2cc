"""TuneJury: which of two generated songs people prefer, learned from pairwise votes.

Procedure (``tunejury.score.Scorer``): the features of a song are its CLAP embedding (512, mono at
48 kHz), the mean over time of MERT-v1-330M's output for the whole song (1,024, mono at 24 kHz), and
the CLAP embedding of the prompt (512, zeros without one). A head of four layers (linear, batch
norm, ReLU) and a linear one gives one number without limits; the difference of two songs is the
log-odds that people prefer the first. The head "A1" hears the CLAP embedding alone.

Where ours differs: CLAP's random crop of a song of more than 10 s is replaced as
`plaudit.encoders.published.clap` says; ``crop_start`` gives the published way for one crop.

Sizes of the head come from its tensors. Source: yonghyunk1m/TuneJury, commit e28474e.
"""

from collections.abc import Mapping
from typing import ClassVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import JsonValue

from plaudit.encoders.mert import (
    NOT_NORMALIZED,
    MertEncoder,
    checked_normalize,
    published_architecture,
)
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.clap import SAMPLE_RATE, ClapEncoder, mean_embedding
from plaudit.encoders.published.size import agreed_size
from plaudit.encoders.weights import assign, check_fit
from plaudit.model.published.axis import Condition, JudgeAxis
from plaudit.model.published.clap import CLAP_FILES, prompt_embedding
from plaudit.model.published.procedure import (
    Beside,
    Conditions,
    Heard,
    Hearing,
    Part,
    PartFiles,
    Samples,
    WindowScores,
)

_MERT_RATE = 24_000
_PREPROCESSOR = "preprocessor_config.json"
_LAYERS = (0, 4, 8, 12)  #: Numbers of the linear layers in ``net``; a batch norm follows each.
_COUNTER = "num_batches_tracked"
_AXIS = JudgeAxis(
    "preference",
    "Learned preference; the difference of two songs is the log-odds that people prefer the first.",
)
# The one changes nothing, the other nothing that its first layer's softmax sees.
_FIRST_KEY_BIAS = "encoder.layers.0.attention.k_proj.bias"
_MASKED = "masked_spec_embed"


def _head_files(licence: str, *weights: str) -> PartFiles:
    return PartFiles("TuneJury/tunejury", weights, licence, no_effect=(rf".*\.{_COUNTER}",))


MERT_FILES = PartFiles(
    hub="m-a-p/MERT-v1-330M",
    weights=("model.safetensors", "pytorch_model.bin"),
    licence="CC-BY-NC-4.0",
    config="config.json",
    no_effect=(_MASKED, _FIRST_KEY_BIAS.replace(".", r"\.")),
    beside=(Beside(_PREPROCESSOR, NOT_NORMALIZED),),
)


class TuneJuryA1:
    """The head that hears CLAP's audio embedding alone.

    Parameters
    ----------
    parts : mapping of str to Part
        The parts "clap" and "head".
    device : torch.device
        Where to run.
    crop_start : int, optional
        Sample at 48 kHz where CLAP's only clip of a song of more than 10 s begins.
    """

    PARTS: ClassVar[dict[str, PartFiles]] = {
        "clap": CLAP_FILES._replace(tokenizer=False),
        "head": _head_files(
            "Apache-2.0", "input_ablation/A1_clap_audio_only.pt", "A1_clap_audio_only.pt"
        ),
    }
    HEARING: ClassVar[Hearing] = Hearing(rates=(SAMPLE_RATE,))
    CONDITIONS: ClassVar[tuple[Condition, ...]] = ()
    NEEDS: ClassVar[tuple[Condition, ...]] = ()

    def __init__(
        self, parts: Mapping[str, Part], device: torch.device, *, crop_start: int | None = None
    ) -> None:
        self._clap = ClapEncoder(parts["clap"].tensors, parts["clap"].where, device)
        self._head = _Head(parts["head"], self._clap.dim, device)
        self._crop_start = crop_start

    @property
    def axes(self) -> tuple[JudgeAxis, ...]:
        """The only score: preference."""
        return (_AXIS,)

    def score(self, song: Samples, conditions: Conditions) -> Heard:  # noqa: ARG002 - uses none
        """Return the preference of a song, and that of each of its clips alone."""
        clips = self._clap.hear(song[SAMPLE_RATE][0], self._crop_start)
        windows = tuple(
            WindowScores(c.start / SAMPLE_RATE, c.stop / SAMPLE_RATE, self._head(c.embedding))
            for c in clips
        )
        return Heard(self._head(mean_embedding(clips)), windows)


class TuneJury:
    """The head that hears CLAP and MERT, and the prompt if there is one.

    Parameters
    ----------
    parts : mapping of str to Part
        The parts "clap", "mert" and "head".
    device : torch.device
        Where to run.
    crop_start : int, optional
        Sample at 48 kHz where CLAP's only clip of a song of more than 10 s begins.
    """

    PARTS: ClassVar[dict[str, PartFiles]] = {
        "clap": CLAP_FILES,
        "mert": MERT_FILES,
        "head": _head_files("CC-BY-NC-4.0", "checkpoints/tunejury.pt", "tunejury.pt"),
    }
    HEARING: ClassVar[Hearing] = Hearing(rates=(SAMPLE_RATE, _MERT_RATE))
    CONDITIONS: ClassVar[tuple[Condition, ...]] = ("prompt",)
    NEEDS: ClassVar[tuple[Condition, ...]] = ()

    def __init__(
        self, parts: Mapping[str, Part], device: torch.device, *, crop_start: int | None = None
    ) -> None:
        self._clap_part = parts["clap"]
        self._clap = ClapEncoder(self._clap_part.tensors, self._clap_part.where, device)
        self._mert = _mert(parts["mert"], device)
        width = self._clap.dim + self._mert.spec.dim + self._clap.dim
        self._head = _Head(parts["head"], width, device)
        self._crop_start = crop_start

    @property
    def axes(self) -> tuple[JudgeAxis, ...]:
        """The only score: preference."""
        return (_AXIS,)

    def score(self, song: Samples, conditions: Conditions) -> Heard:
        """Return the preference of a song for its prompt, or of the song alone.

        Raises
        ------
        InputError
            There is a prompt, but CLAP was imported without a tokenizer.
        """
        return Heard(self._head(self.features(song, conditions)))

    def features(self, song: Samples, conditions: Conditions) -> NDArray[np.float32]:
        """Return what the head hears: CLAP of the song, MERT, CLAP of the prompt, in one row."""
        audio = mean_embedding(self._clap.hear(song[SAMPLE_RATE][0], self._crop_start))
        text = (
            prompt_embedding(self._clap, self._clap_part, conditions.prompt)
            if conditions.prompt
            else np.zeros_like(audio)
        )
        return np.concatenate([audio, self._mert.output_mean(song[_MERT_RATE][0]), text])


class _Head:
    """``net`` of a checkpoint, for ``width`` features."""

    def __init__(self, part: Part, width: int, device: torch.device) -> None:
        net = _net(part, width)
        expected = {n: v for n, v in net.state_dict().items() if not n.endswith(_COUNTER)}
        check_fit(expected, part.tensors, part.where)
        counters = {n: torch.tensor(0) for n in net.state_dict() if n.endswith(_COUNTER)}
        assign(net, {**part.tensors, **counters}, part.where)
        self._net = net["net"].train(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        score = self._net(torch.from_numpy(features)[None].to(self._device))
        return np.array(score[0].double().cpu().numpy())


def _net(part: Part, width: int) -> torch.nn.ModuleDict:
    layers: list[torch.nn.Module] = []
    with torch.device("meta"):
        for i in _LAYERS:
            places = [(f"net.{i}.bias", 0), (f"net.{i + 1}.weight", 0), (f"net.{i + 1}.bias", 0)]
            out = agreed_size(part.tensors, places, part.where)
            layers += [torch.nn.Linear(width, out), torch.nn.BatchNorm1d(out)]
            layers += [torch.nn.ReLU(), torch.nn.Identity()]  # the last was a dropout
            width = out
        layers.append(torch.nn.Linear(width, 1))
        return torch.nn.ModuleDict({"net": torch.nn.Sequential(*layers)})


def published_mert(part: Part) -> tuple[dict[str, JsonValue], dict[str, torch.Tensor]]:
    """Return the configuration and all tensors of MERT-v1-330M, those without effect as zeros.

    Raises
    ------
    WeightsError
        The configuration is not that of a MERT v1.
    """
    settings = part.config.get(_PREPROCESSOR, {})
    if not isinstance(settings, dict):
        raise WeightsError(f"{_PREPROCESSOR} of {part.where} must hold a JSON object.")
    normalize = checked_normalize(settings, f"{_PREPROCESSOR} of {part.where}")
    config = published_architecture(
        part.config, f"The configuration of {part.where}", do_normalize=bool(normalize)
    )
    width = cast("int", config["hidden_size"])
    zeros = {name: torch.zeros(width) for name in (_MASKED, _FIRST_KEY_BIAS)}
    return config, {**zeros, **part.tensors}


def _mert(part: Part, device: torch.device) -> MertEncoder:
    config, tensors = published_mert(part)
    return MertEncoder(
        config,
        tensors,
        where=part.where,
        name="MERT",
        layers=(-1,),
        device=str(device),
    )
