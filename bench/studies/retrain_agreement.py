"""How far the bundled judge agrees with itself, made again on a processor that rounds otherwise.

Backs docs/judges.md, "Make it again": how far a judge made again lies from the shipped one, and
that the shipped one hardly notices another processor.

With the folder of a judge that `make judge` made on another machine, and with its cache: how far
its scores lie from those of the judge that is shipped, on the 440 songs of the card, which neither
learned from. Then what this processor says when it is held to what one without AVX-512 offers: how
many samples of six songs are others when they are composed, and how far the shipped judge's scores
of them move. `make judge` writes over that judge, so let it work in a second clone:

    git clone . ../again && make -C ../again judge
    .venv/bin/python bench/studies/retrain_agreement.py ../again/src/plaudit/judging/bundled \\
        ../again/runs/bundled

Run: .venv/bin/python bench/studies/retrain_agreement.py JUDGE CACHE
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXES
from plaudit.encoders.measured.encoder import MeasuredEncoder
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.folder import load_folder, read_card
from plaudit.synth.demo import compose_demo
from plaudit.training.bundled.composed_example import Example, Role
from plaudit.training.bundled.example_cache import cached_examples
from plaudit.training.bundled.member_fit import predict
from plaudit.training.bundled.training_record import RECORD, read_settings

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


def score_songs(songs: list[Path], judge: Path, environment: dict[str, str]) -> NDArray[np.float64]:
    output = plaudit(environment, "score", *songs, "--judge", judge, "--format", "jsonl")
    rows = [json.loads(line) for line in output.splitlines()]
    return np.array([[row["scores"][axis.name]["value"] for axis in AXES] for row in rows])


def predicted(songs: list[Example], folder: Path) -> NDArray[np.float64]:
    judge = load_folder(folder)
    if not isinstance(judge.encoder, MeasuredEncoder):
        raise AssertionError("the bundled judge measures")
    return np.asarray(predict(judge.network, judge.encoder, songs)[0], np.float64)


def tell(what: str, apart: NDArray[np.float64]) -> None:
    print(f"{what}, {len(apart)} songs")
    print("difference     median     95 %  largest")
    for axis, values in zip(AXES, np.abs(apart).T, strict=True):
        cells = "".join(f"{value:9.5f}" for value in np.quantile(values, (0.5, 0.95, 1.0)))
        print(f"{axis.name:<12}{cells} of {axis.high - axis.low:g}")


def same_weights(judge: Path, other: Path) -> str:
    same = read_card(judge).weights_hash == read_card(other).weights_hash
    return f"two judges, weights {'' if same else 'not '}identical"


def compare_made(judge: Path, cache: Path) -> None:
    had = read_settings(BUNDLED / RECORD)
    wanted: dict[Role, int] = {"test": had.test}
    songs = cached_examples(
        wanted, had.seed, SegmentRule(), cache, 1, lambda *_: None, had.typical_s
    )["test"]
    tell(same_weights(BUNDLED, judge), predicted(songs, BUNDLED) - predicted(songs, judge))


def compare_held() -> None:
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        songs = compose_demo(here / "songs")
        plaudit(HELD_BACK, "demo", "--out", here / "held")
        for song in songs:
            whole, held = (
                soundfile.read(path, dtype="int16")[0].astype(int)
                for path in (song, here / "held" / "songs" / song.name)
            )
            apart = np.abs(whole - held)
            share, most = 1000 * np.mean(apart > 0), apart.max()
            print(
                f"{song.stem}: {share:.1f} samples in 1,000 are others, by {most} of 32,768 at most"
            )
        once = score_songs(songs, BUNDLED, {})
        tell("the shipped judge, without AVX-512", once - score_songs(songs, BUNDLED, HELD_BACK))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Expected the folder of a judge and the cache it was made from.")
    compare_made(Path(sys.argv[1]), Path(sys.argv[2]))
    compare_held()
