"""``plaudit embed``: songs in, a store of embeddings out."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.score import (
    BatchOption,
    ClusterOption,
    DeviceOption,
    FromFileOption,
    LimitOption,
    MaxSecondsOption,
    PriceOption,
    RecursiveOption,
)
from plaudit.cli.terminal import STDIN, terminal, typed_paths
from plaudit.core.choice import Precision, Tail, TextForm


def embed(
    manifest: Annotated[
        str | None,
        typer.Argument(
            help="A manifest (songs.parquet, .csv, .jsonl); a folder, pattern or URL of audio; -"
            " reads paths from standard input.",
            metavar="MANIFEST",
        ),
    ] = None,
    encoder: Annotated[
        str,
        typer.Option(
            "--encoder",
            "-e",
            help="muq, clap, wavlm, mulan or mert-330m; a judge (its encoder); or published"
            " weights: a folder or hub id.",
            metavar="NAME|DIR|ID",
        ),
    ] = "bundled",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Store to make or continue.", metavar="DIR")
    ] = None,
    layers: Annotated[
        str | None,
        typer.Option(help="Layers to keep, such as 2,5,8,-1; the encoder's own by default."),
    ] = None,
    segment_s: Annotated[
        float | None,
        typer.Option(
            "--segment-s",
            min=1,
            help="Seconds of a segment; 30 (10 for clap, wavlm, mulan), or as the judge says.",
        ),
    ] = None,
    tail: Annotated[
        Tail | None, typer.Option(help="A short last segment: pad it, or drop it.")
    ] = None,
    min_tail_s: Annotated[
        float | None,
        typer.Option(
            "--min-tail-s",
            min=0,
            help="With --tail drop: shortest segment that is kept, in seconds; 10.",
        ),
    ] = None,
    precision: Annotated[
        Precision, typer.Option(help="exact is float32; fast is bfloat16 where offered.")
    ] = "exact",
    device: DeviceOption = "auto",
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes, one per core by default; on a GPU, songs read at a time."
        ),
    ] = None,
    batch_segments: BatchOption = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads of each process on a CPU.")] = 1,
    part: Annotated[
        str, typer.Option(help="Which part of the songs to do, such as 2/4, on several machines.")
    ] = "1/1",
    retry: Annotated[
        bool, typer.Option("--retry", help="Try songs again that failed and have not changed.")
    ] = False,
    shard_rows: Annotated[
        int, typer.Option("--shard-rows", min=1, help="Segments in a file of the store.")
    ] = 16_384,
    save_every_s: Annotated[
        float,
        typer.Option("--save-every-s", min=0, help="Longest time between saves, in seconds."),
    ] = 30.0,
    merge: Annotated[
        list[Path] | None,
        typer.Option("--merge", help="Copy stores into --out instead; repeat it.", metavar="DIR"),
    ] = None,
    import_apex: Annotated[
        list[Path] | None,
        typer.Option(
            "--import-apex",
            help="Make the store --out, with its manifest, of APEX's Parquet files; repeat it.",
            metavar="FILE",
        ),
    ] = None,
    export_apex: Annotated[
        Path | None,
        typer.Option(
            "--export-apex",
            help="Write the songs of MANIFEST in the store --out in APEX's columns.",
            metavar="FILE",
        ),
    ] = None,
    mix: Annotated[
        str | None,
        typer.Option(help="Weight of each layer, and a bias, for --export-apex: 0.5,0.5,0."),
    ] = None,
    form: Annotated[
        TextForm, typer.Option("--format", "-f", help="Format of the summary.")
    ] = "text",
    max_seconds: MaxSecondsOption = None,
    recursive: RecursiveOption = True,
    from_file: FromFileOption = None,
    limit: LimitOption = None,
    cluster: ClusterOption = None,
    copy_to: Annotated[
        str | None,
        typer.Option(
            "--copy-to",
            help="Keep the store at a URL too, such as s3://bucket/store, and go on from there.",
            metavar="URL",
        ),
    ] = None,
    price_per_core_hour: PriceOption = None,
) -> None:
    """Compute the embeddings of songs, on which judges are trained.

    A run that was stopped goes on with the same command. Exit status 1 if a song has no embedding
    though it has audio; the store's errors.jsonl says why.
    """
    from plaudit.jobs.embed.songs import EmbedSettings
    from plaudit.jobs.embed.tool import ToolOptions, run_embed

    songs: str | tuple[str, ...] | None = manifest
    if manifest == STDIN or from_file is not None:
        songs = typed_paths([] if manifest is None else [manifest], from_file)
    options = ToolOptions(
        out=out, manifest=songs, merge=tuple(merge or ()),
        import_apex=tuple(import_apex or ()), export_apex=export_apex, mix=mix,
    )  # fmt: skip
    settings = EmbedSettings(
        encoder=encoder, layers=layers, segment_s=segment_s, tail=tail, min_tail_s=min_tail_s,
        precision=precision, device=device, workers=workers, threads=threads, part=part,
        batch_segments=batch_segments,
        retry=retry, shard_rows=shard_rows, save_every_s=save_every_s, form=form,
        max_seconds=max_seconds, recursive=recursive, limit=limit,
        cluster=cluster, copy_to=copy_to, price_per_core_hour=price_per_core_hour,
    )  # fmt: skip
    summary = run_embed(options, settings, terminal())
    failed = summary is not None and (summary.failed or summary.failed_before)
    raise typer.Exit(1 if failed else 0)
