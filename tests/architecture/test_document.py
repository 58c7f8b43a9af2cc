"""What documents and messages name exists: every command, option, path, link and name."""

import ast
import importlib
import inspect
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
import typer

from plaudit.core.choice import ROW_FORMATS, Precision
from plaudit.judging.record import ROW
from typed_command import plaudit

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "plaudit"
GENERATED = {ROOT / "docs" / "_build", ROOT / "docs" / "api"}
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + [
    path for path in sorted((ROOT / "docs").rglob("*.md")) if not GENERATED & set(path.parents)
]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, flags=re.MULTILINE))
FENCE = re.compile(r"^( *)(```+)\{?([\w-]*)\}?[^\n]*\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"(?<![\w/.-])plaudit ([a-z][a-z-]*(?: [a-z][a-z-]*)*)([^`.;()\[\]]*)")
SHELL = {"bash", "sh", "shell", "console"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(text: str, languages: set[str]) -> Iterator[str]:
    for match in FENCE.finditer(text):
        if match[3] in languages:
            yield match[4]


def inline(text: str) -> list[str]:
    """Everything between single backticks outside fenced blocks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", FENCE.sub("", text))


def commands(path: Path) -> list[list[str]]:
    """Every make and plaudit command of a document, in words, without synopsis brackets."""
    text = path.read_text(encoding="utf-8")
    lines = [
        line.strip().removeprefix("$ ")
        for block in blocks(text, SHELL)
        for line in block.replace("\\\n", " ").splitlines()
    ]
    parsed = []
    for line in lines + inline(text):
        for part in re.split(r"&&|;", line):
            bare = re.sub(r"[\[\]]|\.\.\.", " ", part)
            if not re.match(r"(\.venv/bin/)?(make|plaudit)\b(?![.\-/=:(])", bare.strip()):
                continue
            words = shlex.split(bare, comments=True)
            parsed.append([words[0].removeprefix(".venv/bin/"), *words[1:]])
    return parsed


@cache
def command_tree() -> Any:
    app = importlib.import_module("plaudit.cli.app").app
    return typer.main.get_command(app)


def choices(command: Any, parameter: str) -> set[str]:
    """Words that an option takes; none where it takes anything."""
    hint = get_type_hints(inspect.unwrap(command.callback)).get(parameter)
    kinds = [hint, *get_args(hint)]  # the choices may be optional
    return {word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)}


def test_choices_are_found() -> None:
    score = command_tree().commands["score"]
    assert choices(score, "precision") == set(get_args(Precision))
    assert choices(score, "form") == set(ROW_FORMATS)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/index.md"])
def test_the_document_is_there(name: str) -> None:
    assert (ROOT / name).is_file()


def test_readme_names_the_two_commands() -> None:
    words = [command[:2] for command in commands(ROOT / "README.md")]
    assert ["make", "demo"] in words
    assert ["make", "test"] in words


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_commands_of_a_document_exist(path: Path) -> None:
    for program, *words in commands(path):
        if program == "make":
            targets = {word for word in words if "=" not in word and not word.startswith("-")}
            assert targets <= TARGETS, f"the Makefile has {sorted(TARGETS)}"
        else:
            check_command(words)


def check_command(words: list[str]) -> None:
    command, rest = command_tree(), words[words[:1] in (["-q"], ["-v"]) :]
    while rest and not rest[0].startswith("-") and hasattr(command, "commands"):
        assert rest[0] in command.commands, f"plaudit has {sorted(command.commands)}"
        command, rest = command.commands[rest[0]], rest[1:]
    options = {
        name: option for option in command.params for name in option.opts + option.secondary_opts
    } | {"--help": None}
    for at, word in enumerate(rest):
        if not word.startswith("-") or word == "-":
            continue
        name, _, value = word.partition("=")
        assert name in options, f"{words}: {command.name} has {sorted(options)}"
        known = choices(command, options[name].name if options[name] else "")
        if known:
            given = set((value or rest[at + 1]).split("|"))
            assert given <= known, f"{name} takes {sorted(known)}"
            assert len(given) == 1 or given == known, f"{name} takes {sorted(known)}"


def strings(path: Path) -> Iterator[str]:
    """Texts of a Python file that may name a command, with X for what a message fills in."""
    text = path.read_text(encoding="utf-8")
    if not re.search(r"plaudit[^\w.]", text):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            parts = [v.value if isinstance(v, ast.Constant) else "X" for v in node.values]
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def commands_of_texts() -> dict[tuple[str, ...], list[tuple[str, Path]]]:
    """Words behind `plaudit`, to what follows them in each text that has them, and its file."""
    found: dict[tuple[str, ...], list[tuple[str, Path]]] = {}
    texts = [
        (path, text) for path in sorted((ROOT / "src").rglob("*.py")) for text in strings(path)
    ]
    texts += [
        (path, ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
        for path in sorted((ROOT / "bench").rglob("*.py"))
    ]
    for path in [*DOCUMENTS, ROOT / "bench" / "README.md"]:
        typed = (words for words in commands(path) if words[0] == "plaudit")
        texts += [(path, " ".join(words)) for words in typed]
    for path, text in texts:
        for match in NAMED.finditer(" ".join(text.split())):
            found.setdefault(tuple(match[1].split()), []).append((match[2], path))
    return found


COMMANDS = commands_of_texts()


def test_texts_of_all_kinds_are_walked() -> None:
    assert ("data", "prepare") in {words[:2] for words in COMMANDS}
    assert {path.suffix for places in COMMANDS.values() for _, path in places} == {".py", ".md"}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_that_a_text_names_has_a_help(words: tuple[str, ...]) -> None:
    command = list(words[:1])
    shown = plaudit(*command, "--help").stdout
    if " COMMAND " in shown and len(words) > 1:  # of several, the next word has to be one
        command.append(words[1])
        shown = plaudit(*command, "--help").stdout
    for rest, path in COMMANDS[words]:
        for option in re.findall(r"(?<=[ (])--[a-z][a-z-]*", rest):
            assert re.search(rf"{option}\b", shown), f"{named(path)} names {option} of {command}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_links_and_pictures_lead_somewhere(path: Path) -> None:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)[^)]*\)", text)
    targets += re.findall(r"(?:src|href|srcset)=\"([^\"]+)\"", text)
    for target in targets:
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        plain = target.split("#")[0]
        there = path.parent / plain
        generated = there.resolve().is_relative_to(ROOT / "docs" / "api")
        assert generated or there.exists(), f"{named(path)} links to {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_paths_in_the_text_exist(path: Path) -> None:
    for word in inline(path.read_text(encoding="utf-8")):
        if re.fullmatch(r"(src|tests|docs|bench|\.ci)/[\w./-]+", word):
            assert (ROOT / word).exists(), f"{named(path)} names {word}"
        elif re.fullmatch(r"([a-z_]+/){1,2}[a-z_0-9]+\.py", word):
            assert (PACKAGE / word).exists(), f"{named(path)} names {word}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_python_names_in_the_text_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    words = (word for word in inline(text) if word != "plaudit.toml")
    names = {word for word in words if re.fullmatch(r"plaudit(\.\w+)+", word)}
    for block in blocks(text, {"python", "py"}):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom):
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Attribute) and ast.unparse(node).startswith("plaudit."):
                names.add(ast.unparse(node))
    for name in names:
        assert resolves(name), f"{named(path)} names {name}"


def resolves(name: str) -> bool:
    """Whether a dotted name is a module, or an attribute of the longest module in it."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            resolved: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(resolved, part) and part not in getattr(resolved, "__annotations__", {}):
                return False
            resolved = getattr(resolved, part, None)
        return True
    return False


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=named)
def test_a_page_says_first_what_it_is_for(path: Path) -> None:
    title, first = path.read_text(encoding="utf-8").split("\n\n")[:2]
    assert re.fullmatch(r"# [^\n]+", title)
    assert re.match(r"[A-Z`](?!``)", first), f"{named(path)}: no sentence first"


def test_example_rows_are_rows() -> None:
    rows = [
        block
        for path in DOCUMENTS
        for block in blocks(path.read_text(encoding="utf-8"), {"json"})
        if '"status"' in block
    ]
    assert rows, "the docs show at least one row"
    for row in rows:
        ROW.validate_json(row)


def test_every_make_target_is_explained() -> None:
    known = {"demo", "serve", "test", "check", "docs", "bench", "judge", "assets", "help", "clean"}
    assert known == TARGETS


def test_the_page_on_scores_counts_its_files_right() -> None:
    text = (ROOT / "docs" / "score.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| \d+\. ", line)]
    files = {word for row in rows for word in inline(row) if word.endswith(".py")}
    assert f"That is {len(files)} files." in text
    for page in ("README.md", "docs/index.md"):
        assert f"{len(files)} files long" in (ROOT / page).read_text(encoding="utf-8")
