"""``plaudit bench damage``: songs damaged, scored, measured, shown and written."""

from pathlib import Path

from plaudit.benchmarks.suites.damage import measure_damage
from plaudit.benchmarks.suites.damage_record import DamageResult, result_text
from plaudit.benchmarks.suites.our_judge import OurJudge
from plaudit.benchmarks.suites.record import RunSettings
from plaudit.core.choice import ResultForm
from plaudit.core.option_source import sourced
from plaudit.jobs.output.overwrite import check_outputs, write_output
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.song_list import SongSettings, listed_songs
from plaudit.judging.catalogue import local_judge


class DamageSettings(SongSettings):
    """The songs to damage, the judge, and what is written."""

    judge: str = "bundled"  #: Name, folder or hub id.
    form: ResultForm = "table"  #: What is shown.
    out: Path | None = None  #: JSON file for the record.
    seconds: float = 30.0  #: Length of the excerpt from the middle of a song; 0 is all of it.
    seed: int = 0  #: Where damage falls.
    workers: int | None = None  #: Processes; one per core when not given.


def bench_damage(settings: DamageSettings, streams: Streams) -> DamageResult:
    """Damage songs in ten ways at five strengths, let a judge score them, measure the scores."""
    songs = listed_songs(settings, streams)
    inputs = [*songs, settings.manifest, settings.listed_in, local_judge(settings.judge)]
    check_outputs([settings.out], inputs)
    result = measure_damage(
        songs,
        OurJudge(settings.judge),
        RunSettings(seed=settings.seed, seconds=settings.seconds or None, limit=settings.limit),
        workers=settings.workers,
        on_progress=lambda done, n: streams.note(f"{done} of {n} songs broken and scored"),
    )
    result = sourced(result)
    record = result.model_dump_json(indent=2)
    if settings.out is not None:
        write_output(settings.out, record + "\n")
    streams.show(record if settings.form == "json" else result_text(result))
    streams.note_end([], [settings.out], ())
    return result
