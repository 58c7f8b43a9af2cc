"""Traces of generators: each measurable, none at strength 0, all of them keep the length."""

import numpy as np
import pytest

from plaudit.synth.song import make_song
from plaudit.synth.sound.artefact import ARTEFACTS, leave

RATE = 44_100
MIX = make_song(21, 10, style="rock").audio


def level_db(audio: np.ndarray, low: float, high: float) -> float:
    power = np.abs(np.fft.rfft(audio, axis=1)) ** 2
    hertz = np.fft.rfftfreq(audio.shape[1], 1 / RATE)
    return float(10 * np.log10(power[:, (hertz >= low) & (hertz < high)].sum() + 1e-12))


def left(name: str, strength: float = 1.0) -> np.ndarray:
    return leave(MIX, {name: strength}, np.random.default_rng(2))


@pytest.mark.parametrize("name", ARTEFACTS)
def test_laws(name: str) -> None:
    before = MIX.copy()
    weak, strong = left(name, 0.2), left(name)
    assert np.array_equal(MIX, before)
    assert strong.shape == MIX.shape
    assert strong.dtype == np.float32
    assert np.isfinite(strong).all()
    assert np.array_equal(left(name), strong)
    assert 0 < np.abs(weak - MIX).mean() < np.abs(strong - MIX).mean()
    assert leave(MIX, {name: 0.0}, np.random.default_rng(2)) is MIX
    assert not leave(np.zeros_like(MIX), {name: 1.0}, np.random.default_rng(2)).any()


def test_band_edge_and_tilt_take_the_treble() -> None:
    assert level_db(left("band_edge"), 12_000, 20_000) < level_db(MIX, 12_000, 20_000) - 30
    assert level_db(left("band_edge"), 100, 7_000) == pytest.approx(
        level_db(MIX, 100, 7_000), abs=0.3
    )
    assert level_db(left("tilt"), 6_400, 12_800) - level_db(MIX, 6_400, 12_800) == pytest.approx(
        -11, abs=1.5
    )


def test_glare_is_a_peak() -> None:
    gain = level_db(left("glare"), 3_000, 3_400) - level_db(MIX, 3_000, 3_400)
    assert gain == pytest.approx(8, abs=0.5)
    assert level_db(left("glare"), 100, 400) == pytest.approx(level_db(MIX, 100, 400), abs=0.2)


def test_whine_stands_where_an_upsampler_puts_it() -> None:
    for hertz in (2756.25, 5512.5):
        near, beside = ((hertz - 1, hertz + 1), (hertz + 6, hertz + 8))
        assert level_db(left("whine"), *near) > level_db(left("whine"), *beside) + 10


def test_hiss_and_its_level() -> None:
    noise = left("hiss") - MIX
    below = 20 * np.log10(np.std(noise) / np.sqrt(np.mean(MIX**2)))
    assert below == pytest.approx(-38, abs=0.2)


def test_narrow_is_mono_at_full_strength() -> None:
    assert left("narrow")[0] == pytest.approx(left("narrow")[1], abs=1e-6)


def test_comb_has_notches_and_shimmer_keeps_the_power() -> None:
    assert abs(level_db(left("shimmer"), 4_000, 12_000) - level_db(MIX, 4_000, 12_000)) < 4
    assert level_db(left("shimmer"), 100, 2_000) == pytest.approx(
        level_db(MIX, 100, 2_000), abs=0.1
    )
    ratio = np.abs(np.fft.rfft(left("comb")[0])) / (np.abs(np.fft.rfft(MIX[0])) + 1e-6)
    inner = ratio[5_000:100_000]
    assert np.quantile(inner, 0.98) / np.quantile(inner, 0.02) > 2.5


def test_birdies_make_holes_and_smear_blurs_attacks() -> None:
    from scipy.signal import stft

    def spread(audio: np.ndarray) -> float:
        power = np.abs(stft(audio[0], RATE, nperseg=1024)[2][60:400]) ** 2 + 1e-10
        return float(np.std(np.log(power)))

    assert spread(left("birdies")) > spread(MIX) * 1.1

    def attack(audio: np.ndarray) -> float:
        energy = np.square(audio[0, : len(audio[0]) // 441 * 441]).reshape(-1, 441).mean(axis=1)
        rise = np.diff(np.log(energy + 1e-7))
        return float(np.quantile(rise, 0.99))

    assert attack(left("smear")) < attack(MIX)
