"""A long recording needs no more memory than a short one."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

RATE = 8_000
SCORE = """
import json, resource, sys
import plaudit
row = plaudit.load_judge().score(sys.argv[1])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([row.duration_s, len(row.timeline), peak]))
"""


def scored(path: Path, minutes: int) -> list[float]:
    rng = np.random.default_rng(1)
    t = np.arange(60 * RATE) / RATE
    with soundfile.SoundFile(path, "w", RATE, 1) as file:
        for _ in range(minutes):
            hz = np.repeat(220 * 2 ** (rng.integers(0, 12, 120) / 12), RATE // 2)
            sound = np.sin(2 * np.pi * np.cumsum(hz) / RATE) * np.exp(-4 * (t % 0.5))
            file.write(0.3 * sound)
    done = subprocess.run(
        [sys.executable, "-c", SCORE, str(path)], capture_output=True, text=True, check=True
    )
    scores: list[float] = json.loads(done.stdout)
    return scores


def test_eight_minutes_need_no_more_memory_than_two(tmp_path: Path) -> None:
    short = scored(tmp_path / "short.wav", 2)
    long = scored(tmp_path / "long.wav", 8)
    assert (short[0], long[0]) == (120, 480)
    assert (short[1], long[1]) == (4, 16)
    assert long[2] < 1.2 * short[2]
