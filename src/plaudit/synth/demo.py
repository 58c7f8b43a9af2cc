"""The songs of ``plaudit demo``: a few styles, and the same song with one thing wrong at a time."""

from pathlib import Path

import soundfile

from plaudit.synth.song import make_song

DURATION_S = 64.0
# (file name, seed, style, knobs): pairs share a seed, so only the named fault differs.
_SONGS: tuple[tuple[str, int, str | None, dict[str, float]], ...] = (
    ("01 flawless", 11, None, {}),
    ("01 wrong notes", 11, None, {"musicality": 0.0}),
    ("01 foreign keys", 11, None, {"coherence": 0.0}),
    ("02 flawless", 23, None, {}),
    ("02 robotic voice", 23, None, {"naturalness": 0.0}),
    ("02 no hook", 23, None, {"memorability": 0.0, "clarity": 0.2}),
)


def compose_demo(folder: Path) -> list[Path]:
    """Compose the demo songs as FLAC files, named after what is wrong with them.

    Parameters
    ----------
    folder : Path
        Where to write; files of the same name from an earlier demo are replaced.

    Returns
    -------
    list of Path
        The files, in order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, seed, style, knobs in _SONGS:
        song = make_song(seed, DURATION_S, knobs, style)
        path = folder / f"{name}.flac"
        soundfile.write(path, song.audio.T, song.sample_rate, subtype="PCM_16")
        made.append(path)
    return made
