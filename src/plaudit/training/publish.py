"""From a trained network to a judge folder: the card that it carries."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.encoders.promise import Encoder
from plaudit.encoders.weights import digest
from plaudit.metrics.bootstrap import bootstrap
from plaudit.metrics.correlation import spearman
from plaudit.metrics.error import mae
from plaudit.model.card import Card, Familiarity, Interval, Metric, Recipe
from plaudit.model.folder import model_tensors, write_folder
from plaudit.model.network import Network
from plaudit.training.batches import Feed
from plaudit.training.settings import TrainSettings

Floats = NDArray[np.float32]
FAMILIAR = 0.99
_SPLITS = {
    "validation": "validation songs, which also decided when to stop",
    "test": "test songs, which nothing was fitted to",
}


def publish(
    folder: Path,
    settings: TrainSettings,
    feed: Feed,
    network: Network,
    recipe: Recipe,
    encoder: Encoder,
    said: dict[str, Floats],
    interval: Interval | None,
    familiarity: Familiarity | None,
) -> Card:
    """Write a judge folder.

    Parameters
    ----------
    folder : Path
        Judge folder.
    settings : TrainSettings
        Settings of the run.
    feed : Feed
        Songs it learned from.
    network : Network
        Finished network.
    recipe : Recipe
        Its recipe, with the cutting rule.
    encoder : Encoder
        What made the store.
    said : dict of str to ndarray
        Scores (n_songs, n_axes) of the splits "validation" and "test".
    interval : Interval, optional
        Where there is one.
    familiarity : Familiarity, optional
        Where the embeddings have a common scale.

    Returns
    -------
    Card
        The card that was written.
    """
    card = Card(
        name=settings.name,
        version="1",
        summary=(
            f"Trained with plaudit train on {len(feed.train)} songs heard by {encoder.spec.name}:"
            f" condition {settings.condition}, preset {settings.preset}."
        ),
        encoder=encoder.spec,
        recipe=recipe,
        weights_hash=digest(model_tensors(network)),
        training_data=_training_data(feed),
        metrics=tuple(_metrics(feed, said, settings.seed)),
        interval=interval,
        familiarity=familiarity,
        licence=f"Encoder weights: {encoder.spec.licence}. Labels: {settings.licence}",
        citation="; ".join(
            filter(None, (settings.citation, "APEX, arXiv 2605.03395 (heads and recipe); Plaudit"))
        ),
        intended_uses=("Scoring songs of the kinds it was trained on, beside its own metrics.",),
        forbidden_uses=(
            "Deciding about people: pay, removal or promotion without a human look.",
            "Any use that the licence of its encoder or of its labels does not allow.",
        ),
        limits=tuple(_limits(feed, interval)),
    )
    write_folder(folder, card, network, encoder)
    return card


def familiarity_of(distance: NDArray[np.float64]) -> Familiarity:
    """Return the distance within which nearly all of some songs lie.

    Parameters
    ----------
    distance : ndarray of float64
        (n_songs,) root mean squares of song embeddings.

    Returns
    -------
    Familiarity
        Its limit is their 99th percentile.
    """
    return Familiarity(
        limit=float(np.quantile(distance, FAMILIAR)),
        coverage=FAMILIAR,
        explanation=(
            "Distance from the middle of the songs that the encoder was standardised by, measured"
            f" on {len(distance)} validation songs."
        ),
    )


def _training_data(feed: Feed) -> str:
    data = feed.data
    labels = (~np.isnan(data.targets[feed.train])).sum(axis=0)
    counts = ", ".join(f"{axis} {n}" for axis, n in zip(data.axes, labels, strict=True))
    corpora = sorted(set(data.columns.get("corpus", np.empty(0, np.str_)).tolist()) - {""})
    of = f" of {', '.join(corpora)}" if corpora else ""
    return (
        f"{len(feed.train)} training songs{of}; labels by axis: {counts}."
        f" {len(feed.validation)} validation and {len(feed.test)} test songs."
        f" SHA-256 of the training set: {feed.digest}."
    )


def _metrics(feed: Feed, said: dict[str, Floats], seed: int) -> list[Metric]:
    targets = feed.data.targets
    rng = np.random.default_rng([seed, 2])
    found = []
    for split, scores in said.items():
        true = targets[feed.validation if split == "validation" else feed.test]
        for place, axis in enumerate(feed.data.axes):
            known = ~np.isnan(true[:, place])
            if known.sum() < 2:
                continue
            y = true[known, place].astype(np.float64)
            constant = np.full_like(y, np.nanmean(targets[feed.train, place]))
            measures: dict[str, tuple[Callable[..., float], float]] = {
                "Spearman": (spearman, 0.0),
                "mean absolute error": (mae, mae(constant, y)),
            }
            for name, (statistic, baseline) in measures.items():
                estimate = bootstrap(statistic, scores[known, place], y, rng=rng)
                if np.isfinite(estimate.value):
                    found.append(
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
    return found


def _limits(feed: Feed, interval: Interval | None) -> list[str]:
    data = feed.data
    found = [
        "It knows the songs, the listeners and the time of its training data, and no others; on"
        " other music read differences between takes, not the level of a score.",
    ]
    for name in ("platform", "system"):
        column = data.columns.get(name)  # the manifest may not have it
        values = [] if column is None else sorted(set(column[feed.train]) - {""})
        if values:
            some = ", ".join(values[:8]) + (", ..." if len(values) > 8 else "")
            found.append(f"Learned from {len(values)} of {name}: {some}.")
    if not len(feed.test):
        found.append("No test split: its metrics are of songs that decided when to stop.")
    if interval is None:
        found.append("No interval: low and high of a score are empty.")
    return found


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
