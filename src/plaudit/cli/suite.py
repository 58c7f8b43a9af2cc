"""``plaudit bench list | sample | run | report | compare``: judges on published benchmarks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from plaudit.core.choice import Device

if TYPE_CHECKING:
    from plaudit.benchmarks.suites.contestant import Contestant
    from plaudit.benchmarks.suites.record import SuiteResult

ResultForm = Literal["table", "json"]
TieRule = Literal["half", "drop", "toolkit"]
SuiteName = Annotated[str, typer.Argument(help="Name of a suite; see plaudit bench list.")]


def list_suites(
    form: Annotated[ResultForm, typer.Option("--format", "-f", help="What is printed.")] = "table",
) -> None:
    """Name every suite, with its version, licence and where its data are."""
    from plaudit.benchmarks.suites.catalogue import SUITES
    from plaudit.reports.suites.table import suites_json, suites_text

    facts = [suite.facts for suite in SUITES.values()]
    typer.echo(suites_json(facts) if form == "json" else suites_text(facts))


def sample(
    suite: SuiteName,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="What is made up.")] = 1,
) -> None:
    """Write a small made-up data set of the shape that a suite takes. Nothing in it is real."""
    import numpy as np

    from plaudit.benchmarks.suites.catalogue import find_suite
    from plaudit.core.errors import InputError

    found = find_suite(suite)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} is not an empty folder; give another one to write a sample into.")
    found.sample(out, np.random.default_rng(seed))
    typer.echo(f"Wrote a made-up sample of {found.facts.title} to {out}")


def run(
    suite: SuiteName,
    data: Annotated[
        Path | None, typer.Option("--data", help="Its data (a folder or file), or songs.")
    ] = None,
    judge: Annotated[
        str | None, typer.Option("--judge", "-j", help="A judge by name, folder or hub id.")
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option("--predictions", help="Scores in .jsonl, .json, .csv or .scp."),
    ] = None,
    judge_class: Annotated[
        str | None,
        typer.Option("--judge-class", help="module:Class with sr and score_batch."),
    ] = None,
    class_args: Annotated[
        str, typer.Option("--class-args", help="What the class is made with, as a JSON object.")
    ] = "{}",
    max_dur: Annotated[
        float, typer.Option("--max-dur", min=1, help="Seconds that the class is told to hear.")
    ] = 30.0,
    made_up: Annotated[
        bool, typer.Option("--sample", help="Run on the suite's made-up sample.")
    ] = False,
    ties: Annotated[TieRule, typer.Option(help="What equal scores of a pair are worth.")] = "half",
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=3, help="Excerpt of suites that listen.")
    ] = None,
    form: Annotated[ResultForm, typer.Option("--format", "-f", help="What is printed.")] = "table",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write the record to a JSON file.")
    ] = None,
    scp: Annotated[
        Path | None, typer.Option("--scp", help="Also write the scores as an .scp list (ASAE).")
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Resamples.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the resamples.")] = 1,
    device: Annotated[Device, typer.Option(help="Where a judge's encoder runs.")] = "auto",
) -> None:
    """Measure a judge on a suite, with intervals, beside answers that need no ear.

    The judge is ours (--judge), a file of scores (--predictions), or any class with sr and
    score_batch (--judge-class). Without one, only the baselines and the raters are measured.
    """
    import tempfile

    import numpy as np

    from plaudit.benchmarks.suites.catalogue import find_suite
    from plaudit.benchmarks.suites.prediction import scp_text
    from plaudit.benchmarks.suites.promise import Losses
    from plaudit.benchmarks.suites.record import RunSettings
    from plaudit.benchmarks.suites.runner import run_suite
    from plaudit.core.errors import InputError
    from plaudit.core.file import write_atomic
    from plaudit.jobs.output.target import check_target
    from plaudit.judging.find import find_songs
    from plaudit.reports.suites.table import result_text

    found = find_suite(suite)
    if made_up == (data is not None):
        raise InputError(
            f"Expected --data PATH or --sample; {found.facts.name} takes {found.facts.data}."
        )
    if scp is not None and found.scp is None:
        raise InputError(f"The suite {suite} has no .scp lists; leave out --scp.")
    if out is not None:
        check_target(out)
    contestant = _contestant(judge, predictions, judge_class, class_args, max_dur, device)
    settings = RunSettings(ties=ties, seed=seed, draws=draws, seconds=seconds)
    with tempfile.TemporaryDirectory() as folder:
        if data is None:
            data = Path(folder) / "sample"
            found.sample(data, np.random.default_rng(seed))
        if found.listen is not None:
            result = found.listen(find_songs([data], recursive=True), contestant, settings,
                                  Losses())  # fmt: skip
        else:
            result, answers, own = run_suite(found, data, contestant, settings)
            if scp is not None:
                write_atomic(scp, scp_text(answers, own.items, found.scp or 1))
    if out is not None:
        write_atomic(out, result.model_dump_json() + "\n")
    typer.echo(result.model_dump_json(indent=2) if form == "json" else result_text(result))


def report(
    result: Annotated[Path, typer.Argument(help="A result of plaudit bench run --out.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML file to write.")],
) -> None:
    """Draw a result as one page that works offline."""
    from plaudit.core.file import write_atomic
    from plaudit.jobs.output.target import check_target
    from plaudit.reports.suites.page import result_page

    found = _read(result)
    check_target(out)
    write_atomic(out, result_page(found))
    typer.echo(f"Wrote {out}")


def compare(
    results: Annotated[
        list[Path], typer.Argument(help="Results of one suite; differences are to the first.")
    ],
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write a leaderboard page.")
    ] = None,
    form: Annotated[ResultForm, typer.Option("--format", "-f", help="What is printed.")] = "table",
) -> None:
    """Put several results in one table, with differences measured pair by pair."""
    from plaudit.benchmarks.suites.leaderboard import compare_results
    from plaudit.core.file import write_atomic
    from plaudit.jobs.output.target import check_target
    from plaudit.reports.suites.page import comparison_page
    from plaudit.reports.suites.table import comparison_text

    found = compare_results([_read(path) for path in results])
    if html is not None:
        check_target(html)
        write_atomic(html, comparison_page(found))
    typer.echo(found.model_dump_json(indent=2) if form == "json" else comparison_text(found))


def _read(path: Path) -> "SuiteResult":
    from plaudit.benchmarks.suites.record import SuiteResult
    from plaudit.core.errors import MissingFileError
    from plaudit.core.settings import read_json

    if not path.is_file():
        raise MissingFileError(f"Expected a result of plaudit bench run, but {path} is not there.")
    return read_json(SuiteResult, path.read_text(encoding="utf-8"), str(path))


def _contestant(
    judge: str | None,
    predictions: Path | None,
    judge_class: str | None,
    class_args: str,
    max_dur: float,
    device: str,
) -> "Contestant":
    import json

    from plaudit.benchmarks.suites.contestant import Nobody
    from plaudit.benchmarks.suites.judge_class import JudgeClass
    from plaudit.benchmarks.suites.our_judge import OurJudge
    from plaudit.benchmarks.suites.prediction import PredictionFile
    from plaudit.core.errors import InputError

    given = [one for one in (judge, predictions, judge_class) if one is not None]
    if len(given) > 1:
        raise InputError("Expected one of --judge, --predictions and --judge-class, got several.")
    if predictions is not None:
        return PredictionFile(predictions)
    if judge_class is not None:
        try:
            arguments = json.loads(class_args)
        except ValueError as error:
            raise InputError(f"Expected --class-args as a JSON object, but {error}.") from error
        if not isinstance(arguments, dict):
            raise InputError(f"Expected --class-args as a JSON object, got {class_args}.")
        return JudgeClass(judge_class, arguments, max_dur)
    return Nobody() if judge is None else OurJudge(judge, device)
