"""Batches of one size: what fits, what is refused, and that company changes no bit on a CPU."""

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch

from plaudit.core.errors import InputError
from plaudit.encoders import arithmetic, fixed_batch, mert_network
from plaudit.encoders.fixed_batch import batch_that_fits, in_batches
from plaudit.encoders.mert import MertEncoder, load_mert

GPU = torch.device("cuda")  # only named here, never used
SEGMENT = 10**9


def with_free(monkeypatch: pytest.MonkeyPatch, gigabytes: float | None) -> None:
    free = None if gigabytes is None else int(gigabytes * 1e9)
    monkeypatch.setattr(fixed_batch, "free_bytes", lambda device: free)


@pytest.mark.parametrize(("gigabytes", "size"), [(140, 16), (20, 16), (19, 8), (5.1, 4), (0.5, 1)])
def test_as_many_as_fit_and_sixteen_at_most(
    gigabytes: float, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_free(monkeypatch, gigabytes)
    assert batch_that_fits(None, SEGMENT, GPU) == size


def test_more_than_fits_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    with_free(monkeypatch, 20)
    assert batch_that_fits(12, SEGMENT, GPU) == 12
    with pytest.raises(InputError, match=r"17 segments need about 17\.0 GB, .* 16 or less"):
        batch_that_fits(17, SEGMENT, GPU)
    with pytest.raises(InputError, match="at least 1"):
        batch_that_fits(0, SEGMENT, GPU)


def test_a_cpu_takes_no_batch(tiny_mert: Path) -> None:
    assert load_mert(tiny_mert, device="cpu").batch_size == min(torch.get_num_threads(), 16)
    assert batch_that_fits(None, SEGMENT, torch.device("cpu")) is None
    with pytest.raises(InputError, match="on the CPU, where each thread has a segment of its own"):
        batch_that_fits(4, SEGMENT, torch.device("cpu"))


def test_every_batch_has_one_size_and_silence_fills_it() -> None:
    seen = []

    def encode(batch: torch.Tensor) -> torch.Tensor:
        seen.append(batch)
        return batch.sum(1, keepdim=True)

    x = torch.arange(1.0, 16).reshape(5, 3)
    torch.testing.assert_close(in_batches(x, 3, torch.device("cpu"), encode), x.sum(1, True))
    assert [tuple(batch.shape) for batch in seen] == [(3, 3), (3, 3)]
    assert not seen[1][2].any()


def batched(path: Path, monkeypatch: pytest.MonkeyPatch, precision: str) -> MertEncoder:
    """An encoder that computes on the CPU as it would on a GPU: plain torch, in batches of 4."""
    encoder = load_mert(path, device="cpu")
    monkeypatch.setattr(encoder, "_batch", 4)
    for module in (arithmetic, mert_network):
        monkeypatch.setattr(module, "direct", lambda x: False)
    half = torch.autocast("cpu", torch.bfloat16) if precision == "fast" else nullcontext()
    monkeypatch.setattr(encoder, "_autocast", lambda: half)
    return encoder


@pytest.mark.parametrize(("precision", "most"), [("exact", 1e-5), ("fast", 2e-2)])
def test_company_changes_no_bit(
    precision: str, most: float, tiny_mert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(0, 0.1, (11, 12_000)).astype(np.float32)
    published = load_mert(tiny_mert, device="cpu").encode(x)
    encoder = batched(tiny_mert, monkeypatch, precision)
    together = encoder.encode(x)
    assert encoder.batch_size == 4
    np.testing.assert_array_equal(together[:1], encoder.encode(x[:1]))
    np.testing.assert_array_equal(together[4:6], encoder.encode(x[[4, 5, 0]])[:2])
    np.testing.assert_array_equal(together[8:], encoder.encode(x[8:]))
    # At another place of the batch: on a CPU and in float32 the same, up to the last digits.
    elsewhere = encoder.encode(x[::-1].copy())[::-1]
    largest = np.abs(published).max()
    assert np.abs(together - elsewhere).max() / largest < most
    assert np.abs(together - published).max() / largest < most
    assert (precision == "exact") == (np.abs(together - published).max() / largest < 1e-5)
