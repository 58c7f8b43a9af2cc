"""Writes the text of the pages that is made from the code, between markers that name it.

``python docs/_ext/generated.py`` writes every page again; a test names a page that is out of date.
A block starts with ``<!-- generated: NAME ARGUMENTS -->`` and ends with ``<!-- end -->``.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).parents[1]
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(DOCS.parent / "bench" / "studies"))  # `tables` lists measures of a study

import commands  # noqa: E402
import tables  # noqa: E402

BLOCK = re.compile(r"(<!-- generated: ([\w-]+)([^\n]*?) -->\n).*?(<!-- end -->)", re.DOTALL)
MAKERS: dict[str, Callable[..., str]] = {
    "axes": tables.axes,
    "columns": tables.columns,
    "commands": commands.reference,
    "corpora": tables.corpora,
    "damages": tables.damages,
    "errors": tables.errors,
    "faults": tables.faults,
    "own-settings": tables.own_settings,
    "platforms": tables.platforms,
    "records": tables.records,
    "styles": tables.styles,
    "systems": tables.systems,
    "train-presets": tables.train_presets,
    "train-settings": tables.train_settings,
}


def written(text: str) -> str:
    """Return the text of a page with every block made again."""
    return BLOCK.sub(lambda m: f"{m[1]}\n{MAKERS[m[2]](*m[3].split()).strip()}\n\n{m[4]}", text)


def pages() -> list[Path]:
    """Return the pages that have blocks."""
    return [page for page in sorted(DOCS.glob("*.md")) if "<!-- generated: " in page.read_text()]


if __name__ == "__main__":
    for page in pages():
        page.write_text(written(page.read_text(encoding="utf-8")), encoding="utf-8")
