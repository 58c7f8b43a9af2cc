"""``plaudit bench list | sample | run | report | compare``: judges on published benchmarks."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.score import DeviceOption
from plaudit.cli.terminal import terminal
from plaudit.core.choice import ResultForm, TiePolicy

SuiteName = Annotated[str, typer.Argument(help="Name of a suite; see plaudit bench list.")]


def list_suites(
    form: Annotated[ResultForm, typer.Option("--format", "-f", help="What is printed.")] = "table",
) -> None:
    """List every suite, with its version, licence and where its data are."""
    from plaudit.jobs.bench.sample import show_suites

    show_suites(form, terminal())


def sample(
    suite: Annotated[str, typer.Argument(help="Name of a suite, or reality for bench reality.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the sample.")] = 1,
) -> None:
    """Write a small made-up data set of the shape that a suite takes. Nothing in it is real."""
    from plaudit.jobs.bench.sample import write_sample

    write_sample(suite, out, seed, terminal())


def run(
    suite: SuiteName,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Its data (a folder or file), or songs."),
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
        str, typer.Option("--class-args", help="Arguments of the class, as a JSON object.")
    ] = "{}",
    max_dur: Annotated[
        float, typer.Option("--max-dur", min=1, help="Seconds of audio that the class may use.")
    ] = 30.0,
    made_up: Annotated[
        bool,
        typer.Option("--sample", help="Run on the suite's made-up sample; its songs are composed."),
    ] = False,
    ties: Annotated[TiePolicy, typer.Option(help="Credit for equal scores of a pair.")] = "half",
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", min=3, help="Seconds of an excerpt, for suites on songs."),
    ] = None,
    form: Annotated[ResultForm, typer.Option("--format", "-f", help="What is printed.")] = "table",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write the record to a JSON file.")
    ] = None,
    scp: Annotated[
        Path | None, typer.Option("--scp", help="Also write the scores as an .scp list (ASAE).")
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Resamples.")] = 1000,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, help="Take only the first N songs or pairs of a task.", metavar="N"
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="Seed; 1 by default, 0 for damage."),
    ] = None,
    device: DeviceOption = "auto",
) -> None:
    """Measure a judge on a suite, with intervals, beside baselines that use no audio.

    The judge is ours (--judge), a file of scores (--predictions), or any class with sr and
    score_batch (--judge-class). Without one, only the baselines and the raters are measured.
    """
    from plaudit.jobs.bench.run import BenchSettings, run_bench

    settings = BenchSettings(
        suite=suite, data=data, made_up=made_up, judge=judge, predictions=predictions,
        judge_class=judge_class, class_args=class_args, max_dur=max_dur, ties=ties,
        seconds=seconds, draws=draws, limit=limit, seed=seed, form=form, out=out, scp=scp,
        device=device,
    )  # fmt: skip
    run_bench(settings, terminal())


def report(
    result: Annotated[Path, typer.Argument(help="A result of plaudit bench run --out.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML file to write.")],
) -> None:
    """Draw a result as one page that works offline."""
    from plaudit.jobs.bench.report import write_report

    write_report(result, out, terminal())


def compare(
    results: Annotated[
        list[Path], typer.Argument(help="Results of one suite; differences are to the first.")
    ],
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write a leaderboard page.")
    ] = None,
    form: Annotated[ResultForm, typer.Option("--format", "-f", help="What is printed.")] = "table",
) -> None:
    """Compare several results in one table, with paired differences."""
    from plaudit.jobs.bench.compare import compare_benches

    compare_benches(results, html, form, terminal())
