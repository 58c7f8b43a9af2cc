"""Loading a large store: how fast, and the peak memory of the process that loads.

The store is made of random numbers, a block at a time, and deleted at the end.

Run: .venv/bin/python bench/speed/store.py --songs 200000
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from plaudit.embeddings.store.header import StoreSettings, new_head
from plaudit.embeddings.store.shard import row_table
from plaudit.embeddings.store.writer import StoreWriter
from plaudit.encoders.spec import EncoderSpec
from table import Row, make_parser, report

LOAD = """
import json, re, sys, time
from pathlib import Path
import numpy as np
from plaudit.embeddings.store.contents import EmbeddingStore

def peak():
    # Not getrusage: what it calls the peak begins with that of the process that started this one.
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

folder, into, want = sys.argv[1:]
before = peak()
started = time.perf_counter()
store = EmbeddingStore.open(folder)
opened = time.perf_counter()
gone = store.missing([*store.songs["song_id"].to_pylist(), "nobody"]).tolist()
looked = time.perf_counter()
layers = [store.spec.layers[0]] if want == "one" else None
songs = store.load(layers=layers, into=Path(into) if into else None)
loaded = time.perf_counter()
assert gone == ["nobody"]
assert float(songs.values[-1].astype(np.float32).std()) > 0.5
print(json.dumps({
    "rows": len(songs.values), "values_mib": songs.values.nbytes / 2**20,
    "open_s": opened - started, "missing_s": looked - opened, "load_s": loaded - looked,
    "before_mib": before, "peak_mib": peak(),
}))
"""
BLOCK = 5_000


def write_store(folder: Path, n_songs: int, n_segments: int, n_layers: int, dim: int) -> None:
    """Write random embeddings, a block of songs at a time."""
    rng = np.random.default_rng(0)
    spec = EncoderSpec(
        kind="mert",
        name="random",
        hash="0" * 64,
        sample_rate=24_000,
        layers=tuple(range(n_layers)),
        dim=dim,
        licence="Apache-2.0",
        config={},
    )
    head = new_head(spec, StoreSettings())
    with StoreWriter(folder, head) as writer:
        for first in range(0, n_songs, BLOCK):
            number = np.arange(first, min(first + BLOCK, n_songs))
            ids = [f"song-{n:07d}" for n in number]
            contents = [f"{n:064x}" for n in number]
            keys = [head.key(content) for content in contents]
            owner = pa.array(np.repeat(number - first, n_segments))
            segment = np.tile(np.arange(n_segments), len(number))
            meta = pa.table(
                {
                    "key": pa.array(keys).take(owner),
                    "song_id": pa.array(ids).take(owner),
                    "sha256": pa.array(contents).take(owner),
                    "segment": segment,
                    "start_s": 30.0 * segment,
                    "end_s": 30.0 * (segment + 1),
                    "music_s": np.full(len(segment), 29.0),
                    "warnings": [""] * len(segment),
                }
            )
            values = rng.standard_normal((len(segment), n_layers, dim), dtype=np.float32)
            writer.add_rows(row_table(meta, values.astype(np.float16)))
            for place, song_id, content, key in zip(number, ids, contents, keys, strict=True):
                writer.add_song(
                    {"song_id": song_id, "position": int(place), "sha256": content, "key": key}
                )
            writer.save_if_due()


def load(folder: Path, into: str, want: str) -> dict[str, float]:
    """Load in a process of its own."""
    command = [sys.executable, "-c", LOAD, str(folder), into, want]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def main() -> None:
    parser = make_parser(__doc__)
    parser.add_argument("--songs", type=int, default=50_000)
    parser.add_argument("--segments", type=int, default=1)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--dim", type=int, default=768)
    parser.add_argument(
        "--folder", type=Path, help="where there is room for the store; then deleted"
    )
    options = parser.parse_args()
    place = Path(tempfile.mkdtemp(dir=options.folder, prefix="plaudit-store-"))
    try:
        write_store(place, options.songs, options.segments, options.layers, options.dim)
        ways = {
            "all in memory": load(place, "", "all"),
            "all as a memory map": load(place, str(place / "values.npy"), "all"),
        }
        if options.layers > 1:
            ways["one layer"] = load(place, "", "one")
    finally:
        shutil.rmtree(place)
    memory = ways["all in memory"]
    base = memory["rows"] / memory["load_s"]
    size = f"{options.songs:,} songs x {options.segments} x {options.layers} x {options.dim}"
    rows = [
        Row(f"{size}, open", memory["open_s"], "s"),
        Row(f"{size}, look for missing songs", memory["missing_s"], "s"),
        Row(f"{size}, before loading", memory["before_mib"], "MiB"),
    ]
    for way, got in ways.items():
        rate = got["rows"] / got["load_s"]
        rows += [
            Row(f"load {way}", rate, "rows/s", rate / base),
            Row(f"load {way}, values", got["values_mib"], "MiB"),
            Row(f"load {way}, peak", got["peak_mib"], "MiB", got["peak_mib"] / memory["peak_mib"]),
        ]
    report(rows, as_json=options.json)


if __name__ == "__main__":
    main()
