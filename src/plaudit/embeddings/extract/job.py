"""The job of ``plaudit embed``: songs in, a store out, resumable at any moment.

Survey (what is to be done) -> crew (workers) -> writer (store). A song counts once it is saved; a
content is embedded once, however many songs have it.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

import pyarrow as pa
from pydantic import Field

from plaudit.audio.segment import SegmentRule
from plaudit.core.errors import InputError
from plaudit.core.note import Note
from plaudit.core.option_source import OptionSources
from plaudit.core.pool import cores
from plaudit.core.printable import printable, to_arrow
from plaudit.core.progress import Progress
from plaudit.core.settings import Record
from plaudit.embeddings.cluster.crew import ClusterCrew
from plaudit.embeddings.cluster.work import ClusterWork
from plaudit.embeddings.extract.encoder_source import EncoderSource
from plaudit.embeddings.extract.listing import ListedSong
from plaudit.embeddings.extract.survey import Finding, Part, Survey
from plaudit.embeddings.extract.worker import Embedded, Outcome, Task, song_embedder
from plaudit.embeddings.extract.workers import WORKER_DIED, Crew
from plaudit.embeddings.store.header import StoreSettings, new_head
from plaudit.embeddings.store.shard import row_table
from plaudit.embeddings.store.writer import ERRORS, SAVE_EVERY_S, SHARD_ROWS, StoreWriter

_GPU_READERS = 16


class EmbedSummary(Record):
    """Counts of a run: songs, unless stated otherwise."""

    songs: int  #: In the manifest.
    embedded: int = 0  #: Embedded now.
    same_content: int = 0  #: Given the embedding of another song of the same content now.
    done_before: int = 0  #: Already there.
    failed: int = 0  #: Failed now; the store's ``errors.jsonl`` says why.
    failed_before: int = 0  #: Failed in an earlier run, unchanged since, not tried again.
    no_audio: int = 0  #: Without a file in the manifest.
    other_parts: int = 0  #: Left to the other parts of the job.
    #: Embedded now, with warnings (column ``warnings`` of the rows), such as a file that could be
    #: read only in part.
    warned: int = 0
    segments: int = 0  #: Segments embedded now.
    audio_s: float = 0.0  #: Seconds of audio embedded now.
    work: ClusterWork | None = None  #: What it took on a cluster, and may cost.
    #: The songs of ``--limit``, where there are more; None for all.
    limit: int | None = Field(default=None, exclude_if=lambda limit: limit is None)
    option_sources: OptionSources = Field(default_factory=dict)

    def sentence(self, folder: Path) -> str:
        """Return the counts in a line or two for people."""
        parts = [
            f"{self.embedded} of {self.songs} songs embedded now ({self.segments} segments,"
            f" {self.audio_s / 60:.1f} min of audio)"
        ]
        for number, what in (
            (self.same_content, "with the content of another song"),
            (self.warned, "with warnings in the rows"),
            (self.done_before, "there before"),
            (self.no_audio, "without audio"),
            (self.other_parts, "left to other parts"),
        ):
            if number:
                parts.append(f"{number} {what}")
        text = "; ".join(parts) + f". The store is {folder}."
        if self.work is not None:
            text += f"\n{self.work.sentence()}"
        if failed := self.failed + self.failed_before:
            again = f"; {self.failed_before} before, and --retry tries those again"
            text += (
                f"\nFailed: {failed}{again if self.failed_before else ''}."
                f" {folder / ERRORS} says why."
            )
        return text


class EmbedJob:
    """Songs to embed into a store.

    Parameters
    ----------
    songs : sequence of ListedSong
        Songs of the whole job.
    source : EncoderSource
        Encoder to open.
    rule : SegmentRule
        How to cut them.
    folder : Path
        The store.
    workers : int, optional
        On a CPU processes, one per core when not given; on a GPU songs that are read at a time.
    threads : int
        Threads of each worker on a CPU. Another number may change the last bit of an embedding.
    part : Part
        Which part of the songs, by content, this run takes.
    retry : bool
        Whether unchanged songs that failed before are tried again.
    shard_rows : int
        Segments in a shard.
    save_every_s : float
        Most seconds of work that a crash can cost.
    max_s : float, optional
        Longest song in seconds; a longer one fails.
    cluster : str, optional
        Where the workers are (`plaudit.embeddings.cluster.choice.check_cluster`); this machine
        when not given. The encoder's device has to be the CPU then.
    price : float, optional
        Of a core of the cluster for an hour, in any currency.
    on_saved : callable, optional
        Called after each save.
    err : text stream, optional
        Where progress is shown; standard error when not given.

    Raises
    ------
    InputError
        A number is below 1, or there are no songs.
    """

    def __init__(
        self,
        songs: Sequence[ListedSong],
        source: EncoderSource,
        rule: SegmentRule,
        folder: Path,
        *,
        workers: int | None = None,
        threads: int = 1,
        part: Part | None = None,
        retry: bool = False,
        shard_rows: int = SHARD_ROWS,
        save_every_s: float = SAVE_EVERY_S,
        max_s: float | None = None,
        cluster: str | None = None,
        price: float | None = None,
        on_saved: Callable[[], None] | None = None,
        err: TextIO | None = None,
    ) -> None:
        for name, value in (("workers", workers), ("threads", threads), ("rows", shard_rows)):
            if value is not None and value < 1:
                raise InputError(f"Expected at least 1 for {name}, got {value}.")
        if not songs:
            raise InputError("There are no songs to embed.")
        self._songs, self._source, self._rule = songs, source, rule
        self._workers, self._threads, self._part = workers, threads, part or Part()
        self._retry, self._err, self._max_s = retry, err, max_s
        self._cluster, self._price = cluster, price
        # Opened once here, so that an error comes before any process is started.
        facts = source.look()
        self.precision, self.device = facts.precision, facts.device
        settings = StoreSettings(segment=rule, precision=facts.precision)
        self._writer = StoreWriter(
            folder,
            new_head(source.spec, settings),
            part=self._part.name,
            shard_rows=shard_rows,
            save_every_s=save_every_s,
            on_saved=on_saved,
        )
        self._counts: dict[str, int] = {}
        self._audio_s = 0.0
        self._same: dict[str, list[Finding]] = {}  # songs by the key that is being embedded

    def run(self) -> EmbedSummary:
        """Embed what is not there yet.

        Raises
        ------
        CrewError
            Workers do not start or die one after the other; what was saved stays.
        ClusterError
            There is no such cluster.
        InputError
            Another process is at work on this part of the store.
        """
        with self._writer, Progress("songs", len(self._songs), err=self._err) as progress:
            crew = self._crew(progress)
            survey = Survey(
                self._writer.head,
                self._writer.state(),
                self._writer.known,
                self._part,
                retry=self._retry,
            )
            with (
                self._stoppable(),
                closing(crew.share_out(self._tasks(survey, progress))) as outcomes,
            ):
                for task, outcome in outcomes:
                    self._take(task, outcome, progress)
                    self._writer.save_if_due()
            work = None
            if isinstance(crew, ClusterCrew):
                work = ClusterWork(
                    took_s=progress.took_s,
                    songs=self._counts.get("embedded", 0),
                    audio_s=self._audio_s,
                    core_s=crew.core_s,
                    price_per_core_hour=self._price,
                )
        summary = EmbedSummary(songs=len(self._songs), audio_s=self._audio_s, work=work)
        return summary.model_copy(update=dict(self._counts))

    def _crew(self, progress: Progress) -> Crew | ClusterCrew[Task, Outcome]:
        if self._cluster is not None:
            return ClusterCrew(
                self._cluster,
                partial(song_embedder, self._source, self._rule),
                lambda _, why: Note(type=WORKER_DIED, message=why),
                workers=self._workers,
                threads=self._threads,
                on_event=progress.print,
            )
        on_cpu = self.device == "cpu"
        return Crew(
            self._source,
            self._rule,
            workers=(self._workers or cores()) if on_cpu else 1,
            readers=1 if on_cpu else (self._workers or min(cores(), _GPU_READERS)),
            threads=self._threads,
            on_death=progress.print,
        )

    @contextmanager
    def _stoppable(self) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            (self._err or sys.stderr).write(
                printable(
                    f"Stopped. What is finished stays in {self._writer.folder}; run the same"
                    " command again to go on.\n"
                )
            )
            raise

    def _tasks(self, survey: Survey, progress: Progress) -> Iterator[Task]:
        """Yield tasks for workers, and settle every other song."""
        with closing(survey.look(self._songs)) as findings:
            for finding in findings:
                task = self._settle(finding, survey, progress)
                if task is not None:
                    yield task

    def _settle(self, finding: Finding, survey: Survey, progress: Progress) -> Task | None:
        song, key = finding.song, finding.key
        if finding.what == "error":
            self._writer.add_song(finding.row(finding.note))
            self._count("failed")
            progress.add(0.0, failed=True)
        elif finding.what == "embed" and key is not None and key in self._same:
            self._same[key].append(finding)
        elif finding.what == "embed" and key is not None and key in self._writer.known:
            self._writer.add_song(finding.row())
            self._count("same_content")
            progress.skip()
        elif finding.what == "embed" and key and finding.state and finding.sha256 and song.path:
            self._same[key] = [finding]
            state, sha256 = finding.state, finding.sha256
            return Task(song.song_id, song.path, state, sha256, key, self._max_s)
        else:
            before = survey.row_before(song.song_id)
            if finding.what == "done" and before and before["position"] != song.position:
                self._writer.add_song(finding.row())
            self._count(_COUNTED[finding.what])
            progress.skip()
        self._writer.save_if_due()
        return None

    def _take(self, task: Task, outcome: Outcome, progress: Progress) -> None:
        """Store the embeddings of a worker, for every song of that content."""
        failed = isinstance(outcome, Note)
        audio_s = 0.0
        if isinstance(outcome, Embedded):
            audio_s = float((outcome.end_s - outcome.start_s).sum())
            self._writer.add_rows(_rows(task, outcome))
            self._audio_s += audio_s
            self._count("segments", len(outcome.values))
            self._count("warned", bool(outcome.warnings))
        for place, finding in enumerate(self._same.pop(task.key)):
            self._writer.add_song(finding.row(outcome if isinstance(outcome, Note) else None))
            self._count("failed" if failed else "same_content" if place else "embedded")
            progress.add(0.0 if place else audio_s, failed=failed)

    def _count(self, name: str, by: int = 1) -> None:
        self._counts[name] = self._counts.get(name, 0) + by


_COUNTED = {
    "done": "done_before",
    "failed before": "failed_before",
    "no audio": "no_audio",
    "other part": "other_parts",
}


def _rows(task: Task, outcome: Embedded) -> pa.Table:
    n = len(outcome.values)
    meta = pa.table(
        {
            "key": [task.key] * n,
            "song_id": [to_arrow(task.song_id)] * n,
            "sha256": [task.sha256] * n,
            "segment": range(n),
            "start_s": outcome.start_s,
            "end_s": outcome.end_s,
            "music_s": outcome.music_s,
            "warnings": [",".join(outcome.warnings)] * n,
        }
    )
    return row_table(meta, outcome.values)
