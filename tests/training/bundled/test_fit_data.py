"""What the heads of the bundled judge see beside the songs: clean ones with part of the flaws."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plaudit.encoders.measured.battery import FLAW_FAMILIES, FLAW_START, MEASURES
from plaudit.training.bundled.fit_data import SHOWS, some_flaws

N_FLAWS = len(MEASURES) - FLAW_START


def family_of(flaw: int) -> int:
    return int(np.searchsorted(np.cumsum(FLAW_FAMILIES), flaw, side="right"))


OURS = [
    [k for k in range(N_FLAWS) if family_of(k) == family] for family in range(len(FLAW_FAMILIES))
]


def test_families_are_those_of_the_names() -> None:
    assert sum(FLAW_FAMILIES) == N_FLAWS
    for at, name in enumerate(MEASURES[FLAW_START:-1]):
        alike = name.rpartition("_")[0] == MEASURES[FLAW_START + at + 1].rpartition("_")[0]
        assert alike == (family_of(at) == family_of(at + 1))


@given(seed=st.integers(0, 10_000))
def test_each_family_is_all_of_one_song_and_damage_shows_in_one_at_least(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = rng.normal(0, 1, (6, N_FLAWS)).astype(np.float32)
    broken = whole + rng.normal(0, 2, (6, N_FLAWS)).astype(np.float32)
    made = some_flaws(whole, broken, np.random.default_rng(seed))
    for row in range(6):
        shown = 0
        for ours in OURS:
            rise = (broken - whole)[row, ours].max()
            is_broken = (made[row, ours] == broken[row, ours]).all()
            assert is_broken or (made[row, ours] == whole[row, ours]).all()
            assert is_broken or rise >= 0  # what damage hides is hidden
            shown += bool(is_broken and rise > SHOWS)
        assert shown or (made[row] == broken[row]).all()


def test_where_damage_hardly_shows_all_of_it_is_kept_and_draws_differ() -> None:
    whole = np.zeros((200, N_FLAWS), np.float32)
    faint = np.full_like(whole, 0.5 * SHOWS)
    np.testing.assert_array_equal(some_flaws(whole, faint, np.random.default_rng(0)), faint)
    strong = np.full_like(whole, 2 * SHOWS)
    kept = (some_flaws(whole, strong, np.random.default_rng(0)) > 0).mean(axis=1)
    assert kept.min() < 0.15
    assert kept.max() == 1.0
    assert 0.4 < kept.mean() < 0.65
