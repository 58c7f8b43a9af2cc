"""``plaudit score``: songs in, a table, JSON or CSV out, and the HTML report."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.terminal import terminal, typed_paths
from plaudit.core.choice import DEVICES, Device, Precision, RowFormat, is_device

JudgeOption = Annotated[
    str,
    typer.Option("--judge", "-j", help="A judge by name, folder or hub id.", metavar="NAME|DIR"),
]
JudgesOption = Annotated[
    list[str],
    typer.Option(
        "--judge",
        "-j",
        help="A judge by name, folder or hub id; once for each of several.",
        metavar="NAME|DIR",
    ),
]
ManifestOption = Annotated[
    Path | None,
    typer.Option("--manifest", help="Songs of a manifest or of your own table, instead of PATHS."),
]
MaxSecondsOption = Annotated[
    float | None,
    typer.Option("--max-seconds", min=0.001, help="Refuse longer songs; any length by default."),
]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Work on Ray: ray (this machine, or RAY_ADDRESS), auto, or HOST:PORT.",
        metavar="ADDRESS",
    ),
]
BatchOption = Annotated[
    int | None,
    typer.Option(
        "--batch-segments",
        min=1,
        help="Segments that a GPU computes at a time with MERT; as many as fit, up to 16.",
    ),
]
PriceOption = Annotated[
    float | None,
    typer.Option(
        "--price-per-core-hour", min=0, help="Price of a core hour, for the cost in the summary."
    ),
]


def _device(name: str) -> str:
    if not is_device(name):
        raise typer.BadParameter(f"expected {', '.join(DEVICES)} or cuda:N, got '{name}'.")
    return name


DeviceOption = Annotated[
    Device,
    typer.Option(
        "--device",
        help="Where the encoder runs.",
        metavar="auto|cpu|cuda|cuda:N|mps",
        callback=_device,
    ),
]
RecursiveOption = Annotated[
    bool, typer.Option("--recursive/--no-recursive", "-r", help="Look into subfolders too.")
]
FromFileOption = Annotated[
    Path | None,
    typer.Option("--from-file", help="Also take the paths of a file, one a line.", metavar="LIST"),
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, help="Take only the first N songs.", metavar="N")
]
PromptOption = Annotated[
    str | None, typer.Option("--prompt", help="The prompt of the songs, for judges that use one.")
]
LyricsOption = Annotated[
    Path | None,
    typer.Option(
        "--lyrics", help="A text file with the lyrics of the songs, for judges that use them."
    ),
]
ReferenceOption = Annotated[
    Path | None, typer.Option("--reference", help="A reference recording, for judges that use one.")
]


def score(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files, folders, patterns or URLs; - reads them from standard input.",
            metavar="PATHS...",
        ),
    ] = None,
    judge: JudgesOption = ["bundled"],  # noqa: B006 - typer copies it
    form: Annotated[
        RowFormat | None,
        typer.Option(
            "--format", "-f", help="Format of rows; by default by the file's ending, else table."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write rows to a file, not the screen.")
    ] = None,
    timeline: Annotated[
        bool, typer.Option("--timeline", help="Add the scores of every segment to JSON rows.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Also write an HTML page with players.")
    ] = None,
    device: DeviceOption = "auto",
    precision: Annotated[
        Precision, typer.Option(help="exact is float32; fast is bfloat16 where a judge offers it.")
    ] = "exact",
    batch_segments: BatchOption = None,
    recursive: RecursiveOption = True,
    from_file: FromFileOption = None,
    limit: LimitOption = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a stopped job; needs --output.")
    ] = False,
    copy_to: Annotated[
        str | None,
        typer.Option(
            "--copy-to",
            help="Keep the file of --output at a URL too, such as s3://bucket/rows.jsonl; on"
            " another machine, --resume goes on from there.",
            metavar="URL",
        ),
    ] = None,
    max_seconds: MaxSecondsOption = None,
    manifest: ManifestOption = None,
    prompt: PromptOption = None,
    lyrics: LyricsOption = None,
    reference: ReferenceOption = None,
    cluster: ClusterOption = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Workers on the cluster, of one core; as many as fit by default."),
    ] = None,
    price_per_core_hour: PriceOption = None,
) -> None:
    """Score songs: popularity (0-100) and aesthetics (1-5), higher is better.

    Other judges have scores of their own: plaudit judges list names them.

    Exit status 1 if a file could not be judged; the others are judged all the same.
    """
    from plaudit.jobs.asked import Asked
    from plaudit.jobs.score import ScoreSettings, score_songs

    settings = ScoreSettings(
        paths=typed_paths(paths, from_file), listed_in=from_file, limit=limit,
        manifest=manifest, judge=judge[0], others=tuple(judge[1:]),
        form=form, output=output, report=report, timeline=timeline, recursive=recursive,
        resume=resume, copy_to=copy_to, device=device, precision=precision, max_seconds=max_seconds,
        batch_segments=batch_segments,
        cluster=cluster, workers=workers, price_per_core_hour=price_per_core_hour,
        asked=Asked(prompt=prompt, lyrics=lyrics, reference=reference),
    )  # fmt: skip
    raise typer.Exit(1 if score_songs(settings, terminal()).failures else 0)
