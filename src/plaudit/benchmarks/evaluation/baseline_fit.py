"""The baselines of one evaluation, fitted on the training songs of its manifest."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.evaluation.baseline import LEAST, BaselineScores, by_system, constant, ridge
from plaudit.benchmarks.evaluation.record import EvaluationSettings
from plaudit.benchmarks.scores.acoustics import ACOUSTICS, measure_songs
from plaudit.core.errors import InputError
from plaudit.datasets.manifest.songs import Manifest

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def fit_baselines(
    manifest: Manifest,
    observed: Floats,
    chosen: Mask,
    settings: EvaluationSettings,
    *,
    cache: Path | None = None,
    store: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[list[BaselineScores], list[str]]:
    """Fit the baselines of the settings; return them, and a sentence for each that is not possible.

    They learn from split "train"; ``observed`` (n_songs, n_axes) are labels, nan where unknown, and
    ``chosen`` (n_songs,) the songs that will be evaluated. ``cache`` keeps acoustics
    (`measure_songs`). Without a ``store`` of embeddings the baseline "embeddings" is an
    `InputError`. ``on_progress`` is called with (songs measured, songs to measure).
    """
    if "embeddings" in settings.baselines and store is None:
        raise InputError("The baseline 'embeddings' needs embeddings; give their folder (--store).")
    # In order of their ids, so that the order of rows changes no digit.
    order = np.argsort(manifest.column("song_id").astype(str), kind="stable")
    baselines, notes = _fitted(
        manifest.take(order), observed[order], chosen[order], settings, cache, store, on_progress
    )
    back = np.argsort(order)
    return [
        replace(each, values=each.values[back], fallback=each.fallback[back]) for each in baselines
    ], notes


def _fitted(
    manifest: Manifest,
    observed: Floats,
    chosen: Mask,
    settings: EvaluationSettings,
    cache: Path | None,
    store: Path | None,
    on_progress: Callable[[int, int], None] | None,
) -> tuple[list[BaselineScores], list[str]]:
    train = np.asarray(manifest.column("split") == "train", bool)
    labelled = train & ~np.isnan(observed).all(axis=1)
    if np.count_nonzero(labelled) < LEAST:
        return [], [
            f"There are no baselines: split 'train' has {int(labelled.sum())} labelled songs, and"
            f" {LEAST} are needed."
        ]
    notes = []
    if (train & chosen).any():
        notes.append(
            "Baselines were fitted on songs that are also measured here, which favours them."
        )
    learned = _drawn(labelled, settings)
    baselines: list[BaselineScores] = []
    for name in settings.baselines:
        if name == "constant":
            baselines.append(constant(observed, labelled))
        elif name == "system":
            baselines.append(by_system(observed, labelled, manifest.column("system")))
        else:
            wanted = learned | chosen
            if name == "acoustics":
                text = "acoustics of the audio alone"
                features = _acoustics(manifest, wanted, cache, on_progress)
            else:
                text = f"mean embeddings of {store}"
                features = _embeddings(manifest, wanted, store)
            usable = int(np.count_nonzero(learned & np.isfinite(features).all(axis=1)))
            if usable < LEAST:
                notes.append(
                    f"There is no baseline '{name}': only {usable} of {int(learned.sum())} training"
                    f" songs could be read, and {LEAST} are needed."
                )
            else:
                baselines.append(ridge(name, text, features, observed, learned))
    return baselines, notes


def _drawn(labelled: Mask, settings: EvaluationSettings) -> Mask:
    """Draw the training songs of the ridges."""
    places = np.flatnonzero(labelled)
    if len(places) <= settings.baseline_songs:
        return labelled
    rng = np.random.default_rng(settings.seed)
    drawn = np.zeros(len(labelled), bool)
    drawn[rng.choice(places, settings.baseline_songs, replace=False)] = True
    return drawn


def _acoustics(
    manifest: Manifest,
    wanted: Mask,
    cache: Path | None,
    on_progress: Callable[[int, int], None] | None,
) -> Floats:
    paths = manifest.audio_paths()
    features = np.full((len(manifest), len(ACOUSTICS)), np.nan)
    features[wanted] = measure_songs([paths[k] for k in np.flatnonzero(wanted)], cache, on_progress)
    return features


def _embeddings(manifest: Manifest, wanted: Mask, store: Path | None) -> Floats:
    """Return all layers in one row, each the mean over segments weighted by their music."""
    from plaudit.embeddings.store.contents import EmbeddingStore

    opened = EmbeddingStore.open(store or Path())
    ids = manifest.column("song_id").astype(str)
    have = wanted & ~np.isin(ids, opened.missing(ids[wanted].tolist()))
    songs = opened.load(ids[have].tolist())
    width = songs.values.shape[1] * songs.values.shape[2]
    features = np.full((len(manifest), width), np.nan)
    rows = np.flatnonzero(have)
    for start in range(0, len(rows), 256):  # float16 on disk is float64 here: some at a time
        ends = songs.offsets[start : start + 257]
        part = np.asarray(songs.values[ends[0] : ends[-1]], np.float64).reshape(-1, width)
        # In a song without music segments count by their length.
        weight = np.asarray(songs.music_s[ends[0] : ends[-1]], np.float64) + 1e-6 * np.asarray(
            songs.duration_s[ends[0] : ends[-1]], np.float64
        )
        starts = ends[:-1] - ends[0]
        total = np.add.reduceat(weight, starts)
        sums = np.add.reduceat(part * weight[:, None], starts, axis=0)
        features[rows[start : start + len(starts)]] = sums / total[:, None]
    return features
