"""``plaudit bench run``: a judge, or a file of its scores, measured on a suite."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from plaudit.benchmarks.suites.catalogue import find_suite
from plaudit.benchmarks.suites.contestant import Contestant, NoJudge
from plaudit.benchmarks.suites.judge_class import JudgeClass
from plaudit.benchmarks.suites.our_judge import OurJudge
from plaudit.benchmarks.suites.prediction import PredictionFile, scp_text
from plaudit.benchmarks.suites.promise import Losses, Suite
from plaudit.benchmarks.suites.record import RunSettings, SuiteResult
from plaudit.benchmarks.suites.runner import run_suite
from plaudit.core.choice import Device, ResultForm, TiePolicy
from plaudit.core.errors import InputError
from plaudit.core.file import is_stream
from plaudit.core.option_source import sourced
from plaudit.core.parse import parse_json
from plaudit.core.settings import Record
from plaudit.jobs.bench.sample_audio import check_answered, compose_missing
from plaudit.jobs.output.overwrite import check_outputs, write_output
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.song_list import Limit, is_table, songs_at
from plaudit.judging.catalogue import local_judge
from plaudit.reports.suites.table import result_text


class BenchSettings(Record):
    """The contestant, the suite, and what is written."""

    suite: str  #: Name of a suite.
    ties: TiePolicy = "half"  #: Credit of equal scores of a pair.
    seconds: float | None = None  #: Excerpt of suites that listen.
    draws: int = 1000  #: Resamples.
    limit: Limit = None
    seed: int | None = None  #: Of all chance; that of the suite when not given.
    data: Path | None = None  #: Its data (a folder or file), or songs; None for its made-up sample.
    made_up: bool = False
    #: The contestant: a judge of ours, a file of scores, or ``module:Class``; at most one. Without
    #: one, only the baselines and the raters are measured.
    judge: str | None = None
    predictions: Path | None = None
    judge_class: str | None = None
    class_args: str = "{}"  #: What the class is made with, as a JSON object.
    max_dur: float = 30.0  #: Seconds that the class is told to hear.
    form: ResultForm = "table"  #: What is shown.
    #: JSON file for the record, ``.scp`` list of the scores.
    out: Path | None = None
    scp: Path | None = None
    device: Device = "auto"  #: Where a judge's encoder runs.


def run_bench(settings: BenchSettings, streams: Streams) -> SuiteResult:
    """Measure a judge on a suite, show and write the result.

    Raises
    ------
    PlauditError
        A contradiction in the settings, data that cannot be read, or a judge that cannot be used.
    """
    suite = find_suite(settings.suite)
    if settings.made_up == (settings.data is not None):
        raise InputError(
            f"Expected --data PATH or --sample; {suite.facts.name} takes {suite.facts.data}."
        )
    if settings.scp is not None and suite.scp is None:
        raise InputError(f"The suite {settings.suite} has no .scp lists; leave out --scp.")
    songs: list[Path] = []
    inputs = [settings.data, settings.predictions, local_judge(settings.judge or "bundled")]
    if suite.listen is not None and settings.data is not None:
        songs = songs_at(settings.data, streams)
        inputs[:1] = [*songs, settings.data] if is_table(settings.data) else songs
    if settings.scp is not None and settings.scp.exists() and not is_stream(settings.scp):
        raise InputError(
            f"{settings.scp} exists, and an .scp list does not say who wrote it, so it is left as"
            " it is; give another name or remove it."
        )
    check_outputs([settings.out, settings.scp], inputs)
    contestant = _contestant(settings)
    measuring = RunSettings(
        ties=settings.ties,
        seed=suite.seed if settings.seed is None else settings.seed,
        draws=settings.draws,
        limit=settings.limit,
        seconds=settings.seconds,
    )
    with TemporaryDirectory() as folder:
        data = settings.data
        if data is None:
            data = Path(folder) / "sample"
            suite.sample(data, np.random.default_rng(measuring.seed))
            if not isinstance(contestant, NoJudge | PredictionFile):
                compose_missing(suite, data, measuring.limit, streams)
            songs = songs_at(data, streams) if suite.listen else []
        result = sourced(_measured(suite, data, songs, contestant, measuring, settings.scp))
    check_answered(result, contestant)
    if isinstance(contestant, PredictionFile):
        for note in contestant.notes:
            streams.note(note)
    if settings.limit is not None:
        streams.note(f"Measured on the first {settings.limit:,} songs or pairs of each task only.")
    if settings.out is not None:
        write_output(settings.out, result.model_dump_json() + "\n")
    as_json = settings.form == "json"
    streams.show(result.model_dump_json(indent=2) if as_json else result_text(result))
    return result


def _measured(
    suite: Suite,
    data: Path,
    songs: Sequence[Path],
    contestant: Contestant,
    settings: RunSettings,
    scp: Path | None,
) -> SuiteResult:
    if suite.listen is not None:
        return suite.listen(songs[: settings.limit], contestant, settings, Losses())
    result, predictions, own = run_suite(suite, data, contestant, settings)
    if scp is not None:
        write_output(scp, scp_text(predictions, own.items, suite.scp or 1))
    return result


def _contestant(settings: BenchSettings) -> Contestant:
    named = (settings.judge, settings.predictions, settings.judge_class)
    if sum(name is not None for name in named) > 1:
        raise InputError("Expected one of --judge, --predictions and --judge-class, got several.")
    if settings.predictions is not None:
        return PredictionFile(settings.predictions)
    if settings.judge_class is not None:
        try:
            arguments = parse_json(settings.class_args)
        except ValueError as error:
            raise InputError(f"Expected --class-args as a JSON object, but {error}.") from error
        if not isinstance(arguments, dict):
            raise InputError(f"Expected --class-args as a JSON object, got {settings.class_args}.")
        return JudgeClass(settings.judge_class, arguments, settings.max_dur)
    return NoJudge() if settings.judge is None else OurJudge(settings.judge, settings.device)
