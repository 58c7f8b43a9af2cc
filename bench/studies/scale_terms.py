"""What 10,000 hours of audio take, from what one song takes here: cores, storage, the driver.

Backs docs/scale.md, "10,000 hours".

Measures in processor seconds of one thread: reading and resampling an MP3 of three minutes, hashing
it, the bundled encoder, the driver of a cluster (an encoder that takes no time, embeddings of
MERT's size, songs of three seconds), and the bytes that a store takes for a segment. A median of
repeats stands with the least and the most of them.

Run: .venv/bin/python bench/studies/scale_terms.py [--songs 200]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import soundfile

from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.core.file import sha256_of
from plaudit.embeddings.cluster.session import ray_session
from plaudit.embeddings.extract.job import EmbedJob
from plaudit.embeddings.extract.listing import songs_of_files
from plaudit.model.encoder_name import find_encoders
from simulated.formula_encoder import RATE, formula_source

SONG_S = 180.0
SEGMENT_S = 30.0
HOURS = 10_000


def cpu_s(work: Callable[[], object], repeats: int = 5) -> list[float]:
    """Return the processor seconds of some repeats, in order of size, after one for warming up."""
    work()
    took = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        took.append(time.process_time() - started)
    return sorted(took)


def write_mp3(path: Path) -> Path:
    """Write three minutes of noise and tones, in stereo at 44.1 kHz and 192 kbit/s."""
    rng = np.random.default_rng(1)
    time_s = np.arange(int(SONG_S * 44_100)) / 44_100
    tones = sum(np.sin(2 * np.pi * f * time_s) for f in (110.0, 440.0, 1760.0, 7040.0))
    sound = np.stack([0.1 * tones + 0.05 * rng.normal(size=len(time_s)) for _ in range(2)])
    with av.open(str(path), "w", format="mp3") as file:
        stream = file.add_stream("libmp3lame", rate=44_100, layout="stereo")
        stream.bit_rate = 192_000
        for start in range(0, sound.shape[1], 1152):
            block = np.ascontiguousarray(sound[:, start : start + 1152], dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate = 44_100
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def driver_of(place: Path, number: int) -> tuple[float, float]:
    """Return processor seconds of the driver for each song, and bytes of a segment in the store."""
    folder = place / "short"
    folder.mkdir()
    for song in range(number):
        noise = np.random.default_rng(song).normal(size=3 * RATE) * 0.05
        soundfile.write(folder / f"{song:05d}.wav", noise, RATE, subtype="PCM_16")
    songs = songs_of_files(sorted(folder.iterdir()), folder)

    def embed(out: str, part: slice) -> float:
        job = EmbedJob(
            songs[part],
            formula_source(),
            SegmentRule(length_s=3.0),
            place / out,
            cluster="ray",
            workers=1,
        )
        started = time.process_time()
        job.run()
        return time.process_time() - started

    with ray_session("ray"):  # so that its start is in neither job
        took = embed("all", slice(1, None)) - embed("one", slice(1))
    rows = (place / "all" / "rows").glob("*.parquet")
    return took / (number - 2), sum(path.stat().st_size for path in rows) / (number - 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=200)
    options = parser.parse_args()
    rule = SegmentRule(length_s=SEGMENT_S)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        song = write_mp3(place / "song.mp3")
        segments = [part.samples for part in open_song(song, RATE, rule)]
        encoder = next(find_encoders("bundled", None, device="cpu")).source.open()
        terms = {
            "read and resample": cpu_s(lambda: list(open_song(song, RATE, rule))),
            "hash": cpu_s(lambda: sha256_of(song)),
            "bundled encoder": cpu_s(lambda: encoder.encode(np.stack(segments[:1])), 9),
        }
        per_song_s, row_bytes = driver_of(place, options.songs)
        megabytes = song.stat().st_size / 1e6
    n_segments = HOURS * 3600 / SEGMENT_S
    n_songs = HOURS * 3600 / SONG_S
    counts = {"read and resample": n_songs, "hash": n_songs, "bundled encoder": n_segments}
    print(f"{HOURS:,} hours are {n_songs:,.0f} songs of 3 min, {n_segments:,.0f} segments of 30 s")
    for term, took in terms.items():
        hours = counts[term] * statistics.median(took) / 3600
        unit = "segment" if counts[term] == n_segments else "song"
        print(
            f"{term:<18} {statistics.median(took):.4f} s a {unit} [{took[0]:.4f}, {took[-1]:.4f}]"
            f" of {len(took)}: {hours:,.0f} core hours"
        )
    print(
        f"{'driver':<18} {per_song_s:.4f} s a song, mean of {options.songs}:"
        f" {n_songs * per_song_s / 3600:,.1f} core hours, {1 / per_song_s:,.0f} songs a second"
    )
    print(f"audio              {megabytes:.2f} MB a song: {n_songs * megabytes / 1e6:,.2f} TB")
    gigabytes = n_segments * row_bytes / 1e9
    print(f"store              {row_bytes:,.0f} bytes a segment: {gigabytes:,.1f} GB")


if __name__ == "__main__":
    main()
