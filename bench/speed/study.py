"""How long a study of preference takes, with every feature set and scheme.

Battles are made up: one in eleven of a new system, seven scores a song, fifteen made-up acoustics,
and an embedding of 64 numbers. By the clock, and of all processors.

Run: .venv/bin/python bench/speed/study.py --votes 5000 --models all
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import resource
import time

import numpy as np

from plaudit.benchmarks.preference.record import study_settings
from plaudit.benchmarks.preference.study import study_preference
from plaudit.benchmarks.preference.study_data import gather
from plaudit.benchmarks.scores.features import Numbers
from plaudit.benchmarks.votes.songs import Battles
from plaudit.core.axes import AESTHETICS, POPULARITY
from plaudit.core.outcome import Outcome
from table import Row, make_parser, report

SYSTEMS, NEW, ANSWERS, VOTES_A_PROMPT = 11, "new", 4, 5
FAMILIES = {
    "popularity": POPULARITY,
    "aesthetics": AESTHETICS,
    "duration": ("duration_s",),
    "loudness": ("loudness_lufs",),
    "acoustics": tuple(f"a{k}" for k in range(15)),
    "embedding": tuple(f"e{k}" for k in range(64)),
}


def made_up(votes: int, rng: np.random.Generator) -> tuple[Battles, Numbers]:
    """Draw battles that go by the first number of the songs, mostly."""
    prompts = votes // VOTES_A_PROMPT
    systems = [rng.permutation(SYSTEMS)[:ANSWERS] for _ in range(prompts)]
    prompt = np.repeat(np.arange(prompts), VOTES_A_PROMPT)
    pairs = np.array([rng.permutation(ANSWERS)[:2] for _ in prompt]) + ANSWERS * prompt[:, None]
    made = [f"system {k}" for k in np.concatenate(systems)]
    for late in range(votes // 10):
        made[ANSWERS * late] = NEW
    values = {name: rng.normal(size=(len(made), len(of))) for name, of in FAMILIES.items()}
    gap = values["aesthetics"][pairs, 0] @ [1, -1] + rng.logistic(size=len(pairs))
    outcome = [Outcome.FIRST if first else Outcome.SECOND for first in gap > 0]
    ids = [f"song {k}" for k in range(len(made))]
    battles = Battles(
        first=[ids[a] for a in pairs[:, 0]],
        second=[ids[b] for b in pairs[:, 1]],
        outcome=outcome,
        prompt=[f"prompt {p}" for p in prompt],
        voter=[f"voter {v}" for v in rng.integers(150, size=len(prompt))],
        first_system=[made[a] for a in pairs[:, 0]],
        second_system=[made[b] for b in pairs[:, 1]],
        day=np.arange(len(prompt), dtype=float).tolist(),
    )
    return battles, Numbers(tuple(ids), {name: (FAMILIES[name], v) for name, v in values.items()})


def processor_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def main() -> None:
    parser = make_parser(__doc__)
    parser.add_argument("--votes", type=int, default=1_000)
    parser.add_argument("--models", default="logistic")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    data = gather(*made_up(options.votes, np.random.default_rng(0)))
    settings = study_settings(models=options.models, schemes="all", new_system=NEW)
    before, started = processor_s(), time.perf_counter()
    result, _ = study_preference(data, settings, workers=options.workers)
    took_s, used_s = time.perf_counter() - started, processor_s() - before
    title = (
        f"{options.votes:,} battles, {' '.join(settings.models)}, {len(result.features)} feature"
        f" sets, {sum(scheme.fits for scheme in result.schemes)} splits, workers {options.workers}"
    )
    rows = [Row(title, took_s, "s"), Row("the same, processors", used_s, "s")]
    report(rows, as_json=options.json)


if __name__ == "__main__":
    main()
