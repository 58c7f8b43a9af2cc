"""Whether the bundled judge hears damage in composed songs that it never heard.

Composes songs as those that are kept aside when the judge is trained, under other seeds, and runs
``plaudit bench damage`` on them. Beside the table of real recordings (docs/damage.md) it tells what
the judge misses from what is due to music unlike all that it learned from.

Without a number it takes four songs; forty take about a quarter of an hour on two cores.

Run: .venv/bin/python bench/damage_composed.py [SONGS]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from plaudit.training.bundled.composed_example import USUAL_S, compose_recording

SEED = 20_000  # no recording of the judge's is composed under it

count = int(sys.argv[1]) if len(sys.argv) > 1 else 4
with tempfile.TemporaryDirectory() as place:
    for number in range(count):
        composing, hearing = np.random.default_rng([SEED, number]).spawn(2)
        sound, rate = compose_recording("check", number, USUAL_S, composing, hearing)[:2]
        soundfile.write(Path(place) / f"{number:03d}.wav", sound.T, rate, subtype="PCM_16")
    subprocess.run([sys.executable, "-m", "plaudit", "bench", "damage", place], check=True)
