"""The key of a cache: it follows imports and ignores what decides nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from plaudit.training.bundled import code_digest as keys

FILES = {
    "top.py": "from plaudit.area.deep.low import f\n\ndef g():\n    return f() + 1\n",
    "area/deep/low.py": "def f():\n    from plaudit.area import late\n    return late.X\n",
    "area/late.py": "X = 1\n",
    "area/apart.py": "Y = 2\n",
}


@pytest.fixture
def digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setattr(keys, "_SOURCE", tmp_path)

    def of(**changes: str) -> str:
        for name, code in {**FILES, **changes}.items():
            path = tmp_path / "plaudit" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code)
        return keys.code_digest("plaudit.top")

    return of


@pytest.mark.parametrize("name", ["top.py", "area/deep/low.py", "area/late.py"])
def test_a_change_at_any_depth_changes_the_key(digest: Callable[..., str], name: str) -> None:
    changed = FILES[name].replace("1", "3").replace("late.X", "late.X + 1")
    assert digest() != digest(**{name: changed})


def test_what_decides_nothing_keeps_the_key(digest: Callable[..., str]) -> None:
    before = digest()
    assert before == digest(**{"area/apart.py": "Y = 4\n"})
    assert before == digest(**{"area/late.py": '"""Text."""\n\nX = 1  # a remark\n'})


def test_a_moved_file_keeps_the_key(digest: Callable[..., str]) -> None:
    moved = FILES["top.py"].replace("area.deep.low", "elsewhere.low")
    assert digest() == digest(**{"top.py": moved, "elsewhere/low.py": FILES["area/deep/low.py"]})


def test_recordings_depend_on_all_that_composes_damages_and_measures_them() -> None:
    files = keys.imported_files("plaudit.training.bundled.composed_example")
    assert {"synth", "audio", "encoders", "training"} <= {path.parts[-2] for path in files} | {
        path.parts[-3] for path in files
    }
    texts = "\n".join(path.read_text() for path in files)
    for definition in ("def compose(", "def damage(", "def measure(", "class VoiceNet"):
        assert definition in texts, definition
