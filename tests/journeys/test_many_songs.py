"""A folder of a hundred takes, three of them broken, beside every other kind of bad input."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from typed_command import plaudit

RATE = 44_100


def take(seconds: float, seed: int = 0, rate: int = RATE) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    hz = np.repeat(220 * 2 ** (rng.integers(0, 12, 400) / 12), rate // 4)[: len(t)]
    return np.asarray(0.3 * np.sin(2 * np.pi * np.cumsum(hz) / rate) * np.exp(-6 * (t % 0.25)))


def test_a_hundred_takes_three_broken(quick_apex: Path, tmp_path: Path) -> None:
    for number in range(100):
        soundfile.write(tmp_path / f"take {number}.wav", take(1.1, number, 8000), 8000)
    (tmp_path / "take 17.wav").write_bytes(b"")
    (tmp_path / "take 50.wav").write_text("lyrics: la la la\n" * 40)
    (tmp_path / "take 99.wav").write_bytes((tmp_path / "take 3.wav").read_bytes()[:30])
    done = plaudit("score", tmp_path, "--judge", quick_apex, "-f", "json", status=1)
    rows = json.loads(done.stdout)
    assert [Path(str(row["path"])).name for row in rows] == [f"take {n}.wav" for n in range(100)]
    assert [n for n, row in enumerate(rows) if row["status"] == "error"] == [17, 50, 99]
    assert "Not judged (3)" in done.stderr
    assert "97 of 100 songs" in done.stderr


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    music = take(4)
    soundfile.write(tmp_path / "01 short.wav", take(0.2), RATE)
    soundfile.write(tmp_path / "02 silent.wav", np.zeros(3 * RATE), RATE)
    spoiled = music.astype(np.float32)
    spoiled[RATE] = np.nan
    soundfile.write(tmp_path / "03 nan.wav", spoiled, RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "04 clipped.wav", np.clip(music * 20, -1, 1), RATE)
    soundfile.write(tmp_path / "05 six.wav", np.stack([music] * 6, axis=1), RATE)
    soundfile.write(tmp_path / "06 low.wav", take(4, rate=8000), 8000)
    soundfile.write(tmp_path / "07 whole.flac", take(20), RATE)
    data = (tmp_path / "07 whole.flac").read_bytes()
    (tmp_path / "08 truncated.flac").write_bytes(data[: len(data) // 2])
    (tmp_path / "09 text.mp3").write_text("not music\n" * 300)
    (tmp_path / "10 empty.ogg").touch()
    shutil.copy(tmp_path / "05 six.wav", tmp_path / "11 wrong name.mp3")
    return tmp_path


def test_every_bad_input_has_its_name(bad: Path) -> None:
    done = plaudit("score", bad, bad / "12 missing.wav", "-f", "json", status=1)
    rows = json.loads(done.stdout)
    outcomes: dict[str, object] = {}
    for row in rows:
        name = Path(str(row["path"])).name.partition(" ")[0]
        if row["status"] == "ok":
            warnings = row["warnings"]
            assert isinstance(warnings, list)
            outcomes[name] = {w["type"] for w in warnings} - {"unfamiliar"}
        else:
            error = row["error"]
            assert isinstance(error, dict)
            outcomes[name] = error["type"]
            assert str(error["message"]).endswith(".")
    assert outcomes == {
        "01": "TooShortError",
        "02": {"silent"},
        "03": "NonFiniteError",
        "04": {"clipped"},
        "05": set(),
        "06": {"low_rate"},
        "07": set(),
        "08": {"partial_decode"},
        "09": "NotAudioError",
        "10": "EmptyAudioError",
        "11": set(),
        "12": "MissingFileError",
    }
