"""Songs as listeners get them: one loudness for all, 16-bit PCM in the test's folder.

Every sound of a test is brought to one integrated loudness (ITU-R BS.1770-4), measured over what
can be heard of it. Where that would lift the peak of some sound above -1 dBFS, the loudness of all
is lowered alike: no sound is limited or compressed, and none is softer than the others. Anchors and
damaged copies are made of what is heard, and matched too.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.arena.database.schema import StoredSong
from plaudit.arena.definition.contestant import Entry
from plaudit.arena.sounds.cut import SAMPLE_RATE
from plaudit.arena.sounds.measured import Floats, Level, hear, level_of
from plaudit.audio.damage.band import limit_band
from plaudit.audio.damage.kinds import damage
from plaudit.core.errors import InputError
from plaudit.core.file import sha256_of, write_atomic

CEILING_DB = -1.0
"""Highest sample of any sound, dBFS."""
ANCHORS: Mapping[str, float] = {"lowpass-3500": 3500.0, "lowpass-7000": 7000.0}
"""Anchors of ITU-R BS.1534: what passes below so many Hz."""
DAMAGE, STRENGTH = "drop_outs", 5
"""What a check damages a song with: broken to anybody within a second."""
_FULL_SCALE = 32_767
_LOWEST_HZ = 10.0  # below all music: an anchor loses its treble alone


class LevelError(InputError):
    """A song cannot be brought to the loudness that the votes of a test were cast at."""


@dataclass(frozen=True)
class Planned:
    """A sound to prepare: a file, or a copy of it."""

    entry: Entry
    role: str  #: song, reference, anchor or damaged.
    made: str = ""  #: Anchor or damage that a copy is made by.

    @cached_property
    def id(self) -> str:
        """Follows from what it is: preparing again changes nothing."""
        entry = self.entry
        parts = [entry.system, entry.item, self.role, self.made, sha256_of(entry.path)]
        return hashlib.sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]

    @property
    def note(self) -> str:
        """What a listener reads afterwards."""
        if self.role == "anchor":
            return f"anchor, low-pass at {ANCHORS[self.made] / 1000:g} kHz"
        return {"damaged": "damaged copy", "reference": "reference"}.get(self.role, "")


def plan(entries: Iterable[Entry], *, anchors: Sequence[str], damaged: int) -> list[Planned]:
    """Return the sounds that a test needs, each original before its copies.

    Parameters
    ----------
    entries : iterable of Entry
        The songs and references.
    anchors : sequence of str
        Made of each reference; names of `ANCHORS`.
    damaged : int
        How many songs get a damaged copy, drawn by their ids.
    """
    originals = [Planned(entry, entry.role) for entry in entries]
    songs = sorted((s for s in originals if s.role == "song"), key=lambda sound: sound.id)
    chosen = {sound.id for sound in songs[:damaged]}
    sounds = []
    for sound in originals:
        sounds.append(sound)
        if sound.role == "reference":
            sounds += [Planned(sound.entry, "anchor", name) for name in anchors]
        if sound.id in chosen:
            sounds.append(Planned(sound.entry, "damaged", DAMAGE))
    return sounds


def prepare(
    sounds: Sequence[Planned],
    folder: Path,
    *,
    longest_s: float,
    loudness_lufs: float,
    now: float,
    fixed: bool = False,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[StoredSong]:
    """Write the PCM of sounds; return their rows, not yet stored.

    Parameters
    ----------
    sounds : sequence of Planned
        Of the whole test: they share one loudness.
    folder : Path
        Where the PCM goes, each file named by its hash.
    longest_s : float
        Seconds of each that can be heard.
    loudness_lufs : float
        Loudness wanted, LUFS.
    now : float
        When, s since 1970.
    fixed : bool, default False
        Whether the loudness may not be lowered, because there are votes at it.
    on_progress : callable
        Called with how many sounds are done, and of how many.

    Raises
    ------
    MissingFileError, AudioError
        A file is missing, or no music.
    LevelError
        ``fixed``, and some sound would have to be softer.
    """
    levels: list[Level] = []
    for sound, audio in _heard(sounds, longest_s):
        levels.append(level_of(audio, str(sound.entry.path)))
        on_progress(len(levels), 2 * len(sounds))
    lufs = shared_level(levels, loudness_lufs)
    if fixed and lufs < loudness_lufs - 0.01:
        loud = min(zip(levels, sounds, strict=True), key=lambda pair: _highest(pair[0]))[1]
        raise LevelError(
            f"{loud.entry.path} would have to be softer than the songs that there are votes on;"
            " leave it out, or begin a new test."
        )
    rows: list[StoredSong] = []
    for sound, audio in _heard(sounds, longest_s):
        gain_db = lufs - levels[len(rows)].lufs
        pcm = pcm_of(audio, gain_db)
        content = pcm.tobytes()
        sha256 = hashlib.sha256(content).hexdigest()
        if not (folder / f"{sha256}.pcm").exists():
            write_atomic(folder / f"{sha256}.pcm", content)
        entry, original = sound.entry, Planned(sound.entry, sound.entry.role)
        rows.append(
            StoredSong(
                id=sound.id,
                system=sound.made if sound.role == "anchor" else entry.system,
                item=entry.item,
                prompt_id=entry.prompt_id,
                prompt=entry.prompt,
                lyrics=entry.lyrics,
                instrumental=entry.instrumental,
                role=sound.role,
                of=original.id if sound.made else None,
                note=sound.note,
                source=str(entry.path),
                sha256=sha256,
                n_frames=len(pcm),
                loudness_lufs=level_of(samples_of(pcm), str(entry.path)).lufs,
                gain_db=gain_db,
                added=now,
            )
        )
        on_progress(len(sounds) + len(rows), 2 * len(sounds))
    return rows


def shared_level(levels: Iterable[Level], wanted: float) -> float:
    """Return the loudness that all can have (LUFS): the wanted one, or the highest below it."""
    return min([wanted, *map(_highest, levels)])


def pcm_of(audio: Floats, gain_db: float) -> NDArray[np.int16]:
    """Return audio (2, n_samples) as PCM of 16 bits, (n_samples, 2), after a gain."""
    scaled = audio.T.astype(np.float64) * 10 ** (gain_db / 20) * _FULL_SCALE
    return np.round(np.clip(scaled, -_FULL_SCALE, _FULL_SCALE)).astype("<i2")


def samples_of(pcm: NDArray[np.int16]) -> Floats:
    """Return PCM (n_samples, 2) as floats (2, n_samples), full scale 1.0."""
    return np.ascontiguousarray(pcm.T.astype(np.float32) / np.float32(_FULL_SCALE))


def _highest(level: Level) -> float:
    """The loudness at which a sound's peak meets the ceiling."""
    return level.lufs + CEILING_DB - 20 * math.log10(level.peak)


def _heard(sounds: Sequence[Planned], longest_s: float) -> Iterator[tuple[Planned, Floats]]:
    """What is heard of each sound; an original is decoded once for itself and its copies."""
    last: tuple[Path, Floats] | None = None
    for sound in sounds:
        path = sound.entry.path
        if last is None or last[0] != path:
            last = (path, hear(path, longest_s))
        yield sound, _copy(last[1], sound)


def _copy(audio: Floats, sound: Planned) -> Floats:
    rng = np.random.default_rng(int(sound.id, 16))
    if sound.role == "damaged":
        return damage(audio, SAMPLE_RATE, sound.made, STRENGTH, rng)
    if sound.role == "anchor":
        edges = {"high_hz": ANCHORS[sound.made], "high_share": 0.99, "low_hz": _LOWEST_HZ}
        return limit_band(audio, SAMPLE_RATE, rng, **edges)
    return audio
