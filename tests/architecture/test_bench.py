"""What `bench` promises: names that hide no library, studies that a page of the docs names."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "bench"
FILES = sorted(BENCH.rglob("*.py"))
STUDIES = sorted((BENCH / "studies").glob("*.py"))
GPU = sorted((BENCH / "gpu").glob("*.py"))
SPEED = sorted((BENCH / "speed").glob("*.py"))
PAGES = sorted((BENCH / "pages").glob("*.py"))
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts),
]


def inside(path: Path) -> str:
    return str(path.relative_to(BENCH))


def docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def test_there_are_scripts_to_check() -> None:
    assert len(STUDIES) > 10
    assert len(SPEED) > 5


def test_a_script_hides_no_library() -> None:
    # The folder of a script comes first on its path: a `platform.py` would be everybody's.
    taken = set(sys.stdlib_module_names) | set(packages_distributions())
    for path in FILES:
        assert path.relative_to(BENCH).parts[1].removesuffix(".py") not in taken, inside(path)


def test_a_script_does_not_repeat_its_folder() -> None:
    for path in FILES:
        folder = path.parent.name
        repeated = path.stem.startswith((folder, folder.removesuffix("ies") + "y"))
        assert not repeated, inside(path)


@pytest.mark.parametrize("path", STUDIES, ids=inside)
def test_a_study_and_its_page_name_each_other(path: Path) -> None:
    text = docstring(path)
    named = re.search(r"^Backs (docs/[\w/.-]+\.md)", text, re.MULTILINE)
    assert named, f"{inside(path)} says which page it backs: 'Backs docs/....md: ...'"
    page = (ROOT / named[1]).read_text(encoding="utf-8")
    assert f"bench/studies/{path.name}" in page, f"{named[1]} does not name {inside(path)}"
    assert f"Run: .venv/bin/python bench/studies/{path.name}" in text


def test_a_page_names_scripts_that_exist() -> None:
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *FILES]
    for path in [*DOCUMENTS, *sources]:
        for name in re.findall(r"\bbench/[\w/]+\.py\b", path.read_text(encoding="utf-8")):
            assert (ROOT / name).is_file(), f"{path.relative_to(ROOT)} names {name}"


def test_bench_readme_lists_every_script() -> None:
    text = (BENCH / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)\.py` \|", text, re.MULTILINE)
    tools = {"run", "table"}
    assert sorted(listed) == sorted({p.stem for p in [*STUDIES, *SPEED, *GPU, *PAGES]} - tools)
