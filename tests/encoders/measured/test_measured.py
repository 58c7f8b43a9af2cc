"""The bundled encoder's measurements: finite, gain-free, named, and telling sounds apart."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.encoders.measured.battery import FLAW_START, MEASURES, measure
from plaudit.encoders.measured.encoder import (
    FLAW_LIMIT,
    LIMIT,
    SUPPORTS,
    MeasuredEncoder,
    Support,
    fit_scale,
    standardise,
)
from plaudit.encoders.promise import WeightsError

RATE = 24_000
Sound = NDArray[np.float32]


def chord_song(seconds: float = 12.0, roots: tuple[int, ...] = (60, 65, 67, 60)) -> Sound:
    """Plucked triads, one a second half, in the key of the first root."""
    t = np.arange(int(seconds * RATE)) / RATE
    step = (t // 0.5).astype(int)
    sound = np.zeros_like(t)
    for interval in (0, 4, 7):
        pitch = np.array(roots)[step // 4 % len(roots)] + interval
        hz = 440 * 2 ** ((pitch - 69) / 12)
        sound += np.sin(2 * np.pi * np.cumsum(hz) / RATE)
    return (0.2 * sound * np.exp(-4 * (t % 0.5))).astype(np.float32)


def noise(seconds: float = 12.0) -> Sound:
    return np.random.default_rng(1).normal(0, 0.1, int(seconds * RATE)).astype(np.float32)


def values(sound: Sound) -> dict[str, float]:
    raw = measure(torch.from_numpy(sound))
    assert raw is not None
    return dict(zip(MEASURES, raw.tolist(), strict=True))


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    seconds=st.floats(0.6, 8),
    kind=st.sampled_from(["noise", "tone", "click", "burst", "dc"]),
)
def test_every_sound_measures_finite(seed: int, seconds: float, kind: str) -> None:
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    sound = np.zeros(n, np.float32)
    if kind == "noise":
        sound[:] = rng.normal(0, rng.uniform(0.001, 0.5), n)
    elif kind == "tone":
        sound[:] = np.sin(np.arange(n) * rng.uniform(0.001, 3))
    elif kind == "click":
        sound[:: int(rng.integers(200, 20_000))] = 1
    elif kind == "burst":
        sound[: n // 3] = rng.normal(0, 0.3, n // 3)
    else:
        sound[:] = 0.5
    raw = measure(torch.from_numpy(sound))
    assert raw is None or bool(torch.isfinite(raw).all())


@pytest.mark.parametrize("gain_db", [-12, -6, 6])
def test_gain_changes_nothing(gain_db: int) -> None:
    sound = chord_song()
    loud = (sound * 10 ** (gain_db / 20)).astype(np.float32)
    a, b = values(sound), values(loud)
    worst = max(a, key=lambda name: abs(a[name] - b[name]))
    assert abs(a[worst] - b[worst]) < 1e-2, worst


def test_padding_changes_nothing() -> None:
    sound = chord_song()
    padded = np.concatenate([sound, np.zeros(5 * RATE, np.float32)])
    a, b = values(sound), values(padded)
    assert max(abs(a[name] - b[name]) for name in MEASURES) < 0.1


def test_names_are_unique_and_each_means_what_it_says() -> None:
    assert len(set(MEASURES)) == len(MEASURES)
    music, hiss = values(chord_song()), values(noise())
    wandering = values(chord_song(roots=(60, 66, 61, 68, 63, 70)))
    assert hiss["flatness_mean_1"] > music["flatness_mean_1"] + 0.5
    assert music["key_fit_0"] > hiss["key_fit_0"] + 0.1
    assert music["key_agreement_0"] > wandering["key_agreement_0"]
    assert music["pulse_strength_0"] > hiss["pulse_strength_0"] + 0.2
    # Onsets every half second: the strongest lag is a whole number of them.
    beats = 2 ** music["pulse_lag"] / 0.5
    assert beats == pytest.approx(round(beats), abs=0.05)
    assert music["chroma_return_0"] > hiss["chroma_return_0"]


def encoder() -> MeasuredEncoder:
    rows = np.array(
        [list(values(sound).values()) for sound in (chord_song(), noise(), chord_song(6.0))],
        dtype=np.float32,
    )
    return MeasuredEncoder(fit_scale(rows, rows), where="test", name="measured-test")


def test_rows_are_limited_and_silence_is_said() -> None:
    hum = np.sin(np.arange(12 * RATE) * 0.01).astype(np.float32)
    rows = encoder().encode(np.stack([hum, np.zeros_like(hum)]))[:, 0]
    assert np.abs(rows[:, :FLAW_START]).max() <= LIMIT
    assert np.abs(rows).max() <= FLAW_LIMIT
    assert (rows[0, -1], rows[1, -1]) == (0, 1)
    assert not rows[1, :FLAW_START].any()
    assert (rows[1, FLAW_START:-1] == FLAW_LIMIT).all()


@pytest.mark.parametrize("support", SUPPORTS, ids=lambda support: f"{support.share}-{support.full}")
@pytest.mark.parametrize("reached", [-0.5, 0.25, 0.5, 1.5])
def test_measurements_count_by_how_much_they_rest_on(support: Support, reached: float) -> None:
    share = MEASURES.index(support.share)
    raw, scale = torch.ones(len(MEASURES)), torch.ones(len(MEASURES))
    # All are 1 in units of their scale, and there is enough of whatever others rest on.
    for other in SUPPORTS:
        place = MEASURES.index(other.share)
        raw[place] = scale[place] = max(o.full for o in SUPPORTS if o.share == other.share)
    there = support.starts + reached * (support.full - support.starts)
    raw[share] = there
    expected = torch.ones(FLAW_START)
    for place, name in enumerate(MEASURES[:FLAW_START]):
        for other in SUPPORTS:
            if other.share == support.share and name.startswith(other.measures):
                counts = (there - other.starts) / (other.full - other.starts)
                expected[place] *= min(max(counts, 0.0), 1.0)
    # What says how much there is counts always.
    for other in SUPPORTS:
        expected[MEASURES.index(other.share)] = 1.0
    expected[share] = min(max(there / float(scale[share]), -2.0), 2.0)
    assert (expected < 1).sum() > 1 or reached > 1
    row = standardise(raw, {"mean": torch.zeros(len(MEASURES)), "scale": scale})
    torch.testing.assert_close(row[:FLAW_START], expected)


def test_wrong_scales_are_refused() -> None:
    good = encoder().tensors()
    with pytest.raises(WeightsError, match="wrong shape: mean"):
        MeasuredEncoder({**good, "mean": torch.zeros(3)}, where="x", name="x")
    with pytest.raises(InputError, match="positive"):
        MeasuredEncoder({**good, "scale": -good["scale"]}, where="x", name="x")
