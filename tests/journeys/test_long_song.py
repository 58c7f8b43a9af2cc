"""A long recording needs no more memory than a short one."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

RATE = 8_000
SCORE = """
import json, sys
from pathlib import Path
import plaudit
judge, rows = plaudit.load_judge(sys.argv[1]), []
for path in sys.argv[2:]:
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew: loading has a higher one
    row = judge.score(path)
    peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
    rows.append([row.duration_s, len(row.timeline), peak])
print(json.dumps(rows))
"""


def write(path: Path, minutes: int) -> Path:
    rng = np.random.default_rng(1)
    t = np.arange(60 * RATE) / RATE
    with soundfile.SoundFile(path, "w", RATE, 1) as file:
        for _ in range(minutes):
            hz = np.repeat(220 * 2 ** (rng.integers(0, 12, 120) / 12), RATE // 2)
            sound = np.sin(2 * np.pi * np.cumsum(hz) / RATE) * np.exp(-4 * (t % 0.5))
            file.write(0.3 * sound)
    return path


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="measures with /proc")
def test_six_minutes_need_no_more_memory_than_one(quick_apex: Path, tmp_path: Path) -> None:
    paths = [write(tmp_path / "short.wav", 1), write(tmp_path / "long.wav", 6)]
    command = [sys.executable, "-c", SCORE, *map(str, (quick_apex, *paths))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    short, long = json.loads(done.stdout)
    assert (short[0], long[0]) == (60, 360)
    assert (short[1], long[1]) == (20, 120)
    # Held whole, the longer song alone would be 33 MB.
    assert long[2] < short[2] + 20_000
