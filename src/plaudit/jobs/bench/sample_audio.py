"""Audio for the made-up sample of a suite, and the check that a judge gave any score."""

from pathlib import Path

from plaudit.benchmarks.suites.contestant import Contestant, NoJudge
from plaudit.benchmarks.suites.promise import Losses, Suite
from plaudit.benchmarks.suites.record import SuiteResult
from plaudit.benchmarks.suites.runner import first_part
from plaudit.core.errors import InputError
from plaudit.core.file import is_file, write_atomic
from plaudit.jobs.output.streams import Streams
from plaudit.synth.song import make_song
from plaudit.synth.sound.recording import sound_bytes

_SECONDS = 10.0  # the shortest song that is composed


def compose_missing(suite: Suite, folder: Path, limit: int | None, streams: Streams) -> int:
    """Compose songs for the items of a sample that name a file which is not there.

    The scores and votes of a sample are made up, so any songs do: they are put in the place of its
    files. ``limit`` is as that of the run.
    """
    if suite.load is None:
        return 0
    items = first_part(suite.load(folder, Losses()), limit).items.values()
    missing = sorted({item.path for item in items if item.path and not is_file(item.path)})
    if missing:
        streams.note(
            f"Composing {len(missing)} songs of {_SECONDS:.0f} s for the sample, whose scores are"
            " made up: its figures say nothing of the judge."
        )
    for seed, path in enumerate(missing):
        song = make_song(seed, _SECONDS)
        write_atomic(path, sound_bytes(song.audio.T, song.sample_rate, "FLAC"))
    return len(missing)


def check_answered(result: SuiteResult, contestant: Contestant) -> None:
    """Refuse a run in which a judge gave no score: `InputError` says why."""
    if result.n_predicted or isinstance(contestant, NoJudge):
        return
    reasons = [f"{drop.reason} ({drop.n:,})" for drop in result.dropped]
    reasons = reasons or sorted({own.reason for own in result.measures if own.reason and not own.n})
    raise InputError(
        f"{result.judge.name} answered none of the {result.n_items:,} items of {result.suite}:"
        f" {'; '.join(reasons) or 'no item has audio'}. Give data with its audio (`plaudit bench"
        " list` says where from), or another judge."
    )
