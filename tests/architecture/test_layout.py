"""Where code lives: depth, size, names, one sentence per room, tests that mirror the package."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "plaudit"
FILES = sorted(PACKAGE.rglob("*.py"))
LINES_AT_MOST = 400
FORBIDDEN_WORDS = {"util", "utils", "helper", "helpers", "base", "common", "manager", "misc"}

with (ROOT / "pyproject.toml").open("rb") as _file:
    PROJECT = tomllib.load(_file)
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]
NAMED_AREAS = {
    word.strip(" ()")
    for contract in CONTRACTS
    if contract["type"] == "layers"
    for line in contract["layers"]
    for word in line.split("|")
}
AREAS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


def inside(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_there_are_rooms_to_check() -> None:
    assert {"core", "audio", "encoders", "model", "judging", "reports", "cli"} <= set(AREAS)


@pytest.mark.parametrize("path", FILES, ids=inside)
def test_a_file_lies_in_its_room_and_not_deeper(path: Path) -> None:
    assert len(path.relative_to(PACKAGE).parts) <= 2


@pytest.mark.parametrize("path", FILES, ids=inside)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LINES_AT_MOST, f"{inside(path)} has {lines} lines; split it by job"


@pytest.mark.parametrize("path", FILES, ids=inside)
def test_a_name_says_the_job(path: Path) -> None:
    words = set(path.stem.split("_")) | set(path.parent.name.split("_"))
    assert not words & FORBIDDEN_WORDS, f"{inside(path)} is named after nothing it does"


@pytest.mark.parametrize("area", AREAS)
def test_a_room_is_in_the_list_of_layers(area: str) -> None:
    assert area in NAMED_AREAS, f"add {area} to [tool.importlinter] in pyproject.toml"


@pytest.mark.parametrize("area", AREAS)
def test_a_room_says_in_one_line_what_it_is_for(area: str) -> None:
    tree = ast.parse((PACKAGE / area / "__init__.py").read_text(encoding="utf-8"))
    docstring = ast.get_docstring(tree)
    assert docstring, f"{area}/__init__.py needs one line that says what the room is for"
    assert len(docstring.splitlines()) == 1
    assert docstring.endswith(".")


@pytest.mark.parametrize("area", AREAS)
def test_a_room_with_code_has_tests_of_the_same_name(area: str) -> None:
    if any(path.stem != "__init__" for path in (PACKAGE / area).glob("*.py")):
        assert list((ROOT / "tests" / area).glob("test_*.py")), f"tests/{area} has no tests"


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))  # --import-mode=importlib needs it


def test_no_global_random_seed() -> None:
    seeding = {"seed", "manual_seed", "seed_all", "manual_seed_all"}
    owners = {"random", "np.random", "numpy.random", "torch", "torch.random", "torch.cuda"}
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        # Inside fork_rng torch puts its generator back: layers offer no other way to be drawn.
        forked = {
            inner
            for node in ast.walk(tree)
            if isinstance(node, ast.With) and "fork_rng" in ast.unparse(node.items[0])
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = ast.unparse(node.func.value)
                globally = called in owners and node.func.attr in seeding
                assert not globally or node in forked, (
                    f"{inside(path)}:{node.lineno} seeds a global generator; pass one instead"
                )
