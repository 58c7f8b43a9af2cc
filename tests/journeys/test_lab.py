"""A lab's way, through an installed wheel on a path with spaces: a table in, a judge measured."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import soundfile

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


def installed(folder: Path) -> Path:
    """Build a wheel and install it beside the packages that the tests run with."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    site = folder / "my packages"
    options = ["--no-deps", "--no-index", "--no-compile", "--quiet", "--target", str(site)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    return site


def write_table(folder: Path) -> None:
    """Write songs and a table of them as a spreadsheet saves it."""
    (folder / "my songs").mkdir()
    rows = [["Datei", "System", "Prompt", "Gesamt", "Clarity"]]
    for k in range(N_SONGS):
        rng = np.random.default_rng(k)
        time_s = np.arange(1.5 * 16_000) / 16_000
        tone = np.sin(2 * np.pi * rng.uniform(150, 900) * time_s) * rng.uniform(0.1, 0.4)
        name = f"my songs/take {k:02}.wav"
        soundfile.write(folder / name, tone + rng.normal(0, 0.02, len(tone)), 16_000)
        score = f"{rng.uniform(1, 5):.2f}".replace(".", ",")
        rows.append([name, f"00{k % 3}", f"prompt {k // 2}", score, "3"])
    with (folder / "my table.csv").open("w", encoding="utf-16", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(rows)


def test_a_table_becomes_a_judge_that_is_measured(tmp_path: Path) -> None:
    lab = tmp_path / "our lab"
    lab.mkdir()
    site = installed(lab)
    write_table(lab)
    (lab / "judge.toml").write_text(SETTINGS)
    env = {**os.environ, "PYTHONPATH": str(site), "OMP_NUM_THREADS": "1"}

    def ran(*words: str | Path, given: str | None = None) -> str:
        done = subprocess.run(
            [sys.executable, *words], input=given,
            cwd=lab, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    prepared = ran(
        *(site / "bin" / "plaudit", "data", "prepare", "csv", "my table.csv"),
        *("--column", "path=Datei"),
        *("--axis", "musicality=Gesamt", "--shares", ".5,.25,.25", "--out", "songs.parquet"),
        *("--workers", "1"),
    )
    assert f"Wrote songs.parquet: {N_SONGS} songs of csv" in prepared
    assert "No leak by song, artist, prompt, near-duplicate" in prepared
    table = pq.read_table(lab / "songs.parquet").to_pylist()
    assert {row["system"] for row in table} == {"000", "001", "002"}
    sides: dict[str, set[str]] = {}
    for row in table:
        sides.setdefault(row["prompt_text"], set()).add(row["split"])
    assert all(len(split) == 1 for split in sides.values())

    commands = (
        ("embed", "songs.parquet", "--out", "my store", "--workers", "1"),
        ("train", "judge.toml"),
        ("evaluate", "my run/judge", "songs.parquet", "--baselines", "constant",
         "--draws", "50", "--out", "result.json"),
    )  # fmt: skip
    printed = ran("-c", TYPED, given="\n".join("|".join(words) for words in commands))
    assert f"{N_SONGS} of {N_SONGS} songs embedded now" in printed
    result = json.loads((lab / "result.json").read_text())
    tested = sum(row["split"] == "test" for row in table)
    assert {axis["axis"]: axis["n"] for axis in result["axes"]}["musicality"] == tested
    assert Path(printed.splitlines()[-1]).is_relative_to(site)
