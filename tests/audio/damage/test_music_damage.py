"""Laws that all ten kinds of damage keep, and what their messages say."""

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from plaudit.audio import loudness
from plaudit.audio.damage import band, compressor, vocoder, wobble
from plaudit.audio.damage.kinds import DAMAGES, STRENGTHS, damage
from plaudit.audio.errors import (
    ArrayError,
    ChannelError,
    EmptyAudioError,
    NonFiniteError,
    SampleRateError,
)
from plaudit.core.errors import InputError

Floats = NDArray[np.float32]

NAMES = [
    "noise",
    "clipping",
    "band_limit",
    "low_bit_rate",
    "drop_outs",
    "shuffled_pieces",
    "repeated_loops",
    "detuning_wobble",
    "vocoder_smear",
    "over_compression",
]
FORMS = [(kind, variant) for kind in NAMES for variant in DAMAGES[kind].variants or (None,)]
RANDOM = [kind for kind in NAMES if kind not in {"clipping", "band_limit", "over_compression"}]


def music(duration_s: float, rate: int, channels: int = 2, peak: float = 0.8) -> Floats:
    """Plucked chords over a kick drum, another chord each half second, panned."""
    n = round(duration_s * rate)
    time = np.arange(n) / rate
    beat = time % 0.5
    chord = np.floor(time / 0.5)
    out = np.zeros((channels, n))
    for channel in range(channels):
        for voice in range(4):
            hz = 110 * 2 ** ((3 * voice + 5 * chord) % 24 / 12)
            pan = 0.4 + 0.6 * ((voice + channel) % 3) / 2
            out[channel] += pan * np.exp(-4 * beat) * np.sin(2 * np.pi * hz * beat)
        out[channel] += 2 * np.exp(-20 * beat) * np.sin(2 * np.pi * 55 * beat)
    out += np.random.default_rng(0).normal(0, 0.02, out.shape)
    return np.asarray(out * (peak / np.abs(out).max()), dtype=np.float32)


def hurt(
    audio: Floats, rate: int, kind: str, strength: int, seed: int = 1, variant: str | None = None
) -> Floats:
    return damage(audio, rate, kind, strength, np.random.default_rng(seed), variant)


def test_the_ten_kinds_have_their_names() -> None:
    assert list(DAMAGES) == NAMES
    assert all(kind == entry.name for kind, entry in DAMAGES.items())
    assert STRENGTHS == (1, 2, 3, 4, 5)


@pytest.mark.parametrize("kind", NAMES)
def test_the_table_is_whole_and_rises_or_falls(kind: str) -> None:
    entry = DAMAGES[kind]
    assert entry.meaning
    assert len(entry.strengths) == 5
    for record in entry.strengths:
        assert list(record) == list(entry.units)
    for name in entry.units:
        steps = np.diff([record[name] for record in entry.strengths])
        assert (steps > 0).all() or (steps < 0).all(), name
    named = {
        name
        for name, parameter in inspect.signature(entry.apply).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    if kind != "low_bit_rate":
        assert named - {"variant"} == set(entry.units)
    assert ("variant" in named) == bool(entry.variants)


@pytest.mark.parametrize(("kind", "variant"), FORMS)
@pytest.mark.parametrize("strength", STRENGTHS)
def test_laws(kind: str, variant: str | None, strength: int) -> None:
    song = music(1.5, 22_050)
    song.setflags(write=False)
    before = song.copy()
    out = hurt(song, 22_050, kind, strength, 1, variant)
    np.testing.assert_array_equal(song, before)
    assert out.dtype == np.float32
    assert out.shape == song.shape
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 1
    assert not np.shares_memory(out, song)
    assert np.abs(out - song).max() > 1e-3
    np.testing.assert_array_equal(out, hurt(song, 22_050, kind, strength, 1, variant))


@pytest.mark.parametrize(("kind", "variant"), FORMS)
@pytest.mark.parametrize(("rate", "channels"), [(8_000, 6), (11_025, 1), (192_000, 2)])
def test_any_rate_and_channels_down_to_a_fifth_of_a_second(
    kind: str, variant: str | None, rate: int, channels: int
) -> None:
    song = music(0.2, rate, channels)
    four, five = (hurt(song, rate, kind, strength, 1, variant) for strength in (4, 5))
    for out in (four, five):
        assert out.shape == song.shape
        assert np.isfinite(out).all()
        assert np.abs(out).max() <= 1
        assert np.abs(out - song).max() > 1e-3
    assert np.abs(four - five).max() > 1e-3


@pytest.mark.parametrize(("kind", "variant"), FORMS)
@settings(max_examples=12)
@given(data=st.data())
def test_laws_hold_for_whatever_comes(kind: str, variant: str | None, data: st.DataObject) -> None:
    rate = data.draw(st.sampled_from([8_000, 12_345, 16_000, 44_100, 48_000, 96_000]))
    n = data.draw(st.integers(1, 6_000))
    channels = data.draw(st.integers(1, 8))
    peak = data.draw(st.sampled_from([1e-40, 1e-25, 1e-6, 0.1, 1.0, 3.0]))
    strength = data.draw(st.integers(1, 5))
    seed = data.draw(st.integers(0, 1000))
    rng = np.random.default_rng(seed)
    song = np.clip(rng.normal(0, 0.5, (channels, n)), -1, 1).astype(np.float32) * np.float32(peak)
    song[:, : n // 3] = 0
    out = hurt(song, rate, kind, strength, seed, variant)
    assert out.shape == song.shape
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= max(1.0, float(np.abs(song).max()))


@pytest.mark.parametrize(("kind", "variant"), FORMS)
def test_silence_stays_silence(kind: str, variant: str | None) -> None:
    assert not hurt(np.zeros((2, 20_000), np.float32), 16_000, kind, 5, 1, variant).any()


@pytest.mark.parametrize(("kind", "variant"), FORMS)
@pytest.mark.parametrize("peak", [1.0, 1.7])
def test_nothing_clips_but_clipping(kind: str, variant: str | None, peak: float) -> None:
    song = music(1, 16_000, peak=peak)
    out = hurt(song, 16_000, kind, 5, 1, variant)
    assert np.abs(out).max() <= peak
    if kind != "clipping":
        assert (np.abs(out) >= np.abs(out).max()).sum() <= 3


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("strength", STRENGTHS)
def test_loudness_stays(kind: str, strength: int) -> None:
    song = music(3, 22_050, peak=0.3)
    before = loudness.weighted_power(song, 22_050)
    after = loudness.weighted_power(hurt(song, 22_050, kind, strength), 22_050)
    # Drop-outs take sound away, and at its worst noise is as loud as the music.
    assert -5 < 10 * np.log10(after / before) < 3.5


@pytest.mark.parametrize("kind", RANDOM)
def test_another_seed_damages_elsewhere(kind: str) -> None:
    song = music(1.5, 16_000)
    results = [hurt(song, 16_000, kind, 3, seed) for seed in range(6)]
    assert max(np.abs(results[0] - other).max() for other in results[1:]) > 1e-3


@pytest.mark.parametrize("kind", [kind for kind in NAMES if DAMAGES[kind].variants])
def test_variants_are_drawn_evenly_and_can_be_named(kind: str) -> None:
    song = music(0.2, 8_000, 1)
    variants = DAMAGES[kind].variants
    named = {v: [hurt(song, 8_000, kind, 4, seed, v) for seed in range(40)] for v in variants}
    counts = dict.fromkeys(variants, 0)
    for seed in range(40):
        drawn = hurt(song, 8_000, kind, 4, seed)
        same = [v for v in variants if np.array_equal(drawn, named[v][seed])]
        assert len(same) == 1
        counts[same[0]] += 1
    assert min(counts.values()) >= 4


@pytest.mark.parametrize("kind", NAMES)
def test_channels_that_are_the_same_stay_the_same(kind: str) -> None:
    # All but noise, which has two sources: the image must not tear.
    song = np.repeat(music(1.5, 22_050, 1), 2, axis=0)
    left, right = hurt(song, 22_050, kind, 4, 3)
    if kind == "noise":
        assert np.abs(left - right).max() > 0.01
    else:
        # Encoders may leave a trace of a side channel.
        assert np.sqrt(np.mean((left - right) ** 2)) < 0.01 * np.sqrt(np.mean(left**2))


@pytest.mark.parametrize("kind", ["detuning_wobble", "over_compression", "vocoder_smear"])
def test_the_image_of_a_panned_sound_stays(kind: str) -> None:
    mono = music(1.5, 22_050, 1)
    left, right = hurt(np.concatenate([mono, mono * np.float32(0.25)]), 22_050, kind, 5)
    np.testing.assert_allclose(right, 0.25 * left, atol=2e-3)


@pytest.mark.parametrize(
    ("kind", "module", "name", "size"),
    [
        ("band_limit", band, "_BLOCK", 777),
        ("band_limit", loudness, "_BLOCK", 777),
        ("noise", loudness, "_BLOCK", 777),
        ("over_compression", compressor, "_BLOCK_STEPS", 37),
        ("detuning_wobble", wobble, "_BLOCK", 777),
        ("vocoder_smear", vocoder, "_FRAMES", 7),
    ],
)
def test_a_song_is_damaged_the_same_in_small_blocks(
    kind: str, module: Any, name: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    song = music(2, 16_000)
    whole = hurt(song, 16_000, kind, 4)
    monkeypatch.setattr(module, name, size)
    np.testing.assert_allclose(hurt(song, 16_000, kind, 4), whole, atol=2e-6)


def test_energy_does_not_stand_still() -> None:
    # One long row without the memory for it: a float32 sum of these stops near 1.7e7 squares.
    long = np.broadcast_to(np.float32(1), (1, 40_000_000))
    assert loudness.energy(long) == 40_000_000


def test_doubles_are_taken() -> None:
    song = music(0.5, 16_000)
    np.testing.assert_array_equal(
        damage(song.astype(np.float64), 16_000, "clipping", 3, np.random.default_rng(1)),
        hurt(song, 16_000, "clipping", 3),
    )


def test_messages() -> None:
    song, rng = music(0.2, 8_000), np.random.default_rng(0)
    with pytest.raises(InputError, match="no damage 'cliping'; did you mean 'clipping'"):
        damage(song, 8_000, "cliping", 1, rng)
    for wrong in (0, 6, 2.5, True, "3"):
        with pytest.raises(InputError, match="strength of damage from 1 to 5, got"):
            damage(song, 8_000, "noise", wrong, rng)  # type: ignore[arg-type] # the point
    with pytest.raises(InputError, match="no variant 'pinkish' of noise; did you mean 'pink'"):
        damage(song, 8_000, "noise", 1, rng, "pinkish")
    with pytest.raises(InputError, match="no variant 'pink' of clipping; it has none"):
        damage(song, 8_000, "clipping", 1, rng, "pink")
    for rate in (0, -8_000, 44_100.5, 10_000_000, True):
        with pytest.raises(SampleRateError, match="sample rate as a whole number"):
            damage(song, rate, "noise", 1, rng)  # type: ignore[arg-type] # the point
    with pytest.raises(ArrayError, match="for one channel pass audio"):
        damage(song[0], 8_000, "noise", 1, rng)
    with pytest.raises(ArrayError, match=r"float32 samples with full scale at 1\.0, got int16"):
        damage(np.zeros((1, 9), np.int16), 8_000, "noise", 1, rng)
    with pytest.raises(ArrayError, match="got list"):
        damage([[0.0]], 8_000, "noise", 1, rng)  # type: ignore[arg-type] # the point
    with pytest.raises(ChannelError, match=r"at most 8 channels .* transpose"):
        damage(song.T, 8_000, "noise", 1, rng)
    with pytest.raises(EmptyAudioError, match="holds no samples"):
        damage(song[:, :0], 8_000, "noise", 1, rng)
    for value in (np.nan, np.inf, -np.inf):
        broken = song.copy()
        broken[0, 7] = value
        with pytest.raises(NonFiniteError, match="NaN or infinity"):
            damage(broken, 8_000, "noise", 1, rng)
