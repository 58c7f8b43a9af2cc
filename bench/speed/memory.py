"""Peak memory of scoring a long file against a three-minute one, each in a process of its own.

Run: .venv/bin/python bench/speed/memory.py --minutes 120
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from table import Row, make_parser, report

RATE, SHORT = 44_100, 3
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


def peak_mib(path: Path, minutes: int) -> float:
    write_song(path, minutes)
    command = [sys.executable, "-c", SCORE, str(path)]
    single_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=single_thread)
    scored = json.loads(done.stdout)
    if round(scored["duration_s"]) != 60 * minutes:
        raise AssertionError(f"{minutes} min were written, {scored['duration_s']} s scored")
    return float(scored["peak_mib"])


def main() -> None:
    parser = make_parser(__doc__)
    parser.add_argument("--minutes", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        peaks = {n: peak_mib(Path(folder) / f"{n}.flac", n) for n in (SHORT, options.minutes)}
    rows = [
        Row(f"score {n} min, peak", peak, "MiB", peak / peaks[SHORT]) for n, peak in peaks.items()
    ]
    report(rows, as_json=options.json)


if __name__ == "__main__":
    main()
