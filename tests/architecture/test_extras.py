"""A page names the optional packages that its examples need before it shows them."""

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: First words of commands, by the extra that they need whatever their options.
COMMANDS = {
    "train": {"train", "sweep", "train-preference", "study", "judges train-bundled",
              "judges train-voice"},
    "serve": {"serve", "keys", "backup", "restore"},
    "export": {"judges export"},
}  # fmt: skip
FUNCTIONS = {"plaudit.train(": "train", "plaudit.study(": "train"}
RAY = {"score", "embed", "sweep"}  # `--cluster` of other commands is what is resampled together
#: Needed for an address of a server, which a page names where it shows one.
BY_ADDRESS = {"cloud", "postgres"}


def needed(language: str, code: str) -> set[str]:
    """Return the extras that an example needs."""
    if language == "python":
        return {extra for call, extra in FUNCTIONS.items() if call in code}
    extras = set()
    for line in code.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if not words or Path(words[0]).name != "plaudit":
            continue
        called = {" ".join(words[1 : 1 + n]) for n in (1, 2)}
        extras |= {extra for extra, names in COMMANDS.items() if called & names}
        if "--cluster" in words and called & RAY:
            extras.add("cluster")
        if any(word.startswith(("http://", "https://")) for word in words[1:]):
            extras.add("cloud")
    return extras


def named(text: str) -> set[str]:
    """Return the extras that lines with `pip install` name."""
    listed = re.findall(r"pip install [^\n`]*\[([\w,]+)\]", text)
    return {extra for names in listed for extra in names.split(",")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_installs_what_its_examples_need(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        # A block may start with its own line of `pip install`.
        before = named(text[: match.start()] + match[2])
        lacking = needed(match[1], match[2]) - before
        assert not lacking, f"{page.name} shows {match[2]!r} before pip install 'plaudit[...]'"


def test_every_extra_that_code_asks_for_is_known_here() -> None:
    asked = {
        extra
        for path in (ROOT / "src").rglob("*.py")
        for extra in re.findall(r"require\(\s*\"[\w.]+\", \"(\w+)\"", path.read_text())
    }
    assert asked == {*COMMANDS, "cluster", *BY_ADDRESS}


def test_examples_are_read() -> None:
    assert needed("bash", "plaudit -h\nplaudit train x.toml --out y") == {"train"}
    assert needed("bash", ".venv/bin/plaudit score a --cluster ray") == {"cluster"}
    assert needed("bash", "plaudit evaluate j m --cluster artist") == set()
    assert needed("bash", "plaudit score https://a/b.mp3") == {"cloud"}
    assert needed("python", "plaudit.train('x')") == {"train"}
    assert named("Run `pip install -c constraints.txt '.[train,serve]'`.") == {"train", "serve"}
