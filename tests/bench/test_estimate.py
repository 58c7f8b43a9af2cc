"""Estimates from sound find what is there: tempo, key, pitch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listening.estimate import (
    PITCH_CENTRE_S,
    PITCH_HOP_S,
    RATE,
    chroma_of,
    key_of,
    key_of_chroma,
    match_pitch,
    pitch_of,
    tempo_of,
)
from plaudit.synth.music.notation import SungNote
from plaudit.synth.song import make_song


def tone(pitch: np.ndarray, overtones: int = 8) -> np.ndarray:
    cycles = np.cumsum(440 * 2 ** ((pitch - 69) / 12) / RATE)
    wave = sum(np.sin(2 * np.pi * k * cycles) / k for k in range(1, overtones + 1))
    return np.asarray(0.3 * wave, np.float32)


def test_tempo_and_key_are_heard_in_the_sound() -> None:
    tempo, key = [], []
    for seed in range(10):
        song = make_song(seed, 20)
        score = song.score
        ratio = tempo_of(song.audio) / score.bpm
        tempo.append(min(abs(ratio / r - 1) for r in (0.5, 1, 2)) < 0.02)
        kind = "major" if score.mode == "major" else "minor"
        relative = (score.tonic + (9 if kind == "major" else 3)) % 12
        other = "minor" if kind == "major" else "major"
        key.append(key_of(song.audio) in {(score.tonic, kind), (relative, other)})
    assert np.mean(tempo) >= 0.8
    assert np.mean(key) >= 0.7


def test_key_profile_finds_a_scale() -> None:
    c_major = np.zeros(12)
    c_major[[0, 2, 4, 5, 7, 9, 11]] = [3, 1, 2, 1, 2, 1, 1]
    assert key_of_chroma(c_major) == (0, "major")
    assert key_of_chroma(np.roll(c_major, 5)) == (5, "major")


def test_chroma_is_a_share_of_the_right_pitch_class() -> None:
    chroma = chroma_of(np.tile(tone(np.full(2 * RATE, 57.0), 1), (2, 1)))
    assert chroma.sum(axis=0)[1:-1] == pytest.approx(1.0)
    assert (chroma[9, 1:-1] > 0.95).all()


@settings(max_examples=25)
@given(st.floats(45.0, 80.0), st.integers(5, 12))
def test_pitch_of_a_steady_tone(pitch: float, overtones: int) -> None:
    tracked = pitch_of(tone(np.full(RATE // 4, pitch), overtones))
    assert np.abs(tracked - pitch).max() < 0.08


def test_pitch_follows_a_glide_at_the_stated_times() -> None:
    glide = np.linspace(55, 67, 2 * RATE)
    tracked = pitch_of(tone(glide))
    times = PITCH_CENTRE_S + PITCH_HOP_S * np.arange(len(tracked))
    assert np.abs(tracked - np.interp(times, np.arange(2 * RATE) / RATE, glide)).max() < 0.15


def test_silence_and_noise_have_no_pitch() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)
    assert np.isnan(pitch_of(noise)).mean() > 0.9
    gap = tone(np.full(RATE, 60.0))
    gap[RATE // 3 : 2 * RATE // 3] = 0
    tracked = pitch_of(gap)
    assert np.isnan(tracked[40:55]).all()


def sung_at(onset_s: float, pitch: float, seconds: float = 0.5) -> SungNote:
    return SungNote(0.0, onset_s, seconds, pitch, 0.8, "a", "", 0)


def test_match_counts_what_is_off_and_what_is_not_heard() -> None:
    voice = np.concatenate([tone(np.full(RATE, 60.0)), np.zeros(RATE, np.float32)])
    notes = [sung_at(0.05, 60.2), sung_at(0.45, 61.0), sung_at(1.3, 60.0), sung_at(0.3, 60.0, 0.1)]
    match = match_pitch(voice, notes)
    assert (match.notes, match.unheard) == (2, 1)
    assert match.error_cents == pytest.approx(60, abs=4)
    assert match.within_quarter_tone == pytest.approx(1 / 3)


def test_nobody_sings_nothing_to_match() -> None:
    match = match_pitch(np.zeros(RATE, np.float32), ())
    assert (match.notes, match.unheard) == (0, 0)
    assert np.isnan(match.error_cents)
    assert np.isnan(match.within_quarter_tone)
