"""How far the bundled judge agrees with itself, made on a processor that rounds otherwise.

Held to AVX2, in processes of their own, a judge is trained and a few songs are scored; printed is
how far their scores lie from those of a judge made and asked with all that this processor offers,
at most, by axis. Without options both are small judges, of 200 songs that each measures for itself.
With the cache of `make judge` the other one is the shipped judge, and the one held to AVX2 learns
from all of the recordings that are kept there, as they were measured: minutes, not an hour.

Run: .venv/bin/python bench/retrain_agreement.py [CACHE]
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from plaudit.core.axes import AXES
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.folder import read_card
from plaudit.synth.demo import compose_demo
from plaudit.training.bundled import RECORD

FEW = {"learn": 200, "check": 60, "test": 22}
HELD_BACK = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX X86_V4",
}


def plaudit(environment: dict[str, str], *words: object) -> str:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "plaudit", *map(str, words)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ).stdout


def train(folder: Path, environment: dict[str, str], cache: Path | None) -> Path:
    # Without a cache each measures its recordings itself: sharing them would hide what rounding
    # does to them.
    words: list[object] = ["judges", "train-bundled", "--out", folder]
    words += ["--cache", cache or folder.with_name(f"{folder.name}-cache")]
    settings = BUNDLED / RECORD
    if not cache:
        few = json.loads(settings.read_text(encoding="utf-8"))
        few["settings"] |= FEW
        settings = folder.with_name(f"{folder.name}.json")
        settings.write_text(json.dumps(few), encoding="utf-8")
    plaudit(environment, *words, "--settings", settings)
    return folder


def scores(songs: list[Path], judge: Path, environment: dict[str, str]) -> list[dict[str, float]]:
    said = plaudit(environment, "score", *songs, "--judge", judge, "--format", "jsonl")
    rows = [json.loads(line) for line in said.splitlines()]
    return [{axis.name: row["scores"][axis.name]["value"] for axis in AXES} for row in rows]


def main(cache: Path | None) -> None:
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        whole = BUNDLED if cache else train(here / "whole", {}, None)
        held = train(here / "held", HELD_BACK, cache)
        songs = compose_demo(here / "songs")
        pairs = list(zip(scores(songs, whole, {}), scores(songs, held, HELD_BACK), strict=True))
        same = read_card(whole).weights_hash == read_card(held).weights_hash
        print(f"weights identical: {same}; {len(songs)} songs scored")
        for axis in AXES:
            largest = max(abs(a[axis.name] - b[axis.name]) for a, b in pairs)
            print(f"{axis.name:<14}largest difference {largest:.4f} of {axis.high - axis.low:g}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
