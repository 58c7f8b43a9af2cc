"""The bundled judge: trained on composed songs and simulated listeners, from one command.

It has heard no real song and no real listener. What it knows is what `plaudit.synth` believes about
faults and audiences, and its card says so.

    harvest --> examples --> scale of the encoder --> five networks --> intervals --> card
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
from plaudit.encoders.battery import FLAW_START, MEASURES
from plaudit.encoders.measured import MeasuredEncoder, fit_scale, standardise
from plaudit.encoders.weights import digest
from plaudit.model.card import Card, Familiarity, HeadSpec, Recipe
from plaudit.model.folder import model_tensors, write_folder
from plaudit.model.network import Network
from plaudit.model.pooling import segment_weights
from plaudit.training.bundled_card import make_card
from plaudit.training.bundled_measure import measure_judge
from plaudit.training.calibration import fit_interval
from plaudit.training.example import USUAL_S, Example, Role
from plaudit.training.fit import FitSettings, fit_heads
from plaudit.training.harvest import harvest

COVERAGE, FAMILIAR = 0.8, 0.99
SECONDS_A_SONG = 2.0  # of one core, about; said before anything is known of this machine
RECORD = "training.json"
Floats = NDArray[np.float32]
Say = Callable[[str], None]
_AXES = tuple(axis.name for axis in AXES)


class BundledSettings(Record):
    """What the bundled judge is made from.

    Parameters
    ----------
    learn, check, test : int
        Recordings to learn from, to fit intervals on, and to test on (by the eleven systems).
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

    learn: int = Field(default=1000, ge=12)
    check: int = Field(default=150, ge=6)
    test: int = Field(default=220, ge=4)
    usual_s: float = Field(default=USUAL_S, ge=10)
    seed: int = Field(default=1, ge=0)
    members: int = Field(default=5, ge=1)
    epochs: int = Field(default=25, ge=1)
    noise: float = Field(default=0.5, ge=0)
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
    """
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
    say(
        f"{total:,} recordings to compose, damage and measure: about"
        f" {total * SECONDS_A_SONG / cores / 60:.0f} minutes on {cores} cores, then a few to train."
        f" What is done stays in {cache}; a stopped run goes on from there."
    )
    progress = _progress(say)
    made = harvest(wanted, settings.seed, rule, cache, cores, progress, settings.usual_s)
    learn, check, test = made["learn"], made["check"], made["test"]
    tell(f"{len(learn)} examples to learn from, {len(check)} to check, {len(test)} to test on")

    encoder = _encoder(learn)
    recipe = _recipe(rule, encoder.spec.dim, settings.members)
    songs, wanted_scores = with_hybrids(learn, embed(learn, encoder), targets(learn))
    network = _fit(recipe, songs, wanted_scores, settings, tell)
    said, spread = predict(network, encoder, check)
    interval = fit_interval(said, column(check, "single"), _AXES, COVERAGE, spread=spread)
    metrics = measure_judge(
        test,
        *predict(network, encoder, test),
        interval,
        learn,
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


def embed(examples: Sequence[Example], encoder: MeasuredEncoder) -> Floats:
    """Return song embeddings (n_songs, dim), made as the judge makes them."""
    scale = encoder.tensors()
    songs = []
    for example in examples:
        rows = torch.stack(
            [
                standardise(None if np.isnan(r).any() else torch.from_numpy(r), scale)
                for r in example.segments
            ]
        )
        weights = segment_weights("music", example.duration_s.tolist(), example.music_s.tolist())
        songs.append((weights.unsqueeze(1) * rows).sum(dim=0).numpy())
    return np.stack(songs).astype(np.float32)


def column(examples: Sequence[Example], name: str) -> Floats:
    """Return one kind of target (n_songs, 7) in the order of the axes; nan where undefined."""
    return np.stack([getattr(example, name) for example in examples]).astype(np.float32)


def targets(examples: Sequence[Example]) -> Floats:
    """Return what is learned (n_songs, 7): what songs are worth."""
    return column(examples, "targets")


def with_hybrids(
    examples: Sequence[Example], songs: Floats, wanted: Floats
) -> tuple[Floats, Floats]:
    """Add, for each damaged song, the clean song with the flaws of its damaged copy.

    It is worth what the damaged copy is. The network after the flaws hears nothing wrong in it, so
    what was lost must be taken away by the flaws alone: that is what holds in music unlike the
    training songs, where the network may do anything.

    Parameters
    ----------
    examples : sequence of Example
        Songs and their damaged copies.
    songs : ndarray of float32, (n, dim)
        Their embeddings.
    wanted : ndarray of float32, (n, 7)
        Their targets.

    Returns
    -------
    (ndarray, ndarray)
        Embeddings and targets, the hybrids last.
    """
    clean = {one.number: place for place, one in enumerate(examples) if not one.strength}
    pairs = [
        (clean[one.number], place)
        for place, one in enumerate(examples)
        if one.strength and one.number in clean
    ]
    if not pairs:
        return songs, wanted
    whole, broken = np.array(pairs).T
    hybrid = songs[whole].copy()
    hybrid[:, FLAW_START : len(MEASURES)] = songs[broken, FLAW_START : len(MEASURES)]
    return np.concatenate([songs, hybrid]), np.concatenate([wanted, wanted[broken]])


def predict(
    network: Network, encoder: MeasuredEncoder, examples: Sequence[Example]
) -> tuple[Floats, Floats]:
    """Return scores and spreads, (n_songs, 7) each."""
    songs = torch.from_numpy(embed(examples, encoder))
    one = torch.ones(1)
    found = [network.score(song.reshape(1, 1, -1), one) for song in songs]
    spread = [
        out.spread if out.spread is not None else torch.full_like(out.song, torch.nan)
        for out in found
    ]
    return torch.stack([out.song for out in found]).numpy(), torch.stack(spread).numpy()


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


def _encoder(learn: Sequence[Example]) -> MeasuredEncoder:
    def raw(chosen: list[Example]) -> Floats:
        rows = np.concatenate([one.segments for one in chosen])
        return np.asarray(rows[~np.isnan(rows).any(axis=1)])

    music = [one for one in learn if one.music]
    scale = fit_scale(
        raw([one for one in music if not one.strength]), raw([one for one in music if one.strength])
    )
    return MeasuredEncoder(scale, where="the training songs", name="measured-2", device="cpu")


def _recipe(rule: SegmentRule, dim: int, members: int) -> Recipe:
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
            shared_dims=(128, 64),
            branch_dims=(24,),
            shared_dropout=0.4,
            branch_dropout=0.1,
            falling=(FLAW_START, len(MEASURES)),
            wide=True,
        ),
    )


def _fit(
    recipe: Recipe, songs: Floats, wanted: Floats, settings: BundledSettings, tell: Say
) -> Network:
    fit = FitSettings(epochs=settings.epochs, noise=settings.noise, mixup=settings.mixup)
    network = Network(recipe, 1)
    members = [network] if network.members is None else list(network.members)
    for number, member in enumerate(members):
        seed = settings.seed * 1000 + number
        member.heads = fit_heads(recipe.heads, songs, wanted, seed, fit)
        tell(f"network {number + 1} of {len(members)} trained")
    return network.eval()


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
        f"For {COVERAGE:.0%} of composed songs the truth lies inside: what the song is worth on the"
        " aesthetic axes, and the percentile that one publication brings it in popularity (split"
        f" conformal, {n} songs kept aside; the table says what it is on systems never heard). The"
        " mean of a few raters scatters around the truth, so fewer of such means lie inside. For"
        " real songs nobody knows: no real listener was asked."
    )
