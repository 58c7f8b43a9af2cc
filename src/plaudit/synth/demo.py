"""The songs of ``plaudit demo``: a few styles, and the same song with one thing wrong at a time."""

from pathlib import Path

import soundfile

from plaudit.synth.song import make_song

_DURATION_S = 64.0
# (file name, seed, style, knobs): songs of one title share a seed, so only the named fault differs.
# Seeds were chosen so that the faults are plain: not every song shows every fault as clearly.
_SONGS: tuple[tuple[str, int, str, dict[str, float]], ...] = (
    ("Lonely Window", 42, "ballad", {}),
    ("Lonely Window, wrong notes", 42, "ballad", {"musicality": 0.0}),
    ("Lonely Window, robotic voice", 42, "ballad", {"naturalness": 0.0}),
    ("Wild River", 21, "pop", {}),
    ("Wild River, foreign keys", 21, "pop", {"coherence": 0.0}),
    ("Wild River, no hook", 21, "pop", {"memorability": 0.0}),
)


def compose_demo(folder: Path) -> list[Path]:
    """Compose the demo songs as FLAC files, named after what is wrong with them."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, seed, style, knobs in _SONGS:
        song = make_song(seed, _DURATION_S, knobs, style)
        path = folder / f"{name}.flac"
        soundfile.write(path, song.audio.T, song.sample_rate, subtype="PCM_16")
        made.append(path)
    return made
