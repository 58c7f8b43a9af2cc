import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from plaudit.audio.resample import Resampler, kernel, resample

GOLDEN = Path(__file__).parents[1] / "golden" / "resample.npz"


def dense(x: NDArray[np.float32], rate_in: int, rate_out: int) -> NDArray[np.float64]:
    """The published form, word for word and in float64: every phase over every tap."""
    divisor = math.gcd(rate_in, rate_out)
    o, n = rate_in // divisor, rate_out // divisor
    base = 0.99 * min(o, n)
    width = math.ceil(6 * o / base)
    t = np.arange(-width, width + o)[None, :] / o - np.arange(n)[:, None] / n
    t = np.clip(t * base, -6, 6)
    taps = np.sinc(t) * np.cos(np.pi * t / 12) ** 2 * base / o
    padded = np.pad(x.astype(np.float64), (width, width + o))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * width + o)[::o]
    out: NDArray[np.float64] = (windows @ taps.T).reshape(-1)
    return out[: math.ceil(n * len(x) / o)]


def pieces(x: NDArray[np.float32], sizes: list[int]) -> list[NDArray[np.float32]]:
    cuts = np.cumsum(sizes)
    return np.split(x, cuts[cuts < len(x)])


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 32000, 44100, 48000, 96000])
def test_published_resampler(golden: ModuleType, rate: int) -> None:
    with np.load(GOLDEN) as vectors:
        expected = vectors[f"out_{rate}"]
    out = resample(golden.resample_input(rate), rate, 24_000)
    assert out.dtype == np.float32
    assert out.shape == expected.shape
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-5)


@settings(max_examples=50)
@given(
    rates=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    n=st.integers(0, 400),
    seed=st.integers(0, 99),
)
def test_equals_the_dense_formula(rates: tuple[int, int], n: int, seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal(n).astype(np.float32)
    rate_in, rate_out = rates
    out = resample(x, rate_in, rate_out)
    if rate_in == rate_out:
        np.testing.assert_array_equal(out, x)
        return
    expected = dense(x, rate_in, rate_out)
    assert out.shape == expected.shape
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-5)


@settings(max_examples=50)
@given(
    rate=st.sampled_from([8000, 11025, 22050, 44100, 44101, 48000, 96000]),
    sizes=st.lists(st.integers(0, 3000), max_size=12),
    n=st.integers(0, 12_000),
)
def test_pieces_give_the_bits_of_the_whole(rate: int, sizes: list[int], n: int) -> None:
    x = np.random.default_rng(n).standard_normal(n).astype(np.float32)
    resampler = Resampler(rate, 24_000)
    parts = [resampler.push(piece) for piece in pieces(x, sizes)]
    streamed = np.concatenate([*parts, resampler.flush()])
    whole = resample(x, rate, 24_000)
    assert len(whole) == math.ceil(24_000 * n / rate)
    np.testing.assert_array_equal(streamed, whole)


def test_one_sample_at_a_time() -> None:
    x = np.random.default_rng(0).standard_normal(500).astype(np.float32)
    resampler = Resampler(44_100, 24_000)
    parts = [resampler.push(x[at : at + 1]) for at in range(len(x))]
    streamed = np.concatenate([*parts, resampler.flush()])
    np.testing.assert_array_equal(streamed, resample(x, 44_100, 24_000))


def test_equal_rates_change_nothing() -> None:
    x = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    np.testing.assert_array_equal(resample(x, 24_000, 24_000), x)


def test_is_linear() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, 4410)).astype(np.float32)
    both = resample(2 * a + b, 44_100, 24_000)
    apart = 2 * resample(a, 44_100, 24_000) + resample(b, 44_100, 24_000)
    np.testing.assert_allclose(both, apart, atol=1e-5)


def test_a_tone_below_the_cut_off_passes_and_one_above_does_not() -> None:
    t = np.arange(44_100) / 44_100
    low = resample(np.sin(2 * np.pi * 1000 * t).astype(np.float32), 44_100, 24_000)[100:-100]
    high = resample(np.sin(2 * np.pi * 16_000 * t).astype(np.float32), 44_100, 24_000)[100:-100]
    assert np.abs(low).max() == pytest.approx(1, abs=2e-3)
    assert np.abs(high).max() < 1e-2  # the published filter reaches -45 dB here


def test_an_odd_rate_needs_no_dense_kernel() -> None:
    # Dense, the taps of 44,101 Hz would take 4 GB as float32.
    assert kernel(44_101, 24_000).taps.nbytes < 4e6


def test_output_keeps_up_with_input() -> None:
    resampler = Resampler(48_000, 24_000)
    out = resampler.push(np.zeros(48_000, dtype=np.float32))
    assert 24_000 - 16 < len(out) <= 24_000
