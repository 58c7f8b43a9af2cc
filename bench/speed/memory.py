"""Peak memory of scoring a two-hour file against a three-minute one, each in a process of its own.

Run: make bench
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

RATE = 44_100
SCORE = """
import json, resource, sys
import plaudit
row = plaudit.load_judge("bundled").score(sys.argv[1])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"peak_mib": peak / 1024, "duration_s": row.duration_s}))
"""


def write_song(path: Path, minutes: int) -> None:
    """Write stereo music by formula, a minute at a time."""
    rng = np.random.default_rng(0)
    t = np.arange(60 * RATE) / RATE
    with soundfile.SoundFile(path, "w", RATE, 2, subtype="PCM_16") as file:
        for _ in range(minutes):
            hz = 220 * 2 ** (rng.integers(0, 12, 120) / 12)
            tone = np.sin(2 * np.pi * np.cumsum(np.repeat(hz, RATE // 2)) / RATE)
            sound = 0.3 * tone * np.exp(-4 * (t % 0.5)) + rng.normal(0, 0.01, len(t))
            file.write(np.stack([sound, sound], axis=1))


peaks = {}
with tempfile.TemporaryDirectory() as folder:
    for minutes in (3, 120):
        path = Path(folder) / f"{minutes}.flac"
        write_song(path, minutes)
        done = subprocess.run(
            [sys.executable, "-c", SCORE, str(path)], check=True, capture_output=True, text=True
        )
        found = json.loads(done.stdout)
        peaks[minutes] = found["peak_mib"]
        print(f"{found['duration_s'] / 60:6.1f} min of audio: peak {found['peak_mib']:7.1f} MiB")
print(f"ratio {peaks[120] / peaks[3]:.3f}")
