"""One song with its files: NAME.wav, NAME.mid, NAME.json (what is true of it), NAME.png.

Each file says that Plaudit wrote it, so that making a song again replaces it and nothing else is
ever replaced.
"""

import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from plaudit.core.errors import InputError
from plaudit.core.file import write_atomic
from plaudit.synth.compose import compose
from plaudit.synth.knob import check_doses
from plaudit.synth.midi import midi_bytes
from plaudit.synth.production import PLAIN
from plaudit.synth.prompt import Prompt, bend
from plaudit.synth.recording import wav_bytes
from plaudit.synth.render import RATE, render
from plaudit.synth.song import Song, make_song, title_of
from plaudit.synth.style import STYLES
from plaudit.synth.system import open_system
from plaudit.synth.truth import record_of

SUFFIXES = (".wav", ".mid", ".json", ".png")
_MARK = b"Plaudit"
_JSON_START = b'{"schema_version": '
_PNG_HEAD = 33  # signature and header chunk, after which text may stand


def make_dosed_song(
    seed: int,
    duration_s: float,
    knobs: Mapping[str, float] | None = None,
    style: str | None = None,
    *,
    system: str | None = None,
    prompt: Prompt | None = None,
    doses: Mapping[str, float] | None = None,
) -> Song:
    """Make a song of which some faults have a dose of their own.

    Parameters
    ----------
    seed : int
        Here and below: as for `plaudit.synth.song.make_song`.
    duration_s : float
        Length in seconds, 10 to 240.
    knobs : mapping, optional
        Aesthetic axis to position in [0, 1].
    style, system : str, optional
        Names.
    prompt : Prompt, optional
        What the song is to be; instead of a style.
    doses : mapping, optional
        Fault to dose in [0, 1], instead of what the knobs would give it. Without any this is
        `make_song`; with some it is the same song with other faults.

    Returns
    -------
    Song
        Sound, score and truth.

    Raises
    ------
    InputError
        An unknown name, or a number out of its range.
    """
    if not check_doses(doses):
        return make_song(seed, duration_s, knobs, style, system=system, prompt=prompt)
    if style is not None and prompt is not None:
        raise InputError("Expected a style or a prompt, got both; a prompt has its own style.")
    composing, playing, naming, asking = np.random.default_rng(seed).spawn(4)
    maker = open_system(system) if system else None
    chosen = style if style is None or style not in STYLES else STYLES[style]
    if prompt is not None:
        chosen = maker.answer(prompt, asking) if maker else bend(STYLES[prompt.style], prompt)
    elif maker is not None and not isinstance(chosen, str):
        chosen = maker.manner(chosen) if chosen else maker.draw_style(asking)
    score = compose(
        composing,
        duration_s,
        knobs,
        chosen,
        doses,
        preference=maker.preference if maker else None,
        instrumental=prompt.instrumental if prompt else False,
    )
    audio = render(score, playing, maker.production if maker else PLAIN)
    return Song(title_of(naming), audio, RATE, score, score.knobs, score.style, system, prompt)


def read_doses(words: Sequence[str]) -> dict[str, float]:
    """Read doses as the command line gives them.

    Parameters
    ----------
    words : sequence of str
        Such as ``wrong_notes=0.8``.

    Returns
    -------
    dict of str to float
        Fault to dose, checked.

    Raises
    ------
    InputError
        No ``=``, no number, an unknown fault, a dose outside [0, 1].
    """
    doses = {}
    for word in words:
        name, _, number = word.partition("=")
        try:
            doses[name] = float(number)
        except ValueError as error:
            raise InputError(
                f"Expected a fault and its dose, such as wrong_notes=0.8, got '{word}'."
            ) from error
    return check_doses(doses)


def stem_of(out: str, title: str, seed: int) -> Path:
    """Return where a song's files go, without suffix.

    Parameters
    ----------
    out : str
        A folder (one that exists, or written with a slash at its end), or a name: ``takes/one``,
        also with one of our suffixes.
    title : str
        Title of the song; in a folder its files are named after it and the seed.
    seed : int
        Seed of the song.

    Returns
    -------
    Path
        Such as ``takes/lonely-window-7``.
    """
    path = Path(out)
    if path.is_dir() or out.endswith(("/", os.sep)):
        return path / f"{title.lower().replace(' ', '-')}-{seed}"
    return path.with_suffix("") if path.suffix.lower() in SUFFIXES else path


def check_free(stem: Path) -> None:
    """Make sure that none of a song's four files is somebody else's.

    Parameters
    ----------
    stem : Path
        Their common path without suffix.

    Raises
    ------
    InputError
        One of them exists and was not written by Plaudit, or is a folder.
    """
    for suffix in SUFFIXES:
        path = stem.with_name(stem.name + suffix)
        if path.is_dir():
            raise InputError(f"Expected to write {path}, but it is a folder; give another name.")
        if not path.exists():
            continue
        with path.open("rb") as file:
            start = file.read(4096)
        if not (start.startswith(_JSON_START) if suffix == ".json" else _MARK in start):
            raise InputError(
                f"{path} exists and was not written by Plaudit, so it is left as it is;"
                " give another name or remove it."
            )


def write_song(song: Song, stem: Path, seed: int) -> list[Path]:
    """Write a song as WAV, MIDI and JSON, each whole or not at all.

    Parameters
    ----------
    song : Song
        From `make_dosed_song`.
    stem : Path
        Where, without suffix, see `stem_of` and `check_free`.
    seed : int
        What it was made from.

    Returns
    -------
    list of Path
        The three files.
    """
    contents: dict[str, str | bytes] = {
        ".wav": wav_bytes(song.audio, song.sample_rate, np.random.default_rng((seed, 1))),
        ".mid": midi_bytes(song.score, song.title),
        ".json": record_of(song, seed).text(),
    }
    made = []
    for suffix, content in contents.items():
        path = stem.with_name(stem.name + suffix)
        write_atomic(path, content)
        made.append(path)
    return made


def write_picture(png: bytes, stem: Path) -> Path:
    """Write a song's picture beside its other files, marked as ours.

    Parameters
    ----------
    png : bytes
        A PNG file.
    stem : Path
        Where, without suffix.

    Returns
    -------
    Path
        The picture.
    """
    text = b"tEXtSoftware\x00" + _MARK
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    path = stem.with_name(stem.name + ".png")
    write_atomic(path, png[:_PNG_HEAD] + chunk + png[_PNG_HEAD:])
    return path
