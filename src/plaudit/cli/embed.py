"""``plaudit embed``: songs in, a store of embeddings out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from plaudit.core.choice import Device, Precision

if TYPE_CHECKING:
    from plaudit.audio.segment import SegmentRule
    from plaudit.embeddings.extract.encoder_source import EncoderSource
    from plaudit.embeddings.extract.listing import ListedSong

EmbedFormat = Literal["text", "json"]
Tail = Literal["pad", "drop"]


def embed(
    manifest: Annotated[
        str | None,
        typer.Argument(
            help="A manifest (songs.parquet, .csv, .jsonl), or a folder or pattern of audio.",
            metavar="MANIFEST",
        ),
    ] = None,
    encoder: Annotated[
        str,
        typer.Option(
            "--encoder",
            "-e",
            help="A judge (its encoder), or MERT weights: a folder or hub id.",
            metavar="NAME|DIR|ID",
        ),
    ] = "bundled",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Store to make or go on with.", metavar="DIR")
    ] = None,
    layers: Annotated[
        str | None,
        typer.Option(help="Layers to keep, such as 2,5,8,-1; the encoder's own by default."),
    ] = None,
    segment_s: Annotated[
        float | None,
        typer.Option("--segment-s", min=1, help="Seconds of a segment; 30, or as the judge says."),
    ] = None,
    tail: Annotated[
        Tail | None, typer.Option(help="A short last segment: pad it, or drop it.")
    ] = None,
    min_tail_s: Annotated[
        float | None,
        typer.Option(
            "--min-tail-s", min=0, help="What is short, in seconds, with --tail drop; 10."
        ),
    ] = None,
    precision: Annotated[
        Precision, typer.Option(help="exact is float32; fast is bfloat16 where offered.")
    ] = "exact",
    device: Annotated[Device, typer.Option(help="Where the encoder runs.")] = "auto",
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes, one per core by default; on a GPU, songs read at a time."
        ),
    ] = None,
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
        typer.Option("--save-every-s", min=0, help="Most seconds of work that a crash can cost."),
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
            help="Write what the store --out has of MANIFEST in APEX's columns.",
            metavar="FILE",
        ),
    ] = None,
    mix: Annotated[
        str | None,
        typer.Option(help="Weight of each layer, and a bias, for --export-apex: 0.5,0.5,0."),
    ] = None,
    form: Annotated[
        EmbedFormat, typer.Option("--format", "-f", help="How the summary is printed.")
    ] = "text",
) -> None:
    """Embed songs once, so that judges can be trained on them many times.

    A run that was stopped goes on with the same command. Exit status 1 if a song has no embedding
    though it has audio; the store's errors.jsonl says why.
    """
    from plaudit.core.errors import InputError

    if out is None:
        raise InputError("Expected the folder of the store; give --out DIR.")
    if merge or import_apex:
        if manifest is not None or (merge and import_apex):
            raise InputError(
                "--merge and --import-apex fill a store on their own; give one of them, without a"
                " manifest."
            )
        typer.echo(_merged(merge, out) if merge else _imported(import_apex or [], out))
        raise typer.Exit
    if manifest is None:
        raise InputError("Expected a manifest, a folder or a pattern of audio to embed.")
    if mix is not None and export_apex is None:
        raise InputError("--mix says how --export-apex makes one vector of several layers.")
    if export_apex is not None:
        typer.echo(_exported(manifest, out, export_apex, mix))
        raise typer.Exit
    from plaudit.embeddings.extract.survey import parse_part

    share = parse_part(part)
    songs = _songs(manifest)
    # The heavy import, after everything that can be wrong with the call itself was said.
    from plaudit.embeddings.extract.job import EmbedJob

    source, own_rule = _source(encoder, layers, device, precision)
    job = EmbedJob(
        songs,
        source,
        _rule(own_rule, segment_s, tail, min_tail_s),
        out,
        workers=workers,
        threads=threads,
        part=share,
        retry=retry,
        shard_rows=shard_rows,
        save_every_s=save_every_s,
    )
    if job.precision != precision:
        typer.echo(f"This encoder has no {precision} precision; it is {job.precision}.", err=True)
    summary = job.run()
    typer.echo(summary.model_dump_json() if form == "json" else summary.sentence(out))
    raise typer.Exit(1 if summary.failed or summary.failed_before else 0)


def _merged(stores: list[Path], out: Path) -> str:
    from plaudit.embeddings.store.merge import merge_stores

    return f"{merge_stores(stores, out)} songs of {len(stores)} stores are in {out}."


def _imported(files: list[Path], out: Path) -> str:
    from plaudit.embeddings.store.apex import MANIFEST, import_rows

    return f"{import_rows(files, out)} songs are in {out}; their labels are in {out / MANIFEST}."


def _exported(manifest: str, out: Path, path: Path, mix: str | None) -> str:
    from plaudit.datasets.manifest.songs import read_manifest
    from plaudit.embeddings.store.apex import export_rows, parse_mix
    from plaudit.embeddings.store.contents import EmbeddingStore

    weights = None if mix is None else parse_mix(mix)
    songs = read_manifest(Path(manifest))
    written, absent = export_rows(EmbeddingStore.open(out), songs, path, weights)
    left = f"; {absent} have no embedding in {out} and were left out" if absent else ""
    return f"{written} songs are in {path}{left}."


def _songs(given: str) -> "list[ListedSong]":
    from plaudit.datasets.manifest.songs import FORMATS, read_manifest
    from plaudit.embeddings.extract.listing import fixed_folder, songs_of_files, songs_of_manifest
    from plaudit.judging.find import find_songs

    path = Path(given).expanduser()
    if path.suffix in FORMATS and not path.is_dir():
        return songs_of_manifest(read_manifest(path, ["sha256"]))
    return songs_of_files(find_songs([path], recursive=True), fixed_folder(path))


def _source(
    encoder: str, layers: str | None, device: str, precision: str
) -> "tuple[EncoderSource, SegmentRule]":
    """Return an encoder, by its judge or by its weights, and how songs are cut for it."""
    from plaudit.audio.segment import SegmentRule
    from plaudit.embeddings.extract.encoder_source import (
        is_mert,
        judge_source,
        mert_source,
        parse_layers,
    )
    from plaudit.judging.catalogue import find_judge
    from plaudit.model.folder import ENCODER, read_card

    chosen = parse_layers(layers) if layers is not None else None
    if is_mert(encoder):
        source = mert_source(encoder, layers=chosen, device=device, precision=precision)
        return source, SegmentRule()
    folder = find_judge(encoder)
    card = read_card(folder)
    source = judge_source(
        card.encoder, folder / ENCODER, layers=chosen, device=device, precision=precision
    )
    return source, card.recipe.segment


def _rule(
    own: "SegmentRule", length_s: float | None, tail: "Tail | None", min_tail_s: float | None
) -> "SegmentRule":
    from plaudit.core.errors import InputError

    changed = {"length_s": length_s, "tail": tail, "min_tail_s": min_tail_s}
    rule = own.model_copy(update={k: v for k, v in changed.items() if v is not None})
    if min_tail_s is not None and rule.tail == "pad":
        raise InputError("--min-tail-s says which tails are dropped; give it with --tail drop.")
    return rule
