"""The bundled judge: trained on composed songs and simulated listeners, from one command.

It has heard no real song and no real listener. What it knows is what `plaudit.synth` believes about
faults and audiences, and its card says so.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXES
from plaudit.core.errors import InputError
from plaudit.encoders.measured import MeasuredEncoder, fit_scale, standardise
from plaudit.encoders.weights import digest
from plaudit.model.card import Card, Familiarity, HeadSpec, Interval, Metric, Recipe
from plaudit.model.folder import model_tensors, write_folder
from plaudit.model.network import Network
from plaudit.model.pooling import segment_weights
from plaudit.training.corpus import DURATION_S, Example, make_examples
from plaudit.training.fit import fit_heads

VERSION = "0.1"
COVERAGE = 0.9
FAMILIAR = 0.99
SHARES = (0.7, 0.15)  # training, calibration; the rest tests
Floats = NDArray[np.float64]
_AXES = tuple(axis.name for axis in AXES)
_BOOTSTRAP = 1000


def train_bundled(
    out: Path,
    *,
    n_songs: int = 1600,
    seed: int = 1,
    workers: int | None = None,
    duration_s: tuple[float, float] = DURATION_S,
    say: Callable[[str], None] = print,
) -> Card:
    """Compose, simulate, train, calibrate, test and write the bundled judge.

    Parameters
    ----------
    out : Path
        Judge folder to write.
    n_songs : int
        Songs to compose.
    seed : int
        Seed of songs, listeners, split and heads.
    workers : int, optional
        Processes; one per core by default. The result does not depend on it.
    duration_s : tuple of float
        Shortest and longest song to compose.
    say : callable
        Takes a line of progress.

    Returns
    -------
    Card
        Card of the judge written.

    Raises
    ------
    InputError
        Too few songs to train, calibrate and test on.
    """
    if n_songs < 60:
        raise InputError(f"Expected at least 60 songs to train, calibrate and test; got {n_songs}.")
    rule = SegmentRule()

    def progress(done: int) -> None:
        if done % 100 == 0 or done == n_songs:
            say(f"{done} of {n_songs} songs composed and heard")

    cores = workers or os.cpu_count() or 1
    examples = make_examples(n_songs, seed, rule, cores, progress, duration_s)
    # Every example is a composition of its own, so a split by example is a split by song.
    order = np.random.default_rng(seed).permutation(n_songs)
    ends = np.cumsum([round(share * n_songs) for share in SHARES])
    train, calibrate, test = ([examples[i] for i in part] for part in np.split(order, ends))

    encoder = _encoder(train)
    recipe = Recipe(
        segment=rule,
        mix="fixed",
        pooling="music",
        level="song",
        silence="score",
        heads=HeadSpec(
            axes=_AXES,
            input_dim=encoder.spec.dim,
            shared_dims=(96, 48),
            branch_dims=(24,),
            shared_dropout=0.4,
            branch_dropout=0.1,
        ),
    )
    network = Network(recipe, 1)
    network.heads = fit_heads(recipe.heads, embed(train, encoder), targets(train), seed)
    network.eval()
    interval = _calibrated(network, encoder, calibrate)
    card = _card(recipe, encoder, network, n_songs, seed).model_copy(
        update={
            "interval": interval,
            "familiarity": _familiarity(encoder, calibrate),
            "metrics": tuple(_metrics(network, encoder, train, test, interval, seed)),
        }
    )
    write_folder(out, card, network, encoder)
    for metric in card.metrics:
        say(
            f"{metric.axis:<14}{metric.measure:<22}{metric.value:8.3f}"
            f"  [{metric.low:.3f}, {metric.high:.3f}]  baseline {metric.baseline}"
            if metric.low is not None and metric.high is not None
            else f"{metric.axis:<14}{metric.measure:<22}{metric.value:8.3f}"
        )
    return card


def embed(examples: Sequence[Example], encoder: MeasuredEncoder) -> NDArray[np.float32]:
    """Return song embeddings (n_songs, dim), made as the judge makes them."""
    scale = encoder.tensors()
    songs = []
    for example in examples:
        rows = torch.stack(
            [
                standardise(None if np.isnan(r).any() else torch.from_numpy(r).float(), scale)
                for r in example.segments
            ]
        )
        weights = segment_weights("music", example.duration_s, example.music_s)
        songs.append((weights.unsqueeze(1) * rows).sum(dim=0).numpy())
    return np.stack(songs).astype(np.float32)


def targets(examples: Sequence[Example]) -> NDArray[np.float32]:
    """Return targets (n_songs, n_axes) in the order of the axes."""
    return np.array([[e.targets[axis] for axis in _AXES] for e in examples], dtype=np.float32)


def _encoder(train: Sequence[Example]) -> MeasuredEncoder:
    raw = np.concatenate([e.segments for e in train if e.music])
    scale = fit_scale(raw[~np.isnan(raw).any(axis=1)])
    return MeasuredEncoder(scale, where="the training songs", name="measured-1", device="cpu")


def _predict(
    network: Network, encoder: MeasuredEncoder, examples: Sequence[Example]
) -> NDArray[np.float64]:
    with torch.inference_mode():
        out: NDArray[np.float32] = network.heads(torch.from_numpy(embed(examples, encoder))).numpy()
    return out.astype(np.float64)


def _calibrated(
    network: Network, encoder: MeasuredEncoder, examples: Sequence[Example]
) -> Interval:
    """Split conformal prediction: the half width that covers new songs of the same kind."""
    music = [e for e in examples if e.music]
    errors = np.sort(np.abs(_predict(network, encoder, music) - targets(music)), axis=0)
    rank = min(len(music), int(np.ceil((len(music) + 1) * COVERAGE)))
    return Interval(
        coverage=COVERAGE,
        half_width=dict(zip(_AXES, errors[rank - 1].tolist(), strict=True)),
        explanation=(
            f"For {COVERAGE:.0%} of composed songs the simulated audience's answer lies inside"
            f" (split conformal, {len(music)} songs kept aside). For real songs nobody knows: no"
            " real listener was asked."
        ),
    )


def _familiarity(encoder: MeasuredEncoder, examples: Sequence[Example]) -> Familiarity:
    """Distance within which nearly all songs of the training kind lie."""
    songs = embed([e for e in examples if e.music], encoder)
    distance = np.sqrt((songs.astype(np.float64) ** 2).mean(axis=1))
    return Familiarity(
        limit=float(np.quantile(distance, FAMILIAR)),
        coverage=FAMILIAR,
        explanation=(
            "Distance from the middle of the training songs, in their own spread; measured on"
            f" {len(songs)} composed songs kept aside."
        ),
    )


def _metrics(
    network: Network,
    encoder: MeasuredEncoder,
    train: Sequence[Example],
    test: Sequence[Example],
    interval: Interval,
    seed: int,
) -> list[Metric]:
    music = [e for e in test if e.music]
    said, true = _predict(network, encoder, music), targets(music).astype(np.float64)
    constant = targets([e for e in train if e.music]).mean(axis=0)
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(music), (_BOOTSTRAP, len(music)))
    found = []

    def add(
        measure: str, axis: str, value: Callable[[NDArray[np.intp]], float], baseline: float
    ) -> None:
        # A draw of a few songs may repeat one of them only: no correlation, and no vote.
        again = [value(draw) for draw in draws]
        low, high = np.nanquantile(again, (0.025, 0.975))
        found.append(
            Metric(
                measure=measure,
                axis=axis,
                data="composed songs kept aside",
                value=value(np.arange(len(music))),
                low=float(low),
                high=float(high),
                baseline=baseline,
                n=len(music),
            )
        )

    for i, axis in enumerate(_AXES):
        errors = np.abs(said[:, i] - true[:, i])
        inside = (errors <= interval.half_width[axis]).astype(np.float64)
        add("Spearman", axis, partial(_spearman, said[:, i], true[:, i]), 0.0)
        add(
            "mean absolute error",
            axis,
            partial(_mean, errors),
            _mean(np.abs(constant[i] - true[:, i])),
        )
        add("interval coverage", axis, partial(_mean, inside), COVERAGE)
    return found


def _spearman(said: Floats, true: Floats, chosen: NDArray[np.intp]) -> float:
    from scipy.stats import spearmanr

    if np.ptp(said[chosen]) == 0 or np.ptp(true[chosen]) == 0:
        return float("nan")
    return float(spearmanr(said[chosen], true[chosen]).statistic)


def _mean(values: Floats, chosen: NDArray[np.intp] | None = None) -> float:
    return float((values if chosen is None else values[chosen]).mean())


def _card(
    recipe: Recipe,
    encoder: MeasuredEncoder,
    network: Network,
    n_songs: int,
    seed: int,
) -> Card:
    return Card(
        name="bundled",
        version=VERSION,
        summary=(
            "Comes with Plaudit and needs no download; trained on songs that Plaudit composed and"
            " listeners that it simulated, never on people."
        ),
        encoder=encoder.spec,
        recipe=recipe,
        weights_hash=digest(model_tensors(network)),
        training_data=(
            f"{n_songs} recordings made by plaudit.synth (seed {seed}): composed songs with faults"
            " of known size and, for about one in eight, sounds that are not music; rated by"
            " simulated listeners, played on a simulated platform. No real song, no real listener."
        ),
        licence="Apache-2.0",
        citation="Plaudit; axes after SongEval (arXiv 2505.10793) and APEX (arXiv 2605.03395)",
        intended_uses=(
            "Trying Plaudit, its formats and its report.",
            "A first sieve for silence, noise, and broken or formless takes, with a human look.",
        ),
        forbidden_uses=(
            "Claiming that people like a song, or will play it: no people are in these numbers.",
            "Deciding about people: pay, removal or promotion.",
            "Comparing music generators in a publication.",
        ),
        limits=(
            "Simulated listeners dislike the faults that Plaudit knows how to compose, and nothing"
            " else; taste, lyrics, meaning and novelty are unknown to it.",
            "Real recordings differ from composed ones in ways it has never met: read differences"
            " between takes of one song, not the level of a score.",
            "Popularity on the simulated platform follows quality, style and luck; real popularity"
            " follows people.",
        ),
    )
