"""Where an encoder runs and in what precision; a choice that is not possible is an error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from plaudit.core.choice import DEVICES, PRECISIONS, Precision, is_device
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest


def choose_device(device: str) -> torch.device:
    """Return the torch device for a choice of the command line.

    Raises
    ------
    InputError
        The choice is unknown, or this machine does not have that device.
    """
    if not is_device(device):
        known = (*DEVICES, "cuda:1")
        raise InputError(f"Unknown device '{device}'; {nearest(device, known)}")
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return torch.device(next((name for name in ("cuda", "mps") if here[name]), "cpu"))
    kind, _, number = device.partition(":")
    if not here.get(kind, True):
        raise InputError(
            f"Expected a {kind} device, but torch finds none here; use --device cpu or auto."
        )
    if number and int(number) >= (count := torch.cuda.device_count()):
        raise InputError(
            f"Expected a device from cuda:0 to cuda:{count - 1}, which are here, got {device}."
        )
    return torch.device(device)


def check_precision(precision: str) -> Precision:
    """Return the precision if it is a known one; `InputError` if not."""
    if precision == "exact":
        return "exact"
    if precision == "fast":
        return "fast"
    raise InputError(f"Unknown precision '{precision}'; {nearest(precision, PRECISIONS)}")


def bfloat16_here() -> bool:
    """Return whether the CPU multiplies bfloat16 itself; where it does not, float32 is quicker."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


@contextmanager
def whole_float32() -> Iterator[None]:
    """Multiply float32 numbers as they are within the block, not rounded to TF32 or bfloat16.

    Where torch may round, a processor with AMX or a GPU does: the program around may have let it
    (``torch.set_float32_matmul_precision``), and for a GPU's convolutions torch itself does.
    """
    here: Any = torch.backends
    new = hasattr(here.mkldnn, "matmul")  # since torch 2.9
    places = [here.cuda.matmul, here.cudnn]
    if new:
        places = [here.mkldnn.matmul, here.mkldnn.conv, here.cuda.matmul, here.cudnn.conv]
    name, whole = ("fp32_precision", "ieee") if new else ("allow_tf32", False)
    before = [getattr(place, name) for place in places]
    try:
        for place in places:
            setattr(place, name, whole)
        yield
    finally:
        for place, value in zip(places, before, strict=True):
            setattr(place, name, value)
