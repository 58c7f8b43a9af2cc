"""Speed, memory and size of making a corpus: one and two workers, FLAC and Opus, alternated.

Songs are made as the command makes them; the start of the processes is left out, the writing of
files is not. The rate by the clock suffers from whatever else this machine does meanwhile; that of
a core is by the processor time of the workers. Tables are timed apart.

Run: .venv/bin/python bench/speed/corpus.py --songs 24 --seconds 30
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from plaudit.core.pool import share_out
from plaudit.synth.corpus.build import CorpusJob
from plaudit.synth.corpus.plan import CorpusSettings, songs
from plaudit.synth.corpus.planned_song import Task, make
from plaudit.synth.sound.recording import AudioFormat
from table import Row, make_parser, report

ROUNDS = 2
FORMATS: tuple[AudioFormat, ...] = ("flac", "opus")
WAYS = tuple((form, workers) for form in FORMATS for workers in (1, 2))


def timed(task: Task) -> float:
    """Make a song in a worker; return the processor seconds that it took."""
    started = time.process_time()
    make(task)
    return time.process_time() - started


def main() -> None:
    parser = make_parser(__doc__)
    parser.add_argument("--songs", type=int, default=12)
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args()
    seconds = options.seconds
    share = max(options.songs // ROUNDS, 6)
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
    rows = []
    base = seconds / float(np.median(clock["flac", 1]))
    for (form, workers), spent in clock.items():
        rate, core = (
            seconds / float(np.median(spent)),
            seconds / float(np.mean(busy[form, workers])),
        )
        title = f"{form}, songs of {seconds} s, workers {workers}"
        rows.append(Row(title, rate, "x real time", rate / base))
        rows.append(Row(f"{title}, a core", core, "x real time"))
    flac = float(np.mean(sizes["flac"]))
    rows += [
        Row(
            f"{form}, size",
            float(np.mean(song_bytes)) / seconds / 1000,
            "kB/s",
            float(np.mean(song_bytes)) / flac,
        )
        for form, song_bytes in sizes.items()
    ]
    rows.append(Row("the largest worker, peak", peak, "MiB"))
    rows.append(Row("tables", 1000 * tables_s, "ms a song"))
    report(rows, as_json=options.json)


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
