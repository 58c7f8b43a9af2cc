"""Any terminal and any home: code pages, none at all, a narrow window, names that begin with ~."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from plaudit.core.file import expanded
from plaudit.core.printable import from_arrow, to_arrow
from typed_command import typed

SONG = "na\u00efve \u97f3\U0001f3b5.wav"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A song with a name outside every code page, and one that begins with a tilde."""
    folder = tmp_path_factory.mktemp("names")
    samples = 0.1 * np.random.default_rng(1).normal(size=16_000)
    for name in (SONG, "~tmp.wav"):
        soundfile.write(folder / name, samples, 8_000)
    return folder


def started(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Start a process in a folder, with a changed environment; HOME="" takes it away."""
    known = {**os.environ, **environment}
    if known.get("HOME") == "":
        del known["HOME"]
    command = [sys.executable, "-m", "plaudit", *words]
    return subprocess.run(command, cwd=folder, env=known, capture_output=True, check=False)


def test_a_code_page_that_lacks_letters_gets_plain_ones(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = started(folder, "score", ".", PYTHONIOENCODING="cp1252", HOME="")
    assert done.returncode == 0, done.stderr.decode()
    monkeypatch.chdir(folder)
    status, output = typed("score", ".", "-f", "csv", code="ascii")
    assert status == 0, output.stderr
    for text, code in ((done.stdout.decode("cp1252"), "cp1252"), (output.stdout, "ascii")):
        assert "\\u97f3\\ud83c\\udfb5.wav" in text
        assert "~tmp.wav" in text
        assert ("na\u00efve" in text) == (code == "cp1252")
    assert b"Traceback" not in done.stderr


def test_the_locale_of_c_and_a_narrow_window(folder: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = started(folder, "score", "--help", COLUMNS="20", TERM="", **plain)
    assert done.returncode == 0, done.stderr.decode()
    done.stdout.decode("ascii")


def test_nobody_is_at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("PLAUDIT_JUDGES", raising=False)
    monkeypatch.chdir(folder)
    for words in (("judges", "list"), ("judges", "show", "bundled"), ("score", "~tmp.wav")):
        status, output = typed(*words)
        assert status == 0, output.stderr
    for words in (("judges", "show", "~/none"), ("score", "~/none.wav")):
        status, output = typed(*words)
        assert status in (1, 2)
        assert "~/none" in output.stderr


def test_a_tilde_is_home_unless_a_file_has_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert expanded("~/a") == tmp_path / "a"
    assert expanded("~nobody-of-this-name") == Path("~nobody-of-this-name")
    (tmp_path / "~").mkdir()
    assert expanded("~") == Path("~")


def test_an_option_with_a_tilde_is_at_home(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(folder)
    status, output = typed("score", "~tmp.wav", "-f", "jsonl", "--output=~/rows.jsonl")
    assert status == 0, output.stderr
    assert (tmp_path / "rows.jsonl").is_file()
    assert not (folder / "~").exists()


def test_names_of_any_bytes_fit_a_column_and_come_back() -> None:
    whole = os.fsdecode(bytes(range(1, 256)))
    marked = to_arrow(os.fsdecode(b"caf\xe9 \\xe9"))
    assert marked == "\u27e8bytes\u27e9caf\\xe9 \\\\xe9"
    for name in (whole, marked, to_arrow(marked), "\\x41", "\U0010ff80", os.fsdecode(b"\\\xff\\")):
        assert from_arrow(to_arrow(name)) == name
        to_arrow(name).encode()
    for name in ("na\u00efve \u97f3", "\U0010ff80", "a\\xe9"):
        assert to_arrow(name) == from_arrow(name) == name
