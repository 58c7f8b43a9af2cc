"""Prompts: every word of the text can be checked in the score."""

import re

import numpy as np
import pytest

from plaudit.core.errors import InputError
from plaudit.synth.music.harmony import family_of
from plaudit.synth.music.prompt import MOODS, TEMPI, bend, draw_prompt, modes_of
from plaudit.synth.music.style import STYLES
from plaudit.synth.song import make_song
from plaudit.synth.sound.instrument import INSTRUMENTS

PROMPTS = [draw_prompt(np.random.default_rng(seed)) for seed in range(200)]


def test_prompts_say_what_they_ask_for() -> None:
    for prompt in PROMPTS:
        assert prompt.mood in prompt.text.lower()
        assert prompt.tempo in TEMPI
        assert set(prompt.instruments) <= set(INSTRUMENTS)
        assert ("instrumental" in prompt.text.lower()) == prompt.instrumental
        bpm = re.search(r"(\d+) BPM", prompt.text)
        low, high = STYLES[prompt.style].bpm
        assert bpm is None or low <= int(bpm[1]) <= high


def test_prompts_differ() -> None:
    assert len({prompt.text for prompt in PROMPTS}) > 180
    assert {p.style for p in PROMPTS} == set(STYLES)
    assert {p.mood for p in PROMPTS} == set(MOODS)
    assert 0.15 < np.mean([p.instrumental for p in PROMPTS]) < 0.35


def test_share_of_instrumentals_is_a_setting() -> None:
    rng = np.random.default_rng(0)
    assert not any(draw_prompt(rng, 0.0).instrumental for _ in range(50))
    assert all(draw_prompt(rng, 1.0).instrumental for _ in range(50))


def test_a_bent_style_is_the_prompts() -> None:
    for prompt in PROMPTS:
        style, bent = STYLES[prompt.style], bend(STYLES[prompt.style], prompt)
        low, high = style.bpm
        assert low - 1e-9 <= bent.bpm[0] < bent.bpm[1] <= high + 1e-9
        assert bent.bpm[1] - bent.bpm[0] == pytest.approx((high - low) / 3)
        wanted = MOODS[prompt.mood]
        assert all(wanted in {"any", family_of(mode)} for mode in bent.modes)
        for instrument in prompt.instruments:
            assert (instrument,) in (bent.comps, bent.leads)


def test_moods_find_modes_in_styles_that_lack_them() -> None:
    only_minor = STYLES["synthwave"]
    assert modes_of(only_minor, "bright") == ("major",)


@pytest.mark.parametrize("number", range(6))
def test_songs_keep_the_prompt(number: int) -> None:
    prompt = PROMPTS[number]
    song = make_song(number, 30, prompt=prompt)
    assert song.style == prompt.style
    assert song.prompt == prompt
    assert song.score.mode in bend(STYLES[prompt.style], prompt).modes
    assert song.score.instrumental == prompt.instrumental
    assert bool(song.score.sung) != prompt.instrumental
    comps = [part.instrument for part in song.score.parts if part.name == "chords"]
    assert all(comp in prompt.instruments for comp in comps) or not (
        set(prompt.instruments) & set(STYLES[prompt.style].comps)
    )


def test_an_instrumental_has_a_tune_and_no_faults_of_the_voice() -> None:
    prompt = next(p for p in PROMPTS if p.instrumental)
    score = make_song(3, 30, {"naturalness": 0.0}, prompt=prompt).score
    assert not score.sung
    assert not score.phrases
    assert sum(note.part.startswith("lead") for note in score.notes) > 20
    assert score.faults["run_on"] == score.faults["glitch"] == 0.0


def test_a_style_and_a_prompt_are_one_too_many() -> None:
    with pytest.raises(InputError, match="a style or a prompt, got both"):
        make_song(1, 10, style="pop", prompt=PROMPTS[0])
