"""Songs encoded together: each with its own rows, its own error, and in order."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from planted_encoder import SPEC, GpuEncoder, PlantedEncoder
from plaudit.audio.segment import Segment
from plaudit.core.errors import InputError
from plaudit.encoders.gathered import encode_songs, segments_ahead

BAD = 7.0


class Watched(GpuEncoder):
    """Keeps the size of every batch; refuses one that holds a certain sample."""

    batch_size = 4

    def __init__(self) -> None:
        super().__init__(SPEC)
        self.sizes: list[int] = []

    def encode(self, segments: np.ndarray) -> np.ndarray:
        self.sizes.append(len(segments))
        if (segments == BAD).any():
            raise ZeroDivisionError
        return super().encode(segments)


class OnCpu(Watched):
    device = "cpu"


def segments(song: int, n: int, *, bad: bool = False) -> list[Segment]:
    made = []
    for place in range(n):
        samples = np.full(8, 0.01 * (10 * song + place + 1), np.float32)
        samples[0] = BAD if bad and place == n - 1 else samples[0]
        made.append(Segment(float(place), place + 1.0, samples, 1.0))
    return made


@pytest.mark.parametrize("kind", [Watched, OnCpu])
def test_rows_are_those_of_each_song_and_batches_cross_songs_on_a_gpu(kind: type[Watched]) -> None:
    encoder, lengths = kind(), (1, 3, 6, 2, 1)
    made = list(encode_songs([(k, segments(k, n)) for k, n in enumerate(lengths)], encoder))
    assert [gathered.song for gathered in made] == [0, 1, 2, 3, 4]
    for gathered, n in zip(made, lengths, strict=True):
        alone = np.stack([segment.samples for segment in segments(gathered.song, n)])
        np.testing.assert_array_equal(
            np.concatenate(gathered.means), PlantedEncoder(SPEC).encode(alone)
        )
        assert [s.start_s for s in gathered.segments] == list(range(n))
        assert not any(len(s.samples) for s in gathered.segments)
    assert encoder.sizes == ([1, 3, 4, 2, 2, 1] if kind is OnCpu else [4, 4, 4, 1])


def test_a_fault_is_that_of_one_song() -> None:
    def unreadable() -> Iterator[Segment]:
        yield from segments(2, 2)
        raise InputError("not a song")

    songs = [
        (0, segments(0, 2)), (1, segments(1, 5, bad=True)), (2, unreadable()), (3, segments(3, 3)),
    ]  # fmt: skip
    encoder = Watched()
    made = list(encode_songs(songs, encoder))
    errors = [type(gathered.error).__name__ for gathered in made]
    assert errors == ["NoneType", "ZeroDivisionError", "InputError", "NoneType"]
    assert [len(np.concatenate(made[song].means)) for song in (0, 3)] == [2, 3]
    # Two of the first and two of the second; the rest of it with one of the third, then each alone.
    assert encoder.sizes == [4, 4, 3, 1, 3]


def test_what_waits_is_encoded_when_no_song_is_at_hand() -> None:
    encoder, told = Watched(), []

    def songs() -> Iterator[tuple[int, list[Segment]] | None]:
        yield 0, segments(0, 3)
        told.append(list(encoder.sizes))
        yield None
        told.append(list(encoder.sizes))
        yield 1, segments(1, 1)

    assert [gathered.song for gathered in encode_songs(songs(), encoder)] == [0, 1]
    assert told == [[], [3]]


@pytest.mark.parametrize(("threads", "ahead"), [(1, 0), (2, 4)])
def test_one_thread_that_computes_reads_too(threads: int, ahead: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        assert segments_ahead(OnCpu()) == ahead
        assert segments_ahead(Watched()) == 4, "on a GPU threads read for it"
    finally:
        torch.set_num_threads(before)
