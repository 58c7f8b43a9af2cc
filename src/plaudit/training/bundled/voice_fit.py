"""Teaching `plaudit.encoders.measured.voice_detector` where somebody sings, from composed songs.

The composer knows which note is sung when, and how much of each fault there is; a frame's targets
are that pitch, or that nobody sings, and whether a note begins. Songs are drawn and played back as
those the bundled judge learns from, under other seeds, so that nothing the judge is trained or
tested on was heard here. What is learned is part of the encoder: the weights lie beside it, and
change only together with `plaudit.encoders.measured.battery.VERSION`.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, max_pool1d

from plaudit.audio.segment import SegmentRule
from plaudit.core.file import write_atomic
from plaudit.core.settings import Record
from plaudit.encoders.measured.spectrum import FRAME_S, SAMPLE_RATE, Spectrum, look
from plaudit.encoders.measured.tune import peaks
from plaudit.encoders.measured.voice_detector import (
    LOWEST_HZ,
    N_SUNG,
    STEPS,
    STEPS_PER_SEMITONE,
    Heard,
    Picture,
    VoiceNet,
    picture,
)

_LOWEST_MIDI = 69 + 12 * np.log2(LOWEST_HZ / 440)
_BLUR = 1.2  # steps, of a target pitch
CROP, _BATCH = 500, 12  # frames of a song that are learned at once; songs
_HIGHEST_RATE, _DECAY, _MOST_GRADIENT = 3e-3, 1e-2, 5.0
_PITCH, _BEGINS = 0.5, 3.0  # weights of their losses, beside 1
_NEAR = 2  # frames by which the beginning of a note may be missed
_ROLE = 99  # of the seeds, beside the roles of `plaudit.training.bundled.composed_example`
Floats = NDArray[np.float32]


class VoiceSettings(Record):
    """What the weights were learned from.

    Parameters
    ----------
    songs, kept_aside : int
        Recordings drawn (one in ten is not music and dropped), and those of them only tested on.
    epochs, seed : int
        Passes over the songs, ten seconds of each at a time; seed of everything.
    """

    songs: int = 700
    kept_aside: int = 40
    epochs: int = 14
    seed: int = 7


class Singing(NamedTuple):
    """A recording, and in each frame what is sung.

    ``sung`` (n_frames,): semitones above A2, nan for nothing. ``begins`` (n_frames,): 1 where a
    sung note begins. ``doses`` (18,): of `plaudit.synth.music.knob.FAULTS`.
    """

    seen: Spectrum
    sung: Floats
    begins: Floats
    doses: Floats


class Lesson(NamedTuple):
    """What there is to see, and what is true of it; as in `Singing`."""

    seen: Picture
    sung: Floats
    begins: Floats
    doses: Floats


class Hearing(NamedTuple):
    """How well a voice is heard, means over songs.

    Shares of frames: ``pitch`` within 0.6 semitones of what is sung, ``pitch_class`` the same in
    any octave; ``found`` taken for sung of those that are, ``mistaken`` of those that are not.
    ``begins``: F-measure of the beginnings of notes, right within 40 ms.
    """

    pitch: float
    pitch_class: float
    found: float
    mistaken: float
    begins: float


def train_voice(
    out: Path, settings: VoiceSettings, *, workers: int = 1, say: Callable[[str], None] = print
) -> Hearing:
    """Compose songs, learn where they are sung, and write the weights.

    Parameters
    ----------
    out : Path
        File to write, safetensors.
    settings : VoiceSettings
        What from.
    workers : int, default 1
        Processes that compose, and threads that learn.
    say : callable
        Takes a line of progress.

    Returns
    -------
    Hearing
        On the songs kept aside.
    """
    from functools import partial

    from safetensors.torch import save

    from plaudit.core.pool import share_out

    made: dict[int, Lesson | None] = {}
    draw = partial(draw_lesson, seed=settings.seed)
    for number, outcome in share_out(draw, iter(range(settings.songs)), workers):
        if isinstance(outcome, BaseException):
            raise outcome
        made[number] = outcome
    lessons = [one for number in sorted(made) if (one := made[number]) is not None]
    aside, learn = lessons[: settings.kept_aside], lessons[settings.kept_aside :]
    say(f"{len(learn)} songs to learn from, {len(aside)} kept aside")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = fit_voice(learn, settings.epochs, np.random.default_rng(settings.seed), say)
    file = io.BytesIO(save({k: v.contiguous() for k, v in network.state_dict().items()}))
    write_atomic(out, file.getvalue())
    return hear(network, aside)


def draw_lesson(number: int, *, seed: int) -> Lesson | None:
    """Compose one recording, as the bundled judge learns from; None if it is not music or silent.

    Parameters
    ----------
    number : int
        Of the recording.
    seed : int
        Of all.
    """
    drawn = draw_singing(number, seed=seed)
    if drawn is None:
        return None
    # Half precision: thirty seconds of a picture are a megabyte.
    seen = Picture(*(part.half() for part in picture(drawn.seen)))
    return Lesson(seen, *drawn[1:])


def draw_singing(number: int, *, seed: int) -> Singing | None:
    """Compose one recording, and say in each frame what is sung.

    Parameters
    ----------
    number : int
        Of the recording.
    seed : int
        Of all.

    Returns
    -------
    Singing or None
        None if it is not music, or silent.
    """
    from plaudit.audio.song import open_song
    from plaudit.training.bundled.augmentation import played
    from plaudit.training.bundled.composed_example import compose_recording

    torch.set_num_threads(1)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_ROLE, number)))
    composing, hearing, playing, _ = rng.spawn(4)
    sound, rate, known, score = compose_recording("learn", number, 30.0, composing, hearing)
    if score is None:
        return None
    sound = played(sound, rate, playing)
    segment = next(iter(open_song((sound, rate), SAMPLE_RATE, SegmentRule())))
    seen = look(torch.from_numpy(segment.samples))
    if seen is None:
        return None
    sung = np.full(len(seen.power), np.nan, np.float32)
    begins = np.zeros(len(seen.power), np.float32)
    for note in score.sung:
        ends = note.onset_s, note.onset_s + note.duration_s
        start, end = (round(s / FRAME_S) - seen.first for s in ends)
        sung[max(0, start) : max(0, end)] = note.pitch - _LOWEST_MIDI
        if 0 <= start < len(begins):
            begins[start] = 1.0
    return Singing(seen, sung, begins, known["doses"])


def fit_voice(
    lessons: list[Lesson],
    epochs: int,
    rng: np.random.Generator,
    say: Callable[[str], None] = print,
    crop: int = CROP,
) -> VoiceNet:
    """Fit the network to lessons.

    Parameters
    ----------
    lessons : list of Lesson
        At least one.
    epochs : int
        Passes.
    rng : numpy.random.Generator
        Which part of which song is next; initial weights draw from torch's global generator.
    say : callable
        Takes a line an epoch.
    crop : int
        Frames of a song that are learned at once.

    Returns
    -------
    VoiceNet
        Fitted, for inference.
    """
    network = VoiceNet()
    optimizer = torch.optim.AdamW(network.parameters(), lr=_HIGHEST_RATE, weight_decay=_DECAY)
    crops = np.array([max(1, len(one.sung) // crop) for one in lessons])
    order = np.repeat(np.arange(len(lessons)), crops)
    n_batches = max(1, len(order) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _HIGHEST_RATE, epochs * n_batches)
    network.train()
    for epoch in range(epochs):
        total = 0.0
        for chosen in np.array_split(rng.permutation(order), n_batches):
            batch = [_cropped(lessons[k], crop, rng) for k in chosen]
            loss = _loss(network, batch)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(network.parameters(), _MOST_GRADIENT)
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        say(f"pass {epoch + 1} of {epochs}: loss {total / n_batches:.3f}")
    return network.eval()


def hear(network: VoiceNet, lessons: list[Lesson]) -> Hearing:
    """Measure a network on songs; a song that is never sung counts in ``mistaken`` alone."""
    rows = []
    for one in lessons:
        with torch.inference_mode():
            said = network(*(part.float().unsqueeze(0) for part in one.seen))
        n = len(one.sung)
        found = (said.sung[0, :n] > 0).numpy()
        pitch = said.pitch[0, :n].argmax(dim=1).numpy() / STEPS_PER_SEMITONE
        is_sung = ~np.isnan(one.sung)
        off = (pitch - one.sung)[is_sung]
        shares = [
            np.abs(off) < 0.6,
            np.abs((off + 6) % 12 - 6) < 0.6,
            found[is_sung],
            found[~is_sung],
        ]
        rows.append(
            [share.mean() if len(share) else np.nan for share in shares]
            + [_f_measure(said.begins[0, :n], one.begins)]
        )
    return Hearing(*(float(value) for value in np.nanmean(rows, axis=0)))


def _cropped(lesson: Lesson, crop: int, rng: np.random.Generator) -> Lesson:
    """Return so many frames of a lesson, filled up with silence where it is shorter."""
    n = len(lesson.sung)
    start = int(rng.integers(max(1, n - crop + 1)))
    end = min(n, start + crop)
    missing = crop - (end - start)
    rows, mel = (part[start:end].float() for part in lesson.seen)
    return Lesson(
        Picture(
            torch.nn.functional.pad(rows, (0, 0, 0, missing)),
            torch.nn.functional.pad(mel, (0, 0, 0, missing), value=float(mel.min())),
        ),
        np.pad(lesson.sung[start:end], (0, missing), constant_values=np.nan),
        np.pad(lesson.begins[start:end], (0, missing)),
        lesson.doses,
    )


def _loss(network: VoiceNet, batch: list[Lesson]) -> Tensor:
    rows, mel = (torch.stack(parts) for parts in zip(*(one.seen for one in batch), strict=True))
    sung, begins, doses = (torch.from_numpy(np.stack([one[k] for one in batch])) for k in (1, 2, 3))
    said: Heard = network(rows, mel)
    voiced = ~sung.isnan()
    within = voiced & (sung >= 0) & (sung < STEPS / STEPS_PER_SEMITONE)
    near = torch.maximum(begins, 0.6 * max_pool1d(begins.unsqueeze(1), 3, 1, 1).squeeze(1))
    loss = binary_cross_entropy_with_logits(said.sung, voiced.float())
    loss = loss + _BEGINS * binary_cross_entropy_with_logits(said.begins, near)
    if within.any():
        likely = torch.log_softmax(said.pitch[within], dim=1)
        loss = loss - _PITCH * (_bump(sung[within]) * likely).sum(dim=1).mean()
    known = torch.ones_like(doses)
    known[~voiced.any(dim=1), -N_SUNG:] = 0.0
    return loss + binary_cross_entropy_with_logits(said.faults, doses, weight=known)


def _bump(pitch: Tensor) -> Tensor:
    """Return what the network should say of each pitch (n_frames, STEPS)."""
    off = torch.arange(STEPS) - (pitch * STEPS_PER_SEMITONE).unsqueeze(1)
    bump = torch.exp(-0.5 * (off / _BLUR).square())
    return bump / bump.sum(dim=1, keepdim=True)


def _f_measure(logits: Tensor, begins: Floats) -> float:
    """Return how well beginnings are found, nan where there are none."""
    true, said = np.flatnonzero(begins), peaks(torch.sigmoid(logits).numpy())
    if not len(true):
        return float("nan")
    if not len(said):
        return 0.0
    apart = np.abs(true[:, None] - said[None, :]) <= _NEAR
    right, found = apart.any(axis=0).mean(), apart.any(axis=1).mean()
    return float(2 * right * found / max(right + found, 1e-9))
