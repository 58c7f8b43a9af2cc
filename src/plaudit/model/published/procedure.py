"""What every published judge offers: a whole song and its conditions in, scores out.

Conventions: samples are float32 (n_channels, n_samples) in [-1, 1], at each of the rates that the
judge asks for (`Hearing`); one song at a time, so that company and order never change a score.
Scores are float64 (n_axes,), in the order of the judge's axes. Each judge is one file of this
folder, which opens with its procedure, its source and where ours differs;
`plaudit.model.published.facts` lists them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import JsonValue

from plaudit.encoders.tokens import Tokenizer
from plaudit.model.published.axis import Condition, JudgeAxis

Floats = NDArray[np.float64]
Samples = dict[int, NDArray[np.float32]]  # (n_channels, n_samples) by sample rate, Hz


class Hearing(NamedTuple):
    """How a judge wants a song: rates in Hz, channels averaged or kept, the resampler, the least.

    ``resampler``: "sinc" is that of torchaudio (`plaudit.audio.resample`), "soxr" that of librosa.
    """

    rates: tuple[int, ...]
    mono: bool = True
    resampler: Literal["sinc", "soxr"] = "sinc"
    least_s: float = 0.1


@dataclass(frozen=True, eq=False)
class Conditions:
    """What a song is to answer; None where nothing was given (``prompt=""`` is an empty text)."""

    prompt: str | None = None
    lyrics: str | None = None
    reference: Samples | None = None


class WindowScores(NamedTuple):
    """Scores (n_axes,) of what was heard from ``start_s`` to ``end_s`` alone."""

    start_s: float
    end_s: float
    scores: Floats


class Heard(NamedTuple):
    """Scores of a song (n_axes,), and of its windows; none where it is heard as a whole."""

    scores: Floats
    windows: tuple[WindowScores, ...] = ()


@dataclass(frozen=True)
class Part:
    """One part of a judge, as it was published: its settings and its tensors by published name."""

    tensors: Mapping[str, torch.Tensor]
    where: str  #: Source, for messages.
    config: Mapping[str, JsonValue]
    tokenizer: Tokenizer | None = None


class PublishedModel(Protocol):
    """A published judge, ready to score; frozen, deterministic, the same for the same samples.

    The constructor takes its parts by name (those of ``PARTS``) and the device. It raises
    `WeightsError` with the name of each tensor that is missing, unexpected or of a wrong shape.
    """

    PARTS: ClassVar[dict[str, "PartFiles"]]
    HEARING: ClassVar[Hearing]
    CONDITIONS: ClassVar[tuple[Condition, ...]]  #: Those that it can use.
    NEEDS: ClassVar[tuple[Condition, ...]]  #: Those without which it has no score.

    @property
    def axes(self) -> tuple[JudgeAxis, ...]:
        """Its scores, in order."""

    def __init__(self, parts: Mapping[str, Part], device: torch.device, **options: Any) -> None:
        """Take the parts by name; ``options`` are choices of the procedure, with defaults."""

    def score(self, song: Samples, conditions: Conditions) -> Heard:
        """Return the scores of one song; `InputError` for one that it cannot hear."""


class Beside(NamedTuple):
    """A JSON file of settings that may be absent, and what is then assumed: a sentence."""

    file: str
    without: str


class PartFiles(NamedTuple):
    """How a part is published: what a folder of it holds, and what of it matters.

    ``weights``: names of the weight file, the first that is there counts. ``config``: name of the
    file of settings beside it (JSON or YAML), empty for none. ``within``: keys of a pickle that
    hold the tensors. ``prefix``: stripped from names that have it. ``no_effect``: patterns
    (`re.fullmatch`) of published tensors that change no score and may be absent; they are not kept.
    ``tokenizer``: whether texts are read with a ``tokenizer.json`` of the folder. ``hub``: where it
    is published. ``licence``: of its weights. ``optional``: whether the judge works without it.
    ``beside``: further settings of the folder, each in `Part.config` under the name of its file.
    ``config_within``: keys of a pickle that hold settings where there is no such file; whether the
    key is a setting itself, or holds some. ``tokenizer_hub``: where its tokenizer is published, if
    not with the weights.
    """

    hub: str
    weights: tuple[str, ...]
    licence: str
    config: str = ""
    within: tuple[str, ...] = ()
    prefix: str = ""
    no_effect: tuple[str, ...] = ()
    tokenizer: bool = False
    optional: bool = False
    beside: tuple[Beside, ...] = ()
    config_within: Mapping[str, bool] = MappingProxyType({})
    tokenizer_hub: str = ""
