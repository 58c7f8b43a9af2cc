"""From a trained network to a judge folder with its card."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.datasets.inspect.recording import read_recordings
from plaudit.encoders.promise import Encoder
from plaudit.encoders.weights import digest
from plaudit.metrics.bootstrap import bootstrap
from plaudit.metrics.correlation import spearman
from plaudit.metrics.error import mae
from plaudit.metrics.pairwise import choice_accuracy
from plaudit.model.card import PREFERENCE, Card, Familiarity, Interval, Metric, Recipe
from plaudit.model.folder import model_tensors, write_folder
from plaudit.model.network import Network
from plaudit.model.training_songs import TrainingSongs, song_file
from plaudit.training.batches import Batches
from plaudit.training.battles import Battles
from plaudit.training.preset import SOURCES
from plaudit.training.settings import TrainSettings, tuned_elsewhere

Floats = NDArray[np.float32]
_FAMILIAR = 0.99
_CITED = "APEX, arXiv 2605.03395 (heads and recipe); Plaudit"
_SPLITS = {
    "validation": "validation songs, which also decided when to stop",
    "test": "test songs, which nothing was fitted to",
}


def publish(
    folder: Path,
    settings: TrainSettings,
    batches: Batches,
    network: Network,
    recipe: Recipe,
    encoder: Encoder,
    scores: dict[str, Floats],
    interval: Interval | None,
    familiarity: Familiarity | None,
    on_progress: Callable[[str], None],
) -> None:
    """Write a judge folder; predicted scores (n_songs, n_axes) by split give its metrics."""
    songs, file = _songs(settings, batches, on_progress)
    card = Card(
        name=settings.name,
        version="1",
        summary=(
            f"Trained with plaudit train on {len(batches.train)} songs heard by"
            f" {encoder.spec.name}: {settings.learned}, preset {settings.preset}."
        ),
        encoder=encoder.spec,
        recipe=recipe,
        weights_hash=digest(model_tensors(network)),
        training_data=_training_data(batches) + _listed(songs),
        songs=songs,
        metrics=tuple(_metrics(batches, scores, settings.seed)),
        interval=interval,
        familiarity=familiarity,
        licence=f"Encoder weights: {encoder.spec.licence}. Labels: {settings.licence}",
        citation="; ".join(filter(None, (settings.citation, SOURCES.get(settings.preset), _CITED))),
        intended_uses=("Scoring songs of the kinds it was trained on, beside its own metrics.",),
        forbidden_uses=(
            "Deciding about people: pay, removal or promotion without a human look.",
            "Any use that the licence of its encoder or of its labels does not allow.",
        ),
        limits=tuple(_limits(settings, batches, interval)),
    )
    write_folder(folder, card, network, encoder, file)


def familiarity_of(distance: NDArray[np.float64]) -> Familiarity:
    """Return the 99th percentile of the root mean squares (n_songs,) of song embeddings."""
    return Familiarity(
        limit=float(np.quantile(distance, _FAMILIAR)),
        coverage=_FAMILIAR,
        explanation=(
            "Distance from the middle of the songs that the encoder was standardised by, measured"
            f" on {len(distance)} validation songs."
        ),
    )


def _songs(
    settings: TrainSettings, batches: Batches, on_progress: Callable[[str], None]
) -> tuple[TrainingSongs | None, bytes | None]:
    """List the songs of the run, with their sound where there is audio; none if others taught."""
    known = batches.data.recordings
    if known is None or tuned_elsewhere(settings, batches.data.spec.name):
        return None, None
    splits = {"train": batches.train, "validation": batches.validation, "test": batches.test}
    used = np.concatenate(list(splits.values())).tolist()
    songs = read_recordings(
        [known.names[k] for k in used],
        [known.paths[k] for k in used],
        sha256=known.sha256[used],
        listen=settings.fingerprints,
        on_progress=on_progress,
    )
    return song_file(songs, [name for name, own in splits.items() for _ in own])


def _listed(songs: TrainingSongs | None) -> str:
    if songs is None:
        return ""
    return f" Its folder lists them: {songs.n_hashed} by their bytes, {songs.n_sketched} by sound."


def _training_data(batches: Batches) -> str:
    data = batches.data
    labels = (~np.isnan(data.targets[batches.train])).sum(axis=0)
    counts = ", ".join(f"{axis} {n}" for axis, n in zip(data.axes, labels, strict=True) if n)
    taught = [f"labels by axis: {counts}."] if counts else []
    if batches.battles is not None:
        taught.append(batches.battles.text())
    corpora = sorted(set(data.columns.get("corpus", np.empty(0, np.str_)).tolist()) - {""})
    of = f" of {', '.join(corpora)}" if corpora else ""
    return (
        f"{len(batches.train)} training songs{of}; {' '.join(taught)}"
        f" {len(batches.validation)} validation and {len(batches.test)} test songs."
        f" SHA-256 of the training set: {batches.digest}."
    )


def held_out_margins(
    batches: Batches, scores: dict[str, Floats]
) -> Iterator[tuple[str, Battles, NDArray[np.float64]]]:
    """Yield split, battles and their margins (n,), of scores (n_songs, 1) of a preference."""
    if batches.battles is None:
        return
    places = {"validation": batches.validation, "test": batches.test}
    for name, predicted in scores.items():
        battles: Battles = getattr(batches.battles, name)
        yield name, battles, battles.margins(predicted[:, 0], places[name])


def _battle_metrics(batches: Batches, scores: dict[str, Floats], seed: int) -> list[Metric]:
    """Return the accuracy on decided battles; its interval resamples prompts."""
    rng = np.random.default_rng([seed, 2])
    metrics = []
    for split, battles, margin in held_out_margins(batches, scores):
        own = battles.decided
        if not own.any():
            continue
        won, prompt = battles.won[own] == 1, battles.prompt[own]
        estimate = bootstrap(choice_accuracy, margin[own], won, rng=rng, groups=prompt)
        metrics.append(
            Metric(
                measure="accuracy on battles",
                axis=PREFERENCE[0],
                data=_SPLITS[split].replace("songs", "battles"),
                value=estimate.value,
                low=_finite(estimate.low),
                high=_finite(estimate.high),
                baseline=0.5,
                n=int(own.sum()),
            )
        )
    return metrics


def _metrics(batches: Batches, scores: dict[str, Floats], seed: int) -> list[Metric]:
    if batches.data.axes == PREFERENCE:
        return _battle_metrics(batches, scores, seed)
    targets = batches.data.targets
    rng = np.random.default_rng([seed, 2])
    metrics = []
    for split, predicted in scores.items():
        target = targets[batches.validation if split == "validation" else batches.test]
        for place, axis in enumerate(batches.data.axes):
            known = ~np.isnan(target[:, place])
            if known.sum() < 2:
                continue
            y = target[known, place].astype(np.float64)
            constant = np.full_like(y, np.nanmean(targets[batches.train, place]))
            measures: dict[str, tuple[Callable[..., float], float]] = {
                "Spearman": (spearman, 0.0),
                "mean absolute error": (mae, mae(constant, y)),
            }
            for name, (statistic, baseline) in measures.items():
                estimate = bootstrap(statistic, predicted[known, place], y, rng=rng)
                if np.isfinite(estimate.value):
                    metrics.append(
                        Metric(
                            measure=name,
                            axis=axis,
                            data=_SPLITS[split],
                            value=estimate.value,
                            low=_finite(estimate.low),
                            high=_finite(estimate.high),
                            baseline=baseline,
                            n=int(known.sum()),
                        )
                    )
    return metrics


def _limits(settings: TrainSettings, batches: Batches, interval: Interval | None) -> list[str]:
    data = batches.data
    limits = [
        "It knows the songs, the listeners and the time of its training data, and no others; on"
        " other music read differences between takes, not the level of a score.",
    ]
    for name in ("platform", "system"):
        column = data.columns.get(name)  # the manifest may not have it
        values = [] if column is None else sorted(set(column[batches.train]) - {""})
        if values:
            some = ", ".join(values[:8]) + (", ..." if len(values) > 8 else "")
            limits.append(f"Learned from {len(values)} of {name}: {some}.")
    if not len(batches.test):
        limits.append("No test split: its metrics are of songs that decided when to stop.")
    if tuned_elsewhere(settings, data.spec.name):
        limits.append("Its encoder was tuned on songs of another run, so it lists no songs.")
    if interval is None:
        limits.append("No interval: low and high of a score are empty.")
    return limits


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
