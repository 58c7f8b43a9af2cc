"""What of a judge becomes a graph: its modules, its inputs and outputs, and songs to check it on.

A judge on MERT becomes one graph from samples to scores. The encoder of the bundled judge is
measurements in code, which no graph can hold, and that of other judges is not exported yet: of
those the graph begins at the layer means.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from plaudit.encoders.mert import MertEncoder
from plaudit.model.card import Card
from plaudit.model.export.record import Port
from plaudit.model.folder import JudgeParts
from plaudit.model.network import Network

Tensors = tuple[Tensor, ...]
_WEIGHTS = Port(
    name="weights", shape=("n_segments",), meaning="how much each segment counts; they sum to 1"
)
_LACKS = (
    "Decoding, the mean of the channels, resampling and cutting: score.py does them.",
    "Intervals, warnings and the refusal of silent files: `plaudit score` gives them.",
)


class Plan(NamedTuple):
    """A module with its ports, the songs it is checked on, and what it must return for each.

    ``songs`` are inputs by a sentence that says what they are; the module is traced with the first,
    which has two segments or more.
    """

    module: nn.Module
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    songs: dict[str, Tensors]
    expected: Callable[[Tensors], Tensors]
    holds: str
    lacks: tuple[str, ...]


class _Graph(nn.Module):
    """One song in, its scores out; the very modules that `plaudit score` runs."""

    def __init__(self, network: Network, encoder: MertEncoder | None) -> None:
        super().__init__()
        self.network = network
        self.body = None if encoder is None else encoder.network  # so that its weights are ours
        self._encoder = encoder

    def forward(self, heard: Tensor, weights: Tensor) -> Tensors:
        means = heard if self._encoder is None else self._encoder.layer_means(heard)
        # Its `score` counts segments by len(), which a graph would keep for ever.
        out = self.network(means, weights, [means.shape[0]])
        alone = self.network._segment_scores(means)
        spread = () if out.spread is None else (out.spread[0],)
        return (out.value[0], alone, out.embedding[0], *spread)


def plan_of(parts: JudgeParts) -> Plan:
    """Return the plan of a judge with an encoder and a network of ours."""
    card, network, encoder = parts
    if isinstance(encoder, MertEncoder):
        heard = Port(
            name="segments",
            shape=("n_segments", "n_samples"),
            meaning=(
                f"samples in [-1, 1], mono at {encoder.spec.sample_rate} Hz, without normalisation"
            ),
        )
        songs = _sounds(card)
        holds = f"All from samples to scores: the encoder {encoder.spec.name}, {_NETWORK}."
        lacks: tuple[str, ...] = ()
    else:
        n_layers, dim = len(encoder.spec.layers), encoder.spec.dim
        heard = Port(
            name="layer_means",
            shape=("n_segments", n_layers, dim),
            meaning=f"what {encoder.spec.name} gives for each segment: `Judge.encode` of Plaudit",
        )
        songs = _means(n_layers, dim)
        holds = f"All behind the encoder: {_NETWORK}."
        why = (
            "it is measurements in code and no network"
            if encoder.spec.kind == "measured"
            else "only MERT is exported"
        )
        lacks = (
            f"The encoder {encoder.spec.name}: {why}. Plaudit makes the layer means that the file"
            " takes.",
        )

    @torch.inference_mode()
    def expected(song: Tensors) -> Tensors:
        heard, weights = song
        if isinstance(encoder, MertEncoder):
            heard = torch.from_numpy(encoder.encode(heard.numpy()))
        out = network.score(heard, weights)
        return (
            out.song,
            out.segments,
            out.embedding,
            *(() if out.spread is None else (out.spread,)),
        )

    graph = _Graph(network, encoder if isinstance(encoder, MertEncoder) else None).eval()
    zeros = torch.zeros(1, len(encoder.spec.layers), encoder.spec.dim)
    has_spread = network.score(zeros, torch.ones(1)).spread is not None
    outputs = _outputs(card, n_outputs=3 + has_spread)
    return Plan(graph, (heard, _WEIGHTS), outputs, songs, expected, holds, (*lacks, *_LACKS))


_NETWORK = "layer mix, pooling and heads"


def _outputs(card: Card, n_outputs: int) -> tuple[Port, ...]:
    n_axes = len(card.score_names)
    ports = (
        Port(name="scores", shape=(n_axes,), meaning="of the song, in the range of each axis"),
        Port(
            name="segment_scores",
            shape=("n_segments", n_axes),
            meaning="of each segment alone, in the range of each axis",
        ),
        Port(name="embedding", shape=(card.encoder.dim,), meaning="of the song, without unit"),
        Port(
            name="spread",
            shape=(n_axes,),
            meaning="predicted standard deviation of each score, in the range of its axis",
        ),
    )
    return ports[:n_outputs]


def _sounds(card: Card) -> dict[str, Tensors]:
    """Return songs of several sizes: notes and noise, the last segment of one half silence."""
    rate = card.encoder.sample_rate
    length_s = card.recipe.segment.length_s
    short_s = min(1.3, length_s)  # no multiple of a frame
    songs = {
        f"2 segments of {length_s:g} s, the last one half padding": _sound(2, length_s, rate),
        f"1 segment of {length_s:g} s": _sound(1, length_s, rate),
        f"5 segments of {short_s:g} s": _sound(5, short_s, rate),
    }
    padded = next(iter(songs.values()))[0]
    padded[-1, padded.shape[1] // 2 :] = 0
    return songs


def _sound(n: int, length_s: float, rate: int) -> Tensors:
    rng = torch.Generator().manual_seed(n)
    time = torch.arange(max(1, round(length_s * rate))) / rate
    pitch = 110 * 2 ** (torch.randint(0, 36, (n, 1), generator=rng) / 12)
    notes = 0.3 * torch.sin(2 * torch.pi * pitch * time) * torch.exp(-3 * (time % 0.5))
    return notes + 0.02 * torch.randn(n, len(time), generator=rng), _weights(n, rng)


def _means(n_layers: int, dim: int) -> dict[str, Tensors]:
    songs = {}
    for n in (2, 1, 7):
        rng = torch.Generator().manual_seed(n)
        heard = torch.randn(n, n_layers, dim, generator=rng)
        songs[f"{n} segments of standard normal layer means"] = (heard, _weights(n, rng))
    return songs


def _weights(n: int, rng: torch.Generator) -> Tensor:
    raw = 0.1 + torch.rand(n, generator=rng)
    return raw / raw.sum()
