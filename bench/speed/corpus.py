"""Speed, memory and size of making a corpus: one and two workers, FLAC and Opus, alternated.

Songs are made as the command makes them; the start of the processes is left out, the writing of
files is not. Songs a minute are by the clock, and suffer from whatever else this machine does
meanwhile; times real time per core, and how long larger corpora take on cores that are free, are by
the processor time of the workers. Tables are timed apart.

Run: make bench, or with a number of songs and of seconds: python bench/speed/corpus.py 24 30
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from plaudit.core.pool import share_out
from plaudit.synth.corpus.build import CorpusJob
from plaudit.synth.corpus.plan import CorpusSettings, songs
from plaudit.synth.corpus.planned_song import Task, make
from plaudit.synth.sound.recording import AudioFormat

ROUNDS = 2
FORMATS: tuple[AudioFormat, ...] = ("flac", "opus")
WAYS = tuple((form, workers) for form in FORMATS for workers in (1, 2))
GOALS = (500, 10_000)


def timed(task: Task) -> float:
    """Make a song in a worker; return the processor seconds that it took."""
    started = time.process_time()
    make(task)
    return time.process_time() - started


def main() -> None:
    count, seconds = (int(word) for word in (sys.argv[1:3] or ("24", "30")))
    share = max(count // ROUNDS, 6)
    clock: dict[tuple[AudioFormat, int], list[float]] = {way: [] for way in WAYS}
    busy: dict[tuple[AudioFormat, int], list[float]] = {way: [] for way in WAYS}
    sizes: dict[AudioFormat, list[int]] = {form: [] for form in FORMATS}
    with tempfile.TemporaryDirectory() as place:
        for number in range(ROUNDS):
            for form, workers in WAYS:
                folder = Path(place) / f"{form}{workers}{number}"
                settings = CorpusSettings(
                    songs=share, battles=0, seed=number, seconds=(seconds, seconds), audio=form
                )
                tasks = (
                    Task(folder / "audio", folder / ".work", settings, song)
                    for song in songs(settings)
                )
                ends = []
                for _, got in share_out(timed, tasks, workers):
                    if isinstance(got, BaseException):
                        raise got
                    busy[form, workers].append(got)
                    ends.append(time.perf_counter())
                # The first songs of all workers come with the start; the rest is steady work.
                clock[form, workers].append((ends[-1] - ends[workers - 1]) / (share - workers))
                sizes[form] += [path.stat().st_size for path in folder.glob("audio/*/*")]
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        tables_s = timed_tables(Path(place) / "tables", seconds)
    print(f"{share} songs of {seconds} s a round, {ROUNDS} rounds; {os.cpu_count()} cores here,")
    print(f"load {os.getloadavg()[1]:.1f} in the last five minutes, ours among it")
    print(f"{'format':<8}{'workers':>8}{'songs/min':>11}{'x real time/core':>18}", end="")
    print("".join(f"{f'{goal:,} songs':>16}" for goal in GOALS))
    for (form, workers), spent in clock.items():
        each, work = float(np.median(spent)), float(np.mean(busy[form, workers]))
        line = f"{form:<8}{workers:>8}{60 / each:>11.0f}{seconds / work:>18.0f}"
        print(line + "".join(f"{goal * work / workers / 60:>12.1f} min" for goal in GOALS))
    for form, found in sizes.items():
        mean = float(np.mean(found))
        rate = f"{mean / 1e6:.2f} MB a song ({mean / seconds / 1000:.1f} kB/s, n = {len(found)})"
        goals = " and ".join(f"{goal * mean / 1e9:.2f} GB for {goal:,}" for goal in GOALS)
        print(f"{form}: {rate}, so {goals}")
    print(f"peak memory of the largest worker: {peak:.0f} MiB")
    print(f"tables: {1000 * tables_s:.1f} ms a song")


def timed_tables(folder: Path, seconds: int) -> float:
    """Return the seconds per song that tables take."""
    settings = CorpusSettings(songs=4, battles=6, seed=1, seconds=(seconds, seconds))
    with CorpusJob(folder, settings, 2) as job:
        job.make_songs()
        job.write_tables()
        started = time.perf_counter()
        job.write_tables()
        return (time.perf_counter() - started) / settings.n_songs


if __name__ == "__main__":
    main()
