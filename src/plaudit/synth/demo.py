"""The songs of ``plaudit demo``: a few styles, and the same song with one thing wrong at a time."""

from pathlib import Path

from plaudit.core.file import write_atomic
from plaudit.synth.song import make_song
from plaudit.synth.sound.recording import sound_bytes

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


def demo_files() -> list[str]:
    """Return the names of the demo songs."""
    return [f"{name}.flac" for name, *_ in _SONGS]


def compose_demo(folder: Path) -> list[Path]:
    """Compose the demo songs as FLAC files, named after what is wrong with them."""
    made = []
    for name, (_, seed, style, knobs) in zip(demo_files(), _SONGS, strict=True):
        song = make_song(seed, _DURATION_S, knobs, style)
        write_atomic(folder / name, sound_bytes(song.audio.T, song.sample_rate, "FLAC"))
        made.append(folder / name)
    return made
