"""How far two trainings of the bundled judge agree when the processor rounds differently.

Trains twice on 200 songs: once with all the processor offers, once held to AVX2, in processes of
their own, and prints the largest difference of their scores on the songs of the demo.

Run: make bench
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from plaudit.core.axes import AXES
from plaudit.judging.load import load_judge
from plaudit.judging.record import SongScores
from plaudit.model.folder import read_card
from plaudit.synth.demo import compose_demo

SONGS = 200
HELD_BACK = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX X86_V4",
}


def train(folder: Path, environment: dict[str, str]) -> None:
    # Each measures its recordings itself: a shared cache would hide what rounding does to them.
    cache = folder.with_name(f"{folder.name}-cache")
    command = ["judges", "train-bundled", "--songs", str(SONGS), "--out", str(folder)]
    command += ["--cache", str(cache)]
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "plaudit", *command],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )


with tempfile.TemporaryDirectory() as place:
    here = Path(place)
    train(here / "all", {})
    train(here / "avx2", HELD_BACK)
    songs = compose_demo(here / "songs")
    rows = [load_judge(here / name, device="cpu").score(songs) for name in ("all", "avx2")]
    same = read_card(here / "all").weights_hash == read_card(here / "avx2").weights_hash
    print(f"{SONGS} songs, weights identical: {same}")
    for axis in AXES:
        largest = max(
            abs(a[axis.name].value - b[axis.name].value)
            for a, b in zip(*rows, strict=True)
            if isinstance(a, SongScores) and isinstance(b, SongScores)
        )
        print(f"{axis.name:<14}largest difference {largest:.4f} of {axis.high - axis.low:g}")
