"""Does the study find nothing where there is nothing? False findings over many worlds of numbers.

Backs docs/study.md, "Does it tell the truth?": where aesthetics do not matter, the study never says
"supported".

Worlds are those of `voting.world`: 1,000 votes on 200 prompts, whose listeners vote by charm, the
system's name and the moment, and not by how well a song is made:

- ``plain``: popularity scores are of charm;
- ``trap``: popularity scores are of charm and quality, so that aesthetic scores can help by taking
  the quality out of them, though nobody votes by it;
- ``coin``: listeners do vote by quality, and each outcome is then dealt by a coin (``permuted``).

Printed for each world, scheme and test (with and without controls): how often the study says
"supported" (Wilson's 95 % interval); how often the uncorrected p is below .05 and both is better,
or worse; the mean gain in AUC, its spread over worlds, and the standard error that the study
reports; for the coin also the mean AUC of both. Then the same test against popularity with
shuffled aesthetic scores, which has as many numbers: its p-values should be even.

Run: .venv/bin/python bench/studies/no_effect.py [WORLDS] [MODEL]
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import time
from collections import Counter

import numpy as np

from plaudit.benchmarks.preference.record import StudyResult, StudySettings
from plaudit.benchmarks.preference.study import study_preference
from plaudit.benchmarks.preference.study_data import gather
from plaudit.benchmarks.preference.verdict import find
from plaudit.metrics.share import wilson
from voting.world import NOTHING, SOMETHING, World, draw_world

WORLDS = {
    "plain": World(taste=NOTHING, popularity="charm"),
    "trap": World(taste=NOTHING, popularity="appeal"),
    "coin": World(taste=SOMETHING),
}


def studied(name: str, seed: int, model: str) -> StudyResult:
    data = gather(*draw_world(WORLDS[name], np.random.default_rng(seed)))
    settings = StudySettings(
        models=(model,),
        schemes=("prompt", "leave-one-system-out"),
        permuted=name == "coin",
        draws=400,
        seed=seed,
    )
    return study_preference(data, settings)[0]


def report(name: str, results: list[StudyResult], model: str) -> None:
    print(f"\n{name}: {len(results)} worlds, {model}")
    for question in ("claim", "controlled"):
        for scheme in results[0].settings.schemes:
            tests = [
                next(c for c in r.comparisons if (c.question, c.scheme) == (question, scheme))
                for r in results
            ]
            words = [
                next(v.finding for v in r.verdicts
                     if (v.scheme, v.controlled) == (scheme, question == "controlled"))
                for r in results
            ]  # fmt: skip
            gain = np.array([test.auc.value or 0.0 for test in tests])
            p = np.array([1.0 if test.p is None else test.p for test in tests])
            yes = words.count("supported")
            low, high = wilson(yes, len(words))
            print(
                f"  {question:<11}{scheme:<22}supported {yes / len(words):.3f} [{low:.3f},"
                f" {high:.3f}]  p<.05 better {np.mean((p < 0.05) & (gain > 0)):.3f}, worse"
                f" {np.mean((p < 0.05) & (gain < 0)):.3f}  gain {gain.mean():+.4f}, spread"
                f" {gain.std(ddof=1):.4f}, reported {np.mean([test.se for test in tests]):.4f}"
                f"  {dict(Counter(words))}"
            )
    for scheme in results[0].settings.schemes:
        tests = [
            next(c for c in r.comparisons if (c.scheme, c.b) == (scheme, "popularity + shuffled"))
            for r in results
        ]
        gain = np.array([test.auc.value or 0.0 for test in tests])
        p = np.array([1.0 if test.p is None else test.p for test in tests])
        print(
            f"  shuffled   {scheme:<22}p<.05 better {np.mean((p < 0.05) & (gain > 0)):.3f}, worse"
            f" {np.mean((p < 0.05) & (gain < 0)):.3f}  gain {gain.mean():+.4f}, spread"
            f" {gain.std(ddof=1):.4f}, reported {np.mean([test.se for test in tests]):.4f}"
        )
    if name == "coin":
        for place in range(len(results[0].schemes)):
            rows = [find(r.schemes[place], "both", model) for r in results]
            auc = np.array([row.auc.value for row in rows if row is not None], np.float64)
            print(
                f"  AUC of both, {results[0].schemes[place].scheme}: mean {auc.mean():.3f},"
                f" spread {auc.std(ddof=1):.3f}"
            )


def main() -> None:
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    model = sys.argv[2] if len(sys.argv) > 2 else "logistic"
    start = time.monotonic()
    for name in WORLDS:
        report(name, [studied(name, seed, model) for seed in range(worlds)], model)
    print(f"\n{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
