"""Several stores of the same settings copied into one, each content once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plaudit.core.errors import InputError
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.embeddings.store.shard import read_whole, shards
from plaudit.embeddings.store.writer import StoreWriter


def merge_stores(folders: Sequence[Path], out: Path) -> int:
    """Copy stores of the same settings into one; return its number of songs."""
    if out.resolve() in {folder.resolve() for folder in folders}:
        raise InputError(f"{out} is one of the stores to merge; give another folder for the whole.")
    store = EmbeddingStore.open(*folders)
    with StoreWriter(out, store.head) as writer:
        for folder in folders:
            for shard in shards(folder, "rows"):
                rows = read_whole([shard])
                new = _unknown(rows, writer.known)
                if new.num_rows:
                    writer.add_rows(new)
                    writer.save_if_due()
        before = {row["song_id"]: row for row in writer.state().to_pylist()}
        for row in pa.concat_tables([store.songs, store.failures]).to_pylist():
            known = before.get(row["song_id"])
            # An embedding that is there already wins over an error of a part.
            if row != known and not (known and known["key"] and not row["key"]):
                writer.add_song(row)
    return len(store)


def _unknown(rows: pa.Table, known: set[str]) -> pa.Table:
    """Return the rows of contents that are not there yet."""
    keys = pc.unique(rows["key"])
    fresh = pa.array([key for key in keys.to_pylist() if key not in known], pa.string())
    return rows.take(np.flatnonzero(np.asarray(pc.is_in(rows["key"], fresh))))
