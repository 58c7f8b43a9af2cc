"""How well simulated raters agree, beside real ones.

Backs docs/proving-ground.md, "People": simulated raters agree about as well as people do.

Split-half reliability of five raters against five (Spearman-Brown, mean over 200 random halves),
the one-way intraclass correlation of a single rating, and the expected reliability of a mean of
four, with 95 % intervals from 200 bootstraps over songs.

Without ``--aes`` the real figures are those we computed from AES-PAM's 500 music clips, ten raters
each (Audiobox Aesthetics, Tjandra et al. 2025, arXiv 2502.05139; CC-BY 4.0). With it they are
computed from that file (``AES_PAM.jsonl``).

Run: .venv/bin/python bench/studies/rater_agreement.py [--aes AES_PAM.jsonl]
"""

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS
from plaudit.synth.public.audience import SongTruth, expected_ratings
from plaudit.synth.public.rater import draw_panel, rate

SONGS, RATERS, SEED = 500, 10, 5
Floats = NDArray[np.float64]
# Split-half and single-rating reliability of the real raters, as printed with --aes.
KNOWN = {
    "Production_Quality": (0.804, 0.291),
    "Production_Complexity": (0.792, 0.277),
    "Content_Enjoyment": (0.851, 0.364),
    "Content_Usefulness": (0.783, 0.265),
}


def single(ratings: Floats) -> float:
    """One-way intraclass correlation ICC(1) of ratings (songs, raters)."""
    songs, raters = ratings.shape
    means = ratings.mean(1)
    between = raters * means.var(ddof=1)
    within = ((ratings - means[:, None]) ** 2).sum() / (songs * (raters - 1))
    return float((between - within) / (between + (raters - 1) * within))


def split_half(ratings: Floats, rng: np.random.Generator, halves: int = 200) -> float:
    """Mean over random halves of the raters of the Spearman-Brown corrected correlation."""
    correlations = []
    for _ in range(halves):
        order = rng.permuted(np.tile(np.arange(ratings.shape[1]), (len(ratings), 1)), axis=1)
        mixed = np.take_along_axis(ratings, order, axis=1)
        half = ratings.shape[1] // 2
        r = np.corrcoef(mixed[:, :half].mean(1), mixed[:, half:].mean(1))[0, 1]
        correlations.append(2 * r / (1 + r))
    return float(np.mean(correlations))


def row(name: str, ratings: Floats, rng: np.random.Generator) -> None:
    icc = single(ratings)
    drawn = [single(ratings[rng.integers(len(ratings), size=len(ratings))]) for _ in range(200)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    half, four = split_half(ratings, rng), 4 * icc / (1 + 3 * icc)
    print(
        f"{name:<24}{len(ratings):>6}{half:>12.3f}{icc:>9.3f} [{low:.3f}, {high:.3f}]{four:>10.3f}"
    )


def simulated(rng: np.random.Generator, raters: int) -> Floats:
    songs = []
    for _ in range(SONGS):
        truth = SongTruth(dict(zip(AESTHETICS, rng.uniform(size=5), strict=True)), "pop", 110.0)
        worth = np.array(list(expected_ratings(truth).values()))
        songs.append(rate(draw_panel(rng, raters), worth, rng))
    return np.stack(songs)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--aes", type=Path, help="AES_PAM.jsonl, to compute the real figures")
options = parser.parse_args()
rng = np.random.default_rng(SEED)
print(f"{'axis':<24}{'songs':>6}{'split-half':>12}{'one rating [95 %]':>26}{'four':>10}")
if options.aes:
    lines = [json.loads(line) for line in options.aes.read_text().splitlines()]
    clips = [line for line in lines if "/music/" in line["data_path"]]
    for axis in KNOWN:
        row(axis, np.array([clip[axis] for clip in clips]), rng)
else:
    for axis, (half, icc) in KNOWN.items():
        print(f"{axis:<24}{500:>6}{half:>12.3f}{icc:>9.3f}{'':>17}{4 * icc / (1 + 3 * icc):>10.3f}")
ours = simulated(rng, RATERS)
for number, axis in enumerate(AESTHETICS):
    row(f"simulated {axis}", ours[:, :, number], rng)
