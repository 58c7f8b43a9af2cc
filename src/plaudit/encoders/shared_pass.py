"""A network's pass over one input, made once for all judges of a song.

Inside ``with sharing(passes):`` a network that hears what it heard before, or another one of the
same tensors (`plaudit.encoders.one_copy`) and settings, gives what came out the first time, to the
last bit. Outside, every pass is made. `Passes` are those of one song, and go with it.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

MOST_BYTES = 1_000_000_000
"""Results of one song that are kept, in bytes; beyond, a pass is made again by who needs it."""

Array: TypeAlias = "NDArray[Any] | torch.Tensor"
T = TypeVar("T", bound="NDArray[Any] | torch.Tensor")


class Passes:
    """Outputs of the passes over one song, by network and input."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._made: dict[Hashable, Array] = {}
        self._left = most_bytes

    def get(self, key: Hashable) -> Any:
        """Return the result that was kept under a key, None if there is none."""
        return self._made.get(key)

    def keep(self, key: Hashable, made: Array) -> None:
        """Keep a result, which nobody may change, unless there is no room for it."""
        if key not in self._made and made.nbytes <= self._left:
            self._made[key] = made
            self._left -= made.nbytes


_CURRENT: ContextVar[Passes | None] = ContextVar("passes", default=None)


@contextmanager
def sharing(passes: Passes | None) -> Iterator[None]:
    """Share passes within the block; None shares none. An outer block keeps its own."""
    token = _CURRENT.set(_CURRENT.get() or passes if passes is not None else None)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Passes | None:
    """Return the passes that are shared here."""
    return _CURRENT.get()


def once(
    modules: "Sequence[torch.nn.Module]",
    settings: Hashable,
    heard: "Array | tuple[int, ...]",
    make: Callable[[], T],
) -> T:
    """Return what ``make`` returns; where passes are shared, it is called once.

    ``modules`` are those that the result depends on, ``settings`` all else but the input.
    """
    passes = current()
    if passes is None:
        return make()
    key = (tensors_of(modules), settings, heard if isinstance(heard, tuple) else digest_of(heard))
    made: T | None = passes.get(key)
    if made is None:
        with sharing(None):  # what it is made of is not kept besides
            made = make()
        passes.keep(key, made)
    return made


def tensors_of(modules: "Sequence[torch.nn.Module]") -> tuple[int, ...]:
    """Return where the tensors of modules lie: equal for modules that hold the same tensors."""
    return tuple(t.data_ptr() for module in modules for t in module.state_dict().values())


def digest_of(heard: Array) -> str:
    """Return the SHA-256 over the shape and the numbers of an input."""
    samples = heard if isinstance(heard, np.ndarray) else heard.detach().cpu().numpy()
    total = hashlib.sha256(f"{samples.dtype} {samples.shape}".encode())
    total.update(np.ascontiguousarray(samples).data)
    return total.hexdigest()
