"""Songs of the two training systems, heard as a judge hears them, and what their audience said.

Sound is made, measured and dropped song by song, in parallel; a song depends on its seed alone, so
the number of workers changes nothing. Songs are also played through a random tone control, with
hiss of a quiet tape, and some through an MP3 codec, with the same targets: a judge should not rate
the mastering, the room or the bit rate.
"""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AESTHETICS

SAMPLE_RATE = 44_100
SHARE_NONMUSIC = 0.12
SHARE_FLAWLESS = 0.1
SHARE_MP3 = 0.15
DURATION_S = (10.0, 75.0)  # as many songs between 10 and 20 s as between 30 and 60
HISS_DB = (-60.0, -30.0)  # below the song

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """One song as training sees it: segments (n, n_measures), seconds of music, targets by axis.

    A silent segment is a row of nan, as the measurements define none for it.
    """

    music: bool
    kind: str
    knobs: dict[str, float]
    segments: Floats
    duration_s: tuple[float, ...]
    music_s: tuple[float, ...]
    targets: dict[str, float]


def make_examples(
    n_songs: int,
    seed: int,
    rule: SegmentRule,
    workers: int,
    progress: Callable[[int], None],
    duration_s: tuple[float, float] = DURATION_S,
) -> list[Example]:
    """Compose songs, play them and measure them.

    Parameters
    ----------
    n_songs : int
        Songs, `SHARE_NONMUSIC` of which are not music.
    seed : int
        Seed of everything.
    rule : SegmentRule
        Cutting rule of the judge to be trained.
    workers : int
        Processes.
    progress : callable
        Called with the number of songs done.
    duration_s : tuple of float
        Shortest and longest song.

    Returns
    -------
    list of Example
        In order of song number, whatever the number of workers.
    """
    seeds = np.random.SeedSequence(seed).spawn(n_songs)
    examples = []
    # Processes are spawned, not forked: torch's threads do not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for example in pool.map(
            partial(make_example, rule=rule, duration_s=duration_s), seeds, chunksize=4
        ):
            examples.append(example)
            progress(len(examples))
    return examples


def make_example(
    seed: np.random.SeedSequence, rule: SegmentRule, duration_s: tuple[float, float] = DURATION_S
) -> Example:
    """Compose, play, rate and measure one recording; its seed decides everything.

    Parameters
    ----------
    seed : SeedSequence
        Seed of this recording.
    rule : SegmentRule
        Cutting rule of the judge to be trained.
    duration_s : tuple of float
        Shortest and longest song.

    Returns
    -------
    Example
        What training needs of it; the sound is dropped.
    """
    import torch

    from plaudit.audio.song import open_song
    from plaudit.encoders.measured import MEASURES, measure
    from plaudit.encoders.spectrum import SAMPLE_RATE as HEARD_RATE
    from plaudit.synth.audience import SongTruth, audience
    from plaudit.synth.knob import draw_knobs
    from plaudit.synth.nonmusic import NONMUSIC
    from plaudit.synth.song import make_song
    from plaudit.synth.system import TRAINING, platform_of

    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    length_s = float(np.exp(rng.uniform(*np.log(duration_s))))
    system = TRAINING[int(rng.integers(len(TRAINING)))]
    if rng.random() < SHARE_NONMUSIC:
        kind = str(rng.choice(sorted(NONMUSIC)))
        sound = NONMUSIC[kind](rng, length_s)[np.newaxis]
        truth = SongTruth({}, kind, 0.0, is_music=False)
    else:
        # Independent knobs, so that no axis can be learned from another, nor from the system.
        flawless = rng.random() < SHARE_FLAWLESS
        knobs = dict.fromkeys(AESTHETICS, 1.0) if flawless else draw_knobs(rng, shared=0.0)
        song = make_song(int(rng.integers(2**62)), length_s, knobs, system=system)
        sound = _played(song.audio, rng)
        truth = song.truth
    reception = audience(truth, rng, platform_of(system))
    rows, lengths, musical = [], [], []
    for segment in open_song((sound, SAMPLE_RATE), HEARD_RATE, rule):
        raw = measure(torch.from_numpy(segment.samples))
        rows.append(np.full(len(MEASURES), np.nan) if raw is None else raw.double().numpy())
        lengths.append(segment.end_s - segment.start_s)
        musical.append(segment.music_s)
    heard = {axis: float(np.mean(reception.ratings[:, i])) for i, axis in enumerate(AESTHETICS)}
    targets = {"streams": reception.streams, "likes": reception.likes, **heard}
    return Example(
        truth.is_music,
        truth.style,
        dict(truth.knobs),
        np.stack(rows),
        tuple(lengths),
        tuple(musical),
        targets,
    )


def _played(sound: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Play a song through a tone control and perhaps a codec; what it is worth stays the same."""
    if rng.random() < 0.6:
        sound = _tone(sound, rng)
    if rng.random() < 0.5:
        level = float(np.std(sound)) * 10 ** (rng.uniform(*HISS_DB) / 20)
        sound = sound + (level * rng.standard_normal(sound.shape)).astype(np.float32)
    if rng.random() < SHARE_MP3:
        sound = _through_mp3(sound)
    return sound


def _tone(sound: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Turn a bass and a treble knob by up to 6 dB (first-order shelves)."""
    from scipy.signal import lfilter

    for corner_hz, sign in ((250.0, 1.0), (3000.0, -1.0)):
        gain = 10 ** (rng.uniform(-6, 6) / 20)
        k = np.tan(np.pi * corner_hz / SAMPLE_RATE)
        low_b, low_a = np.array([k, k]) / (1 + k), np.array([1.0, (k - 1) / (k + 1)])
        low = lfilter(low_b, low_a, sound, axis=-1)
        sound = np.asarray(
            gain * low + (sound - low) if sign > 0 else low + gain * (sound - low),
            dtype=np.float32,
        )
    peak = float(np.abs(sound).max())
    return sound if peak < 1 else (sound * np.float32(0.99 / peak)).astype(np.float32)


def _through_mp3(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, sound.T, SAMPLE_RATE, format="MP3", subtype="MPEG_LAYER_III")
    file.seek(0)
    back: NDArray[np.float32] = soundfile.read(file, dtype="float32", always_2d=True)[0]
    return np.ascontiguousarray(back.T)


def batches(order: NDArray[np.intp], size: int) -> Iterator[NDArray[np.intp]]:
    """Cut an order into batches of nearly one size (BatchNorm cannot take a single one)."""
    n = max(1, len(order) // size)
    yield from np.array_split(order, n)
