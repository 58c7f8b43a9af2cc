"""Who may import whom, that the light doors stay light, and that a command only reads options."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from small_corpus import sound

ROOT = Path(__file__).parents[2]
COMMANDS = sorted((ROOT / "src" / "plaudit" / "cli").rglob("*.py"))
STATEMENTS_AT_MOST = 12  # of a command, besides its options and its help
HEAVY = ("torch", "transformers", "scipy.stats", "av", "soundfile", "huggingface_hub", "jinja2")
# By words of the command line, the files of commands that their help may import.
HELP = {
    ("--help",): (
        *(path.stem for path in (ROOT / "src" / "plaudit" / "cli").glob("*.py")),
        *(
            "about",
            "about.cite",
            "about.doctor",
            "about.in_force",
        ),
        *("arena", "arena.serve", "arena.verbs"),
        *("arena.definition", "arena.results", "arena.state"),
        *("serving", "serving.serve", "serving.backup", "serving.keys"),
    ),
    ("score", "--help"): ("score",),
    ("rank", "--help"): ("rank", "compare", "score"),  # they share options
    ("bench", "--help"): ("bench", "reality", "score", "standings", "suite"),
    ("synth", "corpus", "--help"): ("synth",),
}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def modules_after(code: str) -> set[str]:
    """Names in sys.modules of a fresh interpreter after the code ran."""
    script = f"import json, sys\n{code}\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    done = run(sys.executable, "-c", script)
    assert done.returncode == 0, done.stderr
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return set(names)


def test_light_rooms_load_no_torch() -> None:
    # What lint-imports reads in our sources, seen at run time and through other packages too.
    package = ROOT / "src" / "plaudit"
    names = ["plaudit.judging.record"] + [
        ".".join(path.relative_to(package.parent).with_suffix("").parts)
        for area in ("core", "audio", "metrics", "targets", "datasets", "reports")
        for path in sorted((package / area).rglob("*.py"))
        if path.stem != "__init__"
    ]
    assert "plaudit.reports.songs.page" in names  # topics are looked into
    loaded = modules_after("\n".join(f"import {name}" for name in names))
    assert set(names) <= loaded
    assert not {"torch", "transformers", "scipy.stats"} & loaded


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_a_command_reads_options_and_calls_one_job(path: Path) -> None:
    for function in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(function, ast.FunctionDef) or path.stem == "app":
            continue
        body = function.body[1:] if ast.get_docstring(function) else function.body
        where = f"{path.name}: {function.name}"
        inside = [node for part in body for node in ast.walk(part)]
        n = sum(isinstance(node, ast.stmt) for node in inside)
        assert n <= STATEMENTS_AT_MOST, f"{where} does work of its own; move it to jobs"
        works = [n for n in inside if isinstance(n, ast.For | ast.While | ast.With | ast.Try)]
        assert not works, f"{where} loops, opens or catches; a job does that"
        jobs = [n for n in inside if isinstance(n, ast.Call) and ast.unparse(n) == "terminal()"]
        assert len(jobs) <= 1, f"{where} calls several jobs; write one that does both"


@pytest.mark.parametrize("module", HEAVY)
def test_import_plaudit_is_light(module: str, after_import: set[str]) -> None:
    assert module not in after_import


@pytest.mark.parametrize("words", HELP, ids=" ".join)
def test_help_is_light(words: tuple[str, ...]) -> None:
    """Help needs typer and the files of the commands that it names, and nothing else."""
    loaded = modules_after(
        f"sys.argv = {['plaudit', *words]}\n"
        "from plaudit.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    )
    assert not {*HEAVY, "numpy", "pydantic", "rich"} & loaded
    files = {f"plaudit.cli.{file}" for file in ("app", "lazy_group", "terminal", *HELP[words])}
    shared = {
        "plaudit.cli",
        "plaudit.core",
        "plaudit.core.choice",
        "plaudit.core.errors",
        "plaudit.core.printable",
        "plaudit.jobs",
        "plaudit.jobs.about",
        "plaudit.jobs.about.defaults",
    }
    assert {name for name in loaded if name.startswith("plaudit.")} <= files | shared
    # A count does not flicker with the load of the machine; bench/ measures the seconds.
    assert len(loaded - modules_after("")) < 150


def test_a_score_needs_no_table_and_no_algebra(tmp_path: Path) -> None:
    """Each of these packages would take a fifth of a second or more of every start."""
    song = tmp_path / "song.wav"
    soundfile.write(song, np.random.default_rng(0).normal(0, 0.1, 48_000), 24_000)
    loaded = modules_after(
        f"sys.argv = {['plaudit', 'score', str(song)]}\n"
        "from plaudit.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    )
    assert "plaudit.encoders.measured.battery" in loaded
    slow = ("sympy", "pyarrow", "transformers", "scipy.stats", "sklearn", "pandas", "ray")
    assert loaded.isdisjoint(slow)


def test_import_plaudit_loads_few_modules(after_import: set[str]) -> None:
    assert len(after_import - modules_after("")) < 20


def test_a_judge_on_mert_scores_without_transformers_and_compiler(
    quick_apex: Path, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "song.wav", sound(4, 3.0), 22_050)
    words = ["plaudit", "score", str(tmp_path / "song.wav"), "--judge", str(quick_apex)]
    loaded = modules_after(
        f"sys.argv = {words}\n"
        "from plaudit.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    )
    assert "plaudit.encoders.mert_network" in loaded
    # torch imports its compiler where it takes the norm of a tensor without numbers.
    assert loaded.isdisjoint({"transformers", "torch._dynamo"})


@pytest.fixture(scope="module")
def after_import() -> set[str]:
    return modules_after("import plaudit; dir(plaudit)")
