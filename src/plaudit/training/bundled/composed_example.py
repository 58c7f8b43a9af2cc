"""One training example of the bundled judge: compose, augment, damage, measure, simulate listeners.

An example depends on its role and number alone. Its sound is measured and dropped. Roles:

- "train": by one of the two training systems or the plain composer. Knobs are uniform and
  independent, so that no axis can be predicted from another, nor from the system. One recording in
  eight is not music, and much of that is babble, which is most like a song. Every song comes twice:
  undamaged, and damaged in one of ten ways, with lower targets.
- "validation": by the same composers, kept aside. Knobs are as in a corpus, since intervals fitted
  to harder or easier songs would be too wide or narrow.
- "test": by the eleven held-out systems in turn, answering prompts, as in a corpus.
- "clip": the songs of "validation" again, each cut at random places to the `CLIP_S` it is longer
  than: how far short excerpts lie from the training songs.

Targets have no rater noise: aesthetic targets are expected ratings
(`plaudit.synth.public.audience.expected_ratings`), popularity targets the mean of 32 publications
on the platform. One single publication is kept beside them, to test intervals on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AESTHETICS, AXES
from plaudit.synth.music.notation import Score

Role = Literal["train", "validation", "test", "clip"]
# Which draw a role composes: clips are of the songs of validation.
_DRAW: dict[Role, int] = {"train": 0, "validation": 1, "test": 2, "clip": 1}
CLIP_S = (2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 20.0)
"""Lengths of clips, all shorter than a segment."""
SHARE_BABBLE = 0.4  # of what is not music; the other kinds are drawn evenly
TYPICAL_S = 30.0
_SHARE_NONMUSIC, _SHARE_FLAWLESS, _SHARE_INSTRUMENTAL, _SHARE_USUAL = 0.13, 0.05, 0.2, 0.6
_SHORTEST_S, _LONGEST = 10.0, 2.5  # of other lengths; the longest as a multiple of the usual
_SHARE_CROPPED, _CROP_S = 0.12, (4.0, 12.0)
_PUBLICATIONS = 32
KEEPS = (0.92, 0.78, 0.58, 0.38, 0.2)
"""Factor on a target's distance from the worst score, at damage of strength 1 to 5: assumed."""
HARDEST = ("detuning_wobble", "shuffled_pieces")
"""Kinds of damage drawn twice as often as others: in other music they are detected least."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    """One measured recording."""

    number: int  #: Of the composition in its role; a song and its damaged copy share it.
    #: Its composer ("plain" without a system), and its style or kind of non-music.
    system: str
    style: str
    music: bool  #: Whether it is music.
    #: Kind and strength; "" and 0 without damage.
    damage: str
    strength: int
    segments: Floats  #: (n_segments, n_measures) raw measurements; nan for a silent segment.
    #: (n_segments,) real seconds, and seconds of sound, in each segment.
    duration_s: Floats
    music_s: Floats
    #: (7,) scores in the order of the axes: expected ones; with the popularity of one publication;
    #: and also with the mean ratings of four raters. nan where undefined.
    targets: Floats
    single: Floats
    rated: Floats
    knobs: Floats  #: (5,) positions of the knobs; nan where undefined.
    #: (18,) composed amount of each fault of `plaudit.synth.music.knob.FAULTS`; nan without music.
    doses: Floats


def make_examples(
    role: Role, number: int, seed: int, rule: SegmentRule, typical_s: float = TYPICAL_S
) -> list[Example]:
    """Make one recording of a role; for a song to learn from its damaged copy; or all clips."""
    from plaudit.audio.damage.kinds import STRENGTHS, damage
    from plaudit.training.bundled.augmentation import augment

    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_DRAW[role], number)))
    composing, listening, augmenting, damaging = rng.spawn(4)
    made_as = "validation" if role == "clip" else role
    sound, sample_rate, truth, _ = compose_recording(
        made_as, number, typical_s, composing, listening
    )
    if role == "clip":
        return [
            _measure(truth, clip, sample_rate, rule, "", 0)
            for clip in clips(sound, sample_rate, augmenting)
        ]
    if role == "train":
        sound = _crop(augment(sound, sample_rate, augmenting), sample_rate, augmenting)
    examples = [_measure(truth, sound, sample_rate, rule, "", 0)]
    if role == "train" and truth["music"]:
        kind = draw_damage(damaging)
        strength = int(damaging.choice(STRENGTHS))
        damaged = damage(sound, sample_rate, kind, strength, damaging)
        examples.append(_measure(truth, damaged, sample_rate, rule, kind, strength))
    return examples


def compose_recording(
    role: Role,
    number: int,
    typical_s: float,
    rng: np.random.Generator,
    listening: np.random.Generator,
) -> tuple[Floats, int, dict[str, Any], Score | None]:
    """Return sound (n_channels, n_samples), rate in Hz, known fields of `Example`, and notes."""
    from plaudit.synth.music.compose import compose
    from plaudit.synth.music.knob import draw_knobs
    from plaudit.synth.music.production import PLAIN
    from plaudit.synth.music.prompt import draw_prompt
    from plaudit.synth.music.style import Style
    from plaudit.synth.public.audience import SongTruth, truth_of
    from plaudit.synth.sound.nonmusic import NONMUSIC, RATE
    from plaudit.synth.sound.render import render
    from plaudit.synth.system import HELD_OUT, TRAINING, open_system
    from plaudit.training.bundled.augmentation import SOLO, remove_players

    usual = role == "test" or rng.random() < _SHARE_USUAL
    others = np.log((_SHORTEST_S, _LONGEST * typical_s))
    length_s = typical_s if usual else float(np.exp(rng.uniform(*others)))
    composers = HELD_OUT if role == "test" else (*TRAINING, "plain")
    name = composers[number % len(composers)]
    if role == "train" and rng.random() < _SHARE_NONMUSIC:
        kind = draw_nonmusic(rng)
        sound = NONMUSIC[kind](rng, length_s)[np.newaxis]
        truth = SongTruth({}, kind, 0.0, is_music=False)
        return sound, RATE, _receive(number, name, kind, truth, listening, {}), None
    system = None if name == "plain" else open_system(name)
    if role == "test" and system is not None:
        knobs = system.draw_knobs(rng)
        prompt = draw_prompt(rng)
        style: Style | None = system.answer(prompt, rng)
    else:
        if role == "validation":
            knobs = system.draw_knobs(rng) if system else draw_knobs(rng, shared=0.0)
        else:
            flawless = rng.random() < _SHARE_FLAWLESS
            knobs = dict.fromkeys(AESTHETICS, 1.0) if flawless else draw_knobs(rng, shared=0.0)
        prompt = draw_prompt(rng, _SHARE_INSTRUMENTAL)
        style = system.draw_style(rng) if system else None
    score = compose(
        rng, length_s, knobs, style,
        preference=system.preference if system else None, instrumental=prompt.instrumental,
    )  # fmt: skip
    truth = truth_of(score)
    if role == "train" and rng.random() < SOLO:
        score = remove_players(score, rng)
        truth = replace(truth, instrumental=score.instrumental)
    sound = render(score, rng, system.production if system else PLAIN)
    fields = _receive(number, name, score.style, truth, listening, score.faults)
    return sound, RATE, fields, score


def draw_damage(rng: np.random.Generator) -> str:
    """Draw a kind of damage: any kind, those of `HARDEST` twice as often."""
    from plaudit.audio.damage.kinds import DAMAGES

    return str(rng.choice((*sorted(DAMAGES), *HARDEST)))


def draw_nonmusic(rng: np.random.Generator) -> str:
    """Draw a kind of non-music: `SHARE_BABBLE` babble, the others evenly."""
    from plaudit.synth.sound.nonmusic import NONMUSIC

    if rng.random() < SHARE_BABBLE:
        return "babble"
    return str(rng.choice(sorted(set(NONMUSIC) - {"babble"})))


def _receive(
    number: int,
    system: str,
    style: str,
    truth: Any,
    rng: np.random.Generator,
    faults: Mapping[str, float],
) -> dict[str, Any]:
    """Simulate how listeners receive a recording; platforms alternate where a system has none."""
    from plaudit.synth.music.knob import FAULTS
    from plaudit.synth.public.audience import appeal, applicable_knobs, audience, expected_ratings
    from plaudit.synth.public.platform import PLATFORMS, percentiles, publish
    from plaudit.synth.system import SYSTEMS

    home = SYSTEMS[system].platform if system in SYSTEMS else None
    platform = PLATFORMS[home or sorted(PLATFORMS)[number % len(PLATFORMS)]]
    reception = audience(truth, rng, platform)
    counts = publish(platform, np.full(_PUBLICATIONS, appeal(truth, platform)), rng)
    expected = [
        float(np.mean(score)) for score in percentiles(platform, counts.plays, counts.likes)
    ]
    by_axis = expected_ratings(truth)
    ratings = [by_axis[axis] for axis in AESTHETICS]
    knobs = applicable_knobs(truth) if truth.is_music else {}
    single = [reception.streams, reception.likes]
    return {
        "number": number,
        "system": system,
        "style": style,
        "music": truth.is_music,
        "targets": np.array([*expected, *ratings], np.float32),
        "single": np.array([*single, *ratings], np.float32),
        "rated": np.array([*single, *reception.ratings.mean(axis=0)], np.float32),
        "doses": np.array([faults.get(fault.name, np.nan) for fault in FAULTS], np.float32),
        "knobs": np.array([knobs.get(axis, np.nan) for axis in AESTHETICS], np.float32),
    }


def _measure(
    truth: dict[str, Any], sound: Floats, rate: int, rule: SegmentRule, kind: str, strength: int
) -> Example:
    """Measure a recording as the judge does, and lower its targets by its damage."""
    import torch

    from plaudit.audio.song import open_song
    from plaudit.encoders.measured.battery import MEASURES, measure
    from plaudit.encoders.measured.spectrum import SAMPLE_RATE

    rows, duration_s, music_s = [], [], []
    for segment in open_song((sound, rate), SAMPLE_RATE, rule):
        raw = measure(torch.from_numpy(segment.samples))
        rows.append(np.full(len(MEASURES), np.nan, np.float32) if raw is None else raw.numpy())
        duration_s.append(segment.end_s - segment.start_s)
        music_s.append(segment.music_s)
    worst = np.array([axis.low for axis in AXES], np.float32)
    keep = np.float32(KEEPS[strength - 1] if strength else 1.0)
    names = ("targets", "single", "rated")
    lowered = {name: worst + keep * (truth[name] - worst) for name in names}
    return Example(
        **{**truth, **lowered},
        damage=kind,
        strength=strength,
        segments=np.stack(rows).astype(np.float32),
        duration_s=np.array(duration_s, np.float32),
        music_s=np.array(music_s, np.float32),
    )


def clips(sound: Floats, rate: int, rng: np.random.Generator) -> list[Floats]:
    """Return a recording (n_channels, n_samples) cut at random places to each shorter `CLIP_S`."""
    return [
        np.ascontiguousarray(sound[:, start : start + length])
        for length in (round(seconds * rate) for seconds in CLIP_S)
        if length < sound.shape[1]
        for start in (int(rng.random() * (sound.shape[1] - length)),)
    ]


def _crop(sound: Floats, rate: int, rng: np.random.Generator) -> Floats:
    """Keep only a short piece of one recording in eight."""
    chance, seconds, place = rng.random(), rng.uniform(*_CROP_S), rng.random()
    length = round(seconds * rate)
    if chance >= _SHARE_CROPPED or length >= sound.shape[1]:
        return sound
    start = int(place * (sound.shape[1] - length))
    return np.ascontiguousarray(sound[:, start : start + length])
