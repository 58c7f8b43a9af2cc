"""Text of others is parsed in one place, and CSV is written in one place."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "plaudit"
# What may be used, and where: everything else goes through these files.
PLACES = {
    "json.load": set(),
    "json.loads": {"core/parse.py", "model/export/example.py"},  # the second runs without us
    "json.JSONDecoder": set(),
    "tomllib": {"core/parse.py"},
    "csv": {"core/csv_text.py"},
    "pyarrow.csv": set(),
    "pyarrow.json": set(),
    "model_validate_json": {"core/settings.py"},
    "validate_json": set(),
    "write_csv": {"datasets/reading/sample.py"},
    "to_csv": set(),
    "sink_csv": set(),
    "read_csv": set(),
    "read_ndjson": set(),
    "read_json": {"core/settings.py"},
}  # fmt: skip


def uses(path: Path) -> set[str]:
    """Return the modules that a file imports, and the attributes that it calls."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("plaudit."):
            found |= {node.module or "", *(f"{node.module}.{a.name}" for a in node.names)}
        elif isinstance(node, ast.Attribute):
            found |= {node.attr, f"{getattr(node.value, 'id', '')}.{node.attr}"}
    return found


@pytest.fixture(scope="module")
def all_uses() -> dict[str, set[str]]:
    return {path.relative_to(PACKAGE).as_posix(): uses(path) for path in PACKAGE.rglob("*.py")}


@pytest.mark.parametrize("name", PLACES)
def test_only_one_place_may(name: str, all_uses: dict[str, set[str]]) -> None:
    here = {path for path, used in all_uses.items() if name in used}
    assert here <= PLACES[name], f"use plaudit.core.parse or plaudit.core.csv_text, not {name}"


def test_the_places_are_there(all_uses: dict[str, set[str]]) -> None:
    assert "json.loads" in all_uses["core/parse.py"]
    assert {"csv", "csv.writer", "csv.reader"} <= all_uses["core/csv_text.py"]
