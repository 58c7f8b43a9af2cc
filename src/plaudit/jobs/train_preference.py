"""Training a model of preference as a user does it: files read, measured, fitted, written."""

import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from plaudit.benchmarks.preference.battle_table import PreferenceBattles, preference_battles
from plaudit.benchmarks.preference.cross_validation import cross_measured
from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.votes.songs import read_votes
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.embeddings.store.mean import store_hash
from plaudit.model.preference import (
    CALIBRATIONS,
    CARD,
    MODELS,
    NOT_SHOWN,
    PreferenceCard,
    PreferenceData,
    write_preference,
)
from plaudit.reports.look.wording import count_text


def train_preference(
    battles: Path,
    out: Path,
    *,
    scores: Path | None = None,
    store: Path | None = None,
    model: str = "logistic",
    calibration: str = "temperature",
    seed: int = 1,
) -> PreferenceCard:
    """Train a model of preference, measure it on folds, write it, and say how well it does.

    Parameters
    ----------
    battles : Path
        Battles, as `plaudit.benchmarks.votes.songs` reads them.
    out : Path
        Folder to write; an older model of preference there is replaced.
    scores : Path, optional
        Scores of the songs, as `plaudit.benchmarks.scores.file` reads them.
    store : Path, optional
        Embeddings of the songs, instead of scores.
    model, calibration : str
        As `plaudit.training.preference_fit.fit_preference`.
    seed : int
        Seed of everything.

    Returns
    -------
    PreferenceCard
        What was written.

    Raises
    ------
    PlauditError
        A file cannot be used, or the folder holds something else.
    """
    from plaudit.training.preference_fit import fit_preference

    for name, known, option in (
        (model, MODELS, "--model"), (calibration, CALIBRATIONS, "--calibration"),
    ):  # fmt: skip
        if name not in known:
            raise InputError(f"{option}: there is no '{name}'; {nearest(name, known)}")
    if (scores is None) == (store is None):
        raise InputError("Give --scores or --embeddings: one of the two.")
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / CARD).is_file()):
        raise InputError(f"{out} holds something else than a model of preference; give another.")
    if (out / CARD).is_file() and '"n_decided"' not in (out / CARD).read_text(encoding="utf-8"):
        raise InputError(f"{out} holds something else than a model of preference; give another.")
    votes = read_votes(battles)
    said = None if scores is None else read_scores(scores)
    data = preference_battles(votes, said, store)
    measuring, fitting = np.random.default_rng(seed).spawn(2)
    metrics = cross_measured(data, model=model, calibration=calibration, rng=measuring)
    ready = fit_preference(
        data.first,
        data.second,
        data.first_won,
        model=model,
        rng=fitting,
        groups=data.block,
        calibration=calibration,
    )
    card = PreferenceCard.model_validate(
        {
            "plaudit": version("plaudit"),
            "model": model,
            "calibration": calibration,
            "features": data.features,
            "judge": None if said is None or said.judge is None else said.judge.model_dump(),
            "battles": PreferenceData(name=votes.source.name, sha256=votes.source.sha256),
            "scores": None
            if said is None
            else PreferenceData(name=said.source.name, sha256=said.source.sha256),
            "embeddings": None
            if store is None
            else PreferenceData(name=store.name, sha256=store_hash(store)),
            "n_decided": len(data.first_won),
            "n_ties": data.n_ties,
            "n_neither": data.n_neither,
            "dropped": data.dropped,
            "groups": data.grouped_by,
            "n_groups": len(np.unique(data.block)),
            "seed": seed,
            "metrics": metrics,
        }
    )
    replaced = (out / CARD).is_file()
    card = write_preference(out, card, ready)
    sys.stdout.write(card_text(card, data))
    sys.stderr.write(f"{'Replaced the model of preference in' if replaced else 'Wrote'} {out}\n")
    return card


def card_text(card: PreferenceCard, data: PreferenceBattles) -> str:
    """Return what was learned from, and how well, as lines of text."""
    lines = [
        f"{card.model} model of preference, calibration {card.calibration}:"
        f" {count_text(card.n_decided, 'battle')} decided, {card.n_ties} ties and"
        f" {card.n_neither} answered neither left out.",
        *(f"Left out: {n}, {reason}." for reason, n in card.dropped.items()),
        f"Measured on battles of groups it did not learn from ({card.n_groups} groups by"
        f" {data.grouped_by}):",
        "",
        f"{'measure':<10}{'value':>8}   95 % interval   always .5",
    ]
    for one in card.metrics:
        value = "n/a" if one.value is None else f"{one.value:.3f}"
        interval = "" if one.low is None else f"{one.low:.3f} to {one.high:.3f}"
        constant = "n/a" if one.constant is None else f"{one.constant:.3f}"
        lines.append(f"{one.measure:<10}{value:>8}   {interval:<16}{constant:>9}")
    if not card.better_than_chance:
        lines += ["", NOT_SHOWN]
    return "\n".join(lines) + "\n"
