"""What one hears in clean songs agrees with their scores.

`bench/studies/truth_agreement.py` says how far.
Seeds from 1,000,000 were never listened to while the music and the estimators were made.
"""

import numpy as np
import pyloudnorm
import pytest

from listening import estimate
from plaudit.synth.music.harmony import family_of
from plaudit.synth.music.style import STYLES
from plaudit.synth.song import Song, make_song
from plaudit.synth.sound.mixdown import loudness_lufs
from plaudit.synth.sound.singer import sing

FIRST_SEED = 1_500_000
SONGS = 16


@pytest.fixture(scope="module")
def songs() -> list[Song]:
    names = sorted(STYLES)
    return [make_song(FIRST_SEED + k, 20.0, style=names[k % len(names)]) for k in range(SONGS)]


def test_tempo_is_heard(songs: list[Song]) -> None:
    right = []
    for song in songs:
        ratio = estimate.tempo_of(song.audio) / song.score.bpm
        right.append(min(abs(ratio / r - 1) for r in (0.5, 1, 2)) <= 0.02)
    assert np.mean(right) >= 0.8


def test_key_is_heard(songs: list[Song]) -> None:
    right = []
    for song in songs:
        tonic, family = song.score.tonic, family_of(song.score.mode)
        relative = ((tonic + 9) % 12, "minor") if family == "major" else ((tonic + 3) % 12, "major")
        right.append(estimate.key_of(song.audio) in {(tonic, family), relative})
    assert np.mean(right) >= 0.7


@pytest.mark.filterwarnings("ignore:Possible clipped samples")
def test_loudness_is_what_another_meter_reads(songs: list[Song]) -> None:
    meter = pyloudnorm.Meter(44_100)
    for song in songs[:6]:
        theirs = meter.integrated_loudness(song.audio.T)
        assert loudness_lufs(song.audio) == pytest.approx(theirs, abs=0.15)


def test_sung_pitch_tracks_the_score(songs: list[Song]) -> None:
    right = []
    for song in songs[:6]:
        score = song.score
        voice = sing(
            score.sung, score.phrases, score.voice, song.audio.shape[1],
            doses=score.faults, rng=np.random.default_rng(1),
        )  # fmt: skip
        track = estimate.pitch_of(voice)
        for note in score.sung:
            if note.duration_s < 0.2:
                continue
            a, b = (int(100 * (note.onset_s + s * note.duration_s)) for s in (0.35, 0.9))
            right.append(abs(float(np.nanmedian(track[a : b + 1])) - note.pitch) <= 0.5)
    assert len(right) > 50
    assert np.mean(right) >= 0.95
