"""Memory and throughput of long jobs, two workers against one, and what a job adds to a song.

Backs docs/scale.md, "As long as you like".

Judge and encoder are formulas, so that what is measured is the job. (1) The job of ``plaudit
score`` over --rows short files and that of ``plaudit embed`` over as many segments: rows a second
and memory of the driver, over whole files of a store, first and last. (2) --songs songs with an
encoder that computes --busy-ms for each, by one worker and by two, on this machine and on Ray,
alternately. (3) 1,000 files of a second embedded by one worker, against decoding and encoding them
in a loop: processor time of driver and worker beyond that. Writes figures as JSON and a picture.

Run: .venv/bin/python bench/studies/scale_flat.py [--rows 100000] [--json FILE] [--svg FILE]
"""

import argparse
import io
import json
import os
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.core.choice import Precision
from plaudit.core.file import atomic, sha256_of, write_atomic
from plaudit.embeddings.cluster.session import ray_session
from plaudit.embeddings.extract.encoder_source import OpenEncoder
from plaudit.embeddings.extract.job import EmbedJob
from plaudit.embeddings.extract.listing import ListedSong, songs_of_files
from plaudit.embeddings.store.writer import SHARD_ROWS
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.score import ScoreSettings, score_songs
from plaudit.judging.feed import Known, PathLike
from plaudit.judging.given import Given
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores
from plaudit.model.card import Card
from simulated.formula_encoder import LAYERS, RATE, FormulaEncoder, FormulaSource, formula_source

Track = list[tuple[int, float, float]]  # rows, seconds, MB
SEGMENT_S = 0.2
A_SONG = 50  # segments of a song of the long store
REPEATS = 3


class BusyEncoder(FormulaEncoder):
    """Computes for so many seconds."""

    busy_s = 0.0

    def encode(self, segments: NDArray[np.float32]) -> NDArray[np.float32]:
        until = time.process_time() + self.busy_s
        while time.process_time() < until:
            np.fft.rfft(segments[:, :RATE])
        return super().encode(segments)


@dataclass(frozen=True)
class BusySource(FormulaSource):
    """Opens it."""

    busy_s: float = 0.0

    def open(self) -> OpenEncoder:
        encoder = BusyEncoder(self.opened)
        encoder.busy_s = self.busy_s
        return OpenEncoder(encoder, list(range(len(LAYERS))))


class FormulaJudge:
    """Gives each file the same score, and notes memory after every thousand."""

    precision: Precision = "exact"
    device = "cpu"
    coverage = None
    axes: tuple[str, ...] = ("clarity",)

    def __init__(self) -> None:
        self.id = JudgeId(name="formula", version="1", hash="ab" * 32)
        self.card = Card.model_construct(name="formula", version="1", interval=None)
        self.track: Track = []

    def stream(
        self,
        songs: Iterable[PathLike],
        *,
        given: Sequence[Given] | None = None,  # noqa: ARG002 - uses none
        known: Known | None = None,  # noqa: ARG002 - a new job
        timeline: bool = True,  # noqa: ARG002 - has none
    ) -> Iterator[SongScores | SongFailure]:
        started = time.monotonic()
        for place, song in enumerate(map(Path, songs), 1):
            yield SongScores(
                path=str(song), sha256=sha256_of(song), judge=self.id, precision="exact",
                duration_s=1.0, scores={"clarity": Score(value=3.0)},
            )  # fmt: skip
            if place % 1000 == 0:
                self.track.append((place, time.monotonic() - started, memory_mb()))


def memory_mb() -> float:
    """Return the memory of this process that is in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def score_track(place: Path, number: int) -> Track:
    folder = place / "scored"
    for part in range(0, number, 1000):
        (folder / f"{part:06d}").mkdir(parents=True)
        for song in range(part, min(number, part + 1000)):
            (folder / f"{part:06d}" / f"{song:06d}.wav").write_bytes(song.to_bytes(4, "big"))
    judge = FormulaJudge()
    settings = ScoreSettings(
        paths=(str(folder),), recursive=True, form="jsonl", output=place / "rows.jsonl"
    )
    score_songs(settings, Streams(io.StringIO(), io.StringIO()), judge=judge)
    return judge.track


def embed_track(place: Path, number: int) -> Track:
    songs = write_songs(place / "embedded", number // A_SONG, SEGMENT_S * A_SONG)
    job = EmbedJob(
        songs, formula_source(), SegmentRule(length_s=SEGMENT_S), place / "long", workers=1,
        err=io.StringIO(),
    )  # fmt: skip
    track: Track = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            rows = job._counts.get("segments", 0)
            if rows:
                track.append((rows, time.monotonic() - started, memory_mb()))

    watcher = threading.Thread(target=watch)
    started = time.monotonic()
    watcher.start()
    job.run()
    ended.set()
    watcher.join()
    return track


def write_songs(folder: Path, number: int, length_s: float) -> list[ListedSong]:
    folder.mkdir(parents=True)
    sound = np.random.default_rng(1).normal(size=round(length_s * RATE)) * 0.05
    for song in range(number):
        sound[0] = song / number - 0.5  # other content
        soundfile.write(folder / f"{song:06d}.wav", sound, RATE, subtype="FLOAT")
    return songs_of_files(sorted(folder.iterdir()), folder)


def embed_s(
    songs: list[ListedSong], busy_s: float, out: Path, workers: int, cluster: str | None
) -> float:
    """Return the seconds from the first song that is done to the last, without the start."""
    job = EmbedJob(
        songs, BusySource(**vars(formula_source()), busy_s=busy_s), SegmentRule(length_s=1.0), out,
        workers=workers, cluster=cluster, err=io.StringIO(),
    )  # fmt: skip
    times: list[float] = []
    take = job._take

    def timed(*arguments: Any) -> None:
        take(*arguments)
        times.append(time.monotonic())

    job._take = timed  # type: ignore[method-assign,assignment]
    job.run()
    skipped = len(times) // 10  # until the last worker has begun
    return (times[-1] - times[skipped]) / (len(times) - skipped) * len(times)


def ratios(place: Path, number: int, busy_s: float) -> dict[str, list[float]]:
    """Return one worker's time over two workers' on this machine and on Ray, alternately."""
    songs = write_songs(place / "busy", number, 1.0)
    found: dict[str, list[float]] = {"local": [], "ray": []}
    with ray_session("ray"):
        for repeat in range(REPEATS):
            for name, cluster in (("local", None), ("ray", "ray")):
                one, two = (
                    embed_s(songs, busy_s, place / f"{name}-{repeat}-{n}", n, cluster)
                    for n in (1, 2)
                )
                found[name].append(one / two)
    return found


def overhead_ms(place: Path, number: int) -> dict[str, float]:
    """Return processor milliseconds a song of a job with one worker, and of the bare loop."""
    songs = write_songs(place / "short", number, 1.0)
    rule, source = SegmentRule(length_s=1.0), formula_source()
    encoder = source.open()

    def bare() -> None:
        for song in songs:
            if song.path is not None:
                segments = [part.samples for part in open_song(song.path, RATE, rule)]
                encoder.encode(np.stack(segments))

    def job(out: str, part: list[ListedSong]) -> None:
        EmbedJob(part, source, rule, place / out, workers=1, err=io.StringIO()).run()

    bare()
    start = cpu_s()
    bare()
    alone, start = cpu_s() - start, cpu_s()
    job("one", songs[:1])
    begun, start = cpu_s() - start, cpu_s()
    job("all", songs[1:])
    whole = cpu_s() - start - begun
    return {"job": 1000 * whole / (number - 2), "decode and encode": 1000 * alone / number}


def cpu_s() -> float:
    """Return processor seconds of this process and of its children that ended."""
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def draw(tracks: dict[str, Track], path: Path) -> None:
    """Draw rows a second and memory over rows."""
    from matplotlib.figure import Figure

    from plaudit.reports.look.canvas import BLUE, BRASS, bare

    figure = Figure(figsize=(8, 3), layout="constrained")
    for axes, what in zip(figure.subplots(1, 2), ("rows a second", "memory, MB"), strict=True):
        for colour, (name, track) in zip((BLUE, BRASS), tracks.items(), strict=True):
            rows, _, memory = np.array(track).T
            if what == "memory, MB":
                axes.plot(rows, memory, color=colour, label=name)
            else:
                axes.plot(*np.array(rates(track)).T, color=colour, label=name)
        axes.set_xlabel("rows so far")
        axes.set_ylabel(what)
        axes.set_ylim(bottom=0)
        bare(axes, "bottom", "left")
    axes.legend(frameon=False)
    with atomic(path) as file:
        figure.savefig(file, format="svg", metadata={"Date": None})


def rates(track: Track) -> list[tuple[int, float]]:
    """Return rows so far and rows a second, over as many rows as a file of a store holds.

    A job that writes one holds its workers up, so over fewer rows rates go up and down with files.
    """
    found: list[tuple[int, float]] = []
    start = 0
    for rows, seconds, _ in track:
        while rows - track[start + 1][0] >= SHARD_ROWS:
            start += 1
        grown = not found or rows > found[-1][0]
        if grown and rows - track[start][0] >= SHARD_ROWS:
            found.append((rows, (rows - track[start][0]) / (seconds - track[start][1])))
    return found


def flatness(track: Track) -> dict[str, float]:
    """Return the first and the last rate, and memory of the first and the last tenth."""
    tenth = max(1, len(track) // 10)
    first, last = track[: tenth + 1], track[-tenth - 1 :]
    every = rates(track)
    return {
        "rows": track[-1][0],
        "rate_first": every[0][1], "rate_last": every[-1][1],
        "memory_first_mb": statistics.median(m for *_, m in first),
        "memory_last_mb": statistics.median(m for *_, m in last),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--songs", type=int, default=500)
    parser.add_argument("--busy-ms", type=float, default=100.0, help="of computing a song")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    if options.rows < 2 * SHARD_ROWS:
        parser.error(
            f"expected --rows of {2 * SHARD_ROWS} at least: rates are those of half of them"
        )
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        cost = overhead_ms(place, 1000)
        print(
            f"1,000 files of 1 s: {cost['job']:.1f} ms a song, of which decode and encode"
            f" {cost['decode and encode']:.1f}; beyond them"
            f" {cost['job'] - cost['decode and encode']:.1f} ms",
            flush=True,
        )
        tracks = {
            "score": score_track(place, options.rows),
            "embed": embed_track(place, options.rows),
        }
        for job, track in tracks.items():
            flat = flatness(track)
            print(
                f"{job}: {flat['rows']:,} rows; rows a second {flat['rate_first']:,.0f} at"
                f" first, {flat['rate_last']:,.0f} at last; memory {flat['memory_first_mb']:.0f} MB"
                f" in the first tenth and {flat['memory_last_mb']:.0f} in the last",
                flush=True,
            )
        found = ratios(place, options.songs, options.busy_ms / 1000)
        for what, values in found.items():
            print(
                f"two workers against one, {what}: {statistics.median(values):.2f}x"
                f" [{min(values):.2f}, {max(values):.2f}] of {len(values)}, {options.songs}"
                f" songs of {options.busy_ms:g} ms"
            )
    if options.svg:
        draw(tracks, options.svg)
    if options.json:
        content = {"tracks": tracks, "overhead_ms": cost, "ratios": found}
        write_atomic(options.json, json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
