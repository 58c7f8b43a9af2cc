"""The system that is always there: Plaudit's own composer, asked in words.

It understands a style, a mood, a tempo and instruments where a prompt names those that
``plaudit synth list`` has; what the prompt leaves open is drawn by the seed.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile

from plaudit.arena.systems.request import Made, Request
from plaudit.core.file import atomic
from plaudit.synth.music.prompt import MOODS, TEMPI, Prompt, draw_prompt
from plaudit.synth.music.style import STYLES
from plaudit.synth.song import make_song
from plaudit.synth.sound.instrument import INSTRUMENTS
from plaudit.synth.system import open_system

LEAST_S, MOST_S = 10.0, 240.0  # of a composed song


def compose(system: str, request: Request, out: Path) -> Made:
    """Write a song of one of the composer's systems; the same request gives the same bytes.

    Raises
    ------
    InputError
        There is no such system.
    """
    rng = np.random.default_rng([request.seed, *request.prompt_id.encode()])
    prompt = understood(request, rng)
    knobs = open_system(system).draw_knobs(rng)
    duration_s = float(np.clip(request.duration_s, LEAST_S, MOST_S))
    song = make_song(int(rng.integers(2**31)), duration_s, knobs, system=system, prompt=prompt)
    with atomic(out) as file:
        soundfile.write(file, song.audio.T, song.sample_rate, format="WAV", subtype="PCM_16")
    return Made(0.0, {"title": song.title, "knobs": dict(song.knobs)})


def understood(request: Request, rng: np.random.Generator) -> Prompt:
    """Return a prompt with what the words of a request name, and the rest drawn."""
    drawn = draw_prompt(rng)
    words = re.sub(r"[\s_-]+", " ", (request.prompt or "").lower()).replace("lo fi", "lofi")

    def named(names: Iterable[str]) -> list[str]:
        return [name for name in names if re.search(rf"\b{name.replace('_', ' ')}\b", words)]

    styles, moods, tempi = named(STYLES), named(MOODS), named(TEMPI)
    style = STYLES[styles[0] if styles else drawn.style]
    band = {*style.comps, *style.leads} & set(INSTRUMENTS)
    instrumental = request.instrumental
    if instrumental is None:
        instrumental = "instrumental" in words
    return Prompt(
        request.prompt or drawn.text,
        style.name,
        moods[0] if moods else drawn.mood,
        tempi[0] if tempi else drawn.tempo,
        tuple(named(sorted(band))[:2]),
        instrumental,
    )
