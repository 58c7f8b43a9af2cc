"""``plaudit synth list`` and ``song``: what songs are made of, and one song with its files."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from plaudit.core.settings import Record
from plaudit.jobs.output.overwrite import check_inside
from plaudit.jobs.output.streams import Streams
from plaudit.synth.ingredients import catalogue_text
from plaudit.synth.music.prompt import draw_prompt
from plaudit.synth.song import make_song
from plaudit.synth.song_files import (
    is_song_file,
    names_of,
    read_doses,
    stem_of,
    write_picture,
    write_song,
)


def show_ingredients(kind: str | None, streams: Streams) -> None:
    """Show styles, systems, faults and whatever else songs are made of, of one kind or of all."""
    streams.show(catalogue_text(kind))


class SongSettings(Record):
    """What a song is to be, and where its four files go."""

    out: str = "."  #: A folder, or a name for the files.
    seed: int = 0  #: Another seed, another song.
    seconds: float = 60.0  #: Length, 10 to 240.
    #: Names in the catalogue.
    style: str | None = None
    system: str | None = None
    prompt_seed: int | None = None  #: Draws a prompt that the song answers.
    doses: tuple[str, ...] = ()  #: Such as "wrong_notes=0.8".
    knobs: dict[str, float]  #: Aesthetic axis to position in [0, 1], 1 flawless.


def compose_song(settings: SongSettings, streams: Streams) -> list[Path]:
    """Compose a song and write its sound, notes, truth and picture.

    Parameters
    ----------
    settings : SongSettings
        Settings of the song, and where its files go.
    streams : Streams
        Where the names of the files go.

    Returns
    -------
    list of Path
        WAV, MIDI, JSON and PNG.

    Raises
    ------
    InputError
        A name or a number is wrong, or a file is there that Plaudit did not write.
    """
    # Lets help and lists go without the drawing library.
    from plaudit.reports.corpus.portrait import draw_song

    seed = settings.seed
    prompt = None
    if settings.prompt_seed is not None:
        prompt = draw_prompt(np.random.default_rng(settings.prompt_seed))
    song = make_song(
        seed,
        settings.seconds,
        settings.knobs,
        settings.style,
        system=settings.system,
        prompt=prompt,
        doses=read_doses(settings.doses),
    )
    stem = stem_of(settings.out, song.title, seed)
    check_inside(stem.parent, names_of(stem), (), is_song_file)
    made = write_song(song, stem, seed)
    with TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.png"
        draw_song(song, picture)
        made.append(write_picture(picture.read_bytes(), stem))
    if prompt is not None:
        streams.show(f"Prompt: {prompt.text}")
    streams.show(f"{song.title}: {song.style}, {song.score.bpm:.0f} BPM, {settings.seconds:g} s")
    for path in made:
        streams.show(f"Wrote {path}")
    return made
