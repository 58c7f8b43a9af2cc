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
from plaudit.model.network import Network, NetworkOutput, SongOutput

Tensors = tuple[Tensor, ...]
_WEIGHTS = Port(
    name="weights", shape=("n_segments",), meaning="how much each segment counts; they sum to 1"
)
_CUTTING = "Decoding, the mean of the channels, resampling and cutting: score.py does them."
_ROW = "Intervals, warnings and the refusal of silent files: `plaudit score` gives them."


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


class _FromSamples(nn.Module):
    """Segments of one song in, its scores out; the very modules that `plaudit score` runs."""

    def __init__(self, network: Network, encoder: MertEncoder) -> None:
        super().__init__()
        self.network = network
        self.body = encoder.network  # so that its weights are found
        self._encoder = encoder

    def forward(self, segments: Tensor, weights: Tensor) -> Tensors:
        means = self._encoder.layer_means(segments)
        # Its `score` counts segments by len(), which a graph would keep for ever.
        out = self.network(means, weights, [means.shape[0]])
        return (*_song(out), self.network.segment_scores(means))


class _FromLayerMeans(nn.Module):
    """Layer means of one song in, its scores out; of a segment alone, call it with that one."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, layer_means: Tensor, weights: Tensor) -> Tensors:
        return _song(self.network(layer_means, weights, [layer_means.shape[0]]))


def _song(out: NetworkOutput) -> Tensors:
    spread = () if out.spread is None else (out.spread[0],)
    return (out.value[0], out.embedding[0], *spread)


def _scored(out: SongOutput) -> Tensors:
    spread = () if out.spread is None else (out.spread,)
    return (out.song, out.embedding, *spread)


def plan_of(parts: JudgeParts) -> Plan:
    """Return the plan of a judge with an encoder and a network of ours."""
    card, network, encoder = parts
    n_axes, dim = len(card.score_names), card.encoder.dim
    outputs = [
        Port(name="scores", shape=(n_axes,), meaning="of the song, in the range of each axis"),
        Port(name="embedding", shape=(dim,), meaning="of the song, without unit"),
    ]
    zeros = torch.zeros(1, len(card.encoder.layers), dim)
    if network.score(zeros, torch.ones(1)).spread is not None:
        meaning = "predicted standard deviation of each score, in the range of its axis"
        outputs.append(Port(name="spread", shape=(n_axes,), meaning=meaning))
    if isinstance(encoder, MertEncoder):
        return _whole(card, network, encoder, outputs)
    return _behind(card, network, outputs)


def _whole(card: Card, network: Network, encoder: MertEncoder, outputs: list[Port]) -> Plan:
    rate = card.encoder.sample_rate
    segments = Port(
        name="segments",
        shape=("n_segments", "n_samples"),
        meaning=f"samples in [-1, 1], mono at {rate:,} Hz, without normalisation",
    )
    alone = Port(
        name="segment_scores",
        shape=("n_segments", len(card.score_names)),
        meaning="of each segment alone, in the range of each axis",
    )

    def expected(song: Tensors) -> Tensors:
        segments, weights = song
        out = network.score(torch.from_numpy(encoder.encode(segments.numpy())), weights)
        return tuple(
            t for t in (out.song, out.embedding, out.spread, out.segments) if t is not None
        )

    return Plan(
        _FromSamples(network, encoder).eval(),
        (segments, _WEIGHTS),
        (*outputs, alone),
        _sounds(card),
        expected,
        f"all from samples to scores: encoder {encoder.spec.name}, layer mix, pooling and heads.",
        (_CUTTING, _ROW),
    )


def _behind(card: Card, network: Network, outputs: list[Port]) -> Plan:
    encoder, n_layers = card.encoder, len(card.encoder.layers)
    why = "is measurements in code" if encoder.kind == "measured" else "is not exported: MERT is"
    means = Port(
        name="layer_means",
        shape=("n_segments", n_layers, encoder.dim),
        meaning=f"what {encoder.name} gives for each segment: `Judge.encode` of Plaudit",
    )

    def expected(song: Tensors) -> Tensors:
        return _scored(network.score(*song))

    return Plan(
        _FromLayerMeans(network).eval(),
        (means, _WEIGHTS),
        tuple(outputs),
        _means(n_layers, encoder.dim),
        expected,
        "what follows the encoder: layer mix, pooling and heads.",
        (
            f"The encoder, {encoder.name}, {why}: Plaudit makes the layer means of a song.",
            _ROW,
        ),
    )


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
    songs: dict[str, Tensors] = {}
    for n in (2, 1, 7):
        rng = torch.Generator().manual_seed(n)
        heard = torch.randn(n, n_layers, dim, generator=rng)
        songs[f"n_segments {n}, standard normal layer means"] = (heard, _weights(n, rng))
    return songs


def _weights(n: int, rng: torch.Generator) -> Tensor:
    raw = 0.1 + torch.rand(n, generator=rng)
    return raw / raw.sum()
