"""Three users, each through an installed wheel, in a folder of their own on a path with spaces.

Somebody who trains generators compares two of them; a lab makes a judge of its own corpus; a
musician opens a report.
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile
from playwright.sync_api import Browser, expect

ROOT = Path(__file__).parents[2]
N_SONGS = 14
#: Several commands in one process: each alone would spend two seconds on its imports.
TYPED = """
import sys
import plaudit
from plaudit.cli.app import main
for line in sys.stdin.read().splitlines():
    sys.argv = ["plaudit", *line.split("|")]
    try:
        main()
    except SystemExit as stop:
        if stop.code:
            raise
print(plaudit.__file__)
"""
SETTINGS = """
manifest = "songs.parquet"
store = "my store"
out = "my run"
encoder = "bundled"
mix = "mean"
epochs = 2
batch = 8
shared_dims = [16, 8]
branch_dims = [8]
axes = "labelled"
device = "cpu"
"""


class User:
    """A folder on a path with spaces, and the commands of an installed wheel."""

    def __init__(self, site: Path, folder: Path) -> None:
        self._site, self.folder = site, folder
        folder.mkdir()

    def types(self, *words: str | Path) -> str:
        """Run one command by the program that the wheel installs."""
        return self._ran(self._site / "bin" / "plaudit", *words)

    def types_all(self, *commands: tuple[str, ...]) -> str:
        """Run several commands in one process, and make sure that the wheel answers."""
        printed = self._ran("-c", TYPED, given="\n".join("|".join(words) for words in commands))
        assert Path(printed.splitlines()[-1]).is_relative_to(self._site)
        return printed

    def _ran(self, *words: str | Path, given: str | None = None) -> str:
        env = {**os.environ, "PYTHONPATH": str(self._site), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, *words], input=given,
            cwd=self.folder, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel and install it beside the packages that the tests run with."""
    folder = tmp_path_factory.mktemp("an installation")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    site = folder / "my packages"
    options = ["--no-deps", "--no-index", "--no-compile", "--quiet", "--target", str(site)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    return site


def write_take(path: Path, seed: int) -> None:
    """Write a tone with some noise."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(1.5 * 16_000) / 16_000
    tone = np.sin(2 * np.pi * rng.uniform(150, 900) * time_s) * rng.uniform(0.1, 0.4)
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, tone + rng.normal(0, 0.02, len(tone)), 16_000)


def write_table(folder: Path) -> None:
    """Write songs and a table of them as a spreadsheet saves it."""
    rows = [["Datei", "System", "Prompt", "Gesamt", "Clarity"]]
    for k in range(N_SONGS):
        name = f"my songs/take {k:02}.wav"
        write_take(folder / name, k)
        score = f"{np.random.default_rng(k).uniform(1, 5):.2f}".replace(".", ",")
        rows.append([name, f"00{k % 3}", f"prompt {k // 2}", score, "3"])
    with (folder / "my table.csv").open("w", encoding="utf-16", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(rows)


def test_two_generators_are_compared(site: Path, tmp_path: Path) -> None:
    user = User(site, tmp_path / "our generators")
    takes = {
        "model a/take 0.wav": ("model a", "prompt 0"),
        "model a/take 1.wav": ("model a", "prompt 1"),
        "model b/take 0.wav": ("model b", "prompt 0"),
    }
    for seed, name in enumerate(takes):
        write_take(user.folder / name, seed)
    rows = [[name, *facts] for name, facts in takes.items()]
    for name, table in {
        "takes.csv": [["path", "system", "prompt"], *rows],
        "ranks.csv": [["system", "rank"], ["model a", "1"], ["model b", "2"]],
    }.items():
        with (user.folder / name).open("w", newline="") as file:
            csv.writer(file).writerows(table)
    first, second = "model a/take 0.wav", "model b/take 0.wav"
    printed = user.types_all(
        ("score", "model a", "model b", "--output", "my scores.jsonl"),
        ("rank", "--scores", "my scores.jsonl", "--manifest", "takes.csv",
         "--group-by", "prompt", "--keep", "1", "--output", "best.csv"),
        ("compare", first, second, "--scores", "my scores.jsonl", "--format", "json"),
        ("bench", "reality", "takes.csv", "--out", "reality.json"),
    )  # fmt: skip
    lines = (user.folder / "my scores.jsonl").read_text().splitlines()
    scores = [json.loads(line) for line in lines]
    assert [row["path"] for row in scores] == list(takes)
    with (user.folder / "best.csv").open(newline="") as file:
        best = list(csv.DictReader(file))
    assert [row["group"] for row in best] == ["prompt 0", "prompt 1"]
    verdict = json.loads(next(line for line in printed.splitlines() if line.startswith("{")))
    assert 0 < verdict["probability"] < 1
    assert [verdict[place]["path"] for place in ("first", "second")] == [first, second]
    result = json.loads((user.folder / "reality.json").read_text())
    assert (len(result["clips"]), result["n_prompts"], result["n_pairs"]) == (2, 1, 1)


def test_a_table_becomes_a_judge_that_is_measured(site: Path, tmp_path: Path) -> None:
    lab = User(site, tmp_path / "our lab")
    write_table(lab.folder)
    (lab.folder / "judge.toml").write_text(SETTINGS)
    prepared = lab.types(
        *("data", "prepare", "csv", "my table.csv", "--column", "path=Datei"),
        *("--axis", "musicality=Gesamt", "--shares", ".5,.25,.25", "--out", "songs.parquet"),
        *("--workers", "1"),
    )
    assert f"Wrote songs.parquet: {N_SONGS} songs of csv" in prepared
    assert "No leak by song, artist, prompt, near-duplicate" in prepared
    table = pq.read_table(lab.folder / "songs.parquet").to_pylist()
    assert {row["system"] for row in table} == {"000", "001", "002"}
    sides: dict[str, set[str]] = {}
    for row in table:
        sides.setdefault(row["prompt_text"], set()).add(row["split"])
    assert all(len(split) == 1 for split in sides.values())

    printed = lab.types_all(
        ("embed", "songs.parquet", "--out", "my store", "--workers", "1"),
        ("train", "judge.toml"),
        ("evaluate", "my run/judge", "songs.parquet", "--baselines", "constant",
         "--draws", "50", "--out", "result.json"),
        ("score", "my songs/take 00.wav", "--judge", "my run/judge", "--output", "scores.csv"),
    )  # fmt: skip
    assert f"{N_SONGS} of {N_SONGS} songs embedded now" in printed
    result = json.loads((lab.folder / "result.json").read_text())
    tested = sum(row["split"] == "test" for row in table)
    assert {axis["axis"]: axis["n"] for axis in result["axes"]}["musicality"] == tested
    with (lab.folder / "scores.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["judge_name"] == "mine"
    assert 1 <= float(row["musicality"]) <= 5


@pytest.mark.browser
def test_a_musician_opens_the_report(site: Path, tmp_path: Path, browser: Browser) -> None:
    user = User(site, tmp_path / "my music")
    names = ("first song.wav", "second song.wav")
    for seed, name in enumerate(names):
        write_take(user.folder / "songs" / name, seed)
    user.types("score", "songs", "--report", "my report.html")
    page = browser.new_page()
    page.goto((user.folder / "my report.html").as_uri())
    for name in names:
        expect(page.get_by_text(name.removesuffix(".wav")).first).to_be_visible(timeout=60_000)
    expect(page.locator("body")).to_contain_text("simulated")
    expect(page.locator("audio")).to_have_count(2)
    page.close()
