"""Forms: whole songs of any length, contrast, return, beginnings that build and ends that close."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plaudit.synth.music.form import BODIES, SHORT, bars_of, layout, unit_of


@given(seed=st.integers(0, 2**32 - 1), half=st.integers(2, 120))
def test_every_form_has_a_verse_and_a_chorus_that_ends_it(seed: int, half: int) -> None:
    n_bars = 2 * half
    sections = layout(np.random.default_rng(seed), n_bars)
    assert sum(bars for _, bars in sections) == n_bars
    body = [name for name, _ in sections if name not in {"intro", "outro"}]
    assert {"verse", "chorus"} <= set(body)
    assert body[-1] == "chorus"
    bars = bars_of(np.random.default_rng(seed), sections, unit_of(n_bars))
    assert [bar.index for bar in bars] == list(range(n_bars))
    assert all(0 <= bar.place < unit_of(n_bars) for bar in bars)
    # Pick-ups are sung into even places from 2 on: the first bar of a song must not be one.
    assert bars[0].place == 0 or bars[0].place % 2 == 1


def test_intros_build_and_outros_thin_out() -> None:
    for seed in range(30):
        sections = layout(np.random.default_rng(seed), 70)
        bars = bars_of(np.random.default_rng(seed), sections, unit_of(70))
        for name, way in (("intro", 1), ("outro", -1)):
            own = [bar.intensity for bar in bars if bar.name == name]
            if len(own) > 1:
                assert np.all(way * np.diff(own) > 0)


def test_choruses_are_fuller_than_verses() -> None:
    for seed in range(30):
        sections = layout(np.random.default_rng(seed), 24)
        bars = bars_of(np.random.default_rng(seed), sections, 4)
        mean = {
            name: np.mean([bar.intensity for bar in bars if bar.name == name])
            for name in ("verse", "chorus")
        }
        assert mean["chorus"] > mean["verse"] + 0.2


def test_songs_take_different_forms() -> None:
    forms = {tuple(n for n, _ in layout(np.random.default_rng(s), 70)) for s in range(60)}
    assert len(forms) >= len(BODIES)
    for body in (*BODIES, *SHORT):
        assert body.count("chorus") >= 2 or body.count("verse") >= 2
