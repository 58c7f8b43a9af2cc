"""The singer: in tune with the score, silent between phrases, changed by every fault."""

import numpy as np
import pytest

from listening.estimate import match_pitch
from plaudit.synth.music.compose import compose
from plaudit.synth.music.notation import Array, Score
from plaudit.synth.sound.singer import sing

SECONDS = 14


def sung(seed: int, doses: dict[str, float]) -> tuple[Score, Array]:
    score = compose(np.random.default_rng(seed), SECONDS, doses=doses)
    voice = sing(
        score.sung, score.phrases, score.voice, SECONDS * 44_100,
        doses=score.faults, rng=np.random.default_rng(seed),
    )  # fmt: skip
    return score, voice


def test_pitch_follows_the_score() -> None:
    for seed in range(4):
        score, voice = sung(seed, {})
        match = match_pitch(voice, score.sung)
        assert match.notes > 8
        assert match.unheard == 0
        assert match.error_cents < 12
        assert match.within_quarter_tone > 0.95


def test_glitches_lose_the_score() -> None:
    score, voice = sung(1, {"glitch": 1.0})
    clean = match_pitch(sung(1, {})[1], score.sung)
    assert match_pitch(voice, score.sung).within_quarter_tone <= clean.within_quarter_tone


@pytest.mark.parametrize("fault", ["robotic_pitch", "glitch", "buzz"])
def test_dose_of_nothing_is_the_same_sound(fault: str) -> None:
    assert np.array_equal(sung(2, {fault: 0.0})[1], sung(2, {})[1])
    assert not np.array_equal(sung(2, {fault: 0.2})[1], sung(2, {})[1])


def test_nobody_sings_an_empty_line() -> None:
    doses = {"robotic_pitch": 0.0, "glitch": 0.0, "buzz": 0.0}
    silent = sing((), (), "alto", 1000, doses=doses, rng=np.random.default_rng(1))
    assert silent.shape == (1000,)
    assert not silent.any()


def test_voice_is_silent_between_phrases() -> None:
    score, voice = sung(1, {})
    before = int((score.phrases[0].start_s - score.phrases[0].breath_s - 0.2) * 44_100)
    assert np.abs(voice[: max(before, 0)]).max(initial=0.0) < 1e-3 * np.abs(voice).max()
