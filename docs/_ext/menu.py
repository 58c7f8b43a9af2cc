"""Makes Sphinx's menu from the links of an index page, which then needs no directive for it."""

import re

from sphinx.application import Sphinx

# The first link of a line of a list, or of a row of a table behind its number.
LINK = re.compile(r"^(?:- |\| \d+ \| )\[([^\]]+)\]\(([\w/-]+)\.md\)", re.MULTILINE)
PAGES = {"index", "decisions/index"}
MADE = {"Reference": ["API <api/index>"]}  # pages that no Markdown page can link to


def with_menu(text: str) -> str:
    """Return a page with a hidden menu for each of its sections that begins lines with links."""
    for section in re.split(r"^## ", text, flags=re.MULTILINE):
        caption = section.partition("\n")[0].lstrip("# ")
        pages = [f"{name} <{page}>" for name, page in LINK.findall(section)]
        if pages:
            entries = "\n".join(pages + MADE.get(caption, []))
            text += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{entries}\n```\n"
    return text


def read(_app: Sphinx, page: str, source: list[str]) -> None:
    """Add the menu to the source of an index page."""
    if page in PAGES:
        source[0] = with_menu(source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
