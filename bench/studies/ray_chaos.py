"""A job on a Ray cluster whose workers and driver are killed again and again: the same rows.

Backs docs/scale.md, "What it survives".

Starts two local Ray nodes and gives the same job to them until it ends, while processes are killed
with SIGKILL at random moments: three times of four a worker, else the driver, after which the job
is begun again. Songs are noise of one second, each of other content, among them some that are no
songs; the encoder is a formula, so that what is tested is the job. Prints what was killed, and how
the rows compare with those of a run on this machine alone. A song whose worker was killed three
times by chance is an error, as it has to be; how many there were is printed, and a last run takes
them.

Run: .venv/bin/python bench/studies/ray_chaos.py [--songs 2000] [--kills 20]
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import soundfile

from plaudit.audio.segment import SegmentRule
from plaudit.embeddings.extract.job import EmbedJob, EmbedSummary
from plaudit.embeddings.extract.listing import songs_of_files
from plaudit.embeddings.store.shard import shards
from simulated.formula_encoder import RATE, formula_source

NODE: dict[str, Any] = {"num_cpus": 1, "num_gpus": 0, "object_store_memory": 80 << 20}


def rows_of(store: Path) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Return every row of a store, its embedding as bytes; one that is there twice is an error."""
    stored: dict[tuple[str, int], tuple[Any, ...]] = {}
    for shard in shards(store, "rows"):
        for row in pq.read_table(shard.path).to_pylist():
            embedding = np.array(row.pop("embedding"), dtype=np.float16).tobytes()
            name = row.pop("key"), row.pop("segment")
            if name in stored:
                raise AssertionError(f"{name} is there twice")
            stored[name] = (embedding, *row.items())
    return stored


def workers_below(pid: int) -> list[int]:
    """Return the processes of Ray's workers that are at work, among the descendants of one."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                with suppress(OSError):
                    if b"RemoteWorker" in Path(f"/proc/{child}/cmdline").read_bytes():
                        found.append(child)
                found += workers_below(child)
    return found


def run_with_kills(
    command: Sequence[str],
    rng: np.random.Generator,
    kills: Sequence[str],
    pause_s: tuple[float, float],
    progress: Callable[[], int],
) -> tuple[Counter[str], list[str]]:
    """Run a command until it ends; return what was killed, and what the command printed.

    Parameters
    ----------
    command : sequence of str
        Given again whenever it was killed.
    rng : numpy.random.Generator
        Chooses the moments and the workers.
    kills : sequence of {"worker", "driver"}
        What is killed, in order. Each waits for progress after the one before.
    pause_s : tuple of float
        Least and most seconds from progress to the kill.
    progress : callable
        Returns how far the job is.
    """
    killed: Counter[str] = Counter()
    printed = []
    left = list(kills)
    driver = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    before = progress()
    while driver.poll() is None:
        time.sleep(0.05)
        if not left or progress() == before:
            continue
        time.sleep(rng.uniform(*pause_s))
        before = progress()
        if left[0] == "driver":
            driver.kill()
        elif workers := workers_below(os.getpid()):
            with suppress(ProcessLookupError):  # it ended by itself
                os.kill(int(rng.choice(workers)), signal.SIGKILL)
        else:
            continue
        what = left.pop(0)
        killed[what] += 1
        if what == "driver":
            printed.append(driver.communicate()[0])
            driver = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
    printed.append(driver.communicate()[0])
    return killed, printed


def write_songs(folder: Path, number: int) -> None:
    """Write songs of a second, and one in a hundred that is none."""
    folder.mkdir(parents=True)
    for song in range(number):
        if song % 100 == 50:
            (folder / f"{song:05d}.mp3").write_text(f"not a song {song} " * 50)
            continue
        sound = np.random.default_rng(song).normal(size=RATE) * 0.05
        soundfile.write(folder / f"{song:05d}.wav", sound, RATE, subtype="PCM_16")


@contextmanager
def two_nodes(**head: Any) -> Iterator[Any]:
    """Start Ray as two nodes of one core each on this machine, and yield Ray's `Cluster`."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    # Ray notes its address there, whatever folder it is given.
    Path("/tmp/ray").mkdir(exist_ok=True)  # noqa: S108
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp", ignore_cleanup_errors=True) as name:
        cluster: Any = Cluster(
            initialize_head=True,
            head_node_args={**NODE, "include_dashboard": False, "temp_dir": name, **head},
        )
        try:
            cluster.add_node(**NODE)
            yield cluster
        finally:
            cluster.shutdown()


def embed(songs: Path, out: Path, cluster: str | None, *, retry: bool = False) -> EmbedSummary:
    listed = songs_of_files(sorted(songs.iterdir()), songs)
    job = EmbedJob(
        listed, formula_source(), SegmentRule(length_s=1.0), out, cluster=cluster,
        workers=None if cluster else 1, retry=retry, save_every_s=0.5,
    )  # fmt: skip
    return job.run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drive", nargs=3, metavar=("SONGS", "STORE", "CLUSTER"))
    options = parser.parse_args()
    if options.drive:
        songs, store, address = options.drive
        print(embed(Path(songs), Path(store), address).sentence(Path(store)))
        return
    kills = ["driver" if kill % 4 == 3 else "worker" for kill in range(options.kills)]
    with tempfile.TemporaryDirectory() as name, two_nodes() as cluster:
        place = Path(name)
        songs = place / "songs"
        write_songs(songs, options.songs)
        alone, store = place / "alone", place / "cluster"
        started = time.monotonic()
        embed(songs, alone, None)
        alone_s, started = time.monotonic() - started, time.monotonic()
        killed, printed = run_with_kills(
            [sys.executable, __file__, "--drive", str(songs), str(store), cluster.address],
            np.random.default_rng(options.seed),
            kills,
            (0.0, 1.0),
            lambda: sum(shard.last + 1 for shard in shards(store, "rows")),
        )
        took_s = time.monotonic() - started
        lost = len(failed(store) - failed(alone))
        if lost:
            embed(songs, store, None, retry=True)
        same, same_errors = rows_of(store) == rows_of(alone), failed(store) == failed(alone)
        print(printed[-1].strip())
        print(f"killed: {killed['worker']} workers, {killed['driver']} drivers")
        print(f"alone {alone_s:.0f} s with one worker, on two nodes with the kills {took_s:.0f} s")
        print(f"songs whose worker was killed three times: {lost}")
        print(f"rows: {len(rows_of(store))}, identical: {same}")
        print(f"errors: {len(failed(store))}, identical: {same_errors}")
    if not same or not same_errors or killed.total() < options.kills:
        sys.exit("It did not survive, or ended before the last kill.")


def failed(store: Path) -> set[str]:
    return set((store / "errors.jsonl").read_text(encoding="utf-8").splitlines())


if __name__ == "__main__":
    main()
