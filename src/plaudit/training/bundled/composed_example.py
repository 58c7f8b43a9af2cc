"""One recording as the bundled judge learns from it: composed, played, broken, measured, received.

A recording depends on its role and number alone. Sound is made, measured and dropped. Roles:

- "learn": by one of the two training systems or the plain composer, knobs even and independent, so
  that no axis can be learned from another, nor from the system; one in eight is not music at all,
  and much of that is babble, which is the most like a song. Every song comes twice: as it is, and
  damaged in one of ten ways, worth less by how strongly.
- "check": by the two training systems and the plain composer too, never learned from; knobs as in
  a corpus, since intervals that are fitted to harder or easier songs would be too wide or narrow.
- "test": by the eleven held-out systems in turn, answering prompts, as in a corpus.

What a song is worth is known here, so nobody's noise is learned: aesthetic targets are what the
song is worth (`plaudit.synth.public.audience.expected_ratings`), popularity targets the mean of
`FORTUNES` publications on its platform. One single publication is kept beside them, to test
intervals on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AESTHETICS, AXES
from plaudit.synth.music.notation import Score

Role = Literal["learn", "check", "test"]
ROLES: tuple[Role, ...] = ("learn", "check", "test")
SHARE_NONMUSIC, SHARE_FLAWLESS, SHARE_INSTRUMENTAL = 0.13, 0.05, 0.2
SHARE_BABBLE = 0.4  # of what is not music; the other kinds are drawn evenly
SHARE_USUAL, USUAL_S = 0.6, 30.0
SHORTEST_S, LONGEST = 10.0, 2.5  # of the others; the longest as a multiple of the usual
SHARE_CROPPED, CROP_S = 0.12, (4.0, 12.0)
FORTUNES = 32
KEEPS = (0.92, 0.78, 0.58, 0.38, 0.2)
"""What is left of a score above the worst at strength 1 to 5 of any damage: our assumption."""
HARDEST = ("detuning_wobble", "shuffled_pieces")
"""Kinds of damage that are drawn twice as often as the others: those least heard in other music."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    """One recording.

    Parameters
    ----------
    number : int
        Of the composition in its role; a song and its damaged copy share it.
    system, style : str
        Who composed it ("plain" for the composer itself), and the style or kind of non-music.
    music : bool
        Whether it is music.
    damage, strength : str, int
        How it was broken; "" and 0 where it was not.
    segments : ndarray of float32, (n_segments, n_measures)
        Raw measurements; a silent segment is a row of nan, as they define none for it.
    duration_s, music_s : ndarray of float32, (n_segments,)
        Real seconds and seconds of sound in each segment.
    targets, single, rated : ndarray of float32, (7,)
        In the order of the axes: what it is worth; the same with one publication's popularity; and
        with the mean of four raters too. nan where undefined.
    knobs : ndarray of float32, (5,)
        Position of the knobs; nan where undefined.
    doses : ndarray of float32, (18,)
        How much of each fault of `plaudit.synth.music.knob.FAULTS` was composed; nan where no music
        was.
    """

    number: int
    system: str
    style: str
    music: bool
    damage: str
    strength: int
    segments: Floats
    duration_s: Floats
    music_s: Floats
    targets: Floats
    single: Floats
    rated: Floats
    knobs: Floats
    doses: Floats


def make_examples(
    role: Role, number: int, seed: int, rule: SegmentRule, usual_s: float = USUAL_S
) -> list[Example]:
    """Make one recording of a role, and its damaged copy where it has one.

    Parameters
    ----------
    role : {"learn", "check", "test"}
        What it is for.
    number : int
        Its number in the role.
    seed : int
        Seed of all roles.
    rule : SegmentRule
        Cutting rule of the judge.
    usual_s : float, default 30
        Length of most songs in seconds, at least 10; the others last 10 s to 2.5 times as long.

    Returns
    -------
    list of Example
        One, or two for a song to learn from.
    """
    from plaudit.audio.damage.kinds import STRENGTHS, damage
    from plaudit.training.bundled.augmentation import played

    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(ROLES.index(role), number)))
    composing, hearing, playing, breaking = rng.spawn(4)
    sound, sample_rate, known, _ = compose_recording(role, number, usual_s, composing, hearing)
    if role == "learn":
        sound = _cropped(played(sound, sample_rate, playing), sample_rate, playing)
    made = [_example(known, sound, sample_rate, rule, "", 0)]
    if role == "learn" and known["music"]:
        kind = draw_damage(breaking)
        strength = int(breaking.choice(STRENGTHS))
        broken = damage(sound, sample_rate, kind, strength, breaking)
        made.append(_example(known, broken, sample_rate, rule, kind, strength))
    return made


def compose_recording(
    role: Role,
    number: int,
    usual_s: float,
    rng: np.random.Generator,
    hearing: np.random.Generator,
) -> tuple[Floats, int, dict[str, Any], Score | None]:
    """Compose one recording of a role, before anything is played back or broken.

    Parameters
    ----------
    role : {"learn", "check", "test"}
        What it is for.
    number : int
        Its number in the role.
    usual_s : float
        Length of most songs, seconds.
    rng, hearing : numpy.random.Generator
        What is composed; how it is received.

    Returns
    -------
    sound : ndarray of float32, (n_channels, n_samples)
        Full scale 1.
    sample_rate : int
        Hz.
    known : dict
        What is true of it, under the names of `Example`.
    score : Score or None
        The notes; None where it is not music.
    """
    from plaudit.synth.music.compose import compose
    from plaudit.synth.music.knob import draw_knobs
    from plaudit.synth.music.production import PLAIN
    from plaudit.synth.music.prompt import draw_prompt
    from plaudit.synth.music.style import Style
    from plaudit.synth.public.audience import SongTruth, truth_of
    from plaudit.synth.sound.nonmusic import NONMUSIC, RATE
    from plaudit.synth.sound.render import render
    from plaudit.synth.system import HELD_OUT, TRAINING, open_system
    from plaudit.training.bundled.augmentation import SOLO, thin_out

    usual = role == "test" or rng.random() < SHARE_USUAL
    others = np.log((SHORTEST_S, LONGEST * usual_s))
    length_s = usual_s if usual else float(np.exp(rng.uniform(*others)))
    makers = HELD_OUT if role == "test" else (*TRAINING, "plain")
    name = makers[number % len(makers)]
    if role == "learn" and rng.random() < SHARE_NONMUSIC:
        kind = draw_nonmusic(rng)
        sound = NONMUSIC[kind](rng, length_s)[np.newaxis]
        truth = SongTruth({}, kind, 0.0, is_music=False)
        return sound, RATE, _known(number, name, kind, truth, hearing, {}), None
    system = None if name == "plain" else open_system(name)
    if role == "test" and system is not None:
        knobs = system.draw_knobs(rng)
        prompt = draw_prompt(rng)
        style: Style | None = system.answer(prompt, rng)
    else:
        if role == "check":
            knobs = system.draw_knobs(rng) if system else draw_knobs(rng, shared=0.0)
        else:
            flawless = rng.random() < SHARE_FLAWLESS
            knobs = dict.fromkeys(AESTHETICS, 1.0) if flawless else draw_knobs(rng, shared=0.0)
        prompt = draw_prompt(rng, SHARE_INSTRUMENTAL)
        style = system.draw_style(rng) if system else None
    score = compose(
        rng, length_s, knobs, style,
        preference=system.preference if system else None, instrumental=prompt.instrumental,
    )  # fmt: skip
    truth = truth_of(score)
    if role == "learn" and rng.random() < SOLO:
        score = thin_out(score, rng)
        truth = replace(truth, instrumental=score.instrumental)
    sound = render(score, rng, system.production if system else PLAIN)
    known = _known(number, name, score.style, truth, hearing, score.faults)
    return sound, RATE, known, score


def draw_damage(rng: np.random.Generator) -> str:
    """Draw how a recording is broken, whoever made it: any kind, the hardest twice as often."""
    from plaudit.audio.damage.kinds import DAMAGES

    return str(rng.choice((*sorted(DAMAGES), *HARDEST)))


def draw_nonmusic(rng: np.random.Generator) -> str:
    """Draw a kind of what is not music: `SHARE_BABBLE` babble, the others evenly."""
    from plaudit.synth.sound.nonmusic import NONMUSIC

    if rng.random() < SHARE_BABBLE:
        return "babble"
    return str(rng.choice(sorted(set(NONMUSIC) - {"babble"})))


def _known(
    number: int,
    system: str,
    style: str,
    truth: Any,
    rng: np.random.Generator,
    faults: Mapping[str, float],
) -> dict[str, Any]:
    """Let an audience receive a recording; platforms alternate where a system has none."""
    from plaudit.synth.music.knob import FAULTS
    from plaudit.synth.public.audience import appeal, applicable_knobs, audience, expected_ratings
    from plaudit.synth.public.platform import PLATFORMS, percentiles, publish
    from plaudit.synth.system import SYSTEMS

    home = SYSTEMS[system].platform if system in SYSTEMS else None
    platform = PLATFORMS[home or sorted(PLATFORMS)[number % len(PLATFORMS)]]
    heard = audience(truth, rng, platform)
    counts = publish(platform, np.full(FORTUNES, appeal(truth, platform)), rng)
    usual = [float(np.mean(score)) for score in percentiles(platform, counts.plays, counts.likes)]
    worth = expected_ratings(truth)
    points = [worth[axis] for axis in AESTHETICS]
    knobs = applicable_knobs(truth) if truth.is_music else {}
    single = [heard.streams, heard.likes]
    return {
        "number": number,
        "system": system,
        "style": style,
        "music": truth.is_music,
        "targets": np.array([*usual, *points], np.float32),
        "single": np.array([*single, *points], np.float32),
        "rated": np.array([*single, *heard.ratings.mean(axis=0)], np.float32),
        "doses": np.array([faults.get(one.name, np.nan) for one in FAULTS], np.float32),
        "knobs": np.array([knobs.get(axis, np.nan) for axis in AESTHETICS], np.float32),
    }


def _example(
    known: dict[str, Any], sound: Floats, rate: int, rule: SegmentRule, kind: str, strength: int
) -> Example:
    """Hear a recording as the judge does, and mark it down by its damage."""
    import torch

    from plaudit.audio.song import open_song
    from plaudit.encoders.measured.battery import MEASURES, measure
    from plaudit.encoders.measured.spectrum import SAMPLE_RATE

    rows, lengths, musical = [], [], []
    for segment in open_song((sound, rate), SAMPLE_RATE, rule):
        raw = measure(torch.from_numpy(segment.samples))
        rows.append(np.full(len(MEASURES), np.nan, np.float32) if raw is None else raw.numpy())
        lengths.append(segment.end_s - segment.start_s)
        musical.append(segment.music_s)
    worst = np.array([axis.low for axis in AXES], np.float32)
    keep = np.float32(KEEPS[strength - 1] if strength else 1.0)
    worth = {name: worst + keep * (known[name] - worst) for name in ("targets", "single", "rated")}
    return Example(
        **{**known, **worth},
        damage=kind,
        strength=strength,
        segments=np.stack(rows).astype(np.float32),
        duration_s=np.array(lengths, np.float32),
        music_s=np.array(musical, np.float32),
    )


def _cropped(sound: Floats, rate: int, rng: np.random.Generator) -> Floats:
    """Keep a short piece of one in eight."""
    chance, seconds, place = rng.random(), rng.uniform(*CROP_S), rng.random()
    length = round(seconds * rate)
    if chance >= SHARE_CROPPED or length >= sound.shape[1]:
        return sound
    start = int(place * (sound.shape[1] - length))
    return np.ascontiguousarray(sound[:, start : start + length])
