"""The judges of a job: the promise that it needs, opening them, and several at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field

from plaudit.core.choice import Device, Precision
from plaudit.jobs.asked import AskedSettings
from plaudit.jobs.output.screen import Screen
from plaudit.jobs.output.streams import Streams
from plaudit.judging.catalogue import local_judge
from plaudit.judging.given import Given
from plaudit.judging.panel import Member, check_different, judged_by_all, left_out
from plaudit.judging.record import SongFailure, SongScores

MaxSeconds = Annotated[float | None, Field(gt=0)]
"""Longest song that a job takes, in seconds; a longer one becomes an error row. None: any."""


class Scorer(Member, Protocol):
    """A judge at work: a server opens it once and hands it to every job."""

    axes: tuple[str, ...]

    @property
    def coverage(self) -> float | None:
        """Stated coverage of its intervals; None for a judge without any."""

    @property
    def precision(self) -> Precision:
        """Precision in use."""

    @property
    def device(self) -> str:
        """Device the encoder runs on."""


class PanelSettings(AskedSettings):
    """Songs, their conditions, and where judges run."""

    device: Device = "auto"  #: Where the judges run.
    max_seconds: MaxSeconds = None

    def inputs(self, songs: Sequence[Path], judges: Sequence[str]) -> list[Path | None]:
        """Return the files that a command reads, and must not overwrite."""
        asked = [self.asked.lyrics, self.asked.reference]
        return [*songs, self.manifest, self.listed_in, *map(local_judge, judges), *asked]


def open_judges(
    names: Sequence[str],
    settings: PanelSettings,
    streams: Streams | None,
    *,
    precision: Precision = "exact",
    batch_segments: int | None = None,
) -> list[Scorer]:
    """Load judges; one that has not the precision asked for is named, where there are streams."""
    # The heavy import, after everything that can be wrong with the call itself was checked.
    from plaudit.judging.load import load_judge

    judges: list[Scorer] = []
    for name in names:
        judge = load_judge(
            name,
            device=settings.device,
            precision=precision,
            batch_segments=batch_segments,
            max_seconds=settings.max_seconds,
        )
        if streams is not None and judge.precision != precision:
            streams.note(
                f"Judge '{name}' has no {precision} precision; its scores are {judge.precision}."
            )
        judges.append(judge)
    return judges


def check_panel(judges: Sequence[Scorer], given: Sequence[Given], streams: Streams) -> None:
    """Refuse a judge that is named twice, and name those that cannot use what is given."""
    check_different(judges)
    for note in left_out(judges, given):
        streams.note(note)


def judged_songs(
    judges: Sequence[Scorer],
    songs: Sequence[Path],
    given: Sequence[Given],
    settings: PanelSettings,
    streams: Streams,
) -> list[SongScores | SongFailure]:
    """Score songs by all judges: song after song, judges in their order."""
    check_panel(judges, given, streams)
    rows: list[SongScores | SongFailure] = []
    axes = {judge.id: judge.axes for judge in judges}
    with Screen(streams, None, (), songs, panel=axes) as screen:
        for row in judged_by_all(judges, songs, given=given, max_s=settings.max_seconds):
            rows.append(row)
            screen.add(row)
    return rows
