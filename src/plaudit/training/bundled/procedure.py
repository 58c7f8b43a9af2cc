"""The bundled judge: trained on composed songs and simulated listeners, from one command.

It has heard no real song and no real listener. What it knows is what `plaudit.synth` believes about
faults and audiences, and its card says so.

    harvest --> examples --> scale of the encoder --> members --> lift --> intervals --> card

Half of what is learned from is damaged and worth less, and the flaws that whole songs have are let
pass, so scores need lifting. The songs kept aside are whole, as in a corpus: on each axis scores
are lifted until their mean error there is zero. Then intervals are fitted to what errors are left.
Both are done with networks that had heard neither the song nor its system: each system kept aside
is judged by networks that learned from the others alone. A song of a generator that nobody trained
on is what a judge is asked about; errors on systems it knows would promise too much. The judge
itself learns from the songs kept aside as well: it is asked about none of them.
"""

import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXES
from plaudit.core.errors import MissingFileError
from plaudit.core.file import write_atomic
from plaudit.core.settings import Record, read_json
from plaudit.encoders.measured.battery import FLAW_FAMILIES, FLAW_START, MEASURES, VERSION
from plaudit.encoders.measured.encoder import MeasuredEncoder, fit_scale
from plaudit.encoders.weights import digest
from plaudit.model.card import Card, Familiarity, HeadSpec, Recipe
from plaudit.model.folder import model_tensors, write_folder
from plaudit.training.bundled.boosting import boosting_regressor
from plaudit.training.bundled.card_metrics import measure_judge
from plaudit.training.bundled.card_text import make_card
from plaudit.training.bundled.composed_example import USUAL_S, Example, Role
from plaudit.training.bundled.example_cache import harvest
from plaudit.training.bundled.fit_data import FAULT_AXES, column, embed
from plaudit.training.bundled.heads_fit import FitSettings
from plaudit.training.bundled.member_fit import (
    Say,
    fit_network,
    fit_strangers,
    lessons_of,
    predict,
    unheard,
)
from plaudit.training.calibration import fit_interval, fit_lift

COVERAGE, FAMILIAR = 0.8, 0.99
TREES, LEAVES = 120, 16  # of each axis in each member; most leaves of a tree
# Of songs kept aside: how far members differ there says nothing of errors, so widths are the same.
USUAL_SPREAD = 0.95
# Of one core, about, for a recording and for what a network learns of one: said before anything is
# known of this machine.
SECONDS_A_SONG, SECONDS_A_LESSON = 1.7, 0.015
RECORD = "training.json"
Floats = NDArray[np.float32]
_AXES = tuple(axis.name for axis in AXES)


class BundledSettings(Record):
    """What the bundled judge is made from.

    Parameters
    ----------
    learn, check, test : int
        Recordings to learn from, to fit lift and intervals on before they are learned from too, and
        to test on (by the eleven systems).
    usual_s : float
        Length of most songs, in seconds.
    seed : int
        Seed of everything.
    members : int
        Networks that are averaged.
    epochs : int
        Passes over the songs.
    noise, mixup : float
        Noise on embeddings in their standard deviations; Beta parameter of mixing songs.
    """

    learn: int = Field(default=5200, ge=12)
    check: int = Field(default=600, ge=6)
    test: int = Field(default=440, ge=4)
    usual_s: float = Field(default=USUAL_S, ge=10)
    seed: int = Field(default=1, ge=0)
    members: int = Field(default=8, ge=1)
    epochs: int = Field(default=25, ge=1)
    noise: float = Field(default=0.25, ge=0)
    mixup: float = Field(default=0.0, ge=0)


class TrainingRecord(Record):
    """How a bundled judge was made: settings, versions, machine, and what it said meanwhile."""

    schema_version: Literal[1] = 1
    settings: BundledSettings
    python: str
    torch: str
    numpy: str
    cores: int
    log: tuple[str, ...]


def read_settings(path: Path | None, **changes: int | None) -> BundledSettings:
    """Return settings as a judge was made with, or the usual ones, with changes.

    Parameters
    ----------
    path : Path, optional
        ``training.json`` of a bundled judge.
    **changes : int, optional
        Settings by name; those that are None stay.

    Returns
    -------
    BundledSettings
        Checked.

    Raises
    ------
    InputError
        The file is no such record, or a setting is out of range.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    if path is None:
        return BundledSettings(**given)
    if not path.is_file():
        raise MissingFileError(f"Expected {RECORD} of a judge, found nothing at {path}.")
    known = read_json(TrainingRecord, path.read_text(encoding="utf-8"), str(path)).settings
    return known.model_copy(update=given)


def train_bundled(
    out: Path,
    settings: BundledSettings,
    *,
    cache: Path,
    workers: int | None = None,
    say: Say = print,
) -> Card:
    """Compose, damage, measure, train, calibrate, test and write the bundled judge.

    Parameters
    ----------
    out : Path
        Judge folder to write.
    settings : BundledSettings
        What it is made from.
    cache : Path
        Folder that keeps the measured recordings: a run that was stopped goes on from there, and
        one that was not comes to the same judge.
    workers : int, optional
        Processes; one per core by default. The result does not depend on it.
    say : callable
        Takes a line of progress.

    Returns
    -------
    Card
        Card of the judge written.

    Raises
    ------
    HarvestError
        A recording could not be made.
    MissingPackageError
        scikit-learn is not installed; said before anything is made.
    """
    boosting_regressor()
    began = time.monotonic()
    log: list[str] = []

    def tell(line: str) -> None:
        log.append(line)
        say(line)

    rule = SegmentRule()
    cores = workers or os.cpu_count() or 1
    wanted: dict[Role, int] = {
        "test": settings.test,
        "check": settings.check,
        "learn": settings.learn,
    }
    total = sum(wanted.values())
    # The judge, and for each of three makers a stranger who hears two thirds of the songs.
    lessons = 3 * settings.members * settings.learn
    recording, training = (
        max(1, round(seconds / cores / 60))
        for seconds in (total * SECONDS_A_SONG, lessons * SECONDS_A_LESSON)
    )
    say(
        f"{total:,} recordings to compose, damage and measure: about {recording} minutes on {cores}"
        f" cores, then {training} to train. What is done stays in {cache}; a stopped run goes on"
        " from there."
    )
    progress = _progress(say)
    made = harvest(wanted, settings.seed, rule, cache, cores, progress, settings.usual_s)
    learn, check, test = made["learn"], made["check"], made["test"]
    tell(f"{len(learn)} examples to learn from, {len(check)} to check, {len(test)} to test on")

    encoder = measuring_encoder(learn)
    recipe = bundled_recipe(rule, encoder.spec.dim, settings.members)
    fit = FitSettings(epochs=settings.epochs, noise=settings.noise, mixup=settings.mixup)
    taught = lessons_of(learn, encoder, settings.seed, check)
    network = fit_network(recipe, taught, fit, seed=settings.seed, workers=cores, tell=tell)
    strangers = fit_strangers(
        recipe, learn, check, encoder, fit, seed=settings.seed, workers=cores, tell=tell
    )
    true = column(check, "single")
    lift = fit_lift(unheard(strangers, encoder, check)[0], true, _AXES)
    tell("lifted: " + ", ".join(f"{a} {by:+.2f}" for a, by in zip(_AXES, lift, strict=True)))
    for one in (network, *strangers.values()):
        one.lift(torch.from_numpy(lift))
    said, spread = unheard(strangers, encoder, check)
    interval = fit_interval(said, true, _AXES, COVERAGE, spread=spread, usual=USUAL_SPREAD)
    metrics = measure_judge(
        test,
        *predict(network, encoder, test),
        interval,
        [*learn, *check],
        np.random.default_rng(settings.seed),
    )
    card = make_card(
        recipe,
        encoder.spec,
        digest(model_tensors(network)),
        settings.model_dump(),
        interval.model_copy(update={"explanation": _explanation(len(check))}),
        _familiarity(embed(check, encoder)),
        metrics,
    )
    write_folder(out, card, network, encoder)
    for metric in metrics:
        tell(
            f"{metric.axis:<14}{metric.measure:<24}{metric.value:8.3f}"
            f"  [{metric.low or 0:.3f}, {metric.high or 0:.3f}]"
            f"  baseline {metric.baseline or 0:.3f}  n {metric.n}"
        )
    record = TrainingRecord(
        settings=settings,
        python=platform.python_version(),
        torch=torch.__version__.split("+")[0],
        numpy=np.__version__,
        cores=cores,
        log=tuple(log),
    )
    write_atomic(out / RECORD, record.model_dump_json(indent=2) + "\n")
    say(f"Done after {(time.monotonic() - began) / 60:.0f} minutes")
    return card


def _progress(say: Say) -> Callable[[int, int], None]:
    began = time.monotonic()
    told = [began]

    def progress(done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and now - told[0] < 60:
            return
        told[0] = now
        left = (now - began) / done * (total - done) / 60
        say(f"{done:,} of {total:,} recordings measured, about {left:.0f} minutes left")

    return progress


def measuring_encoder(learn: Sequence[Example]) -> MeasuredEncoder:
    """Return the encoder of the bundled judge, its scale that of the music among examples."""

    def raw(chosen: list[Example]) -> Floats:
        rows = np.concatenate([one.segments for one in chosen])
        return np.asarray(rows[~np.isnan(rows).any(axis=1)])

    music = [one for one in learn if one.music]
    scale = fit_scale(
        raw([one for one in music if not one.strength]), raw([one for one in music if one.strength])
    )
    name = f"measured-{VERSION}"
    return MeasuredEncoder(scale, where="the training songs", name=name, device="cpu")


def bundled_recipe(rule: SegmentRule, dim: int, members: int) -> Recipe:
    """Return how the bundled judge makes a score of embeddings of ``dim`` numbers."""
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
            falling=(FLAW_START, len(MEASURES)),
            families=FLAW_FAMILIES,
            wide=True,
            faults=FAULT_AXES,
            trees=TREES,
            leaves=LEAVES,
        ),
    )


def _familiarity(songs: Floats) -> Familiarity:
    """Distance within which nearly all songs of the training kind lie."""
    distance = np.sqrt((songs.astype(np.float64) ** 2).mean(axis=1))
    return Familiarity(
        limit=float(np.quantile(distance, FAMILIAR)),
        coverage=FAMILIAR,
        explanation=(
            "Distance from the middle of the training songs, in their own spread; measured on"
            f" {len(songs)} composed songs kept aside."
        ),
    )


def _explanation(n: int) -> str:
    return (
        f"Scores are lifted until their mean error is zero on {n} songs kept aside. For"
        f" {COVERAGE:.0%} of composed songs the truth lies inside: what the song is worth on the"
        " aesthetic axes, and the percentile that one publication brings it in popularity (split"
        " conformal over the same songs, each judged by networks that had heard neither it nor its"
        " system; the table says what it is on eleven others). All songs get one width, unless"
        f" networks differ more than on {USUAL_SPREAD:.0%} of those kept aside. The mean of a few"
        " raters scatters around the truth, so fewer of such means lie inside. For real songs"
        " nobody knows: no real listener was asked."
    )
