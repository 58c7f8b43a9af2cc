"""Text of the pages that is made from the code is up to date, and readable as raw Markdown."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "_ext" / "generated.py"
PAGES = sorted((ROOT / "docs").glob("*.md"))
# Options that only a command line needs.
TYPED = {"--format", "--from-file", "--predictions", "--show-limits", "--install-completion",
         "--show-completion"}  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("docs_generated", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPT.parent))
        spec.loader.exec_module(module)
        yield module


def test_every_page_has_what_the_code_says(made: ModuleType) -> None:
    used = set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert text.count("<!-- generated: ") == text.count("<!-- end -->") == len(
            made.BLOCK.findall(text)
        ), page.name  # fmt: skip
        assert made.written(text) == text, f"{page.name}: run python docs/_ext/generated.py"
        used |= {name for _, name, _, _ in made.BLOCK.findall(text)}
    assert used == set(made.MAKERS)
    assert "| `streams` |" in made.written("<!-- generated: axes -->\nold\n<!-- end -->")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_no_directives(page: Path) -> None:
    """GitHub would show them as code, not what they make."""
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r"^[`:]{3,}\{.*|\{[a-z:]+\}`.*|^\([\w-]+\)=$", text, re.MULTILINE)


def test_the_index_lists_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[[^\]]+\]\(([\w-]+\.md)\): ", index, re.MULTILINE)
    assert sorted([*listed, "index.md"]) == [page.name for page in PAGES]


def test_every_option_has_its_place_in_python() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for line in page.splitlines():
        if line.endswith("| – |"):
            assert line.split("`")[1] in TYPED, f"{line} has no place in Python"
    twins = {line.split("In Python: ")[1] for line in page.splitlines() if ". In Python: " in line}
    assert {f"`plaudit.{name}`." for name in ("score", "rank", "evaluate", "train")} <= twins
