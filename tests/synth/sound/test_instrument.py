"""Instruments sound the pitch they are asked for, and the fast sum equals the plain one."""

import numpy as np
import pytest

from plaudit.synth.music import groove
from plaudit.synth.sound.drum import KITS, sounds
from plaudit.synth.sound.instrument import INSTRUMENTS, Patch
from plaudit.synth.sound.tone import damped

RATE = 44_100


def test_damped_sum_equals_the_plain_sum() -> None:
    hertz, level = np.array([220.0, 447.3, 3000.0]), np.array([1.0, 0.5, 0.2])
    decay, phase = np.array([0.5, 3.0, 20.0]), np.array([0.0, 1.0, -2.0])
    t = np.arange(30_001) / RATE
    plain = sum(
        a * np.exp(-d * t) * np.sin(2 * np.pi * f * t + p)
        for f, a, d, p in zip(hertz, level, decay, phase, strict=True)
    )
    assert damped(hertz, level, decay, phase, len(t)) == pytest.approx(plain, abs=2e-4)


@pytest.mark.parametrize("name", sorted(INSTRUMENTS))
@pytest.mark.parametrize("hertz", [110.0, 330.0])
def test_instrument_plays_in_tune(name: str, hertz: float) -> None:
    wave = INSTRUMENTS[name].play(hertz, RATE, 0.7, Patch(0.3, 0.6)).astype(np.float64)
    assert wave.shape == (RATE,)
    assert np.isfinite(wave).all()
    assert np.abs(wave[:20]).max() < 0.5 * np.abs(wave).max()
    spectrum = np.abs(np.fft.rfft(wave[4000:] * np.hanning(RATE - 4000), 2**18))
    k = np.arange(1, 9)
    # The comb of harmonics fits best at the pitch asked for, within 12 cents.
    tuning = 2 ** (np.arange(-60, 61, 3) / 1200)
    bins = np.rint(k * hertz * tuning[:, None] * 2**18 / RATE).astype(int)
    best = tuning[np.argmax(spectrum[bins].sum(axis=1))]
    assert abs(1200 * np.log2(best)) <= 12


@pytest.mark.parametrize("name", sorted(INSTRUMENTS))
def test_touch_and_patch_change_the_sound(name: str) -> None:
    play = INSTRUMENTS[name].play
    plain = play(220.0, 20_000, 0.4, Patch(0.2, 0.2))
    assert not np.allclose(plain, play(220.0, 20_000, 1.0, Patch(0.2, 0.2)), atol=1e-4)
    assert not np.allclose(plain, play(220.0, 20_000, 0.4, Patch(0.9, 0.9)), atol=1e-4)


def test_families_are_several() -> None:
    assert {i.family for i in INSTRUMENTS.values()} == {"additive", "plucked", "subtractive", "fm"}


@pytest.mark.parametrize("kit", sorted(KITS))
def test_kit_answers_every_drum(kit: str) -> None:
    made = sounds(kit, np.random.default_rng(1))
    written = {d for g in groove.GROOVES.values() for p in (g.calm, g.full, g.answer) for d in p}
    filled = {d for fill in groove.FILLS.values() for d in fill}
    assert written | filled | {groove.CRASH} <= set(made.drums)
    for sound in (made[drum] for drum in made.drums):
        assert sound.dtype == np.float32
        assert np.isfinite(sound).all()
        assert 0.01 < np.abs(sound).max() < 3
        assert abs(sound[-1]) < 1e-3
