"""Where somebody sings can be learned: pitch, that nobody does, and where notes begin."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from plaudit.encoders.measured.spectrum import FRAME_S, SAMPLE_RATE, look
from plaudit.encoders.measured.voice_detector import LOWEST_HZ, N_FAULTS, VoiceNet, picture
from plaudit.training.bundled.voice_fit import (
    VoiceExample,
    VoiceSettings,
    draw_example,
    fit_voice,
    measure_voice,
    train_voice,
)


def example(seed: int, fault: float = 0.0, seconds: float = 6.0) -> VoiceExample:
    """A voice of ten harmonics that sings every other half second, over hiss; more for a fault."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    place = (t / 0.5).astype(int)
    notes = rng.uniform(3, 33, place.max() + 1)
    phase = 2 * np.pi * np.cumsum(LOWEST_HZ * 2 ** (notes[place] / 12)) / SAMPLE_RATE
    sound = sum(np.sin(h * phase) / h for h in range(1, 11)) * (place % 2)
    sound = 0.1 * sound + rng.normal(0, 0.01 + 0.04 * fault, len(t))
    seen = look(torch.from_numpy(sound.astype(np.float32)))
    assert seen is not None
    frame = np.minimum((np.arange(len(seen.power)) * FRAME_S / 0.5).astype(int), place.max())
    sung = np.where(frame % 2, notes[frame], np.nan).astype(np.float32)
    begins = (np.diff(frame, prepend=0) * (frame % 2)).astype(np.float32)
    doses = np.zeros(N_FAULTS, np.float32)
    doses[-1] = fault
    return VoiceExample(picture(seen), sung, begins, doses)


@pytest.fixture(scope="module")
def network() -> VoiceNet:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        examples = [example(seed, float(seed % 3 == 0)) for seed in range(24)]
        return fit_voice(examples, 6, np.random.default_rng(0), lambda _: None, crop=150)


def test_a_planted_voice_is_heard_at_its_pitch_and_its_rests(network: VoiceNet) -> None:
    metrics = measure_voice(network, [example(seed) for seed in (100, 101)])
    assert metrics.pitch > 0.8
    assert metrics.recall > 0.9
    assert metrics.false_alarm < 0.1
    assert metrics.onsets > 0.8


def test_a_fault_of_the_singer_is_heard(network: VoiceNet) -> None:
    faults = []
    for seed, fault in ((200, 0.0), (201, 1.0)):
        seen = example(seed, fault).seen
        with torch.inference_mode():
            faults.append(network(*(part.unsqueeze(0) for part in seen)).faults[0])
    assert faults[1][-1] > faults[0][-1] + 1


def test_an_example_depends_on_its_number_alone_and_has_what_is_sung() -> None:
    drawn = [draw_example(number, seed=3) for number in (2, 2)]
    first, again = (item for item in drawn if item is not None)
    assert torch.equal(first.seen.rows, again.seen.rows)
    assert np.array_equal(first.sung, again.sung, equal_nan=True)
    assert len(first.seen.rows) == len(first.sung) + len(first.sung) % 2
    assert 0.1 < np.mean(~np.isnan(first.sung)) < 0.95
    assert 5 < first.begins.sum() < 200


def test_weights_are_written_and_measured_on_songs_kept_aside(tmp_path: Path) -> None:
    messages: list[str] = []
    settings = VoiceSettings(songs=5, kept_aside=2, epochs=1, seed=3)
    out = tmp_path / "voice.safetensors"
    metrics = train_voice(out, settings, on_progress=messages.append)
    VoiceNet().load_state_dict(load_file(out))
    assert 0 <= metrics.recall <= 1
    assert "2 kept aside" in messages[0]
    assert messages[-1].startswith("pass 1 of 1")
