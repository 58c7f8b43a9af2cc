"""Output of each published network for a segment: means of hidden states over time, or a vector.

Conventions: a segment is float32 (n_samples,), mono at the network's rate; means are (n_layers,
dim), the mean over frames of each hidden state that is asked for. State 0 is the input of the first
layer, i the output of layer i. CLAP and MuQ-MuLan have one state, the vector of length one that
they compare with a text. A segment is heard as it is: the zeros that fill up the last segment of a
song count as silence, as with MERT.

Tensors are named as published, without the prefix that a file of theirs may put before all.
"""

from collections.abc import Mapping
from typing import ClassVar, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import JsonValue

from plaudit.encoders.published import clap, mulan, muq, wavlm
from plaudit.encoders.published.clap import ClapEncoder, mean_embedding
from plaudit.encoders.published.size import count_blocks
from plaudit.encoders.published.stated import read_stated
from plaudit.encoders.weights import assign

Tensors = Mapping[str, torch.Tensor]
Config = dict[str, JsonValue]
Samples = NDArray[np.float32]


class Listener(Protocol):
    """A network on its device, from ``(tensors, config, where, device)``.

    ``n_states`` counts the hidden states of the published network, ``n_held`` those that the
    tensors reach: a judge keeps only the layers that it hears with.
    """

    RATE: ClassVar[int]
    LICENCE: ClassVar[str]
    KEEPS: ClassVar[tuple[str, ...]]  #: Beginnings of the names of its tensors.
    config: Config  #: What decides its numbers, beside the tensors.
    dim: int
    n_states: int
    n_held: int
    usual: tuple[int, ...]  #: Layers that are kept where none are asked for.

    def __init__(
        self, tensors: Tensors, config: Config, where: str, device: torch.device
    ) -> None: ...

    def means(self, segment: Samples, states: list[int]) -> torch.Tensor:
        """Return the means (n_layers, dim) of states, each from 0 to ``n_held - 1``."""

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the tensors that count, by published name."""


class MuqListener:
    """MuQ, of which the usual layers are one of each quarter of the network, as in APEX.

    The states in between differ little from those beside them; SongEval hears state 6 of 12, HEAR
    state 10.
    """

    RATE: ClassVar[int] = muq.SAMPLE_RATE
    LICENCE: ClassVar[str] = "CC-BY-NC-4.0"
    KEEPS: ClassVar[tuple[str, ...]] = ("model.",)

    def __init__(self, tensors: Tensors, config: Config, where: str, device: torch.device) -> None:
        settings = muq.muq_settings(config, where)
        layers = count_blocks(tensors, "model.conformer.layers", where)
        depth = None if layers >= settings.depth else layers
        self._network = muq.load_muq(tensors, settings, where, device=device, depth=depth)
        self._device = device
        self.config: Config = muq.decisive(config, where)
        self.dim = settings.dim
        self.n_states = settings.depth + 1
        self.n_held = self._network.depth + 1
        quarters = tuple(settings.depth * quarter // 4 for quarter in (1, 2, 3, 4))
        self.usual: tuple[int, ...] = tuple(q for q in quarters if q < self.n_held) or (
            self.n_held - 1,
        )

    def means(self, segment: Samples, states: list[int]) -> torch.Tensor:
        """Return the mean over frames, 25 a second, of each state."""
        wave = torch.tensor(segment, device=self._device)[None]
        return torch.stack([s[0].mean(dim=0) for s in self._network.states(wave, states)])

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the tensors that count, by published name."""
        return {f"model.{name}": value for name, value in self._network.state_dict().items()}


class WavlmListener:
    """WavLM as Audiobox Aesthetics tuned it; all its states are usual, as that judge mixes them."""

    RATE: ClassVar[int] = wavlm.SAMPLE_RATE
    LICENCE: ClassVar[str] = "CC-BY-4.0 (Audiobox Aesthetics); MIT (WavLM)"
    KEEPS: ClassVar[tuple[str, ...]] = ("wavlm_model.",)

    def __init__(
        self,
        tensors: Tensors,
        config: Config,  # noqa: ARG002 - the tensors tell all
        where: str,
        device: torch.device,
    ) -> None:
        (prefix,) = self.KEEPS
        named = {name.removeprefix(prefix): value for name, value in tensors.items()}
        self._network = wavlm.WavLm(named, prefix, where, device)
        self._device = device
        self.config: Config = {}
        self.dim = self._network.dim
        self.n_states = self.n_held = self._network.n_layers + 1
        self.usual: tuple[int, ...] = tuple(range(self.n_states))

    def means(self, segment: Samples, states: list[int]) -> torch.Tensor:
        """Return the mean over frames, 50 a second, of each state."""
        wave = torch.tensor(segment, device=self._device)
        return self._network.layer_means(wave, len(segment))[states]

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the tensors that count, by published name."""
        (prefix,) = self.KEEPS
        return {prefix + name: value for name, value in self._network.tensors().items()}


class ClapListener:
    """The audio tower of LAION's CLAP; a segment of more than 10 s is the mean of its clips."""

    RATE: ClassVar[int] = clap.SAMPLE_RATE
    LICENCE: ClassVar[str] = "CC0-1.0 (as stated by laion_clap)"
    KEEPS: ClassVar[tuple[str, ...]] = ("audio_branch.", "audio_projection.")

    def __init__(
        self,
        tensors: Tensors,
        config: Config,  # noqa: ARG002 - the tensors tell all
        where: str,
        device: torch.device,
    ) -> None:
        self._encoder = ClapEncoder(tensors, where, device, text=False)
        self.config: Config = {}
        self.dim = self._encoder.dim
        self.n_states = self.n_held = 1
        self.usual: tuple[int, ...] = (0,)

    def means(self, segment: Samples, states: list[int]) -> torch.Tensor:
        """Return the vector of a segment."""
        vector = torch.from_numpy(mean_embedding(self._encoder.hear(segment)))
        return torch.stack([vector for _ in states])

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the tensors that count, by published name."""
        return self._encoder.tensors()


class MulanListener:
    """The audio tower of MuQ-MuLan, which was trained on clips of 10 s."""

    RATE: ClassVar[int] = muq.SAMPLE_RATE
    LICENCE: ClassVar[str] = "CC-BY-NC-4.0"
    KEEPS: ClassVar[tuple[str, ...]] = (mulan.AUDIO, "mulan.audio_to_latents.")

    def __init__(self, tensors: Tensors, config: Config, where: str, device: torch.device) -> None:
        stated = read_stated(mulan.MulanStated, config, where)
        width = stated.audio_model.model_dim
        sizes = mulan.muq_sizes(tensors, f"{mulan.AUDIO}model.model.", width, where)
        with torch.device("meta"):
            tower = mulan.AudioTower(sizes, stated.audio_transformer)
            self._towers = mulan.Towers(tower, None, stated)
        assign(self._towers, tensors, where, frozen_on=device)
        self._towers.train(False).to(device)
        self._device = device
        self.config: Config = stated.model_dump(mode="json")
        self.dim = stated.mulan.dim_latent
        self.n_states = self.n_held = 1
        self.usual: tuple[int, ...] = (0,)

    def means(self, segment: Samples, states: list[int]) -> torch.Tensor:
        """Return the vector of a segment."""
        vector = self._towers.latent("audio", torch.tensor(segment, device=self._device))
        return torch.stack([vector for _ in states])

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the tensors that count, by published name."""
        return self._towers.state_dict()


LISTENERS: dict[str, type[Listener]] = {
    "muq": MuqListener,
    "clap": ClapListener,
    "wavlm": WavlmListener,
    "mulan": MulanListener,
}
"""By the kind of the encoder."""
