"""The page of commands is made from the code, and every option has its place in Python."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "_ext" / "commands.py"
# Options that only a command line needs.
TYPED = {"--format", "--from-file", "--predictions", "--show-limits", "--install-completion",
         "--show-completion"}  # fmt: skip


@pytest.fixture(scope="module")
def made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_commands", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_code_says(made: ModuleType) -> None:
    page = made.page()
    assert page == made.PAGE.read_text(encoding="utf-8"), "run python docs/_ext/commands.py"
    for line in page.splitlines():
        if line.endswith("| – |"):
            assert line.split("`")[1] in TYPED, f"{line} has no place in Python"
    twins = {line.split("In Python: ")[1] for line in page.splitlines() if ". In Python: " in line}
    assert {f"`plaudit.{name}`." for name in ("score", "rank", "evaluate", "train")} <= twins
