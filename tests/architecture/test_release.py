"""What is handed out: one version, complete pins, a whole wheel, nothing of one machine."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import plaudit

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "plaudit"
WHEEL_MEGABYTES = 20
EXTRAS = ("dev", "train", "cluster", "cloud", "export", "serve", "postgres")
UNTRACKED = {"build", "dist", "demo", "runs", "_build", "api", "__pycache__", ".venv", ".git"}

with (ROOT / "pyproject.toml").open("rb") as _file:
    PROJECT = tomllib.load(_file)["project"]


def tracked_files() -> Iterator[Path]:
    """Every file of the project, without what tools and runs leave behind."""
    for folder, names, files in os.walk(ROOT):
        names[:] = [n for n in names if n not in UNTRACKED and not n.endswith("_cache")]
        names[:] = [n for n in names if n not in {".hypothesis", ".pytest_cache"}]
        yield from (Path(folder) / name for name in files if name not in UNTRACKED)


def test_one_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    newest = re.search(r"^## \[([^\]]+)\]", changelog, re.MULTILINE)
    cited = re.search(r"^version: (.+)$", citation, re.MULTILINE)
    assert newest is not None
    assert cited is not None
    versions = {PROJECT["version"], plaudit.__version__, newest[1], cited[1]}
    assert versions == {plaudit.__version__}


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(row.split("==")[0]): row.split("==")[1] for row in rows}


def test_pins_are_exact_and_belong_to_no_machine() -> None:
    for name, version in pins().items():
        assert re.fullmatch(r"[\w.]+", version), f"{name}: no local version, no range, no path"


def installed() -> list[str]:
    """Everything that `make test` installs."""
    optional = PROJECT["optional-dependencies"]
    return [
        *PROJECT["dependencies"],
        *(line for extra in EXTRAS for line in optional[extra]),
    ]


def test_pins_fit_the_ranges_of_the_project() -> None:
    requirements = installed()
    for requirement in map(Requirement, requirements):
        assert pins()[canonicalize_name(requirement.name)] in requirement.specifier


def test_everything_that_gets_installed_is_pinned() -> None:
    requirements = installed()
    queue, seen = [Requirement(line) for line in requirements], set()
    while queue:
        requirement = queue.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        for line in distribution(requirement.name).requires or []:
            part = Requirement(line)
            extras = ["", *requirement.extras]
            if not part.marker or any(part.marker.evaluate({"extra": e}) for e in extras):
                queue.append(part)
    missing = {name for name, _ in seen} - set(pins()) - {"setuptools", "pip"}
    assert not missing, f"constraints.txt lacks {sorted(missing)}"


known_distributions = cache(packages_distributions)


def imported_distributions(*folders: Path) -> set[str]:
    """Distributions that the files below some folders import or `require`, none of ours."""
    distributions = known_distributions()
    files = [path for folder in folders for path in folder.rglob("*.py")]
    imported = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add((node.module or "").split(".")[0])
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "require":
                imported.add(ast.literal_eval(node.args[0]).split(".")[0])
    # Tests and scripts import the files beside them by name; the package itself never does.
    beside = [path for path in files if PACKAGE not in path.parents]
    ours = {"plaudit"} | {name for path in beside for name in (path.stem, path.parent.name)}
    imported -= ours | set(sys.stdlib_module_names)
    return {canonicalize_name(distributions[name][0]) for name in imported}


def declared(*groups: str) -> set[str]:
    lines = [line for name in groups for line in PROJECT["optional-dependencies"][name]]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def test_dependencies_are_those_that_are_imported() -> None:
    used = imported_distributions(PACKAGE)
    core = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    optional = declared(*set(PROJECT["optional-dependencies"]) - {"dev"})
    assert used <= core | optional, "imported and not declared"
    assert core | optional <= used, "declared and not imported"
    tools = imported_distributions(ROOT / "tests", ROOT / "bench", ROOT / "docs" / "_ext")
    assert tools <= core | declared("dev", "train", "cluster", "serve"), (
        "imported by tests and not declared for them"
    )


def test_nothing_belongs_to_one_machine() -> None:
    # Words are put together here so that this file does not match itself.
    words = ["find" + "-links", "extra-" + "index-url", "trusted" + "-host", "org/" + "whl"]
    folders = "|".join(["work", "root", "farm", "opt", "home", "Users"])
    local = re.compile(rf"(?<![.\w])/({folders})/\w|{'|'.join(words)}|index-url" + r"[= ]")
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # weights and pictures
        for number, line in enumerate(text.splitlines(), start=1):
            assert not local.search(line), f"{path.relative_to(ROOT)}:{number}: {line[:100]}"


def test_ci_runs_the_checks_and_the_readme_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("make")] == ["make check", "make test"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_whole_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if name.startswith("plaudit/")}
    ours = {
        f"plaudit/{path.relative_to(PACKAGE).as_posix()}"
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert inside == ours | {"plaudit/CITATION.cff"}  # which `plaudit cite` reads
    assert "plaudit/py.typed" in inside


def test_the_wheel_holds_the_bundled_judge_and_the_page(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        card = json.loads(archive.read("plaudit/judging/bundled/card.json"))
    assert "plaudit/judging/bundled/model.safetensors" in names
    assert "plaudit/judging/bundled/encoder.safetensors" in names
    assert card["name"] == "bundled"
    assert any(re.fullmatch(r"plaudit/reports/.+\.(html|css|js|jinja|j2)", name) for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < WHEEL_MEGABYTES * 1e6
