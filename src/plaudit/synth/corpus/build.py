"""Making a corpus: many songs at once, resumable, the same bytes however it was made.

While it is made, ``.work`` in the folder holds the settings and a small file of rows for each song
that is finished; a song counts only if its audio has the SHA-256 in its rows. Tables and pages are
written when all songs are there, the manifest at the end; then ``.work`` is removed.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self, TextIO

from plaudit.core.errors import InputError, PlauditError
from plaudit.core.file import write_atomic, writing
from plaudit.core.folder import check_links
from plaudit.core.lock import Lock
from plaudit.core.pool import cores, share_out
from plaudit.core.printable import printable
from plaudit.core.progress import Progress
from plaudit.core.settings import load_json
from plaudit.synth.corpus.battles import Contest
from plaudit.synth.corpus.columns import TABLES, write_song_tables, write_table
from plaudit.synth.corpus.datasheet import card_text
from plaudit.synth.corpus.plan import CorpusSettings, prompts, songs
from plaudit.synth.corpus.planned_song import Row, Rows, Task, finished, make, read_rows
from plaudit.synth.corpus.provenance import (
    NAME,
    Beginning,
    FileEntry,
    damaged,
    entry_of,
    read_manifest,
    this_maker,
    write_manifest,
)
from plaudit.synth.system import SYSTEMS

_MOST_FAILURES = 20  # after so many there is something wrong with more than a song
_SPARE_BYTES = 200e6  # left free on the disk
_AGAIN = "run the same command again to go on"


class CorpusError(PlauditError, RuntimeError):
    """A corpus could not be made or is damaged; what is whole stays."""


class CorpusJob:
    """A corpus to make in a folder; errors of the settings or the folder are raised at once.

    Use as a context manager: the folder is locked from the first song to the end of the block.
    ``folder`` is new or empty, or holds the same corpus, begun before. ``workers`` are processes,
    one per core when not given, and do not change the bytes. Progress goes to ``err``, or standard
    error.

    Raises
    ------
    InputError
        The folder holds something else, the disk is too small, or another process works there.
    """

    def __init__(
        self,
        folder: Path,
        settings: CorpusSettings,
        workers: int | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.folder, self.settings, self._err = folder, settings, err
        self._workers = workers or cores()
        self._work = folder / ".work"
        self._beginning = Beginning(maker=this_maker(), settings=settings)
        self.complete = self._is_complete()
        self._lock = Lock(self._work / "lock")

    def __enter__(self) -> Self:
        """Open the job."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let others work in the folder."""
        self._lock.release()

    def check(self) -> int:
        """Compare a complete corpus with its manifest; return the number of its files.

        Raises
        ------
        CorpusError
            Files are missing or have other bytes.
        """
        shutil.rmtree(self._work, ignore_errors=True)  # left if the very last step was cut short
        manifest = read_manifest(self.folder)
        with Progress("files checked", len(manifest.files), err=self._err) as progress:
            wrong = damaged(self.folder, manifest, lambda _: progress.add())
        if wrong:
            raise CorpusError(
                f"{len(wrong)} of {len(manifest.files)} files of {self.folder} are not as they"
                f" were made: {_some(wrong)}; make the corpus again in another folder."
            )
        return len(manifest.files)

    def make_songs(self) -> int:
        """Make the songs that are not there yet, in parallel.

        Raises
        ------
        CorpusError
            Some could not be made; the others are there.
        InputError
            There is not enough room on the disk.
        """
        check_links(self.folder, ["audio", ".work"])
        with writing(self.folder):
            self._work.mkdir(parents=True, exist_ok=True)
        self._lock.take()
        _sweep(self.folder)
        path = self._work / "settings.json"
        if not path.exists():
            write_atomic(path, self._beginning.model_dump_json(indent=1) + "\n")
        missing = self._missing()
        total = self.settings.n_songs
        self._check_room(len(missing))
        failures = []
        with (
            self._stoppable(),
            Progress("songs", total, done=total - len(missing), err=self._err) as progress,
            closing(share_out(make, iter(missing), self._workers)) as results,
        ):
            for task, result in results:
                if isinstance(result, OSError):
                    raise CorpusError(
                        f"Could not write {task.audio_path}: {result}; {_AGAIN}."
                    ) from result
                if isinstance(result, BaseException):
                    failures.append(_failure(task, result))
                    if len(failures) >= _MOST_FAILURES:
                        break
                else:
                    progress.add(result)
        if failures:
            raise CorpusError(
                f"{len(failures)} of {total} songs could not be made: {_some(failures)}; the"
                f" others are in {self.folder}."
            )
        return len(missing)

    @contextmanager
    def _stoppable(self) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            (self._err or sys.stderr).write(
                printable(f"Stopped. What is finished stays in {self.folder}; {_AGAIN}.\n")
            )
            raise

    def write_tables(self) -> None:
        """Write the tables and the card from the rows of all songs."""
        settings, folder = self.settings, self.folder
        contest = Contest(settings)
        with Progress("songs tabled", settings.n_songs, err=self._err) as progress:
            write_song_tables(folder, self._rows(contest, progress))
        battles, twelfth, voters = contest.hold()
        prompt_rows = (
            {
                "prompt_id": p.prompt_id,
                **vars(p.prompt),
                "instruments": ", ".join(p.prompt.instruments),
            }
            for p in prompts(settings)
        )
        counts = {
            "prompts": write_table(folder, "prompts", prompt_rows),
            "systems": write_table(folder, "systems", map(_system, SYSTEMS)),
            "voters": write_table(folder, "voters", voters),
            "battles": write_table(folder, "battles", battles),
            "falsification": write_table(folder, "falsification", twelfth),
        }
        write_atomic(folder / "README.md", card_text(self._beginning, counts))

    def seal(self) -> None:
        """Write the manifest over everything that is in the folder, and remove ``.work``."""
        write_manifest(self.folder, self._beginning, self._entries())
        shutil.rmtree(self._work)

    def _is_complete(self) -> bool:
        """Return whether the folder holds this corpus, complete; refuse one that holds another."""
        folder = self.folder
        if folder.exists() and not folder.is_dir():
            raise InputError(f"Expected a folder for the corpus, got the file {folder}.")
        begun = self._work / "settings.json"
        if begun.exists():
            known = load_json(Beginning, begun)
            self._agree(known)
            if known.maker != self._beginning.maker:
                raise InputError(
                    f"{folder} holds a corpus begun by another version of Plaudit or of a library"
                    f" ({_changed(known, self._beginning)}), which may compose other bytes; go on"
                    " with that one, or give another folder."
                )
            return False
        if not folder.exists() or all(path.name == ".work" for path in folder.iterdir()):
            return False
        if (folder / NAME).is_file():
            manifest = read_manifest(folder)
            self._agree(Beginning(maker=manifest.maker, settings=manifest.settings))
            return True
        raise InputError(
            f"{folder} holds other files, and a corpus is made in a folder of its own; give a new"
            " or an empty one."
        )

    def _agree(self, known: Beginning) -> None:
        ours = self._beginning
        for name in CorpusSettings.model_fields:
            then, now = getattr(known.settings, name), getattr(ours.settings, name)
            if then != now:
                raise InputError(
                    f"{self.folder} holds a corpus made with {name} = {_shown(then)}, not"
                    f" {_shown(now)}; give the same settings to go on with it, or another folder."
                )

    def _tasks(self) -> Iterator[Task]:
        for song in songs(self.settings):
            yield Task(self.folder / "audio", self._work, self.settings, song)

    def _missing(self) -> list[Task]:
        if not any(self._work.glob("*/*.json")):
            return list(self._tasks())
        missing = []
        with Progress("songs looked at", self.settings.n_songs, err=self._err) as progress:
            for task in self._tasks():
                if not finished(task):
                    missing.append(task)
                progress.add()
        return missing

    def _check_room(self, missing: int) -> None:
        settings = self.settings
        need = settings.bytes_expected * missing / settings.n_songs + _SPARE_BYTES * bool(missing)
        free = shutil.disk_usage(self.folder).free
        if need > free:
            raise InputError(
                f"Expected about {need / 1e9:.1f} GB free in {self.folder} for {missing} songs,"
                f" found {free / 1e9:.1f} GB; make room, or take --format opus or fewer songs."
            )

    def _rows(self, contest: Contest, progress: Progress) -> Iterator[Rows]:
        for task in self._tasks():
            rows = read_rows(task.rows_path)
            contest.add(rows["songs"][0])
            progress.add()
            yield rows

    def _entries(self) -> Iterator[tuple[str, FileEntry]]:
        for task in self._tasks():
            row = read_rows(task.rows_path)["songs"][0]
            yield row["file"], FileEntry(sha256=row["sha256"], bytes=row["bytes"])
        for path in self.folder.iterdir():
            if path.is_file() and path.name != NAME:
                yield path.name, entry_of(path)


def _system(name: str) -> Row:
    system = SYSTEMS[name]
    row: Row = {column.name: None for column in TABLES["systems"]}
    row |= {"system": name, "role": system.role, "summary": system.summary, "fame": system.fame}
    return row | {f"tilt_{axis}": tilt for axis, tilt in system.tilt.items()}


def _failure(task: Task, error: BaseException) -> str:
    song = task.song
    seed = f"seed {task.settings.seed}, spawn_key ({song.what}, {song.index})"
    return f"{song.song_id} by {song.system} ({seed}): {type(error).__name__}: {error}"


def _some(lines: list[str], most: int = 5) -> str:
    more = f"; and {len(lines) - most} more" if len(lines) > most else ""
    return "; ".join(lines[:most]) + more


def _shown(value: object) -> str:
    return " ".join(f"{v:g}" for v in value) if isinstance(value, tuple) else str(value)


def _changed(known: Beginning, ours: Beginning) -> str:
    then, now = (
        {"plaudit": b.maker.plaudit, "code": b.maker.code, **b.maker.libraries}
        for b in (known, ours)
    )
    return ", ".join(f"{k} {then.get(k)} and not {now[k]}" for k in now if then.get(k) != now[k])


def _sweep(folder: Path) -> None:
    """Remove what a killed writer left half-written; such names are only ever ours."""
    for path in folder.rglob(".*.tmp"):
        path.unlink(missing_ok=True)
