"""Where somebody sings can be learned: pitch, and that nobody does."""

import numpy as np
import pytest
import torch

from plaudit.encoders.spectrum import FRAME_S, SAMPLE_RATE, Spectrum, look
from plaudit.encoders.voice import LOWEST_HZ, STEPS, STEPS_PER_SEMITONE, VoiceNet, picture
from plaudit.training.voice import Lesson, draw_lesson, fit_voice, hear


def lesson(seed: int, seconds: float = 6.0) -> Lesson:
    """A voice of ten harmonics that sings every other half second, over hiss."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    place = (t / 0.5).astype(int)
    notes = rng.uniform(3, 33, place.max() + 1)
    phase = 2 * np.pi * np.cumsum(LOWEST_HZ * 2 ** (notes[place] / 12)) / SAMPLE_RATE
    sound = sum(np.sin(h * phase) / h for h in range(1, 11)) * (place % 2)
    sound = 0.1 * sound + rng.normal(0, 0.01, len(t))
    seen = look(torch.from_numpy(sound.astype(np.float32)))
    assert seen is not None
    frame = np.minimum((np.arange(len(seen.power)) * FRAME_S / 0.5).astype(int), place.max())
    sung = np.where(frame % 2, notes[frame], np.nan).astype(np.float32)
    return Lesson(picture(seen), sung)


@pytest.fixture(scope="module")
def network() -> VoiceNet:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        lessons = [lesson(seed) for seed in range(6)]
        return fit_voice(lessons * 8, 12, np.random.default_rng(0), lambda _: None)


def test_a_planted_voice_is_heard_at_its_pitch_and_its_rests(network: VoiceNet) -> None:
    heard = hear(network, [lesson(seed) for seed in (100, 101)])
    assert heard.pitch > 0.8
    assert heard.found > 0.9
    assert heard.mistaken < 0.1


def test_the_weights_are_the_same_at_every_pitch(network: VoiceNet) -> None:
    step = 6 * STEPS_PER_SEMITONE
    seen = torch.zeros(1, 3, picture(_tone()).shape[2])
    for harmonic in (0, 60, 95, 120):
        seen[:, :, 40 + harmonic] = 1.0
    moved = torch.roll(seen, step, dims=2)
    with torch.inference_mode():
        low, high = network(seen)[0, :STEPS], network(moved)[0, :STEPS]
    inner = slice(5, STEPS - step - 5)
    assert torch.allclose(low[inner], high[step:][inner], atol=1e-5)


def test_a_lesson_is_drawn_by_its_number_alone_and_says_what_is_sung() -> None:
    drawn = [draw_lesson(number, seed=3) for number in (2, 2)]
    first, again = (one for one in drawn if one is not None)
    assert torch.equal(first.seen, again.seen)
    assert np.array_equal(first.sung, again.sung, equal_nan=True)
    assert len(first.seen) == len(first.sung)
    assert 0.1 < np.mean(~np.isnan(first.sung)) < 0.95


def _tone() -> Spectrum:
    seen = look(torch.sin(torch.arange(SAMPLE_RATE * 2) * 0.05))
    assert seen is not None
    return seen
