"""A job on a Ray cluster whose workers and driver are killed again and again: the same rows.

Backs docs/scale.md, "What it survives".

Starts two local Ray nodes and gives the same `plaudit embed` to them until it ends, while processes
are killed with SIGKILL at random moments: three times of four a worker, else the driver, after
which the command is given again. Songs are noise of one second, each of other content, among them
some that are no songs. Prints what was killed, how the rows compare with those of a run on this
machine alone, and which songs were hit twice, which --retry takes in the last run.

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

from plaudit.embeddings.store.shard import shards

RATE = 24_000


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
def two_nodes() -> Iterator[str]:
    """Start Ray as two nodes of one core each on this machine, and yield the address."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "num_gpus": 0, "object_store_memory": 80 << 20}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        cluster.add_node(**node)
        yield str(cluster.address)
    finally:
        cluster.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    kills = ["driver" if kill % 4 == 3 else "worker" for kill in range(options.kills)]
    with tempfile.TemporaryDirectory() as name, two_nodes() as address:
        place = Path(name)
        songs = place / "songs"
        write_songs(songs, options.songs)
        command = [sys.executable, "-m", "plaudit", "embed", str(songs), "--segment-s", "1"]
        alone, cluster = place / "alone", place / "cluster"
        started = time.monotonic()
        subprocess.run(
            [*command, "--out", str(alone)], check=False, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        alone_s = time.monotonic() - started
        on_ray = [*command, "--out", str(cluster), "--cluster", address, "--save-every-s", "1"]
        started = time.monotonic()
        killed, printed = run_with_kills(
            on_ray, rng, kills, (0.1, 3.0), lambda: sum(s.last + 1 for s in shards(cluster, "rows"))
        )
        took_s = time.monotonic() - started
        twice = sum("second at this song" in line for text in printed for line in text.split("\n"))
        if twice:
            subprocess.run([*on_ray, "--retry"], check=False)
        same = rows_of(cluster) == rows_of(alone)
        errors = [sorted((s / "errors.jsonl").read_text().splitlines()) for s in (alone, cluster)]
        print(printed[-1].strip())
        print(f"killed: {killed['worker']} workers, {killed['driver']} drivers")
        print(f"on this machine alone {alone_s:.0f} s, on two nodes with the kills {took_s:.0f} s")
        print(f"songs that were hit twice by chance, and taken by --retry: {twice}")
        print(f"rows: {len(rows_of(cluster))}, identical: {same}")
        print(f"errors: {len(errors[1])}, identical: {errors[0] == errors[1]}")
    if not same or errors[0] != errors[1] or sum(killed.values()) < options.kills:
        sys.exit("It did not survive, or ended before the last kill.")


if __name__ == "__main__":
    main()
