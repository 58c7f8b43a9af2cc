"""Counts to scores: golden values, a slow twin, laws, and what happens at the edges."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from plaudit.core.errors import InputError
from plaudit.targets.cohort import CohortRule, Floats
from plaudit.targets.popularity import PopularityRule, fit_popularity, popularity_targets

SMALL = PopularityRule(cohort=CohortRule(age_edges_days=(30, 365), smallest=2), exponent=0.5)
PLAIN = PopularityRule(cohort=CohortRule(smallest=2), exponent=1)
Songs = list[tuple[float, str, float]]


@st.composite
def songs(draw: st.DrawFn) -> Songs:
    """Two songs at least on platform a, so that there is a cohort."""
    count = st.one_of(st.integers(0, 4), st.integers(0, 10**7)).map(float)
    age = st.sampled_from([0.0, 10.0, 29.9, 30.0, 200.0, 365.0, 4000.0, math.nan])
    rows = draw(st.lists(st.tuples(count, st.sampled_from("ab"), age), max_size=40))
    return [(1.0, "a", 5.0), (0.0, "a", 5.0), *rows]


def score(rows: Songs, rule: PopularityRule = SMALL) -> Floats:
    counts, places, ages = zip(*rows, strict=True)
    return popularity_targets(counts, places, ages, rule=rule).values


def test_the_formula_by_hand() -> None:
    scores = popularity_targets([0, 0, 5, 9], "a", rule=PLAIN).values
    assert scores.tolist() == [25, 25, 62.5, 87.5]
    bent = popularity_targets([0, 0, 5, 9], "a", rule=SMALL).values
    np.testing.assert_allclose(bent, 10 * np.sqrt([25, 25, 62.5, 87.5]))


@given(songs())
def test_it_equals_counting_pairs(rows: Songs) -> None:
    counts, places, ages = zip(*rows, strict=True)
    targets = popularity_targets(counts, places, ages, rule=SMALL)
    cohorts = targets.summary.cohorts
    for at, value in enumerate(targets.values):
        cohort = targets.cohort[at]
        if cohort < 0:
            assert math.isnan(value)
            continue
        inside = [counts[k] for k in range(len(rows)) if targets.cohort[k] == cohort]
        below = sum(c < counts[at] for c in inside)
        equal = sum(c == counts[at] for c in inside)
        assert value == pytest.approx(100 * math.sqrt((below + equal / 2) / len(inside)))
        assert cohorts[cohort].n == len(inside)
        assert cohorts[cohort].zeros == pytest.approx(inside.count(0) / len(inside))
        assert cohorts[cohort].tied == pytest.approx(
            sum(inside.count(c) > 1 for c in inside) / len(inside)
        )


@given(songs())
def test_laws(rows: Songs) -> None:
    scores = score(rows)
    known = ~np.isnan(scores)
    assert ((scores[known] > 0) & (scores[known] < 100)).all()
    order = np.random.default_rng(len(rows)).permutation(len(rows))
    np.testing.assert_array_equal(score([rows[k] for k in order]), scores[order])
    # Any rising function of the counts gives the same scores.
    bent = [(math.log1p(count) ** 3, place, age) for count, place, age in rows]
    np.testing.assert_array_equal(score(bent), scores)
    # Other exponents keep the order, and 1 is the plain percentile.
    plain = score(rows, SMALL.model_copy(update={"exponent": 1.0}))
    np.testing.assert_allclose(scores, 10 * np.sqrt(plain))


@given(songs())
def test_more_plays_never_score_less_and_equals_score_equally(rows: Songs) -> None:
    counts, places, ages = zip(*rows, strict=True)
    targets = popularity_targets(counts, places, ages, rule=SMALL)
    for cohort in range(len(targets.summary.cohorts)):
        own = np.flatnonzero(targets.cohort == cohort)
        x, y = np.array(counts)[own], targets.values[own]
        assert ((x[:, None] < x) == (y[:, None] < y)).all()


@settings(max_examples=50)
@given(songs(), songs())
def test_other_songs_are_scored_against_the_reference_alone(known: Songs, new: Songs) -> None:
    counts, places, ages = zip(*known, strict=True)
    reference = fit_popularity(counts, places, ages, rule=SMALL)
    alone = [reference.score([c], [p], [a]).values[0] for c, p, a in new]
    c, p, a = zip(*new, strict=True)
    together = reference.score(c, p, a)
    np.testing.assert_array_equal(together.values, alone)
    assert together.summary.cohorts == reference.score(counts, places, ages).summary.cohorts
    inside = together.values[~np.isnan(together.values)]
    assert ((inside >= 0) & (inside <= 100)).all()


def test_a_song_beyond_the_reference_gets_the_end() -> None:
    reference = fit_popularity([3, 5, 7], "a", rule=PLAIN)
    assert reference.score([0, 1e9, 4], "a").values.tolist() == [0, 100, pytest.approx(100 / 3)]


def test_age_is_taken_out() -> None:
    rng = np.random.default_rng(0)
    ages = rng.uniform(0, 2000, size=6000)
    plays = np.floor(np.exp(rng.normal(size=6000)) * (1 + ages))
    targets = popularity_targets(plays, "a", ages)
    assert abs(np.corrcoef(ages, targets.values)[0, 1]) < 0.1
    assert np.corrcoef(ages, popularity_targets(plays, "a").values)[0, 1] > 0.5
    assert sum(cohort.n for cohort in targets.summary.cohorts) == 6000


def test_small_windows_join_older_ones_and_platforms_never_join() -> None:
    rule = PopularityRule(cohort=CohortRule(age_edges_days=(10, 20, 30), smallest=3))
    ages = [1, 2, 11, 12, 21, 22, 23, 40, 50, math.nan, math.nan, math.nan, 3, 4]
    places = ["a"] * 12 + ["b"] * 2
    targets = popularity_targets(range(14), places, ages, rule=rule)
    spans = [(cohort.from_days, cohort.to_days, cohort.n) for cohort in targets.summary.cohorts]
    assert spans == [(0, 20, 4), (20, None, 5), (None, None, 3)]
    assert targets.summary.unscored == {"too few songs of its platform": 2}
    assert targets.summary.scored == 12


def test_who_gets_no_score_is_counted_with_the_reason() -> None:
    rule = PopularityRule(cohort=CohortRule(age_edges_days=(10,), smallest=3))
    reference = fit_popularity([1, 2, 3, 4, 5], "a", [1, 2, 3, 11, math.nan], rule=rule)
    targets = reference.score(
        [math.nan, 1, 1, 1, 2], ["a", None, "z", "a", "a"], [1, 1, 1, math.nan, 500]
    )
    assert targets.summary.unscored == {
        "no count": 1, "no platform": 1, "too few songs of its platform": 1,
        "too few songs of unknown age": 1,
    }  # fmt: skip
    assert targets.cohort.tolist() == [-1, -1, -1, -1, 0]
    unknown = fit_popularity([1, 2, 3], "a", rule=rule).score([1], "a", [5])
    assert unknown.summary.unscored == {"too few songs of known age": 1}


def test_every_setting_changes_something() -> None:
    rng = np.random.default_rng(1)
    plays, ages = rng.integers(500, size=400), rng.uniform(0, 800, size=400)

    def of(**rule: object) -> list[float]:
        made = PopularityRule.model_validate(rule)
        return list(popularity_targets(plays, "a", ages, rule=made).values)

    assert of() != of(exponent=1.0)
    assert of() != of(cohort={"age_edges_days": (400,)})
    assert of() != of(cohort={"smallest": 399})


def test_wrong_input_is_refused() -> None:
    with pytest.raises(InputError, match="2 of 3 are below 0 or infinite"):
        fit_popularity([-1, 2, math.inf], "a")
    with pytest.raises(InputError, match="ages"):
        fit_popularity([1.0], "a", [-3.0])
    with pytest.raises(InputError, match="shapes"):
        fit_popularity([1, 2], ["a"])
    with pytest.raises(InputError, match="at least 100 songs"):
        fit_popularity(range(99), "a")
    for edges in ((30, 30), (0, 10), (10, math.inf)):
        with pytest.raises(ValidationError, match="rise"):
            CohortRule(age_edges_days=edges)
    with pytest.raises(ValidationError):
        PopularityRule(exponent=1.1)
