"""A song that several judges hear, decoded once: its blocks are kept and given again.

A judge that hears it gets the blocks, the facts and the errors that it would get from the file, so
its scores are those of the judge alone, digit for digit.
"""

import os
import threading
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.decode import Decoder
from plaudit.audio.extent import Loss
from plaudit.core.file import sha256_of

MOST_BYTES = 1_500_000_000
"""Samples of one song that are kept, in bytes: about an hour of stereo at 48 kHz."""

Block = NDArray[np.float32]


class SharedSong:
    """A file for several judges; it takes the place of its path (`Judge.stream` and others).

    Nothing is read before a judge asks. A song of more than ``most_bytes`` is not kept: each judge
    then reads it for itself, as it does alone. Decoding stops behind ``max_s`` seconds, where every
    judge that has this limit refuses the song.
    """

    def __init__(
        self, path: Path, max_s: float | None = None, *, most_bytes: int = MOST_BYTES
    ) -> None:
        self.path = path
        self._max_s, self._most_bytes = max_s, most_bytes
        self._lock = threading.Lock()  # judges read on threads of their own
        self._decoded: Decoded | None = None
        self._too_long = False

    def __fspath__(self) -> str:
        return os.fspath(self.path)

    def __str__(self) -> str:
        return str(self.path)

    @cached_property
    def sha256(self) -> str:
        """Digest of the bytes of the file, read once."""
        return sha256_of(self.path)

    def decoder(self) -> "Decoder | Decoded":
        """Return what a `Decoder` of the file gives; raise what opening the file raises."""
        with self._lock:
            if self._decoded is None and not self._too_long:
                self._decoded = self._decode()
                self._too_long = self._decoded is None
            return self._decoded or Decoder(self.path)

    def _decode(self) -> "Decoded | None":
        """Decode the file; None where it is too long to be kept."""
        blocks: list[Block] = []
        n_bytes = n_samples = 0
        fault: Exception | None = None
        with Decoder(self.path) as decoder:
            most = np.inf if self._max_s is None else self._max_s * decoder.sample_rate
            try:
                for block in decoder:
                    block.flags.writeable = False  # a judge must not change what the next one hears
                    blocks.append(block)
                    n_bytes += block.nbytes
                    n_samples += block.shape[1]
                    if n_samples > most:
                        break
                    if n_bytes > self._most_bytes:
                        return None
            except Exception as error:  # noqa: BLE001 - raised at its place for each judge
                fault = error
            return Decoded(blocks, decoder.sample_rate, decoder.expected_s, decoder.loss(), fault)


class Decoded:
    """A decoded song, with the face of a `Decoder`; it can be iterated over again and again."""

    def __init__(
        self,
        blocks: list[Block],
        sample_rate: int,
        expected_s: float | None,
        loss: Loss,
        fault: Exception | None,
    ) -> None:
        self.sample_rate, self.expected_s = sample_rate, expected_s
        self._blocks, self._loss, self._fault = blocks, loss, fault

    def __iter__(self) -> Iterator[Block]:
        yield from self._blocks
        if self._fault is not None:
            raise self._fault.with_traceback(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def loss(self) -> Loss:
        """Return what is known to be missing."""
        return self._loss
