"""Tunes: cells that fit their bar, phrases that answer, endings that come home."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plaudit.synth.music.harmony import chord
from plaudit.synth.music.melody import CELLS, PICKUPS, draw_tune, tune_bar
from plaudit.synth.music.notation import METRES

HOME = chord(1, 0, "major", sevenths=False, span=(0.0, 4.0))


def test_cells_fill_their_bar_without_overlap() -> None:
    for name, kinds in CELLS.items():
        beats = METRES[name].beats
        for kind, cells in kinds.items():
            assert len(set(cells)) == len(cells)
            for cell in cells:
                ends = [start + length for start, length in cell]
                assert cell[0][0] >= 0
                assert ends[-1] <= beats + 1e-9
                assert all(e <= s + 1e-9 for e, (s, _) in zip(ends, cell[1:], strict=False))
                if kind == "close":
                    assert ends[-1] <= 0.77 * beats  # room to breathe


@given(
    seed=st.integers(0, 2**32 - 1),
    metre=st.sampled_from(sorted(METRES)),
    busy=st.floats(0, 1.2),
    place=st.integers(0, 7),
)
def test_bars_of_a_tune_are_in_order_and_the_same_each_time(
    seed: int, metre: str, busy: float, place: int
) -> None:
    tune = draw_tune(np.random.default_rng(seed), METRES[metre], busy, 5)
    assert tune == draw_tune(np.random.default_rng(seed), METRES[metre], busy, 5)
    notes = tune_bar(tune, place, HOME, 0, "major", final=False)
    assert notes == tune_bar(tune, place, HOME, 0, "major", final=False)
    starts = [start for start, _, _ in notes]
    assert starts == sorted(starts)
    assert starts[0] > -1
    assert notes[-1][0] + notes[-1][1] <= METRES[metre].beats + 1e-9
    if place < 2 or place % 2:
        assert starts[0] >= 0  # a song never begins before its first beat


def test_final_bars_come_home() -> None:
    for seed in range(40):
        tune = draw_tune(np.random.default_rng(seed), METRES["4/4"], 0.5, 4)
        assert tune_bar(tune, 3, HOME, 0, "major", final=True)[-1][2] % 7 == 0


def test_pickups_fit_the_rest_of_closing_bars() -> None:
    for name, pickups in PICKUPS.items():
        latest = max(s + d for cell in CELLS[name]["close"] for s, d in cell)
        for pickup in pickups:
            assert METRES[name].beats + pickup[0][0] > latest
            assert abs(pickup[-1][0] + pickup[-1][1]) < 1e-9


def test_some_tunes_have_pickups_and_third_phrases_contrast() -> None:
    tunes = [draw_tune(np.random.default_rng(s), METRES["4/4"], 0.5, 4) for s in range(60)]
    assert 0.2 < np.mean([bool(t.pickup) for t in tunes]) < 0.8
    for tune in tunes:
        first, third = (tune_bar(tune, p, HOME, 0, "major", final=False) for p in (0, 4))
        assert [n[0] for n in first] != [n[0] for n in third if n[0] >= 0]
    assert len({t.opening for t in tunes}) >= 8


def test_the_busiest_singers_chatter() -> None:
    counts = {}
    for busy in (0.0, 1.0):
        tunes = [draw_tune(np.random.default_rng(s), METRES["4/4"], busy, 4) for s in range(20)]
        counts[busy] = np.mean([len(t.opening) for t in tunes])
    assert counts[1.0] > counts[0.0] + 5
