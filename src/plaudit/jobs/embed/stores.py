"""Stores merged, and made from and written as APEX's Parquet files."""

from collections.abc import Sequence
from pathlib import Path

from plaudit.datasets.manifest.songs import read_manifest
from plaudit.embeddings.store.apex import MANIFEST, export_rows, import_rows, parse_mix
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.embeddings.store.merge import merge_stores
from plaudit.jobs.output.overwrite import behind, check_output
from plaudit.jobs.output.streams import Streams


def merge_into(out: Path, stores: Sequence[Path], streams: Streams) -> None:
    """Copy the songs of several stores into one."""
    n_songs = merge_stores(stores, out)
    streams.show(f"{n_songs} songs of {len(stores)} stores are in {out}.")


def import_apex(out: Path, files: Sequence[Path], streams: Streams) -> None:
    """Make a store, with its manifest, of APEX's Parquet files."""
    n_songs = import_rows(files, out)
    streams.show(f"{n_songs} songs are in {out}; their labels are in {out / MANIFEST}.")


def export_apex(store: Path, manifest: Path, file: Path, mix: str | None, streams: Streams) -> None:
    """Write what a store has of a manifest in APEX's columns."""
    check_output(file, [store, manifest])
    weights = None if mix is None else parse_mix(mix)
    songs = read_manifest(manifest)
    written, absent = export_rows(EmbeddingStore.open(store), songs, behind(file), weights)
    left = f"; {absent} have no embedding in {store} and were left out" if absent else ""
    streams.show(f"{written} songs are in {file}{left}.")
