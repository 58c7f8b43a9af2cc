"""Where an encoder comes from, small enough to be sent to each worker."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.core.choice import Precision
from plaudit.core.errors import InputError
from plaudit.core.file import expanded
from plaudit.encoders.promise import Encoder
from plaudit.encoders.spec import EncoderSpec

_ANY_LAYERS = ("mert", "muq", "wavlm")
"""Kinds that give any of their hidden states, whichever a card names."""


@dataclass(frozen=True)
class EncoderSource:
    """An encoder on disk, and which of its layers are kept; it can be sent to a process.

    Made by `judge_source` and `mert_source`; `plaudit.model.encoder_name` takes any name.
    """

    opened: EncoderSpec  #: Encoder as it is opened.
    path: Path  #: Its weight file.
    layers: tuple[int, ...]  #: Layers to keep, in this order; each is among ``opened.layers``.
    device: str  #: Where to run.
    precision: str  #: "exact" or "fast"; `look` returns what is really in use.
    #: Segments of a batch on a GPU; as many as fit when not given.
    batch_segments: int | None = field(default=None, kw_only=True)

    @property
    def spec(self) -> EncoderSpec:
        """Encoder as the store states it: with the layers that are kept."""
        return self.opened.model_copy(update={"layers": self.layers})

    def open(self) -> "OpenEncoder":
        """Open the encoder in this process."""
        from plaudit.encoders.open import open_encoder

        encoder = open_encoder(
            self.opened,
            self.path,
            device=self.device,
            precision=self.precision,
            batch_segments=self.batch_segments,
        )
        return OpenEncoder(encoder, [self.opened.layers.index(layer) for layer in self.layers])

    def look(self) -> "EncoderFacts":
        """Open the encoder once, and return its real device and precision."""
        encoder = self.open().encoder
        return EncoderFacts(encoder.device, encoder.precision)


@dataclass(frozen=True)
class EncoderFacts:
    """Device and precision really in use."""

    device: str
    precision: Precision


@dataclass(frozen=True)
class OpenEncoder:
    """An encoder at work, and the columns of its output that are kept."""

    encoder: Encoder
    columns: list[int]

    def encode(self, segments: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the kept layer means, (n, n_layers, dim), of segments (n, n_samples)."""
        return self.encoder.encode(segments)[:, self.columns]


def judge_source(
    spec: EncoderSpec,
    path: Path,
    *,
    layers: Sequence[int] | None = None,
    device: str = "auto",
    precision: str = "exact",
) -> EncoderSource:
    """Return the encoder of a judge folder, with all or some of its layers."""
    chosen = spec.layers if layers is None else tuple(layers)
    if not chosen or len(set(chosen)) < len(chosen):
        raise InputError(f"Expected each layer once, and at least one, got {list(chosen)}.")
    if spec.kind in _ANY_LAYERS:
        spec = spec.model_copy(update={"layers": chosen})
    absent = [layer for layer in chosen if layer not in spec.layers]
    if absent:
        raise InputError(
            f"Encoder '{spec.name}' has layers {list(spec.layers)}, not {absent}; leave out"
            " --layers, or name some of these."
        )
    return EncoderSource(spec, path, chosen, device, precision)


def mert_source(
    source: str,
    *,
    layers: Sequence[int] | None = None,
    device: str = "auto",
    precision: str = "exact",
) -> EncoderSource:
    """Return a MERT encoder from published weights; they are read and hashed here."""
    from plaudit.encoders.mert import APEX_LAYERS, load_mert
    from plaudit.encoders.weights import WEIGHT_FILES, find_folder, weight_file

    folder = find_folder(source, ("config.json", "preprocessor_config.json?"), WEIGHT_FILES)
    chosen = APEX_LAYERS if layers is None else tuple(layers)
    spec = load_mert(folder, layers=chosen, device="cpu").spec
    name = source.rstrip("/").split("/")[-1].split("@")[0]
    spec = spec.model_copy(update={"name": name or spec.name})
    return judge_source(
        spec, weight_file(folder), layers=chosen, device=device, precision=precision
    )


def parse_layers(text: str) -> tuple[int, ...]:
    """Read "2,5,8,-1" as layers."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"Expected layers such as 2,5,8,-1, got '{text}'.") from error


def is_mert(name: str) -> bool:
    """Whether a name is MERT weights (a folder with ``config.json``, or a hub id), not a judge."""
    path = expanded(name)
    if path.is_dir():
        return (path / "config.json").is_file() and not (path / "card.json").is_file()
    return name.count("/") == 1 and not path.exists() and not name.startswith((".", "~", "/"))
