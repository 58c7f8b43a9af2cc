"""``plaudit evaluate``: a judge, or scores, measured on labelled songs beside baselines."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.score import DeviceOption, MaxSecondsOption
from plaudit.cli.terminal import terminal
from plaudit.core.choice import EvaluationCluster, EvaluationSplit, Precision, ResultForm


def evaluate(
    judge: Annotated[
        str,
        typer.Argument(
            help="A judge by name, folder or hub id; or a file of scores.", metavar="JUDGE|SCORES"
        ),
    ],
    manifest: Annotated[
        Path | None, typer.Argument(help="Table of songs with observed scores.", metavar="MANIFEST")
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option("--predictions", help="A file of scores; then only MANIFEST is given."),
    ] = None,
    split: Annotated[EvaluationSplit, typer.Option(help="Songs to measure on.")] = "test",
    form: Annotated[ResultForm, typer.Option("--format", "-f", help="What is printed.")] = "table",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write the record to a JSON file; scores go beside it."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Also write an HTML page.")
    ] = None,
    by: Annotated[
        str, typer.Option("--by", help="Slices: platform, system, style, length; none for none.")
    ] = "platform,system,style,length",
    cluster: Annotated[
        EvaluationCluster, typer.Option(help="Column whose songs are resampled together.")
    ] = "song",
    truth_columns: Annotated[
        str | None,
        typer.Option(
            "--truth-columns", help="Prefix of the columns: expected reads expected_coherence."
        ),
    ] = None,
    baselines: Annotated[
        str,
        typer.Option(
            "--baselines", help="Some of constant, system, acoustics, embeddings; or none."
        ),
    ] = "constant,system,acoustics",
    baseline_songs: Annotated[
        int, typer.Option("--baseline-songs", min=20, help="Most training songs of a ridge.")
    ] = 2000,
    store: Annotated[
        Path | None,
        typer.Option("--store", help="Embeddings of the songs; adds the baseline of that name."),
    ] = None,
    level: Annotated[
        float | None,
        typer.Option("--level", help="Stated coverage of intervals, if the judge's card has none."),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Resamples.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the resamples.")] = 1,
    device: DeviceOption = "auto",
    precision: Annotated[Precision, typer.Option(help="As for plaudit score.")] = "exact",
    max_seconds: MaxSecondsOption = None,
) -> None:
    """Measure a judge: errors, correlations and coverage, with intervals, beside baselines.

    Songs are scored as plaudit score does it. With --out a stopped evaluation goes on where it was,
    and songs are not judged twice. Scores may also come from a file: rows of plaudit score, or a
    table with song_id and a column per axis (.csv, .jsonl, .parquet).
    """
    from plaudit.benchmarks.evaluation.record import evaluation_settings
    from plaudit.core.errors import InputError
    from plaudit.jobs.evaluate import EvaluateSettings, evaluate_judge

    given = [word for word in (judge, manifest, predictions) if word is not None]
    if len(given) != 2:
        raise InputError(
            "Expected a judge (or a file of scores) and a manifest, got"
            f" {', '.join(map(str, given))}; run plaudit evaluate JUDGE MANIFEST."
        )
    measuring = evaluation_settings(
        split=split, truth_columns=truth_columns, by=by, cluster=cluster,
        baselines=baselines if store is None else f"{baselines},embeddings",
        baseline_songs=baseline_songs, level=level, draws=draws, seed=seed,
    )  # fmt: skip
    # With --predictions the only word is the manifest.
    settings = EvaluateSettings(
        judge=judge, scores=predictions, manifest=manifest or Path(judge), measuring=measuring,
        form=form, out=out, report=report, store=store, device=device, precision=precision,
        max_seconds=max_seconds,
    )  # fmt: skip
    evaluate_judge(settings, terminal())
