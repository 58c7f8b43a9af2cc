"""What became of each song: the state that many saves, parts and folders add up to.

Within one part a later save knows better. Between parts and folders, the newer file does, and of
the same file an embedding counts more than an error.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plaudit.embeddings.store.shard import SONGS, Shard, read_shards


def current(stores: list[list[Shard]]) -> pa.Table:
    """Return the state of each song."""
    states = [
        _last(read_shards([shard for shard in store if shard.part == part], SONGS))
        for store in stores
        for part in sorted({shard.part for shard in store})
    ]
    table = pa.concat_tables([SONGS.empty_table(), *states]).combine_chunks()
    modified = np.asarray(pc.fill_null(table["modified_ns"], -1), dtype=np.int64)
    embedded = np.asarray(pc.is_valid(table["key"]))
    table = _last(table.take(np.lexsort((embedded, modified))))
    return table.sort_by([("position", "ascending"), ("song_id", "ascending")])


def _last(table: pa.Table) -> pa.Table:
    """Keep the last row of each song."""
    number = _numbers(table["song_id"])
    _, from_end = np.unique(number[::-1], return_index=True)
    return table.take(np.sort(len(number) - 1 - from_end))


def _numbers(ids: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.asarray(pc.index_in(ids, pc.unique(ids)), dtype=np.int64)
