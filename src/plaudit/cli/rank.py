"""``plaudit rank``: songs in order, and the best of each group."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.compare import ModelOption, ScoresOption, StoreOption, SureOption
from plaudit.cli.score import (
    DeviceOption,
    FromFileOption,
    JudgeOption,
    LimitOption,
    LyricsOption,
    MaxSecondsOption,
    PromptOption,
    RecursiveOption,
    ReferenceOption,
)
from plaudit.cli.terminal import terminal, typed_paths
from plaudit.core.choice import RowFormat


def rank(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files, folders or patterns; - reads them from standard input.",
            metavar="PATHS...",
        ),
    ] = None,
    judge: JudgeOption = "bundled",
    by: Annotated[
        str, typer.Option("--by", help="preference, mean (of the aesthetic axes), or an axis.")
    ] = "preference",
    keep: Annotated[
        int | None, typer.Option("--keep", "-k", min=1, help="Keep the best of each group.")
    ] = None,
    group_by: Annotated[
        str | None, typer.Option("--group-by", help="Column of the table, such as prompt.")
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            "--manifest",
            help="A manifest or your own table: the songs, where no others are given, and groups.",
        ),
    ] = None,
    scores: ScoresOption = None,
    model: ModelOption = None,
    form: Annotated[
        RowFormat | None,
        typer.Option(
            "--format", "-f", help="Format of rows; by default by the file's ending, else table."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to a file, not the screen.")
    ] = None,
    sure: SureOption = 0.75,
    store: StoreOption = None,
    device: DeviceOption = "auto",
    recursive: RecursiveOption = True,
    from_file: FromFileOption = None,
    limit: LimitOption = None,
    max_seconds: MaxSecondsOption = None,
    prompt: PromptOption = None,
    lyrics: LyricsOption = None,
    reference: ReferenceOption = None,
) -> None:
    """Put songs in order, the best first, with the range of places each may truly have.

    Songs that the judge cannot tell apart share a range. Exit status 1 if a file could not be
    judged; the others are ranked all the same.
    """
    from plaudit.jobs.asked import Asked
    from plaudit.jobs.rank import RankSettings, rank_songs

    settings = RankSettings(
        paths=typed_paths(paths, from_file), listed_in=from_file, limit=limit,
        judge=judge, by=by, form=form, keep=keep, group_by=group_by,
        manifest=manifest, scores=scores, model=model, store=store, output=output, sure=sure,
        device=device, recursive=recursive, max_seconds=max_seconds,
        asked=Asked(prompt=prompt, lyrics=lyrics, reference=reference),
    )  # fmt: skip
    raise typer.Exit(1 if rank_songs(settings, terminal()).failures else 0)
