"""Does what one hears in clean composed songs agree with what their scores say?

Backs docs/proving-ground.md, "A song": independent measurement finds the truth again.

Songs of 30 s without faults, every style in turn, from seeds that were never listened to while the
music and the estimators were being made (tuning used seeds below 10,000).

What counts:
tempo     within 2 % of the score's beats per minute, or of half or twice that. The beat is the
          quarter in 4/4 and 3/4 and the dotted quarter in 6/8; other multiples do not count, so
          a tempo counted in eighths of 6/8 (three times the beat) is wrong.
key       the tonic and family of modes, or the relative key (the same scale).
loudness  within 0.5 LU: the record measured by pyloudnorm, against the loudness that the record
          was mastered to, drawn before any sound was made.
pitch     the middle of a sung tone of 0.2 s or more within 50 cents of the note, voice alone.
Heard by our own estimators (`listening.estimate`) and by librosa with its default priors, finer
frames (128 samples) for tempo, and the same key profiles on its constant-Q chroma.

Run: .venv/bin/python bench/studies/truth_agreement.py
"""

import argparse
import multiprocessing
import os
import warnings
from typing import NamedTuple

import librosa
import numpy as np
import pyloudnorm
from numpy.typing import NDArray

from listening import estimate
from plaudit.metrics.share import wilson
from plaudit.synth.music.harmony import family_of
from plaudit.synth.music.notation import Score
from plaudit.synth.music.style import STYLES
from plaudit.synth.song import make_song
from plaudit.synth.sound.mixdown import draw_target, loudness_lufs
from plaudit.synth.sound.singer import sing

FIRST_SEED = 1_000_000
SONG_S = 30.0
RATE = 44_100
SLOW_RATE = 22_050
CENTS = 50.0


class SongAgreement(NamedTuple):
    """One song: which estimates agree, how loud it is against its target, how many notes fit."""

    style: str
    metre: str
    tempo: bool
    tempo_librosa: bool
    eighths_librosa: bool
    key: bool
    key_librosa: bool
    loudness_error: float
    own_error: float
    notes: int
    notes_right: int
    notes_librosa: int
    cents: float


def tempo_fits(bpm: float, score: Score) -> bool:
    return min(abs(bpm / score.bpm / ratio - 1) for ratio in (0.5, 1.0, 2.0)) <= 0.02


def key_fits(key: tuple[int, str], score: Score) -> bool:
    family = family_of(score.mode)
    relative = (
        ((score.tonic + 9) % 12, "minor")
        if family == "major"
        else ((score.tonic + 3) % 12, "major")
    )
    return key in {(score.tonic, family), relative}


def sung_errors(score: Score, track: NDArray[np.float64], hop_s: float) -> list[float]:
    """Return, for each long sung note, how many cents the middle of it is off; nan if unheard."""
    errors = []
    for note in score.sung:
        if note.duration_s < 0.2:
            continue
        a = int((note.onset_s + 0.35 * note.duration_s) / hop_s)
        b = int((note.onset_s + 0.9 * note.duration_s) / hop_s)
        frames = track[a : max(b, a + 1)]
        voiced = frames[np.isfinite(frames)]
        errors.append(100 * float(np.median(voiced) - note.pitch) if len(voiced) else float("nan"))
    return errors


def hear(job: tuple[int, str]) -> SongAgreement:
    seed, style = job
    song = make_song(seed, SONG_S, style=style)
    score = song.score
    mono = song.audio.mean(axis=0)
    slow = librosa.resample(mono, orig_sr=RATE, target_sr=SLOW_RATE)
    onsets = librosa.onset.onset_strength(y=slow, sr=SLOW_RATE, hop_length=128)
    bpm = float(librosa.feature.tempo(onset_envelope=onsets, sr=SLOW_RATE, hop_length=128)[0])
    chroma = librosa.feature.chroma_cqt(y=slow, sr=SLOW_RATE).mean(axis=1)

    # The third generator of those the renderer makes decides the loudness; see synth.render.
    target = draw_target(np.random.default_rng(seed).spawn(3)[1].spawn(3)[2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of peaks, which are not measured here
        loudness = float(pyloudnorm.Meter(RATE).integrated_loudness(song.audio.T))

    voice = sing(
        score.sung, score.phrases, score.voice, len(mono),
        doses=score.faults, rng=np.random.default_rng(seed),
    )  # fmt: skip
    errors = np.array(sung_errors(score, estimate.pitch_of(voice), 0.01))
    quiet = librosa.resample(voice, orig_sr=RATE, target_sr=SLOW_RATE)
    hertz = librosa.yin(quiet, fmin=75, fmax=1000, sr=SLOW_RATE, frame_length=1024, hop_length=256)
    theirs = np.array(sung_errors(score, librosa.hz_to_midi(hertz), 256 / SLOW_RATE))
    return SongAgreement(
        style,
        score.metre.name,
        tempo_fits(estimate.tempo_of(song.audio), score),
        tempo_fits(bpm, score),
        score.metre.name == "6/8" and tempo_fits(bpm / 3, score),
        key_fits(estimate.key_of(song.audio), score),
        key_fits(estimate.key_of_chroma(chroma), score),
        loudness - target.loudness_lufs,
        loudness - loudness_lufs(song.audio),
        len(errors),
        int(np.sum(np.abs(errors) <= CENTS)),
        int(np.sum(np.abs(theirs) <= CENTS)),
        float(np.nanmedian(np.abs(errors))),
    )


def line(what: str, hits: int, n: int) -> str:
    low, high = wilson(hits, n)
    return f"{what:44s} {100 * hits / n:6.1f} %  [{100 * low:5.1f}, {100 * high:5.1f}]  n = {n}"


def report(rows: list[SongAgreement]) -> None:
    n = len(rows)
    print(f"{n} clean songs of {SONG_S:g} s, {len(STYLES)} styles, seeds from {FIRST_SEED:,}")
    print("share that agrees with the score, with Wilson 95 % interval")
    print(line("tempo, our estimator", sum(r.tempo for r in rows), n))
    print(line("tempo, librosa", sum(r.tempo_librosa for r in rows), n))
    simple = [r for r in rows if r.metre != "6/8"]
    print(line("  of 4/4 and 3/4", sum(r.tempo_librosa for r in simple), len(simple)))
    six = [r for r in rows if r.metre == "6/8"]
    print(line("  of 6/8", sum(r.tempo_librosa for r in six), len(six)))
    print(
        line(
            "  of 6/8, counted in eighths (not above)",
            sum(r.eighths_librosa for r in six),
            len(six),
        )
    )
    print(line("key or its relative, our estimator", sum(r.key for r in rows), n))
    print(line("key or its relative, librosa", sum(r.key_librosa for r in rows), n))
    close = sum(abs(r.loudness_error) <= 0.5 for r in rows)
    print(line("loudness within 0.5 LU of its target", close, n))
    notes = sum(r.notes for r in rows)
    print(line(f"sung notes within {CENTS:g} cents, ours", sum(r.notes_right for r in rows), notes))
    print(
        line(
            f"sung notes within {CENTS:g} cents, librosa", sum(r.notes_librosa for r in rows), notes
        )
    )
    print(
        f"loudness: mean error {np.mean([r.loudness_error for r in rows]):+.3f} LU, largest "
        f"{max(abs(r.loudness_error) for r in rows):.3f} LU; our meter and pyloudnorm differ by at "
        f"most {max(abs(r.own_error) for r in rows):.3f} LU"
    )
    print(f"sung pitch: median error of a song {np.median([r.cents for r in rows]):.1f} cents")
    print("\nshare per style")
    print(f"{'style':14s} {'metre':5s} {'n':>4s}  tempo  (librosa)  key    (librosa)  sung")
    for style in sorted(STYLES):
        own = [r for r in rows if r.style == style]
        if not own:
            continue
        shares = [
            float(np.mean([getattr(r, name) for r in own]))
            for name in ("tempo", "tempo_librosa", "key", "key_librosa")
        ]
        sung = sum(r.notes_right for r in own) / sum(r.notes for r in own)
        tempo, tempo_librosa, key, key_librosa = shares
        print(
            f"{style:14s} {own[0].metre:5s} {len(own):4d}  {tempo:5.2f}    {tempo_librosa:5.2f}   "
            f"{key:5.2f}    {key_librosa:5.2f}   {sung:5.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=5 * len(STYLES))
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 8))
    settings = parser.parse_args()
    names = sorted(STYLES)
    # Workers start anew and read this before they load NumPy. One song is heard here first: librosa
    # compiles and stores its loops then, and two workers that store them at once spoil the store.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    hear((FIRST_SEED - 1, names[0]))
    jobs = [(FIRST_SEED + k, names[k % len(names)]) for k in range(settings.songs)]
    with multiprocessing.get_context("spawn").Pool(settings.workers) as pool:
        report(pool.map(hear, jobs, chunksize=4))


if __name__ == "__main__":
    main()
