"""From a file or an array to checked blocks of samples, at the song's own rate, in constant memory.

Decode -> blocks of one second -> checks. `plaudit.audio.song` makes segments of them,
`plaudit.audio.whole` a whole song.
"""

import contextlib
import itertools
import math
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.block import mono
from plaudit.audio.check import SongCheck
from plaudit.audio.decode import Decoder
from plaudit.audio.errors import NonFiniteError, ScaleError, TooLongError, TooShortError
from plaudit.audio.extent import Loss
from plaudit.audio.sample import array_blocks
from plaudit.audio.shared import Decoded, SharedSong
from plaudit.core.note import Note

LEAST_S = 1.0
"""Shortest song that is judged, in seconds: below it there is too little music."""
_LARGEST = 2.0**32  # no integers that audio is stored in reach it

Source = str | Path | SharedSong | tuple[NDArray[Any], int]
"""A song: the path of a file, a file that several judges hear, or samples ``(n_samples,)`` or
``(n_channels, n_samples)`` with their sample rate in Hz."""


class SongFacts(NamedTuple):
    """What is known of a song once it was read to its end.

    ``warnings`` say what is wrong with it (`plaudit.audio.check`), most serious first; a ``silent``
    one has nothing that can be heard.
    """

    duration_s: float
    warnings: tuple[Note, ...]
    silent: bool


class CheckedSong:
    """The blocks of one song (n_channels, n_samples), made while they are asked for; iterate once.

    The first block comes when ``least_s`` seconds are known to be there; a song longer than
    ``max_s`` is refused. ``sample_rate`` can be read from the first block on, ``facts`` after the
    last.
    """

    sample_rate: int
    facts: SongFacts

    def __init__(
        self, source: Source, max_s: float | None = None, *, least_s: float = LEAST_S
    ) -> None:
        self._name = "the array" if isinstance(source, tuple) else str(source)
        self._max_s, self._least_s = max_s, least_s
        self._blocks = self._run(source)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        return self._blocks

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._blocks.close()

    def _run(self, source: Source) -> Generator[NDArray[np.float32]]:
        loss: Loss | None = None
        with contextlib.ExitStack() as stack:
            decoder: Decoder | Decoded | None = None
            if isinstance(source, tuple):
                blocks, rate = array_blocks(*source)
            else:
                if isinstance(source, SharedSong):
                    decoder = source.decoder()
                else:
                    decoder = Decoder(source if isinstance(source, Path) else Path(source))
                stack.enter_context(decoder)
                blocks, rate = iter(decoder), decoder.sample_rate
                if decoder.expected_s is not None:
                    self._check_length(decoder.expected_s)
            self.sample_rate = rate
            check = SongCheck(rate)
            n_samples = 0
            held: list[NDArray[np.float32]] = []  # until the song is known to be long enough
            for block in blocks:
                if not np.isfinite(block).all():
                    raise self._non_finite(itertools.chain([block], blocks), n_samples, rate)
                if (peak := float(np.abs(block).max(initial=0))) > _LARGEST:
                    raise ScaleError(
                        f"Expected samples up to 1, or up to {2**31} where integers are stored as"
                        f" floats, but {self._name} holds {peak:.3g}; export the song again from"
                        " where it was made."
                    )
                check.push(block, mono(block))
                n_samples += block.shape[1]
                self._check_length(n_samples / rate, so_far=True)
                held.append(block)
                if n_samples >= self._least_s * rate:
                    yield from held
                    held = []
            if decoder is not None:
                loss = decoder.loss()
        duration_s = n_samples / rate
        if held or not n_samples:
            note = loss.note() if loss is not None else None
            advice = "choose a longer song." if note is None else f"it is damaged. {note.message}"
            raise TooShortError(
                f"Expected at least {self._least_s:g} s of sound, but {self._name} holds "
                f"{math.floor(1000 * duration_s) / 1000:g} s; {advice}"
            )
        self.facts = SongFacts(duration_s, check.notes(loss), check.silent)

    def _check_length(self, length_s: float, *, so_far: bool = False) -> None:
        if self._max_s is not None and length_s > self._max_s:
            lasts = "more" if so_far else f"{length_s:.0f} s"
            raise TooLongError(
                f"Expected at most {self._max_s:g} s of sound, but {self._name} lasts {lasts}; cut"
                " it, or allow more (--max-seconds)."
            )

    def _non_finite(
        self, blocks: Iterator[NDArray[np.float32]], start: int, rate: int
    ) -> NonFiniteError:
        """Count what is not finite in the rest of the song, and place the first."""
        n_bad, first = 0, None
        for block in blocks:
            bad = ~np.isfinite(block)
            n_bad += int(np.count_nonzero(bad))
            if first is None:
                first = (start + int(bad.any(axis=0).argmax())) / rate
        return NonFiniteError(
            f"Expected finite samples, but {self._name} holds {n_bad} that are NaN or infinite, "
            f"the first at {first:.3f} s; export the song again from where it was made."
        )
