"""Does the study find what is there? Worlds in which aesthetics matter, and the twelfth system.

Backs docs/study.md, "Does it tell the truth?": how often the study says "supported" where
aesthetics matter, and that a judge which only knows the names adds nothing on a new system.

Worlds are those of `voting.world`.

1. Listeners give aesthetics .45, .1 and .03 of the vote: how often the study says "supported" under
   each scheme, with the mean gain in AUC, and the chance of finding the mean gain that its own
   formula promises (which counts no correction, and no gain that is luck).
2. The twelfth system as the test that could falsify the claim: 300 battles of a system that came
   after all others and sounds flawless. A judge that hears songs keeps its gain on it. A judge that
   only knows the names (how good each system's songs are in the mean, and polish for quality) does
   well under folds of prompts, and has nothing to say of the twelfth.

Run: .venv/bin/python bench/studies/planted_effect.py [WORLDS] [MODEL]
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import time
from collections import Counter
from dataclasses import replace

import numpy as np

from plaudit.benchmarks.preference.paired_test import power_at
from plaudit.benchmarks.preference.record import StudyResult, StudySettings
from plaudit.benchmarks.preference.study import study_preference
from plaudit.benchmarks.preference.study_data import gather
from plaudit.benchmarks.preference.verdict import find
from plaudit.synth.public.battle import Taste
from plaudit.synth.system import TWELFTH
from voting.world import NOTHING, World, draw_world

SHARES = {
    share: replace(NOTHING, aesthetics=share, chance=0.7 - share) for share in (0.45, 0.1, 0.03)
}


def studied(world: World, seed: int, model: str) -> StudyResult:
    data = gather(*draw_world(world, np.random.default_rng(seed)))
    settings = StudySettings(
        models=(model,), draws=400, seed=seed, new_system=TWELFTH if world.twelfth else None
    )
    return study_preference(data, settings)[0]


def report(results: list[StudyResult], model: str) -> None:
    for scheme in ("prompt", "leave-one-system-out", "new-system-last"):
        tests = [
            c for r in results for c in r.comparisons
            if (c.question, c.scheme) == ("claim", scheme) and c.se and c.auc.value is not None
        ]  # fmt: skip
        if not tests:
            continue
        words = [v.finding for r in results for v in r.verdicts
                 if v.scheme == scheme and not v.controlled]  # fmt: skip
        held = [v.finding for r in results for v in r.verdicts
                if v.scheme == scheme and v.controlled]  # fmt: skip
        gain = np.array([test.auc.value for test in tests], np.float64)
        chance = np.mean([power_at(test.decided, test.se or 0.0, float(gain.mean()), test.decided)
                          for test in tests])  # fmt: skip
        both = [find(s, "both", model) for r in results for s in r.schemes if s.scheme == scheme]
        auc = np.mean([row.auc.value for row in both if row is not None and row.auc.value])
        print(
            f"  {scheme:<22}supported {words.count('supported') / len(words):.2f}, with controls"
            f" {held.count('supported') / len(held):.2f}; AUC of both {auc:.3f}, gain"
            f" {gain.mean():+.3f} (spread {gain.std(ddof=1):.3f}), formula's chance {chance:.2f}"
            f"  {dict(Counter(words))}"
        )


def main() -> None:
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    model = sys.argv[2] if len(sys.argv) > 2 else "logistic"
    start = time.monotonic()
    for share, taste in SHARES.items():
        print(f"\naesthetics {share:g} of the vote: {worlds} worlds of 1,000 votes, {model}")
        report([studied(World(taste=taste), seed, model) for seed in range(worlds)], model)
    for kind in ("hears", "knows names"):
        world = World(twelfth=300, taste=Taste(), judge=kind)
        print(f"\nthe twelfth, a judge that {kind}: {worlds} worlds of 1,000 + 300 votes, {model}")
        report([studied(world, seed, model) for seed in range(worlds)], model)
    print(f"\n{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
