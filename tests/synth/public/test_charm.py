"""Charm: read in the score, free of knobs, standardised over composed songs."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from plaudit.core.axes import AESTHETICS
from plaudit.synth.music.compose import compose
from plaudit.synth.music.prompt import draw_prompt
from plaudit.synth.public.audience import charm, truth_of
from plaudit.synth.public.charm import WITHIN_PROMPT, Traits, charm_of, traits_of
from plaudit.synth.system import HELD_OUT, SYSTEMS

PLAIN = Traits(0.68, 14.0, 60.0, "minor", 0.1, 0.48)


def test_each_trait_moves_charm_in_its_direction() -> None:
    plain = charm_of(100, PLAIN)
    assert charm_of(112, PLAIN) > plain
    assert charm_of(200, PLAIN) < plain
    better: dict[str, Any] = {
        "energy": 0.8,
        "density": 20.0,
        "register": 66.0,
        "mode": "major",
        "intro": 0.0,
    }
    for name, value in {**better, "chorus": 0.6}.items():
        assert charm_of(100, replace(PLAIN, **{name: value})) > plain, name
    assert charm_of(100, PLAIN) > charm_of(100, PLAIN, instrumental=True)


def test_without_traits_charm_depends_on_tempo_only_and_mildly() -> None:
    assert abs(charm_of(112, None)) < 0.6
    assert charm_of(112, None) > charm_of(60, None)


def test_traits_are_read_from_the_score() -> None:
    score = compose(np.random.default_rng(8), 40, style="rock")
    traits = traits_of(score)
    assert min(s.intensity for s in score.sections) <= traits.energy
    assert traits.energy <= max(s.intensity for s in score.sections)
    assert traits.density == (len(score.notes) + len(score.sung)) / 40
    assert traits.mode == score.mode
    first = next(s for s in score.sections if s.name in {"verse", "chorus"})
    whole = score.sections[-1].end_s - score.sections[0].start_s
    assert traits.intro == pytest.approx((first.start_s - score.sections[0].start_s) / whole)
    assert 0 < traits.chorus < 1


def test_over_songs_of_the_held_out_systems_charm_is_standard_and_free_of_knobs() -> None:
    rng = np.random.default_rng(11)
    prompts, charms, knobs = 50, [], []
    for _ in range(prompts):
        prompt = draw_prompt(rng)
        for name in rng.choice(HELD_OUT, 3, replace=False):
            system = SYSTEMS[str(name)]
            knobs.append(system.draw_knobs(rng))
            style = system.answer(prompt, rng)
            score = compose(rng, 30.0, knobs[-1], style, instrumental=prompt.instrumental)
            charms.append(charm(truth_of(score)))
    within = np.sqrt(np.reshape(charms, (prompts, 3)).var(axis=1, ddof=1).mean())
    assert np.mean(charms) == pytest.approx(0, abs=0.25)
    assert np.std(charms) == pytest.approx(1, abs=0.2)
    assert within == pytest.approx(WITHIN_PROMPT, abs=0.15)
    for axis in AESTHETICS:
        # Three standard errors of a correlation of 0 over 150 songs.
        assert abs(np.corrcoef(charms, [k[axis] for k in knobs])[0, 1]) < 0.25, axis
