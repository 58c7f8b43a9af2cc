"""``plaudit train-preference``: votes and scores read, a model fitted, measured and written."""

from importlib.metadata import version
from pathlib import Path

import numpy as np

from plaudit.benchmarks.preference.battle_table import preference_battles
from plaudit.benchmarks.preference.cross_validation import cross_measured
from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.scores.table import ScoreTable
from plaudit.benchmarks.votes.songs import VoteFile, read_votes
from plaudit.core.choice import Calibration, PreferenceKind
from plaudit.core.errors import InputError
from plaudit.core.name import respelled
from plaudit.core.option_source import sourced
from plaudit.core.settings import Record
from plaudit.embeddings.store.mean import store_hash
from plaudit.jobs.output.streams import Streams
from plaudit.model.preference import (
    PreferenceAnchors,
    PreferenceCard,
    PreferenceData,
    PreferenceModel,
    check_preference_folder,
    write_preference,
)
from plaudit.reports.preference.card import preference_text

_WITHIN = (1e-6, 1 - 1e-6)  # chances whose log-odds are finite


class TrainPreferenceSettings(Record):
    """Training data, the kind of model, and its folder."""

    battles: Path  #: Battles, as `plaudit.benchmarks.votes.songs` reads them.
    out: Path  #: Folder to write; an older model of preference there is replaced.
    #: Scores of the songs, as `plaudit.benchmarks.scores.file` reads them.
    scores: Path | None = None
    store: Path | None = None  #: Embeddings of the songs, instead of scores.
    #: As `plaudit.training.preference_fit.fit_preference`.
    model: PreferenceKind = "logistic"
    calibration: Calibration = "temperature"
    #: Battles with systems, to fit an intercept of each system to; and the one that gets 0.
    anchors: Path | None = None
    pinned: str | None = None
    seed: int = 1  #: Seed of everything.


def train_preference(settings: TrainPreferenceSettings, streams: Streams) -> PreferenceCard:
    """Train a model of preference, measure it on folds, write it, and show its card.

    Raises
    ------
    PlauditError
        A file cannot be used, or the folder holds something else.
    """
    from plaudit.training.preference_fit import fit_preference

    out, model, calibration = settings.out, settings.model, settings.calibration
    if (settings.scores is None) == (settings.store is None):
        raise InputError("Give --scores or --embeddings: one of the two.")
    if settings.pinned is not None and settings.anchors is None:
        raise InputError("--pinned names a system of --anchors; give battles with --anchors.")
    inputs = [settings.battles, settings.scores, settings.store, settings.anchors]
    replaced = check_preference_folder(out, inputs)
    votes = read_votes(settings.battles)
    scores = None if settings.scores is None else read_scores(settings.scores)
    data = preference_battles(votes, scores, settings.store)
    measuring, fitting = np.random.default_rng(settings.seed).spawn(2)
    metrics = cross_measured(data, model=model, calibration=calibration, rng=measuring)
    fitted = fit_preference(
        data.first,
        data.second,
        data.first_won,
        model=model,
        rng=fitting,
        groups=data.block,
        calibration=calibration,
    )
    anchors = None
    if settings.anchors is not None:
        anchors = _anchors(settings, settings.anchors, fitted, votes, scores)
    card = PreferenceCard.model_validate(
        {
            "anchors": anchors,
            "plaudit": version("plaudit"),
            "model": model,
            "calibration": calibration,
            "features": data.features,
            "judge": None if scores is None or scores.judge is None else scores.judge.model_dump(),
            "battles": PreferenceData(name=votes.source.name, sha256=votes.source.sha256),
            "scores": None
            if scores is None
            else PreferenceData(name=scores.source.name, sha256=scores.source.sha256),
            "embeddings": None
            if settings.store is None
            else PreferenceData(name=settings.store.name, sha256=store_hash(settings.store)),
            "n_decided": len(data.first_won),
            "n_ties": data.n_ties,
            "n_neither": data.n_neither,
            "dropped": data.dropped,
            "groups": data.grouped_by,
            "n_groups": len(np.unique(data.block)),
            "seed": settings.seed,
            "metrics": metrics,
        }
    )
    card = write_preference(out, sourced(card), fitted)
    streams.show(preference_text(card), end="")
    if scores is not None:
        for note in (*scores.notes(), *respelled(scores.source.name, scores.by_name)):
            streams.note(note)
    streams.note(f"{'Replaced the model of preference in' if replaced else 'Wrote'} {out}")
    return card


def _anchors(
    settings: TrainPreferenceSettings,
    path: Path,
    fitted: PreferenceModel,
    votes: VoteFile,
    scores: ScoreTable | None,
) -> PreferenceAnchors:
    """Fit the intercepts of systems to battles that the model did not learn from."""
    from plaudit.training.anchor import fit_anchors

    read = read_votes(path)
    learned = {*votes.battles.first, *votes.battles.second}
    data = preference_battles(read, scores, settings.store)
    if not data.systems:
        raise InputError(
            f"{path} names no systems for some battles; expected columns first_system and"
            " second_system for --anchors."
        )
    known = sum(song in learned for song in {*read.battles.first, *read.battles.second})
    if known:
        raise InputError(
            f"{known} songs of {path} are in --battles too; anchors are fitted to battles that the"
            " model did not learn from."
        )
    chances = np.clip(fitted.probability(data.first, data.second), *_WITHIN)
    intercept = fit_anchors(
        np.log(chances / (1 - chances)),
        [first for first, _ in data.systems],
        [second for _, second in data.systems],
        data.first_won,
        pinned=settings.pinned,
    )
    source = PreferenceData(name=read.source.name, sha256=read.source.sha256)
    return PreferenceAnchors(
        battles=source, n=len(data.first_won), pinned=settings.pinned, intercept=intercept
    )
