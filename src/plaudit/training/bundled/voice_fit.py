"""Train the detector of singing, `measured.voice_detector`, on composed songs.

The composer knows each sung note and the amount of each fault. A frame's targets are its pitch, or
that nobody sings, and whether a note begins. Songs are drawn and augmented as those of the bundled
judge, under other seeds, so that none of its training or test songs is used here. The weights lie
beside the encoder and change only together with `plaudit.encoders.measured.battery.VERSION`.
"""

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
    Picture,
    VoiceNet,
    picture,
)

_LOWEST_MIDI = 69 + 12 * np.log2(LOWEST_HZ / 440)
_BLUR = 1.2  # steps, of a target pitch
_CROP, _BATCH = 500, 12  # frames of a song in a batch; songs
_LEARNING_RATE, _WEIGHT_DECAY, _CLIP = 3e-3, 1e-2, 5.0
_PITCH_WEIGHT, _ONSET_WEIGHT = 0.5, 3.0  # of their losses, beside 1
_ONSET_TOLERANCE = 2  # frames
_ROLE = 99  # of the seeds, beside the roles of `plaudit.training.bundled.composed_example`
Floats = NDArray[np.float32]


class VoiceSettings(Record):
    """What the weights are fitted to."""

    #: Recordings drawn (one in ten is not music and dropped), and those of them only tested on.
    songs: int = 700
    kept_aside: int = 40
    #: Passes over the songs, ten seconds of each at a time; seed of everything.
    epochs: int = 14
    seed: int = 7


class Singing(NamedTuple):
    """A recording and its targets.

    ``sung`` (n_frames,): semitones above A2, nan without singing. ``begins`` (n_frames,): 1 where a
    sung note begins. ``doses`` (18,): of `plaudit.synth.music.knob.FAULTS`.
    """

    seen: Spectrum
    sung: Floats
    begins: Floats
    doses: Floats


class VoiceExample(NamedTuple):
    """Inputs of the network and their targets, as in `Singing`."""

    seen: Picture
    sung: Floats
    begins: Floats
    doses: Floats


class VoiceMetrics(NamedTuple):
    """Accuracy of a network, means over songs.

    Shares of frames: ``pitch`` within 0.6 semitones of a sung pitch, ``pitch_class`` the same in
    any octave; ``recall`` of sung frames, ``false_alarm`` among the others. ``onsets``: F-measure
    of the beginnings of notes, within 40 ms.
    """

    pitch: float
    pitch_class: float
    recall: float
    false_alarm: float
    onsets: float


def train_voice(
    out: Path,
    settings: VoiceSettings,
    *,
    workers: int = 1,
    on_progress: Callable[[str], None] = print,
) -> VoiceMetrics:
    """Compose songs, fit the network, write its weights, and measure it on songs kept aside."""
    from functools import partial

    from safetensors.torch import save

    from plaudit.core.pool import share_out

    drawn: dict[int, VoiceExample | None] = {}
    draw = partial(draw_example, seed=settings.seed)
    for number, outcome in share_out(draw, iter(range(settings.songs)), workers):
        if isinstance(outcome, BaseException):
            raise outcome
        drawn[number] = outcome
    examples = [example for _, example in sorted(drawn.items()) if example is not None]
    aside, learn = examples[: settings.kept_aside], examples[settings.kept_aside :]
    on_progress(f"{len(learn)} songs to learn from, {len(aside)} kept aside")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        rng = np.random.default_rng(settings.seed)
        network = fit_voice(learn, settings.epochs, rng, on_progress)
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    write_atomic(out, save(weights, metadata={"made_by": "Plaudit"}))
    return measure_voice(network, aside)


def draw_example(number: int, *, seed: int) -> VoiceExample | None:
    """Compose one recording and its inputs; None if it is silent or not music."""
    drawn = draw_singing(number, seed=seed)
    if drawn is None:
        return None
    # Half precision: thirty seconds of a picture are a megabyte.
    seen = Picture(*(part.half() for part in picture(drawn.seen)))
    return VoiceExample(seen, *drawn[1:])


def draw_singing(number: int, *, seed: int) -> Singing | None:
    """Compose one recording and its targets; None if it is silent or not music."""
    from plaudit.audio.song import open_song
    from plaudit.training.bundled.augmentation import augment
    from plaudit.training.bundled.composed_example import compose_recording

    torch.set_num_threads(1)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_ROLE, number)))
    composing, listening, augmenting, _ = rng.spawn(4)
    sound, rate, truth, score = compose_recording("train", number, 30.0, composing, listening)
    if score is None:
        return None
    sound = augment(sound, rate, augmenting)
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
    return Singing(seen, sung, begins, truth["doses"])


def fit_voice(
    examples: list[VoiceExample],
    epochs: int,
    rng: np.random.Generator,
    on_progress: Callable[[str], None] = print,
    crop: int = _CROP,
) -> VoiceNet:
    """Fit the network to songs; initial weights draw from torch's global generator."""
    network = VoiceNet()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY
    )
    crops = np.array([max(1, len(example.sung) // crop) for example in examples])
    order = np.repeat(np.arange(len(examples)), crops)
    n_batches = max(1, len(order) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _LEARNING_RATE, epochs * n_batches)
    network.train()
    for epoch in range(epochs):
        total = 0.0
        for chosen in np.array_split(rng.permutation(order), n_batches):
            loss = _loss(network, [_cropped(examples[k], crop, rng) for k in chosen])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        on_progress(f"pass {epoch + 1} of {epochs}: loss {total / n_batches:.3f}")
    return network.eval()


def measure_voice(network: VoiceNet, examples: list[VoiceExample]) -> VoiceMetrics:
    """Measure a network; a song without singing counts in ``false_alarm`` alone."""
    rows = []
    for example in examples:
        with torch.inference_mode():
            out = network(*(part.float().unsqueeze(0) for part in example.seen))
        n = len(example.sung)
        voiced = (out.sung[0, :n] > 0).numpy()
        pitch = out.pitch[0, :n].argmax(dim=1).numpy() / STEPS_PER_SEMITONE
        sung = ~np.isnan(example.sung)
        off = (pitch - example.sung)[sung]
        shares = [
            np.abs(off) < 0.6,
            np.abs((off + 6) % 12 - 6) < 0.6,
            voiced[sung],
            voiced[~sung],
        ]
        rows.append(
            [share.mean() if len(share) else np.nan for share in shares]
            + [_f_measure(out.begins[0, :n], example.begins)]
        )
    return VoiceMetrics(*(float(value) for value in np.nanmean(rows, axis=0)))


def _cropped(example: VoiceExample, crop: int, rng: np.random.Generator) -> VoiceExample:
    """Return ``crop`` frames of an example, padded with silence where it is shorter."""
    n = len(example.sung)
    start = int(rng.integers(max(1, n - crop + 1)))
    end = min(n, start + crop)
    missing = crop - (end - start)
    rows, mel = (part[start:end].float() for part in example.seen)
    return VoiceExample(
        Picture(
            torch.nn.functional.pad(rows, (0, 0, 0, missing)),
            torch.nn.functional.pad(mel, (0, 0, 0, missing), value=float(mel.min())),
        ),
        np.pad(example.sung[start:end], (0, missing), constant_values=np.nan),
        np.pad(example.begins[start:end], (0, missing)),
        example.doses,
    )


def _loss(network: VoiceNet, batch: list[VoiceExample]) -> Tensor:
    rows, mel = (torch.stack(parts) for parts in zip(*(song.seen for song in batch), strict=True))
    sung, begins, doses = (
        torch.from_numpy(np.stack([song[k] for song in batch])) for k in (1, 2, 3)
    )
    out = network(rows, mel)
    voiced = ~sung.isnan()
    within = voiced & (sung >= 0) & (sung < STEPS / STEPS_PER_SEMITONE)
    near = torch.maximum(begins, 0.6 * max_pool1d(begins.unsqueeze(1), 3, 1, 1).squeeze(1))
    loss = binary_cross_entropy_with_logits(out.sung, voiced.float())
    loss = loss + _ONSET_WEIGHT * binary_cross_entropy_with_logits(out.begins, near)
    if within.any():
        log_p = torch.log_softmax(out.pitch[within], dim=1)
        loss = loss - _PITCH_WEIGHT * (_blurred(sung[within]) * log_p).sum(dim=1).mean()
    known = torch.ones_like(doses)
    known[~voiced.any(dim=1), -N_SUNG:] = 0.0
    return loss + binary_cross_entropy_with_logits(out.faults, doses, weight=known)


def _blurred(pitch: Tensor) -> Tensor:
    """Return target distributions (n_frames, STEPS) around pitches (n_frames,)."""
    off = torch.arange(STEPS) - (pitch * STEPS_PER_SEMITONE).unsqueeze(1)
    bump = torch.exp(-0.5 * (off / _BLUR).square())
    return bump / bump.sum(dim=1, keepdim=True)


def _f_measure(logits: Tensor, begins: Floats) -> float:
    """Return the F-measure of note beginnings, nan where there are none."""
    observed, predicted = np.flatnonzero(begins), peaks(torch.sigmoid(logits).numpy())
    if not len(observed):
        return float("nan")
    if not len(predicted):
        return 0.0
    near = np.abs(observed[:, None] - predicted[None, :]) <= _ONSET_TOLERANCE
    precision, recall = near.any(axis=0).mean(), near.any(axis=1).mean()
    return float(2 * precision * recall / max(precision + recall, 1e-9))
