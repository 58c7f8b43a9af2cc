"""Train the bundled judge on composed songs and simulated listeners, with one command.

    examples --> scale of the encoder --> members --> bias --> intervals --> metrics --> card

Half of the training songs are damaged and have lower targets, and the usual penalty on flaws is
ignored after the fit, so raw scores need a bias. It is fitted to undamaged songs kept aside, as in
a corpus, until the mean error of each axis is zero; then intervals are fitted to the remaining
errors. Both use networks that were trained without these songs and without their system: a judge is
asked about songs of generators that it does not know, and errors on known ones would promise too
much. The judge itself is trained on the songs kept aside too.
"""

import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXES
from plaudit.encoders.measured.battery import FLAW_FAMILIES, FLAW_START, MEASURES, VERSION
from plaudit.encoders.measured.encoder import MeasuredEncoder, fit_scale
from plaudit.encoders.weights import digest
from plaudit.model.bundled.heads import add_bias
from plaudit.model.card import Card, HeadSpec, Metric, Recipe
from plaudit.model.folder import model_tensors, write_folder
from plaudit.training.bundled.boosting import boosting_regressor
from plaudit.training.bundled.card_metrics import measure_judge
from plaudit.training.bundled.card_text import make_card
from plaudit.training.bundled.composed_example import Example, Role
from plaudit.training.bundled.example_cache import cached_examples
from plaudit.training.bundled.familiarity_fit import fit_familiarity
from plaudit.training.bundled.fit_data import FAULT_AXES, column, make_fit_data
from plaudit.training.bundled.heads_fit import FitSettings
from plaudit.training.bundled.member_fit import (
    OnProgress,
    fit_held_out,
    fit_network,
    predict,
    predict_held_out,
)
from plaudit.training.bundled.training_record import BundledSettings, TrainingRecord
from plaudit.training.calibration import fit_bias, fit_interval

Floats = NDArray[np.float32]
_COVERAGE = 0.8
_CLIPPED = 300  # songs kept aside that are cut into clips too
_TREES, _LEAVES = 120, 16  # of each axis in each member; most leaves of a tree
# The spread of members hardly predicts errors on songs kept aside, so most songs get one width.
_USUAL_SPREAD = 0.95
# Measured on one core: only for the first estimate of the duration.
_SECONDS_A_RECORDING, _SECONDS_A_SONG_AND_NETWORK = 1.7, 0.015
_AXES = tuple(axis.name for axis in AXES)


def train_bundled(
    out: Path,
    settings: BundledSettings,
    *,
    cache: Path,
    workers: int | None = None,
    on_progress: OnProgress = print,
) -> Card:
    """Make the examples, fit, calibrate, test and write the bundled judge; or continue."""
    boosting_regressor()
    began = time.monotonic()
    log: list[str] = []

    def record(line: str) -> None:
        log.append(line)
        on_progress(line)

    rule = SegmentRule()
    cores = workers or os.cpu_count() or 1
    counts: dict[Role, int] = {
        "test": settings.test,
        "validation": settings.validation,
        "train": settings.train,
        "clip": min(settings.validation, _CLIPPED),
    }
    on_progress(_estimate(settings, sum(counts.values()), cores, cache))
    examples = cached_examples(
        counts, settings.seed, rule, cache, cores, _timed(on_progress), settings.typical_s
    )
    train, validation, test = examples["train"], examples["validation"], examples["test"]
    sizes = f"{len(train)} for training, {len(validation)} for validation, {len(test)} for testing"
    record(f"Examples: {sizes}")

    encoder = measuring_encoder(train)
    recipe = bundled_recipe(rule, encoder.spec.dim, settings.members)
    fit = FitSettings(epochs=settings.epochs, noise=settings.noise, mixup=settings.mixup)
    data = make_fit_data(train, encoder, settings.seed, validation)
    network = fit_network(recipe, data, fit, seed=settings.seed, workers=cores, on_progress=record)
    systems = {example.system for example in validation}
    held_out = fit_held_out(
        recipe, train, systems, encoder, fit,
        seed=settings.seed, workers=cores, on_progress=record,
    )  # fmt: skip
    target = column(validation, "single")
    bias = fit_bias(predict_held_out(held_out, encoder, validation)[0], target, _AXES)
    record("bias: " + ", ".join(f"{a} {b:+.2f}" for a, b in zip(_AXES, bias, strict=True)))
    for part in (network, *held_out.values()):
        add_bias(part, torch.from_numpy(bias))
    predicted, spread = predict_held_out(held_out, encoder, validation)
    interval = fit_interval(predicted, target, _AXES, _COVERAGE, spread=spread, usual=_USUAL_SPREAD)
    metrics = measure_judge(
        test,
        *predict(network, encoder, test),
        interval,
        [*train, *validation],
        np.random.default_rng(settings.seed),
    )
    card = make_card(
        recipe,
        encoder.spec,
        digest(model_tensors(network)),
        settings,
        interval.model_copy(update={"explanation": _explanation(len(validation))}),
        fit_familiarity(validation, examples["clip"], encoder),
        metrics,
    )
    for metric in metrics:
        record(_metric_line(metric))
    training = TrainingRecord(
        settings=settings,
        python=platform.python_version(),
        torch=torch.__version__.split("+")[0],
        numpy=np.__version__,
        cores=cores,
        log=tuple(log),
    )
    write_folder(out, card, network, encoder, training=training.model_dump_json(indent=2) + "\n")
    on_progress(f"Done after {(time.monotonic() - began) / 60:.0f} minutes")
    return card


def _estimate(settings: BundledSettings, recordings: int, cores: int, cache: Path) -> str:
    # The judge, and for each of three systems a held-out network on two thirds of the songs.
    fits = 3 * settings.members * settings.train
    measuring, fitting = (
        max(1, round(seconds / cores / 60))
        for seconds in (recordings * _SECONDS_A_RECORDING, fits * _SECONDS_A_SONG_AND_NETWORK)
    )
    return (
        f"{recordings:,} recordings to compose, damage and measure: about {measuring} minutes on"
        f" {cores} cores, then {fitting} to train. What is done stays in {cache}; a stopped run"
        " goes on from there."
    )


def _timed(on_progress: OnProgress) -> Callable[[int, int], None]:
    """Return a callback that reports the time left, once a minute."""
    began = time.monotonic()
    reported = [began]

    def report(done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and now - reported[0] < 60:
            return
        reported[0] = now
        left = (now - began) / done * (total - done) / 60
        on_progress(f"{done:,} of {total:,} recordings measured, about {left:.0f} minutes left")

    return report


def _metric_line(metric: Metric) -> str:
    return (
        f"{metric.axis:<14}{metric.measure:<24}{metric.value:8.3f}"
        f"  [{metric.low or 0:.3f}, {metric.high or 0:.3f}]"
        f"  baseline {metric.baseline or 0:.3f}  n {metric.n}"
    )


def measuring_encoder(learn: Sequence[Example]) -> MeasuredEncoder:
    """Return the encoder of the bundled judge, scaled by the music among examples."""

    def raw(chosen: list[Example]) -> Floats:
        rows = np.concatenate([example.segments for example in chosen])
        return np.asarray(rows[~np.isnan(rows).any(axis=1)])

    music = [example for example in learn if example.music]
    scale = fit_scale(
        raw([example for example in music if not example.strength]),
        raw([example for example in music if example.strength]),
    )
    name = f"measured-{VERSION}"
    return MeasuredEncoder(scale, where="the training songs", name=name, device="cpu")


def bundled_recipe(rule: SegmentRule, dim: int, members: int) -> Recipe:
    """Return the recipe of the bundled judge for embeddings of ``dim`` numbers."""
    return Recipe(
        segment=rule,
        mix="fixed",
        pooling="music",
        level="song",
        silence="score",
        members=members,
        heads=HeadSpec(
            axes=_AXES,
            input_dim=dim,
            shared_dims=(256, 96),
            branch_dims=(24,),
            shared_dropout=0.4,
            branch_dropout=0.1,
            flaw_inputs=(FLAW_START, len(MEASURES)),
            families=FLAW_FAMILIES,
            wide=True,
            faults=FAULT_AXES,
            trees=_TREES,
            leaves=_LEAVES,
        ),
    )


def _explanation(n: int) -> str:
    return (
        f"A bias makes the mean error zero on {n} songs kept aside. {_COVERAGE:.0%} of composed"
        " songs have their target inside: the expected rating on the aesthetic axes, and the"
        " percentile of one publication in popularity (split conformal over the same songs, each"
        " predicted by networks trained without it and without its system; the metrics give the"
        " coverage on eleven other systems). All songs get one width, unless members differ more"
        f" than on {_USUAL_SPREAD:.0%} of those kept aside. The mean of a few raters scatters"
        " around the expected rating, so fewer of such means lie inside. For real songs the"
        " coverage is unknown: no real listener was asked."
    )
