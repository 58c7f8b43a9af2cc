import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import DTypeLike, NDArray

from plaudit.audio.block import channels, mono, reblock, scale


@given(
    sizes=st.lists(st.integers(1, 50), max_size=20),
    size=st.integers(1, 40),
    n_channels=st.integers(1, 3),
)
def test_blocks_hold_every_sample_in_order(sizes: list[int], size: int, n_channels: int) -> None:
    x = np.arange(n_channels * sum(sizes), dtype=np.float32).reshape(n_channels, -1)
    pieces = np.split(x, np.cumsum(sizes)[:-1], axis=1) if sizes else []
    blocks = list(reblock(pieces, size))
    assert all(block.shape[1] == size for block in blocks[:-1])
    assert all(block.size for block in blocks)
    if blocks:
        np.testing.assert_array_equal(np.concatenate(blocks, axis=1), x)
    else:
        assert x.size == 0


def test_a_change_of_channels_ends_a_block() -> None:
    mono_block, stereo_block = np.ones((1, 7), dtype=np.float32), np.ones((2, 12), dtype=np.float32)
    shapes = [block.shape for block in reblock([mono_block, stereo_block], 5)]
    assert shapes == [(1, 5), (1, 2), (2, 5), (2, 5), (2, 2)]


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        (np.uint8, 0, -1.0),
        (np.uint8, 128, 0.0),
        (np.uint8, 255, 127 / 128),
        (np.int16, -32768, -1.0),
        (np.int16, 32767, 32767 / 32768),
        (np.int32, 2**30, 0.5),
        (np.int64, -(2**62), -0.5),
        (np.float32, 1.5, 1.5),
        (np.float64, 0.1, np.float32(0.1)),
    ],
)
def test_full_scale(dtype: DTypeLike, value: float, expected: float) -> None:
    out = scale(np.array([value], dtype=dtype))
    assert out.dtype == np.float32
    assert out[0] == expected


def test_a_float64_too_large_for_float32_is_not_finite() -> None:
    assert not np.isfinite(scale(np.array([1e300]))).any()


@pytest.mark.parametrize("name", ["u8", "s16", "s32", "s64", "flt", "dbl"])
@pytest.mark.parametrize("planar", [False, True])
def test_every_sample_format(name: str, planar: bool) -> None:
    kinds = {"u8": "u1", "s16": "i2", "s32": "i4", "s64": "i8", "flt": "f4", "dbl": "f8"}
    dtype = np.dtype(kinds[name])
    rng = np.random.default_rng(0)
    values: NDArray[np.generic] = (
        rng.uniform(-1, 1, (2, 33)).astype(dtype)
        if dtype.kind == "f"
        else rng.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, (2, 33), dtype=dtype)
    )
    full_name = name + "p" * planar
    frame = av.AudioFrame(format=full_name, layout="stereo", samples=33)
    planes = values if planar else [np.ascontiguousarray(values.T)]
    for plane, content in zip(frame.planes, planes, strict=True):
        data = content.tobytes()
        plane.update(data + bytes(plane.buffer_size - len(data)))
    np.testing.assert_array_equal(channels(frame), scale(values))


@given(st.integers(1, 8), st.integers(0, 99))
def test_mean_does_not_depend_on_the_order_of_channels(n_channels: int, seed: int) -> None:
    block = np.random.default_rng(seed).standard_normal((n_channels, 50)).astype(np.float32)
    np.testing.assert_allclose(mono(block), mono(block[::-1]), rtol=0, atol=1e-7)
    expected = block.astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(mono(block), expected, rtol=2e-7, atol=1e-12)


def test_mean_of_equal_channels_is_the_channel() -> None:
    x = np.random.default_rng(0).standard_normal(500).astype(np.float32)
    for n_channels in range(1, 9):
        np.testing.assert_array_equal(mono(np.stack([x] * n_channels)), x)
