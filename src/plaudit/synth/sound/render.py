"""From a score to sound: players, singer, room and mastering.

Equal tones (part, pitch, touch) are synthesised once per song and reused.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from plaudit.synth.music.notation import Array, Note, Part, Score
from plaudit.synth.music.production import PLAIN, Production
from plaudit.synth.music.style import STYLES
from plaudit.synth.sound import drum, mixdown
from plaudit.synth.sound.artefact import leave
from plaudit.synth.sound.instrument import INSTRUMENTS, Patch
from plaudit.synth.sound.singer import sing

RATE = 44_100
_VOICE_DB = -18.0  # level of the voice before mastering; other parts are placed around it
_BURIED_DB = 11.0  # how far the tune sinks when the fault of that name is at its worst
_TIMING_S, _TOUCH = 0.006, 0.06  # standard deviations of a good player's timing and loudness


def render(
    score: Score,
    rng: np.random.Generator,
    production: Production = PLAIN,
    voice: Array | None = None,
) -> Array:
    """Play a score: stereo at 44,100 Hz, (2, round(duration_s * 44100)), absolute peak below 1.

    ``rng`` decides the players' touch, the instruments' copies, the room, the loudness and the
    peak; ``production`` is a system's sound. ``voice`` (n_samples,) is the singer alone, where that
    is known already; sung here when not given.
    """
    named = ("voice", "room", "loudness", "voice_pan", "artefacts")
    stages = (*named, *(part.name for part in score.parts))
    chance = dict(zip(stages, rng.spawn(len(stages)), strict=True))
    n = round(score.duration_s * RATE)
    style = STYLES[score.style]
    stereo = np.zeros((2, n), np.float32)
    send = np.zeros(n, np.float32)

    notes: dict[str, list[Note]] = defaultdict(list)
    for note in score.notes:
        notes[note.part].append(note)
    buried_db = _BURIED_DB * score.faults["buried_tune"]
    for part in score.parts:
        track = _track(part, notes[part.name], n, chance[part.name], production)
        wet = {"drums": 0.35, "bass": 0.1}.get(part.role, 1.0)
        level_db = _VOICE_DB + part.level_db + production.level_db.get(part.role, 0.0)
        level_db -= buried_db if part.role == "lead" else 0.0
        pan = float(np.clip(part.pan * production.spread, -1, 1))
        _place(stereo, send, track, level_db=level_db, pan=pan, wet=wet)
    if voice is None:
        voice = sing(
            score.sung, score.phrases, score.voice, n,
            doses=score.faults, rng=chance["voice"], tract=production.tract,
        )  # fmt: skip
    middle = float(chance["voice_pan"].normal(0, 0.03))
    level_db = _VOICE_DB + production.level_db.get("voice", 0.0) - buried_db
    _place(stereo, send, voice, level_db=level_db, pan=middle, wet=0.8)

    room = mixdown.room(chance["room"], style.room_s * production.reverb_time)
    stereo += mixdown.reverberate(send, room) * np.float32(style.wet * production.wet)
    stereo = leave(stereo, production.artefacts, chance["artefacts"])
    _fade_out(stereo)
    return mixdown.master(stereo, mixdown.draw_target(chance["loudness"]))


def _track(
    part: Part, notes: Sequence[Note], n: int, rng: np.random.Generator, production: Production
) -> Array:
    """Play one part, mono, with a player's small inaccuracies."""
    out = np.zeros(n, np.float32)
    late = rng.normal(0, _TIMING_S, len(notes))
    touch = 1 + rng.normal(0, _TOUCH, len(notes))
    if part.role == "drums":
        kit = drum.sounds(part.instrument, rng)
        for k, note in enumerate(notes):
            hit = kit[int(note.pitch)]
            _add(out, hit, note.onset_s + 0.5 * late[k], note.velocity * touch[k])
        return out
    instrument = INSTRUMENTS[part.instrument]
    patch = Patch(
        _leaned(float(rng.uniform()), production.bright),
        _leaned(float(rng.uniform()), production.moving),
    )
    release = int(instrument.release_s * RATE)
    fade = np.cos(np.linspace(0, np.pi / 2, release, dtype=np.float32)) ** 2
    longest: dict[tuple[float, bool], float] = defaultdict(float)
    for note in notes:
        key = (note.pitch, note.velocity > 0.7)
        longest[key] = max(longest[key], note.duration_s)
    tones: dict[tuple[float, bool], Array] = {}
    for (pitch, hard), seconds in longest.items():
        hertz = 440.0 * 2 ** ((pitch + 12 * instrument.octaves - 69) / 12)
        length = int(seconds * RATE) + release + 1
        tones[pitch, hard] = instrument.play(hertz, length, 0.85 if hard else 0.4, patch)
    for k, note in enumerate(notes):
        held = int(note.duration_s * RATE)
        tone = tones[note.pitch, note.velocity > 0.7][: held + release].copy()
        tone[held:] *= fade
        _add(out, tone, note.onset_s + late[k], note.velocity * touch[k])
    return out


def _leaned(u: float, lean: float) -> float:
    """Move a number in [0, 1] towards 1 (lean 1) or 0 (lean -1)."""
    return u + lean * (1 - u) if lean > 0 else u * (1 + lean)


def _add(out: Array, sound: Array, onset_s: float, level: float) -> None:
    at = max(int(onset_s * RATE), 0)
    room = min(len(sound), len(out) - at)
    if room > 0:
        out[at : at + room] += sound[:room] * np.float32(level)


def _place(
    stereo: Array, send: Array, track: Array, *, level_db: float, pan: float, wet: float
) -> None:
    """Bring a part to its level where it plays, put it left or right, and send it to the room."""
    blocks = track[: len(track) // 4410 * 4410].reshape(-1, 4410)
    power = np.mean(np.square(blocks), axis=1)
    if not len(power) or power.max() <= 0:
        return
    playing = power > 0.01 * power.max()
    gain = 10 ** (level_db / 20) / float(np.sqrt(power[playing].mean()))
    angle = np.pi / 4 * (1 + np.clip(pan, -1, 1))
    stereo[0] += track * np.float32(gain * np.cos(angle) * np.sqrt(2))
    stereo[1] += track * np.float32(gain * np.sin(angle) * np.sqrt(2))
    send += track * np.float32(gain * wet)


def _fade_out(stereo: Array) -> None:
    n = min(RATE // 2, stereo.shape[1])
    stereo[:, -n:] *= np.cos(np.linspace(0, np.pi / 2, n, dtype=np.float32)) ** 2
