"""How long a study of 5,000 battles takes, with every model, feature set and scheme.

A world of numbers (`voting.world`) with 5,000 votes on 1,000 prompts between the
eleven and 500 of the twelfth, seven scores a song, fifteen made-up acoustics, and an embedding of
64 numbers. Wall-clock and processor seconds of this process and its workers; with --workers 2 on
two cores.

Run: .venv/bin/python bench/speed/study.py [WORKERS] [MODELS]
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import resource
import sys
import time

import numpy as np

from plaudit.benchmarks.preference.record import study_settings
from plaudit.benchmarks.preference.study import study_preference
from plaudit.benchmarks.votes.song_votes import Numbers, gather
from voting.world import World, draw_world


def main() -> None:
    workers = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    models = sys.argv[2] if len(sys.argv) > 2 else "all"
    rng = np.random.default_rng(0)
    votes, numbers = draw_world(World(votes=5_000, prompts=1_000, twelfth=500), rng)
    n = len(numbers.song_id)
    more = {
        "acoustics": (tuple(f"a{k}" for k in range(15)), rng.normal(size=(n, 15))),
        "embedding": (tuple(f"e{k}" for k in range(64)), rng.normal(size=(n, 64))),
    }
    data = gather(votes, Numbers(numbers.song_id, {**numbers.columns, **more}))
    settings = study_settings(models=models, schemes="all", new_system="lodestar")
    before, start = _processor_s(), time.monotonic()
    marks: list[tuple[float, int]] = []
    result, _ = study_preference(
        data, settings, workers=workers,
        on_progress=lambda done, _: marks.append((time.monotonic() - start, done)),
    )  # fmt: skip
    fits = sum(one.fits for one in result.schemes)
    print(
        f"{result.counts.decided:,} decided battles, {len(result.features)} feature sets, models"
        f" {', '.join(settings.models)}, {fits} splits: {time.monotonic() - start:.0f} s on"
        f" {workers} workers, {_processor_s() - before:.0f} s of processor; load"
        f" {os.getloadavg()[0]:.1f}"
    )


def _processor_s() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()
