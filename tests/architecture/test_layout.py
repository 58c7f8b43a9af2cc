"""Where code lives: depth, size, names, one sentence per folder, tests that mirror the package."""

import ast
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "plaudit"
FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = [path for path in FILES if not path.stem.startswith("__")]
FOLDERS = sorted({path.parent for path in FILES} - {PACKAGE})
LINES_AT_MOST = 400
FILES_AT_MOST = 20
PREFIX_AT_MOST = 2  # a third file of one prefix opens a topic
PLACES_AT_MOST = 3
FORBIDDEN_WORDS = {"util", "utils", "helper", "helpers", "base", "common", "manager", "misc"}
# One role, the same in every topic that has it.
ROLES = {"page", "plot", "table", "record", "measure"}
# Files of these folders are named after what others named.
PROPER_NAMES = {"datasets/corpora"}

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
    return path.relative_to(PACKAGE).as_posix()


def in_folder(folder: Path) -> list[Path]:
    return [path for path in MODULES if path.parent == folder]


def test_there_are_areas_and_topics_to_check() -> None:
    assert {"core", "audio", "encoders", "model", "judging", "jobs", "reports", "cli"} <= set(AREAS)
    assert {"audio/damage", "benchmarks/votes", "reports/look"} <= set(map(inside, FOLDERS))


# A test asks all files at once: one for each would be a third of the suite.
def test_a_file_lies_in_an_area_or_a_topic_and_not_deeper() -> None:
    assert not [inside(path) for path in FILES if len(path.relative_to(PACKAGE).parts) > 3]


def test_a_file_can_be_read_in_one_sitting() -> None:
    lines = {inside(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    long = {name: n for name, n in lines.items() if n > LINES_AT_MOST}
    assert not long, f"{long} are too many lines; split by job"


def test_a_name_says_the_job() -> None:
    idle = [
        inside(path)
        for path in FILES
        if (set(path.stem.split("_")) | set(path.parent.name.split("_"))) & FORBIDDEN_WORDS
    ]
    assert not idle, f"{idle} are named after nothing they do"


def test_a_file_does_not_repeat_the_name_of_its_folder() -> None:
    repeated = [
        inside(path)
        for path in MODULES
        for folder in {path.parent.name, path.parent.name.removesuffix("s")}
        if path.stem == folder or path.stem.startswith(f"{folder}_")
    ]
    assert not repeated, f"{repeated}: the folder says it already"


def test_a_folder_can_be_seen_at_a_glance() -> None:
    full = [inside(folder) for folder in FOLDERS if len(in_folder(folder)) > FILES_AT_MOST]
    assert not full, f"{full}: open a topic"


def test_a_prefix_that_appears_three_times_is_a_topic() -> None:
    for folder in FOLDERS:
        if inside(folder) in PROPER_NAMES:
            continue
        prefixes = Counter(path.stem.split("_")[0] for path in in_folder(folder))
        often = [prefix for prefix, times in prefixes.items() if times > PREFIX_AT_MOST]
        assert not often, f"{inside(folder)}: open a topic for {often}"


def test_a_file_name_means_one_thing() -> None:
    places = defaultdict(list)
    for path in MODULES:
        if path.stem not in ROLES:
            places[path.stem].append(inside(path))
    many = {name: paths for name, paths in places.items() if len(paths) > PLACES_AT_MOST}
    assert not many


def test_an_area_is_in_the_list_of_layers() -> None:
    absent = set(AREAS) - NAMED_AREAS
    assert not absent, f"add {absent} to [tool.importlinter] in pyproject.toml"


def test_a_folder_says_in_one_line_what_it_is_for() -> None:
    for folder in FOLDERS:
        opening = folder / "__init__.py"
        assert opening.is_file(), f"{inside(folder)} needs an __init__.py"
        docstring = ast.get_docstring(ast.parse(opening.read_text(encoding="utf-8")))
        assert docstring, f"{inside(opening)} needs one line that says what the folder is for"
        assert len(docstring.splitlines()) == 1, inside(opening)
        assert docstring.endswith("."), inside(opening)


def test_an_area_with_code_has_tests_of_the_same_name() -> None:
    for area in AREAS:
        if any((PACKAGE / area) in path.parents for path in MODULES):
            assert list((ROOT / "tests" / area).rglob("test_*.py")), f"tests/{area} has no tests"


def test_a_test_folder_mirrors_a_folder_of_the_package() -> None:
    tests = ROOT / "tests"
    for path in tests.glob("*/*/test_*.py"):
        folder = path.parent.relative_to(tests)
        assert (PACKAGE / folder).is_dir(), f"tests/{folder} mirrors nothing"


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))  # --import-mode=importlib needs it


def test_no_global_random_seed() -> None:
    seeding = {"seed", "manual_seed", "seed_all", "manual_seed_all"}
    owners = {"random", "np.random", "numpy.random", "torch", "torch.random", "torch.cuda"}
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in seeding
            and ast.unparse(node.func.value) in owners
        ]
        if not calls:
            continue
        # Inside fork_rng torch puts its generator back: layers offer no other way to be drawn.
        forked = {
            inner
            for node in ast.walk(tree)
            if isinstance(node, ast.With) and "fork_rng" in ast.unparse(node.items[0])
            for inner in ast.walk(node)
        }
        for node in calls:
            assert node in forked, (
                f"{inside(path)}:{node.lineno} seeds a global generator; pass one instead"
            )
