"""The record: same bytes from the same seed, exact length, never clipped, loud as asked."""

import os
import subprocess
import sys

import numpy as np
import pytest

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.synth.music.compose import compose
from plaudit.synth.music.groove import GROOVES
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.music.pattern import BASS, COMP
from plaudit.synth.music.style import STYLES
from plaudit.synth.song import make_song, title_of
from plaudit.synth.sound.drum import KITS
from plaudit.synth.sound.instrument import INSTRUMENTS
from plaudit.synth.sound.mixdown import loudness_lufs
from plaudit.synth.sound.render import render
from plaudit.synth.sound.singer import VOICES, sing

HASH = (
    "import hashlib; from plaudit.synth.song import make_song;"
    "song = make_song(5, 12.0, {'musicality': 0.3, 'naturalness': 0.2}, 'pop');"
    "print(hashlib.sha256(song.audio.tobytes()).hexdigest(), song.title)"
)


@pytest.mark.parametrize("style", sorted(STYLES))
def test_every_style_makes_a_proper_record(style: str) -> None:
    song = make_song(11, 12.345, style=style)
    assert song.sample_rate == 44_100
    assert song.audio.shape == (2, round(12.345 * 44_100))
    assert song.audio.dtype == np.float32
    assert np.isfinite(song.audio).all()
    assert 0.2 < np.abs(song.audio).max() < 0.95
    assert -15.6 < loudness_lufs(song.audio) < -11.9
    assert np.abs(song.audio.mean()) < 0.01
    assert not np.array_equal(song.audio[0], song.audio[1])


@pytest.mark.parametrize("axis", AESTHETICS)
def test_worst_knob_still_makes_a_proper_record_and_another_sound(axis: str) -> None:
    clean, bad = (make_song(12, 12, {axis: knob}) for knob in (1.0, 0.0))
    assert np.isfinite(bad.audio).all()
    assert np.abs(bad.audio).max() < 0.95
    assert bad.audio.shape == clean.audio.shape
    assert not np.array_equal(bad.audio, clean.audio)
    assert bad.title == clean.title
    assert bad.knobs[axis] == 0.0


@pytest.mark.parametrize("name", [f.name for f in FAULTS])
def test_every_fault_is_audible(name: str) -> None:
    records = []
    for dose in (0.0, 1.0):
        score = compose(np.random.default_rng(4), 12, style="pop", doses={name: dose})
        records.append(render(score, np.random.default_rng(4)))
    difference = np.sqrt(np.mean((records[0] - records[1]) ** 2))
    assert difference > 0.02 * np.sqrt(np.mean(records[0] ** 2))


def test_buried_tune_lowers_the_voice_against_the_band() -> None:
    shares = []
    for dose in (0.0, 0.5, 1.0):
        score = compose(np.random.default_rng(4), 12, style="pop", doses={"buried_tune": dose})
        mono = render(score, np.random.default_rng(6)).mean(axis=0)
        # The renderer gives its first child generator to the singer.
        singer = np.random.default_rng(6).spawn(1)[0]
        voice = sing(
            score.sung, score.phrases, score.voice, len(mono), doses=score.faults, rng=singer
        )
        shares.append(float(np.corrcoef(mono, voice)[0, 1]))
    assert shares[0] > shares[1] + 0.1 > shares[2] + 0.2


def test_same_arguments_same_bytes_in_any_process_with_any_threads() -> None:
    texts = {
        subprocess.run(
            [sys.executable, "-c", HASH],
            env={**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(texts) == 1


def test_seeds_make_different_songs() -> None:
    first, second = make_song(1, 12), make_song(2, 12)
    assert not np.array_equal(first.audio, second.audio)
    assert len({title_of(np.random.default_rng(seed)) for seed in range(20)}) > 12


def test_loudness_does_not_tell_the_knobs() -> None:
    for seed in range(3):
        clean = loudness_lufs(make_song(seed, 12).audio)
        bad = loudness_lufs(make_song(seed, 12, dict.fromkeys(AESTHETICS, 0.0)).audio)
        assert clean == pytest.approx(bad, abs=0.4)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(InputError, match="10 to 240"):
        make_song(1, 3)


def test_catalogues_agree() -> None:
    for style in STYLES.values():
        assert style.groove in GROOVES
        assert style.kit in KITS
        for name in (*style.basses, *style.comps, *style.pads, *style.leads):
            assert name in INSTRUMENTS
        assert set(style.voices) <= set(VOICES)
        assert set(style.bass_patterns) <= set(BASS[style.metre])
        assert set(style.comp_patterns) <= set(COMP[style.metre])
