"""The singer: in tune with the score, human when flawless, worse by each fault's own measure."""

from functools import cache

import numpy as np
import pytest

from plaudit.synth.compose import compose
from plaudit.synth.correlate import naturalness
from plaudit.synth.estimate import pitch_of
from plaudit.synth.score import Array, Score
from plaudit.synth.voice import sing

SONGS = 4
OWN_MEASURE = {
    "robotic_pitch": "motion",
    "run_on": "rests",
    "glitch": "steadiness",
    "buzz": "air",
}


SECONDS = 14


def sung(seed: int, doses: dict[str, float]) -> tuple[Score, Array]:
    score = compose(np.random.default_rng(seed), SECONDS, doses=doses)
    voice = sing(
        score.sung, score.phrases, score.voice, SECONDS * 44_100,
        doses=score.faults, rng=np.random.default_rng(seed),
    )  # fmt: skip
    return score, voice


@cache
def measured(seed: int, fault: str, dose: float) -> dict[str, float]:
    return naturalness(sung(seed, {fault: dose} if dose else {})[1])


@pytest.mark.parametrize(("fault", "measure"), sorted(OWN_MEASURE.items()))
def test_fault_moves_its_own_measure(fault: str, measure: str) -> None:
    clean = np.array([measured(seed, "", 0.0)[measure] for seed in range(SONGS)])
    half, full = (
        np.array([measured(seed, fault, dose)[measure] for seed in range(SONGS)])
        for dose in (0.6, 1.0)
    )
    assert np.mean(clean > full) >= 0.75
    assert clean.mean() > full.mean() + 0.1
    assert clean.mean() + 0.03 > half.mean() > full.mean() - 0.03


def test_pitch_follows_the_score() -> None:
    errors = []
    for seed in range(3):
        score, voice = sung(seed, {})
        pitch = pitch_of(voice)
        times = np.arange(len(pitch)) * 0.01 + 1024 / 44_100
        for note in score.sung:
            inside = (times > note.onset_s + 0.1) & (times < note.onset_s + note.duration_s - 0.05)
            heard = pitch[inside]
            if np.isfinite(heard).sum() > 3:
                errors.append(abs(float(np.nanmedian(heard)) - note.pitch))
    assert len(errors) > 25
    assert np.median(errors) < 0.1
    assert np.mean(np.array(errors) < 0.5) > 0.9


def test_nobody_sings_an_empty_line() -> None:
    doses = {"robotic_pitch": 0.0, "glitch": 0.0, "buzz": 0.0}
    silent = sing((), (), "alto", 1000, doses=doses, rng=np.random.default_rng(1))
    assert silent.shape == (1000,)
    assert not silent.any()


def test_voice_is_silent_between_phrases() -> None:
    score, voice = sung(1, {})
    before = int((score.phrases[0].start_s - score.phrases[0].breath_s - 0.2) * 44_100)
    assert np.abs(voice[: max(before, 0)]).max(initial=0.0) < 1e-3 * np.abs(voice).max()
