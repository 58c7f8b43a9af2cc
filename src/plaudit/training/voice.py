"""Teaching `plaudit.encoders.voice` where somebody sings, from composed songs.

The composer knows which note is sung when; a frame's target is that pitch, or that nobody sings.
Songs are drawn and played back as those the bundled judge learns from, under other seeds, so that
nothing the judge is trained or tested on was heard here. What is learned is part of the encoder:
the weights lie beside it, and change only together with `plaudit.encoders.battery.VERSION`.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from plaudit.audio.segment import SegmentRule
from plaudit.core.file import write_atomic
from plaudit.core.settings import Record
from plaudit.encoders.spectrum import FRAME_S, SAMPLE_RATE, Spectrum, look
from plaudit.encoders.voice import LOWEST_HZ, STEPS, STEPS_PER_SEMITONE, VoiceNet, picture

_LOWEST_MIDI = 69 + 12 * np.log2(LOWEST_HZ / 440)
_BLUR = 1.2  # steps, of a target
_EVERY = 4  # frames; those in between say the same
_BATCH, _HIGHEST_RATE, _DECAY = 512, 0.015, 1e-4
_ROLE = 99  # of the seeds, beside the roles of `plaudit.training.example`
Floats = NDArray[np.float32]


class VoiceSettings(Record):
    """What the weights were learned from.

    Parameters
    ----------
    songs, kept_aside : int
        Recordings drawn (one in ten is not music and dropped), and those of them only tested on.
    epochs, seed : int
        Passes over the frames; seed of everything.
    """

    songs: int = 160
    kept_aside: int = 24
    epochs: int = 10
    seed: int = 7


class Lesson(NamedTuple):
    """Pictures (n_frames, n_lags, n_bins) and what is sung: semitones above A2, nan for nothing."""

    seen: Tensor
    sung: Floats


class Hearing(NamedTuple):
    """How well a voice is heard, means over songs, all shares of frames.

    ``pitch`` within 0.6 semitones of what is sung, ``pitch_class`` the same in any octave;
    ``found`` taken for sung of those that are, ``mistaken`` of those that are not.
    """

    pitch: float
    pitch_class: float
    found: float
    mistaken: float


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
        Processes that compose; the result does not depend on it.
    say : callable
        Takes a line of progress.

    Returns
    -------
    Hearing
        On the songs kept aside.
    """
    from functools import partial

    from safetensors.torch import save

    from plaudit.synth.crew import share_out

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
    return None if drawn is None else Lesson(picture(drawn[0]), drawn[1])


def draw_singing(number: int, *, seed: int) -> tuple[Spectrum, Floats] | None:
    """Compose one recording, and say in each frame what is sung.

    Parameters
    ----------
    number : int
        Of the recording.
    seed : int
        Of all.

    Returns
    -------
    (Spectrum, ndarray of float32) or None
        Pictures, and semitones above A2 (n_frames,), nan where nobody sings; None if it is not
        music, or silent.
    """
    from plaudit.audio.song import open_song
    from plaudit.training.example import compose_recording
    from plaudit.training.playback import played

    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_ROLE, number)))
    composing, hearing, playing, _ = rng.spawn(4)
    sound, rate, _, score = compose_recording("learn", number, 30.0, composing, hearing)
    if score is None:
        return None
    sound = played(sound, rate, playing)
    segment = next(iter(open_song((sound, rate), SAMPLE_RATE, SegmentRule())))
    seen = look(torch.from_numpy(segment.samples))
    if seen is None:
        return None
    sung = np.full(len(seen.power), np.nan, np.float32)
    for note in score.sung:
        ends = note.onset_s, note.onset_s + note.duration_s
        start, end = (max(0, round(s / FRAME_S) - seen.first) for s in ends)
        sung[start:end] = note.pitch - _LOWEST_MIDI
    return seen, sung


def fit_voice(
    lessons: list[Lesson],
    epochs: int,
    rng: np.random.Generator,
    say: Callable[[str], None] = print,
) -> VoiceNet:
    """Fit the network to lessons.

    Parameters
    ----------
    lessons : list of Lesson
        At least one.
    epochs : int
        Passes.
    rng : numpy.random.Generator
        Order of the frames; initial weights draw from torch's global generator.
    say : callable
        Takes a line an epoch.

    Returns
    -------
    VoiceNet
        Fitted, for inference.
    """
    # Half precision: ten thousand frames of pictures are a quarter of a gigabyte.
    seen = torch.cat([one.seen[::_EVERY].half() for one in lessons])
    sung = np.concatenate([one.sung[::_EVERY] for one in lessons])
    within = np.isnan(sung) | ((sung >= 0) & (sung < STEPS / STEPS_PER_SEMITONE))
    usable = np.flatnonzero(within)
    network = VoiceNet()
    optimizer = torch.optim.AdamW(network.parameters(), lr=_HIGHEST_RATE, weight_decay=_DECAY)
    n_batches = max(1, len(usable) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _HIGHEST_RATE, epochs * n_batches)
    for epoch in range(epochs):
        total = 0.0
        for index in np.array_split(rng.permutation(usable), n_batches):
            logits = network(seen[torch.from_numpy(index)].float())
            loss = -(_target(sung[index]) * torch.log_softmax(logits, dim=1)).sum(dim=1).mean()
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        say(f"pass {epoch + 1} of {epochs}: loss {total / n_batches:.3f}")
    return network.eval()


def hear(network: VoiceNet, lessons: list[Lesson]) -> Hearing:
    """Measure a network on songs; a song that is never sung counts in ``mistaken`` alone."""
    rows = []
    for seen, sung in lessons:
        with torch.inference_mode():
            logits = network(seen)
        said = (torch.softmax(logits, dim=1)[:, STEPS] < 0.5).numpy()
        pitch = logits[:, :STEPS].argmax(dim=1).numpy() / STEPS_PER_SEMITONE
        is_sung = ~np.isnan(sung)
        off = (pitch - sung)[is_sung]
        shares = [
            np.abs(off) < 0.6,
            np.abs((off + 6) % 12 - 6) < 0.6,
            said[is_sung],
            said[~is_sung],
        ]
        rows.append([share.mean() if len(share) else np.nan for share in shares])
    return Hearing(*(float(value) for value in np.nanmean(rows, axis=0)))


def _target(sung: Floats) -> Tensor:
    """Return what the network should say (n_frames, STEPS + 1): a bump at the pitch, or none."""
    silent = torch.from_numpy(np.isnan(sung))
    centre = torch.from_numpy(np.where(np.isnan(sung), 0, sung * STEPS_PER_SEMITONE)).float()
    bump = torch.exp(-0.5 * ((torch.arange(STEPS) - centre.unsqueeze(1)) / _BLUR).square())
    bump = bump / bump.sum(dim=1, keepdim=True)
    bump[silent] = 0
    return torch.cat([bump, silent.float().unsqueeze(1)], dim=1)
