"""``plaudit judges ensemble``: several judges fitted together on songs, as a judge of its own."""

import os
from collections.abc import Sequence
from pathlib import Path

from plaudit.core.errors import InputError
from plaudit.jobs.asked import asked_songs
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.scorer import PanelSettings, judged_songs, open_judges
from plaudit.judging.agreement import main_score
from plaudit.judging.catalogue import BUNDLED, judges_folder
from plaudit.judging.ensemble import (
    Fitted,
    check_ensemble_folder,
    ensemble_card,
    write_ensemble,
)
from plaudit.judging.record import SongFailure, SongScores
from plaudit.model.published.card import PublishedCard
from plaudit.model.published.facts import KNOWN


class EnsembleSettings(PanelSettings):
    """Which judges make an ensemble, and the songs that it is fitted on."""

    name: str  #: Of the ensemble.
    judges: tuple[str, ...]  #: Names or folders, two or more.
    out: Path | None = None  #: Folder to make; by default one found by the name.


def make_ensemble(settings: EnsembleSettings, streams: Streams) -> PublishedCard:
    """Judge songs by all judges, fit the ensemble and write its folder.

    Raises
    ------
    InputError
        The name is taken, there are fewer than two judges or too few songs.
    """
    folder = _folder(settings)
    if len(settings.judges) < 2:
        raise InputError("An ensemble needs two judges or more; name each with --of.")
    songs, given = asked_songs(settings, settings.judges, streams)
    check_ensemble_folder(folder, settings.inputs(songs, settings.judges))
    judges = open_judges(settings.judges, settings, streams)
    rows = judged_songs(judges, songs, given, settings, streams)
    card = ensemble_card(
        settings.name,
        [
            Fitted(_place(name), judge, scores)
            for name, judge, scores in zip(
                settings.judges, judges, _main_scores(rows, len(judges)), strict=True
            )
        ],
    )
    write_ensemble(folder, card)
    shown = settings.out or settings.name
    streams.show(
        f"Wrote {folder}: {card.summary}\nLicence: {card.licence}.\n"
        f"Next: plaudit score SONGS --judge {shown}"
    )
    streams.note_end([], [], [row for row in rows if isinstance(row, SongFailure)])
    return card


def _folder(settings: EnsembleSettings) -> Path:
    name = settings.name
    if not name or "/" in name or name.startswith("."):
        raise InputError(f"Expected a name that a folder can have, got '{name}'.")
    if name == "bundled" or name in KNOWN:
        raise InputError(f"'{name}' is the name of another judge; choose one of your own.")
    return judges_folder() / name if settings.out is None else settings.out


def _main_scores(rows: Sequence[SongScores | SongFailure], n_judges: int) -> list[list[float]]:
    """Return the main scores of each judge for the songs that all of them judged, each once."""
    kept: dict[str, list[float]] = {}
    for at in range(0, len(rows), n_judges):
        song = [row for row in rows[at : at + n_judges] if isinstance(row, SongScores)]
        if len(song) == n_judges:
            first = song[0]
            answer = "".join(row.given.digest() for row in song if row.given is not None)
            kept.setdefault(first.sha256 + answer, [main_score(row) for row in song])
    return [[scores[k] for scores in kept.values()] for k in range(n_judges)]


def _place(name: str) -> str:
    """Return the name of a judge, or the full path of its folder, by which it can be loaded."""
    is_named = name == BUNDLED.name or (judges_folder() / name).is_dir()
    folder = Path(name).expanduser()
    return os.path.realpath(folder) if folder.is_dir() and not is_named else name
