"""Draw the pictures of the proving ground that the documentation shows.

Backs docs/proving-ground.md: its pictures; sections that return are visible without being told
where they are, and the sung pitch follows the notes ("A song").

The same code draws the same bytes. Beside the pictures it counts, over twelve songs, how many
changes of section can be heard in the sound, and how far the sung line is from the score.

Run: .venv/bin/python bench/studies/proving_pictures.py
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from drawing.knob_strip import draw_knobs
from drawing.pitch_track import draw_pitch_track, track_of
from drawing.similarity import changes, draw_similarities, likeness_of, matched_changes
from plaudit.core.axes import AESTHETICS
from plaudit.core.file import write_atomic
from plaudit.metrics.share import wilson
from plaudit.reports.corpus.contact import Exhibit, cell_pixels, contact_png, spoken
from plaudit.reports.corpus.portrait import draw_song
from plaudit.reports.look.spectrogram import spectrogram_of
from plaudit.reports.look.wording import duration_text
from plaudit.synth.music.prompt import Prompt
from plaudit.synth.song import Song, make_song
from plaudit.synth.system import SYSTEMS

FOLDER = Path(__file__).parents[2] / "docs" / "_static" / "proving"
TEN = ("pop", "rock", "ballad", "folk", "house", "synthwave", "bossa", "soul", "lofi", "reggae")
PROMPT = Prompt(
    "Mid-tempo, wistful pop song with piano", "pop", "wistful", "medium", ("piano",), False
)
MEASURED = range(100, 112)


def exhibit(song: Song, columns: int, name: str = "", facts: str = "") -> Exhibit:
    known = (song.system, spoken(song.style), duration_text(song.score.duration_s))
    picture = spectrogram_of(song.audio, song.sample_rate, *cell_pixels(columns))
    facts = facts or " · ".join(part for part in known if part)
    return Exhibit(name or song.title, facts, {}, picture)


def ten_songs(path: Path) -> None:
    songs = [make_song(seed, 30.0, style=style) for seed, style in enumerate(TEN, start=1)]
    exhibits = [exhibit(song, 2) for song in songs]
    write_atomic(path, contact_png(exhibits, "", 2, 0.27))


def portrait(path: Path) -> None:
    draw_song(make_song(24, 60.0, style="lofi", system="cairn"), path)


def portrait_incoherent(path: Path) -> None:
    draw_song(make_song(24, 60.0, {"coherence": 0.1}, "lofi", system="cairn"), path)


def knobs(path: Path) -> None:
    turned = {axis: make_song(24, 80.0, {axis: 0.0}, "lofi") for axis in AESTHETICS}
    draw_knobs(make_song(24, 80.0, style="lofi"), turned, path)


def similarity(path: Path) -> None:
    songs = [make_song(7, 120.0, knob, "waltz") for knob in ({}, {"clarity": 0.0})]
    titles = [songs[0].title, f"{songs[0].title}, clarity 0"]
    draw_similarities(songs, path, titles)


def pitch(path: Path) -> None:
    draw_pitch_track(make_song(7, 60.0, style="pop"), path)


def systems(path: Path) -> None:
    exhibits = []
    for seed, (name, system) in enumerate(SYSTEMS.items(), start=40):
        song = make_song(seed, 30.0, system=name, prompt=PROMPT)
        facts = f"{system.role} · {song.score.bpm:.0f} bpm"
        exhibits.append(exhibit(song, 5, name, facts))
    write_atomic(path, contact_png(exhibits, f"“{PROMPT.text}”", 5, 0.55))


PICTURES: dict[str, Callable[[Path], None]] = {
    "ten_songs.png": ten_songs,
    "portrait_clean.png": portrait,
    "portrait_incoherent.png": portrait_incoherent,
    "knobs.png": knobs,
    "similarity.png": similarity,
    "pitch_track.png": pitch,
    "systems.png": systems,
}


def change_share(knob: dict[str, float]) -> str:
    matched = every = 0
    for seed in MEASURED:
        song: Song = make_song(seed, 90.0, knob)
        matched += matched_changes(song.score, likeness_of(song.audio, song.sample_rate))
        every += len(changes(song.score))
    low, high = wilson(matched, every)
    return f"{matched} of {every} = {matched / every:.2f} [{low:.2f}, {high:.2f}]"


def sung_error() -> str:
    errors = [np.abs(track_of(make_song(seed, 30.0).score).error_cents) for seed in MEASURED]
    every = np.concatenate(errors)
    known = every[np.isfinite(every)]
    close = int(np.sum(known <= 25))
    low, high = wilson(close, len(known))
    return (
        f"median {np.median(known):.1f} cents, {close} of {len(known)} notes within 25 cents"
        f" = {close / len(known):.3f} [{low:.3f}, {high:.3f}], {len(every) - len(known)} not heard"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for the pictures")
    parser.add_argument("--only", choices=list(PICTURES), help="draw one picture, measure nothing")
    options = parser.parse_args()
    total = 0
    for name, draw in PICTURES.items():
        if options.only and name != options.only:
            continue
        started = time.perf_counter()
        draw(options.out / name)
        size = (options.out / name).stat().st_size
        total += size
        print(f"{name:<26}{size / 1000:8.0f} kB{time.perf_counter() - started:8.1f} s")
    print(f"{'in ' + str(options.out):<26}{total / 1000:8.0f} kB")
    if options.only:
        return
    n = f"{len(MEASURED)} songs"
    print(f"section changes found in the sound within 1.5 s, {n}: {change_share({})}")
    print(f"the same with clarity 0: {change_share({'clarity': 0.0})}")
    print(f"sung pitch against the score, {n}: {sung_error()}")


if __name__ == "__main__":
    main()
