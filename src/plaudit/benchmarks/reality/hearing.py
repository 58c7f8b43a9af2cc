"""The clips that stand in pairs, as they are and as matched copies, with their baselines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from plaudit.benchmarks.reality.clip import Clip, Pairs, pairs_of
from plaudit.benchmarks.reality.matched import write_matched
from plaudit.benchmarks.reality.rank_table import RankTable
from plaudit.benchmarks.reality.record import ALL, Copies, LeftOut
from plaudit.benchmarks.reality.sound import MonoClip, Sound, read_mono
from plaudit.core.errors import InputError
from plaudit.core.note import error_note

Step = Callable[[], None]
ALONE = "no clip of a system of another rank answers its prompt"


@dataclass(frozen=True)
class Hearing:
    """Clips in pairs, (n,), and what is known of each copy of them; None where a copy failed."""

    clips: tuple[Clip, ...]
    pairs: Pairs
    length_s: tuple[float, ...]  #: Of each clip.
    files: dict[Copies, tuple[Path | None, ...]]
    sounds: dict[Copies, tuple[Sound | None, ...]]
    left_out: tuple[LeftOut, ...]


def hear(clips: Sequence[Clip], ranks: RankTable, on_clip: Step | None = None) -> Hearing:
    """Read clips, and pair those that can be read; no pair at all is an `InputError`."""
    left: list[LeftOut] = []
    read: list[tuple[Clip, MonoClip]] = []
    for clip in clips:
        try:
            mono = read_mono(clip.path)
        except Exception as error:  # noqa: BLE001 - one clip never ends a run
            left.append(_left(clip, error, ALL))
        else:
            read.append((clip, mono._replace(samples=mono.samples[:, :0])))  # not kept in memory
        if on_clip is not None:
            on_clip()
    pairs = pairs_of([clip for clip, _ in read], ranks)
    used = {place for pair in pairs.pairs for place in pair[:2]}
    left += [
        LeftOut(path=str(clip.path), reason=ALONE)
        for place, (clip, _) in enumerate(read)
        if place not in used
    ]
    _check(len(clips), left, pairs)
    kept = sorted(used)
    at = {place: number for number, place in enumerate(kept)}
    numbered = (p._replace(better=at[p.better], worse=at[p.worse]) for p in pairs.pairs)
    return Hearing(
        clips=tuple(read[place][0] for place in kept),
        pairs=pairs._replace(pairs=tuple(numbered)),
        length_s=tuple(read[place][1].duration_s for place in kept),
        files={"as is": tuple(read[place][0].path for place in kept)},
        sounds={"as is": tuple(read[place][1].sound for place in kept)},
        left_out=tuple(left),
    )


def with_matched(heard: Hearing, folder: Path, on_clip: Step | None = None) -> Hearing:
    """Write matched copies of all clips into a folder; see `plaudit.benchmarks.reality.matched`."""
    shortest: dict[str, float] = {}
    for clip, seconds in zip(heard.clips, heard.length_s, strict=True):
        shortest[clip.prompt] = min(shortest.get(clip.prompt, seconds), seconds)
    files: list[Path | None] = []
    sounds: list[Sound | None] = []
    left = list(heard.left_out)
    for number, clip in enumerate(heard.clips):
        path = folder / f"{number:06d}.wav"
        try:
            write_matched(read_mono(clip.path).samples, shortest[clip.prompt], path)
            sounds.append(read_mono(path).sound)
            files.append(path)
        except Exception as error:  # noqa: BLE001 - one clip never ends a run
            left.append(_left(clip, error, "matched"))
            files.append(None)
            sounds.append(None)
        if on_clip is not None:
            on_clip()
    return replace(
        heard,
        files={**heard.files, "matched": tuple(files)},
        sounds={**heard.sounds, "matched": tuple(sounds)},
        left_out=tuple(left),
    )


def _left(clip: Clip, error: Exception, scope: str) -> LeftOut:
    return LeftOut(path=str(clip.path), reason=error_note(error).message, scope=scope)


def _check(n_clips: int, left: Sequence[LeftOut], pairs: Pairs) -> None:
    if pairs.pairs:
        return
    first = f" The first that was left out, {left[0].path}: {left[0].reason}" if left else ""
    raise InputError(
        f"Expected clips that answer one prompt by systems of different rank, and none of {n_clips}"
        f" clips make such a pair ({pairs.equal} pairs have equal ranks).{first}"
    )
