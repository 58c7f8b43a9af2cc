"""Does the voice detector follow the voice better than the harmonic sum?

Backs docs/decisions/0014-a-learned-voice-detector.md: its table.

On composed songs that the weights never saw (those kept aside by `plaudit judges train-voice`):
shares of frames whose pitch is right within 0.6 semitones (also in any octave), of sung frames
taken for sung, and of other frames mistaken for sung. Means over songs, with 95 % intervals of a
bootstrap over songs.

Run: .venv/bin/python bench/studies/voice_hearing.py [SONGS]
"""

import sys

import numpy as np
import torch

from plaudit.encoders.measured.tune import Tune, follow, follow_voice
from plaudit.training.bundled.voice_fit import VoiceSettings, draw_singing

NAMES = ("pitch", "any octave", "sung found", "not sung mistaken")


def shares(tune: Tune, sung: np.ndarray) -> list[float]:
    off = tune.pitch - sung
    is_sung = ~np.isnan(sung)
    right = np.abs(off[is_sung]) < 0.6
    folded = np.abs((off[is_sung] + 6) % 12 - 6) < 0.6
    detected, mistaken = tune.sounding[is_sung], tune.sounding[~is_sung]
    return [part.mean() if len(part) else np.nan for part in (right, folded, detected, mistaken)]


def main() -> None:
    torch.set_num_threads(1)
    settings = VoiceSettings()
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else settings.kept_aside
    rows: dict[str, list[list[float]]] = {"harmonic sum": [], "learned": []}
    number = 0
    while len(rows["learned"]) < wanted:
        drawn = draw_singing(number, seed=settings.seed)
        number += 1
        if drawn is None:
            continue
        seen, sung = drawn.seen, drawn.sung
        rows["harmonic sum"].append(shares(follow(seen), sung))
        rows["learned"].append(shares(follow_voice(seen), sung))
    rng = np.random.default_rng(0)
    for name, values in rows.items():
        table = np.array(values)
        drawn_means = [
            np.nanmean(table[rng.integers(len(table), size=len(table))], axis=0)
            for _ in range(1000)
        ]
        low, high = np.quantile(drawn_means, (0.025, 0.975), axis=0)
        for k, what in enumerate(NAMES):
            mean = np.nanmean(table[:, k])
            print(
                f"{name:<14}{what:<20}{mean:.2f} [{low[k]:.2f}, {high[k]:.2f}]  {len(table)} songs"
            )


if __name__ == "__main__":
    main()
