"""Songs as listeners get them: one loudness, one format, and nothing else changed."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from listening_room import enter, write_test
from plaudit.arena.definition.contestant import Entry, read_entries
from plaudit.arena.definition.location import read_test
from plaudit.arena.session.record import Task
from plaudit.arena.session.room import Room
from plaudit.arena.sounds.cut import SAMPLE_RATE, Sound
from plaudit.arena.sounds.measured import hear, level_of
from plaudit.arena.sounds.stimulus import (
    ANCHORS,
    CEILING_DB,
    LevelError,
    plan,
    prepare,
    samples_of,
)
from plaudit.arena.sounds.take_in import take_in
from plaudit.audio.errors import EmptyAudioError
from plaudit.synth.song import make_song

Floats = NDArray[np.float32]
SOURCES = {  # name: gain, channels, sample rate, seconds
    "loud.wav": (0.95, 2, 48_000, 7.0),
    "soft.flac": (0.05, 1, 44_100, 6.0),
    "low.wav": (0.4, 2, 22_050, 9.0),
}


@pytest.fixture(scope="session")
def music() -> Floats:
    return make_song(3, 10.0).audio.astype(np.float32)


@pytest.fixture
def files(tmp_path: Path, music: Floats) -> list[Entry]:
    """One song by three systems: of other loudness, channels, sample rate and length."""
    import soxr

    entries = []
    for name, (gain, channels, rate, seconds) in SOURCES.items():
        audio = soxr.resample(music.T[: round(seconds * 44_100)], 44_100, rate)
        audio = gain * audio / np.abs(audio).max()
        soundfile.write(tmp_path / name, audio[:, :channels], rate)
        entries.append(Entry("p", system=name, path=tmp_path / name))
    return entries


def pcm(folder: Path, sha256: str) -> Floats:
    content = np.fromfile(folder / f"{sha256}.pcm", "<i2").reshape(-1, 2)
    return samples_of(content)


def prepared(
    entries: list[Entry], folder: Path, lufs: float, *, fixed: bool = False
) -> dict[str, object]:
    folder.mkdir(exist_ok=True)
    sounds = plan(entries, anchors=tuple(ANCHORS), damaged=1)
    rows = prepare(sounds, folder, longest_s=8.0, loudness_lufs=lufs, now=1.0, fixed=fixed)
    return {f"{row.system}/{row.role}": row for row in rows}


def test_all_sounds_have_one_loudness_and_no_peak_clips(files: list[Entry], tmp_path: Path) -> None:
    reference = Entry("p", system="reference", path=files[0].path, role="reference")
    rows = prepared([*files, reference], tmp_path / "s", -20.0)
    assert set(rows) == {
        *(f"{name}/song" for name in SOURCES),
        *(f"{name}/anchor" for name in ANCHORS),
        "reference/reference",
        next(name for name in rows if name.endswith("/damaged")),
    }
    for row in rows.values():
        audio = pcm(tmp_path / "s", row.sha256)  # type: ignore[attr-defined]
        level = level_of(audio, "")
        # The limit that is stated: a tenth of what the most careful listener hears (0.5 LU).
        assert level.lufs == pytest.approx(-20.0, abs=0.05)
        assert level.lufs == row.loudness_lufs  # type: ignore[attr-defined]
        assert 20 * np.log10(level.peak) <= CEILING_DB + 0.01
    lengths = [rows[f"{name}/song"].n_frames for name in SOURCES]  # type: ignore[attr-defined]
    assert lengths == pytest.approx([7 * 44_100, 6 * 44_100, 8 * 44_100], abs=2)  # cut at 8 s


def test_loudness_is_lowered_for_all_alike_where_one_would_clip(
    files: list[Entry], tmp_path: Path
) -> None:
    rows = prepared(files, tmp_path / "s", -6.0)
    levels = [level_of(pcm(tmp_path / "s", r.sha256), "") for r in rows.values()]  # type: ignore[attr-defined]
    assert np.ptp([level.lufs for level in levels]) < 0.05
    assert levels[0].lufs < -6.5
    assert max(20 * np.log10(level.peak) for level in levels) == pytest.approx(CEILING_DB, abs=0.1)
    with pytest.raises(LevelError, match="softer than the songs that there are votes on"):
        prepared(files, tmp_path / "s", -6.0, fixed=True)


def test_nothing_but_the_level_is_changed(files: list[Entry], tmp_path: Path) -> None:
    row = prepared(files, tmp_path / "s", -20.0)["soft.flac/song"]
    heard = hear(files[1].path, 8.0)
    audio = pcm(tmp_path / "s", row.sha256) / 10 ** (row.gain_db / 20)  # type: ignore[attr-defined]
    assert np.abs(audio - heard).max() < 1e-4
    np.testing.assert_array_equal(heard[0], heard[1])  # one channel goes to both sides


def test_an_anchor_lacks_treble_and_a_damaged_copy_has_gaps(
    files: list[Entry], tmp_path: Path
) -> None:
    reference = Entry("p", system="reference", path=files[0].path, role="reference")
    rows = prepared([files[0], reference], tmp_path / "s", -20.0)

    def share_above(name: str, hz: float) -> float:
        audio = pcm(tmp_path / "s", rows[name].sha256)  # type: ignore[attr-defined]
        power = np.abs(np.fft.rfft(audio[0])) ** 2
        return float(power[np.fft.rfftfreq(audio.shape[1], 1 / SAMPLE_RATE) > hz].sum())

    whole = share_above("reference/reference", 4500)
    assert share_above("lowpass-3500/anchor", 4500) < 0.01 * whole
    assert share_above("lowpass-7000/anchor", 4500) > 0.1 * whole
    damaged = pcm(tmp_path / "s", rows["loud.wav/damaged"].sha256)  # type: ignore[attr-defined]
    song = pcm(tmp_path / "s", rows["loud.wav/song"].sha256)  # type: ignore[attr-defined]
    quiet = [np.mean(np.abs(audio[0]) < 1e-3) for audio in (damaged, song)]
    assert quiet[0] > quiet[1] + 0.1


def test_silence_has_no_loudness(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "s.wav", np.zeros((88_200, 2)), 44_100)
    with pytest.raises(EmptyAudioError, match=r"-70 LUFS"):
        prepared([Entry("p", system="a", path=tmp_path / "s.wav")], tmp_path / "s", -20.0)


def test_wav_is_built_of_a_slice(tmp_path: Path) -> None:
    values = np.arange(2 * 1000, dtype="<i2").reshape(-1, 2)
    (tmp_path / "x.pcm").write_bytes(values.tobytes())
    sound = Sound(tmp_path / "x.pcm", 100, 600)
    content = (tmp_path / "x.pcm").read_bytes()[sound.offset : sound.offset + sound.n_bytes]
    (tmp_path / "x.wav").write_bytes(sound.wav_header() + content)
    audio, rate = soundfile.read(tmp_path / "x.wav", dtype="int16")
    assert rate == SAMPLE_RATE
    np.testing.assert_array_equal(audio, values[100:600])


def test_songs_leave_before_the_first_task_and_only_join_after_it(
    files: list[Entry], tmp_path: Path
) -> None:
    path = write_test(tmp_path / "t.toml", listening={"longest_s": 6.0})
    test, folder = read_test(path)

    def taken(entries: list[Entry]) -> tuple[int, int, int]:
        with Room.open(path) as room:
            return take_in(test, folder, room.engine, entries)[:3]

    assert taken(files) == (3, 3, 0)
    assert taken(files[:2]) == (2, 0, 1)
    assert len(list(folder.sounds.iterdir())) == 2
    assert taken(files[:2]) == (2, 0, 0)
    with Room.open(path) as room:
        task = room.next(voter := enter(room))
        assert isinstance(task, Task)
        sounds = [room.sound(voter, task.id, side.key) for side in task.sides]
        assert {sound.last for sound in sounds} == {6 * 44_100}
    assert taken(files[2:]) == (3, 1, 0)
    with Room.open(path) as room:
        assert len({round(song.loudness_lufs, 1) for song in room.songs.by_id.values()}) == 1


def test_a_manifest_of_files_goes_the_whole_way(files: list[Entry], tmp_path: Path) -> None:
    lines = ["system,prompt,path", *(f"{e.system},p,{e.path.name}" for e in files)]
    (tmp_path / "songs.csv").write_text("\n".join(lines))
    path = write_test(tmp_path / "t.toml", contestants={"manifest": "songs.csv"})
    test, folder = read_test(path)
    assert {e.path for e in read_entries(test.contestants, folder)} == {e.path for e in files}
