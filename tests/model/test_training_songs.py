"""The list of songs that taught a judge: what is known again, by what, and what is not."""

from pathlib import Path

import numpy as np
import pytest

from plaudit.audio.resample import resample
from plaudit.datasets.inspect.fingerprint import RATE as LOW_RATE
from plaudit.datasets.inspect.fingerprint import Fingerprint, fingerprint_of
from plaudit.datasets.inspect.recording import Recordings, recordings_of, song_name
from plaudit.model.training_songs import read_taught, song_file, taught_by
from taught_judge import RATE, tune

A, B, C = "a" * 64, "b" * 64, "c" * 64


def heard(seed: int, seconds: float = 30.0, start_s: float = 0.0, gain: float = 1.0) -> Fingerprint:
    sound = gain * tune(seed, seconds)[round(start_s * RATE) :]
    return fingerprint_of(resample(sound, RATE, LOW_RATE))


def songs(
    *rows: tuple[str, str | None, Fingerprint | None], paths: tuple[Path | None, ...] = ()
) -> Recordings:
    names, digests, prints = zip(*rows, strict=True)
    where = paths or (None,) * len(rows)
    return Recordings(names, where, np.array(digests, object), prints)


def known(
    folder: Path, taught: Recordings, measured: Recordings, part: str = "train"
) -> list[str | None]:
    stated, data = song_file(taught, [part] * len(taught.names))
    (folder / "list.npz").write_bytes(data)
    return taught_by(read_taught(folder / "list.npz", stated), measured)


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_test_songs_taught_nothing(tmp_path: Path, part: str) -> None:
    row = songs(("\0x", A, None))
    assert known(tmp_path, row, row, part) == ([None] if part == "test" else ["content"])


def test_a_sketch_knows_cut_and_quiet_copies_of_one_song_among_many(tmp_path: Path) -> None:
    taught = songs(*((f"\0{seed}", None, heard(seed)) for seed in range(8)))
    copies = (heard(5, gain=0.2), heard(2, start_s=9.7), heard(3, seconds=12), heard(99))
    measured = songs(*((f"\0copy {k}", C, own) for k, own in enumerate(copies)))
    assert known(tmp_path, taught, measured) == ["sound", "sound", "sound", None]


def test_silence_is_like_nothing(tmp_path: Path) -> None:
    silent = fingerprint_of(np.zeros(LOW_RATE * 10))
    assert known(tmp_path, songs(("\0a", A, silent)), songs(("\0b", B, silent))) == [None]


def test_a_name_counts_where_nothing_surer_decides(tmp_path: Path) -> None:
    """Ids of one corpus are one song; ids without a corpus may be chance, sound decides of both."""
    named, bare = song_name("songeval", "7"), song_name(None, "7")
    first, second = heard(1), heard(2)
    for taught, measured, expected in (
        ((named, None, None), (named, B, None), "name"),
        ((named, A, None), (named, B, None), "name"),
        ((named, A, first), (named, B, second), None),
        ((named, A, first), (named, B, None), "name"),
        ((bare, None, None), (bare, None, None), "name"),
        ((bare, A, None), (bare, None, None), "name"),
        ((bare, A, None), (bare, B, None), None),
        ((named, A, None), (song_name("aime", "7"), None, None), None),
    ):
        assert known(tmp_path, songs(taught), songs(measured)) == [expected], (taught, measured)


def test_a_path_is_a_name(tmp_path: Path) -> None:
    here, there = (Path("x.wav"),), (tmp_path / "x.wav",)
    taught = songs(("\0a", A, None), paths=here)
    assert known(tmp_path, taught, songs(("\0b", B, None), paths=here)) == ["name"]
    assert known(tmp_path, taught, songs(("\0b", B, None), paths=there)) == [None]


def test_the_list_is_small_and_counts_what_it_holds(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    digests = [rng.bytes(32).hex() for _ in range(2000)]
    rows = [(f"\0{k}", digest, None) for k, digest in enumerate(digests)]
    parts = ["train"] * 1500 + ["validation"] * 300 + ["test"] * 200
    stated, data = song_file(songs(*rows), parts)
    assert len(data) < 2000 * 52
    assert (stated.n_train, stated.n_validation, stated.n_test) == (1500, 300, 200)
    assert (stated.n_hashed, stated.n_sketched) == (2000, 0)
    assert song_file(songs(*rows), parts)[1] == data
    assert song_file(songs(("\0a", None, heard(0))), ["train"])[0].n_sketched == 1


def test_recordings_join_by_bytes_by_sound_and_by_the_manifest() -> None:
    digests = np.array([A, B, A, C, None, None], object)
    near = np.array([None, "x", None, "x", None, None], object)
    prints = (heard(0), heard(1), None, heard(2), heard(0, start_s=5), None)
    assert len(np.unique(recordings_of(digests))) == 5
    assert len(np.unique(recordings_of(digests, near=near))) == 4
    number = recordings_of(digests, near=near, prints=prints)
    assert number[0] == number[2] == number[4]
    assert number[1] == number[3]
    assert len(np.unique(number)) == 3
