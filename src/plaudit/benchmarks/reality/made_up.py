"""A small made-up sample: clips of four systems of the proving ground, of known quality.

Every system answers the same eight prompts, four for an instrumental and four for a song with a
voice. All five knobs of its songs stand at one place between 1 (flawless) and 0, which is its rank.
As on real pages of songs, something that is no music goes with the rank: the better a system, the
louder its clips. So loudness tells the ranks of the files as they are, and nothing of matched
copies.
"""

from pathlib import Path

import numpy as np

from plaudit.core.axes import AESTHETICS
from plaudit.core.file import write_atomic
from plaudit.datasets.reading.sample import write_csv
from plaudit.synth.music.prompt import draw_prompt
from plaudit.synth.song import make_song
from plaudit.synth.sound.recording import wav_bytes

QUALITY = {"juniper": 1.0, "isobar": 0.7, "gossamer": 0.4, "hollowell": 0.0}
"""System to the place of its knobs, the best first."""
_PROMPTS = 8
_STEP_DB = 2.0
_SHORTEST_S, _LONGEST_S = 10.0, 13.0


def write_sample(folder: Path, rng: np.random.Generator) -> None:
    """Write clips, ``manifest.csv`` and ``ranks.csv`` into a folder."""
    (folder / "clips").mkdir(parents=True)
    rows = []
    for number in range(_PROMPTS):
        instrumental = number % 2 == 0
        prompt = draw_prompt(rng, 1.0 if instrumental else 0.0)
        seed = int(rng.integers(1 << 30))
        for place, (system, quality) in enumerate(QUALITY.items()):
            seconds = float(rng.uniform(_SHORTEST_S, _LONGEST_S))
            knobs = dict.fromkeys(AESTHETICS, quality)
            song = make_song(seed, seconds, knobs, system=system, prompt=prompt)
            quieter = song.audio * 10 ** (-_STEP_DB * place / 20)
            name = f"clips/{system}-{number + 1}.wav"
            write_atomic(folder / name, wav_bytes(quieter, song.sample_rate, rng))
            group = "instrumental" if instrumental else "voices"
            rows.append((name, system, prompt.text, group))
    write_csv(folder / "manifest.csv", ("path", "system", "prompt", "group"), rows)
    ranks = [(system, place) for place, system in enumerate(QUALITY, start=1)]
    write_csv(folder / "ranks.csv", ("system", "rank"), ranks)
