"""The study finds what is planted and nothing else, and says so by its rules."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from plaudit.benchmarks.preference import notebook
from plaudit.benchmarks.preference.feature import feature_sets
from plaudit.benchmarks.preference.fit import Task, cross_fit
from plaudit.benchmarks.preference.fold import prompt_splits
from plaudit.benchmarks.preference.notebook import published_features
from plaudit.benchmarks.preference.record import (
    Finding,
    StudyResult,
    StudySettings,
    study_settings,
)
from plaudit.benchmarks.preference.study import SchemePredictions, study_preference
from plaudit.benchmarks.preference.study_data import gather
from plaudit.benchmarks.preference.verdict import Evidence, find, verdict
from plaudit.benchmarks.scores.features import Numbers
from plaudit.benchmarks.votes.songs import Battles
from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.core.settings import read_json
from plaudit.metrics.probability import auc
from plaudit.model.preference import MODELS
from plaudit.synth.public.battle import Taste
from plaudit.synth.system import TWELFTH
from voting.world import NOTHING, World, draw_world

Given = tuple[Battles, Numbers]
FEW: dict[str, Any] = {"folds": 3, "parts": 2, "draws": 50}


def world(seed: int = 1, **changed: Any) -> Given:
    settings: dict[str, Any] = {"votes": 500, "prompts": 100} | changed
    return draw_world(World(**settings), np.random.default_rng(seed))


def studied(given: Given, **changed: Any) -> tuple[StudyResult, list[SchemePredictions]]:
    settings: dict[str, Any] = {
        "models": ("logistic",),
        "draws": 200,
        "folds": 5,
        "schemes": ("prompt", "leave-one-system-out"),
    } | changed
    return study_preference(gather(*given), StudySettings(**settings))


def finding_of(result: StudyResult, scheme: str, *, controlled: bool = False) -> Finding:
    return next(
        entry.finding
        for entry in result.verdicts
        if entry.scheme == scheme and entry.controlled == controlled
    )


@pytest.fixture(scope="module")
def planted() -> tuple[StudyResult, list[SchemePredictions]]:
    given = world(votes=1200, prompts=240, twelfth=100)
    return studied(given, schemes=("prompt", "leave-one-system-out",
                   "new-system-last"), new_system=TWELFTH)  # fmt: skip


def test_what_is_planted_is_found(planted: tuple[StudyResult, list[SchemePredictions]]) -> None:
    result, _ = planted
    for scheme in ("prompt", "leave-one-system-out"):
        assert finding_of(result, scheme) == "supported"
        assert finding_of(result, scheme, controlled=True) == "supported"
    assert "the aesthetic scores improve on popularity alone" in result.summary
    assert [scheme_result.scheme for scheme_result in result.schemes][-1] == "new-system-last"
    assert result.schemes[-1].systems == (TWELFTH,)
    assert len(result.schemes[1].systems) == 12


def test_where_nothing_is_planted_nothing_is_found() -> None:
    # The chance of two or more false findings in five at a rate of 2.5 % is .006.
    results = [
        studied(world(seed, taste=NOTHING), schemes=("prompt",))[0] for seed in range(5)
    ]  # fmt: skip
    assert sum(finding_of(result, "prompt") == "supported" for result in results) < 2
    gain = [result.comparisons[0].auc.value or 0.0 for result in results]
    assert abs(np.mean(gain)) < 0.02


def test_a_correction_of_popularity_is_no_taste_for_quality() -> None:
    # Listeners vote by charm alone, and popularity is of charm and much quality: to take the
    # quality out helps a great deal, and is still no support.
    taste = Taste(aesthetics=0.0, appeal=0.9, system=0.0, chance=0.1)
    votes, numbers = world(3, votes=1500, prompts=300, taste=taste, luck=0.3, noise=0.3)
    rng = np.random.default_rng(0)
    aesthetics = numbers.columns["aesthetics"][1]
    names, popular = numbers.columns["popularity"]
    mixed = popular / 2 + 12 * (np.nanmean(aesthetics, axis=1, keepdims=True) - 1)
    mixed = np.clip(mixed + rng.normal(size=popular.shape), 0, 100)
    changed = replace(numbers, columns={**numbers.columns, "popularity": (names, mixed)})
    result, _ = studied((votes, changed), schemes=("prompt",))
    assert finding_of(result, "prompt") == "reversed"
    assert "no support for the claim" in result.summary
    assert "So these battles do not support the claim" in result.summary


def test_outcomes_of_a_coin_give_chance(
    planted: tuple[StudyResult, list[SchemePredictions]],
) -> None:
    given = world(votes=1200, prompts=240, twelfth=100)
    aucs = []
    for seed in range(4):
        result, _ = studied(given, schemes=("prompt",), permuted=True, seed=seed)
        both = find(result.schemes[0], "both")
        assert both is not None
        aucs.append(both.auc.value)
        assert finding_of(result, "prompt") != "supported"
    # Folds lean below .5 where there is nothing, never above.
    assert 0.42 < np.mean(np.array(aucs, float)) < 0.53
    assert result.summary.startswith("Outcomes were dealt by a coin")
    assert planted[0].counts.decided == result.counts.decided


def test_the_same_numbers_under_two_names_give_the_same_answers() -> None:
    data = gather(*world())
    sets = {
        feature_set.name: feature_set
        for feature_set in feature_sets(data, np.random.default_rng(0))
    }
    same = sets["both"]._replace(name="another name", role="baseline")
    splits = tuple(prompt_splits(data.first // 4, 5, np.random.default_rng(0)))
    for model in MODELS:
        original, renamed = (
            cross_fit(Task(each, data.first_won, splits, model, (1, 2), 8))
            for each in (sets["both"], same)
        )
        np.testing.assert_array_equal(original, renamed)


def test_numbers_without_any_spread_add_nothing() -> None:
    votes, numbers = world()
    flat = (AESTHETICS, np.full((400, 5), 3.0))
    changed = replace(numbers, columns={**numbers.columns, "aesthetics": flat})
    result, _ = studied((votes, changed), schemes=("prompt",))
    assert (result.comparisons[0].a, result.comparisons[0].b) == ("both", "popularity")
    assert result.comparisons[0].auc.value == pytest.approx(0.0, abs=1e-3)
    assert finding_of(result, "prompt") == "not shown"


@pytest.mark.parametrize("which", ["all", "some"])
def test_songs_that_change_places_change_no_digit(which: str) -> None:
    votes, numbers = world(votes=300, prompts=60, twelfth=40)
    turned = np.random.default_rng(6).integers(2, size=len(votes.first)) == 1
    turned |= which == "all"

    def other(name: str, of: str) -> list[Any]:
        return [b if t else a for a, b, t in zip(
            getattr(votes, name), getattr(votes, of), turned, strict=True)]  # fmt: skip

    swapped = replace(
        votes,
        first=other("first", "second"),
        second=other("second", "first"),
        first_system=other("first_system", "second_system"),
        second_system=other("second_system", "first_system"),
        outcome=[o.swapped if o and t else o for o, t in zip(votes.outcome, turned, strict=True)],
    )
    settings: dict[str, Any] = {
        "schemes": ("prompt", "leave-one-system-out", "new-system-last"),
        "new_system": TWELFTH,
    } | FEW
    before, _ = studied((votes, numbers), **settings)
    after, _ = studied((swapped, numbers), **settings)
    won = after.counts.first_won
    assert won != before.counts.first_won
    assert before == after.model_copy(
        update={"counts": after.counts.model_copy(update={"first_won": before.counts.first_won})}
    )


def test_the_order_of_rows_changes_no_digit() -> None:
    votes, numbers = world(votes=300, prompts=60)
    order = np.random.default_rng(5).permutation(len(votes.first))
    names = [field.name for field in fields(Battles)]
    mixed = Battles(**{
        name: [getattr(votes, name)[k] for k in order] if len(getattr(votes, name)) else ()
        for name in names
    })  # fmt: skip
    turned = Numbers(
        numbers.song_id[::-1], {f: (n, v[::-1]) for f, (n, v) in numbers.columns.items()}
    )
    settings: dict[str, Any] = {"schemes": ("prompt", "leave-one-system-out")} | FEW
    before, after = studied((votes, numbers), **settings), studied((mixed, turned), **settings)
    assert after[0] == before[0]


def test_answers_can_be_measured_by_others(
    planted: tuple[StudyResult, list[SchemePredictions]],
) -> None:
    result, followed = planted
    for scheme, part in zip(result.schemes, followed, strict=True):
        won = part.first_won[part.rows]
        decided = ~np.isnan(won)
        for measured, answer in zip(scheme.predictors, part.predictions, strict=True):
            value = auc(answer.predicted[decided], won[decided] == 1)
            assert measured.auc.value == pytest.approx(value)


def test_battles_of_no_system_or_date_leave_schemes_out() -> None:
    votes, numbers = world()
    plain = replace(votes, first_system=(), second_system=(), day=())
    result, _ = studied((plain, numbers), schemes=("prompt", "new-system-last"))
    assert list(result.unavailable) == ["new-system-last"]
    assert "name it with --new-system" in result.summary
    assert "system" not in {predictor.features for predictor in result.schemes[0].predictors}
    with pytest.raises(InputError, match="names 'x', which is in no battle"):
        studied((votes, numbers), schemes=("new-system-last",), new_system="x")
    one_prompt = replace(votes, prompt=["p"] * len(votes.first), first_system=(), second_system=())
    with pytest.raises(InputError, match=r"no scheme can.*all linked by one prompt"):
        studied((one_prompt, numbers))
    with pytest.raises(InputError, match="name no voter"):
        studied((replace(votes, voter=()), numbers), cluster="voter")


def test_every_setting_changes_something() -> None:
    given = world(votes=300, prompts=60)
    few: dict[str, Any] = {"schemes": ("prompt",), "draws": 60}
    first = studied(given, **few)[0]
    changes: list[dict[str, Any]] = [
        {"folds": 3}, {"ties": "drop"}, {"cluster": "voter"}, {"cluster": "battle"},
        {"draws": 50}, {"confidence": 0.8}, {"seed": 2}, {"permuted": True},
    ]  # fmt: skip
    for change in changes:
        other = studied(given, **few | change)[0]
        assert other.schemes != first.schemes, change
    assert studied(given, **few)[0] == first
    apart = few | {"schemes": ("leave-one-system-out",)}
    parted = [studied(given, **apart, parts=k)[0] for k in (2, 4)]
    assert parted[0].schemes[0].fits < parted[1].schemes[0].fits
    usual, strict = (studied(world(), schemes=("prompt",), level=p)[0] for p in (0.05, 1e-12))
    assert [entry.finding for entry in strict.verdicts] != [
        entry.finding for entry in usual.verdicts
    ]
    small = studied(given, **few, small=0)[0]
    assert not any(slice_.small for slice_ in small.slices)
    assert any(slice_.small for slice_ in first.slices)


def test_an_embedding_is_reduced_and_studied() -> None:
    votes, numbers = world()
    truth = numbers.columns["aesthetics"][1]
    rng = np.random.default_rng(0)
    mean = np.nanmean(truth, axis=1, keepdims=True)
    wide = np.concatenate([3 * mean, rng.normal(size=(len(truth), 40))], axis=1)
    columns = {**numbers.columns, "embedding": (tuple(map(str, range(41))), wide)}
    few, many = (
        studied((votes, replace(numbers, columns=columns)), schemes=("prompt",), components=k)[0]
        for k in (1, 8)
    )
    measures = [find(result.schemes[0], "embedding") for result in (few, many)]
    assert all(measure is not None and (measure.auc.value or 0) > 0.6 for measure in measures)
    assert measures[0] != measures[1]
    assert ("baseline", "embedding") in {
        (comparison.question, comparison.b) for comparison in few.comparisons
    }


def test_ties_are_counted_as_the_rule_says() -> None:
    votes, numbers = world()
    (half, followed), (drop, _) = (
        studied((votes, numbers), schemes=("prompt",), ties=rule) for rule in ("half", "drop")
    )
    n, ties = half.counts.decided, half.counts.ties
    assert ties > 20
    assert half.counts.neither == sum(outcome is Outcome.NEITHER for outcome in votes.outcome)
    for rule, shown in ((half, n + ties), (drop, n)):
        assert rule.schemes[0].n_items == shown
        assert rule.schemes[0].decided == n
    constant = find(half.schemes[0], "constant")
    assert constant is not None
    first_won = float(np.nansum(followed[0].first_won))
    share = max(first_won, n - first_won)
    assert constant.accuracy.value == pytest.approx((share + ties / 2) / (n + ties))
    assert constant.auc.value == 0.5


def test_the_published_protocol_stands_beside_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "FOLDS", 2)  # ten take half a minute
    result, _ = studied(world(), schemes=("prompt",), variant="published-notebook")
    book = result.notebook
    assert book is not None
    rows = {(row.features, row.model): row for row in book.rows}
    assert len(rows) == 15
    assert rows["popularity", "svm"].published == 0.614
    assert rows["both", "logistic"].published is None
    ours = find(result.schemes[0], "both", "logistic")
    assert ours is not None
    assert rows["both", "logistic"].ours == ours.auc.value
    assert abs((rows["both", "logistic"].auc or 0) - (ours.auc.value or 0)) < 0.08
    likes = next(rule for rule in book.rules if rule.rule == "likes")
    assert likes.auc_lower == pytest.approx(1 - (likes.auc_higher or 0))
    assert likes.published_lower == pytest.approx(0.518)
    assert published_features(
        np.array([[3.0, 4.0]]), np.array([[6.0, 2.0]]), np.array([False])
    ).tolist() == [[-3.0, 2.0, 0.5, 2.0, 0.0, -0.0, 0.0]]


def test_the_record_is_read_back(planted: tuple[StudyResult, list[SchemePredictions]]) -> None:
    result, _ = planted
    assert read_json(StudyResult, result.model_dump_json(), "study.json") == result


def test_workers_change_nothing() -> None:
    given = world()
    settings = StudySettings(models=("logistic",), schemes=("prompt",), draws=50)
    data = gather(*given)
    serial, parallel = (study_preference(data, settings, workers=n)[0] for n in (1, 2))
    assert serial == parallel


def test_words_follow_the_rules(planted: tuple[StudyResult, list[SchemePredictions]]) -> None:
    result, _ = planted
    scheme = result.schemes[0]
    test = result.comparisons[0]

    straight = find(scheme, "aesthetics as they are")
    assert straight is not None

    def finding_at(gain: float, p: float) -> str:
        changed = test.model_copy(
            update={"auc": test.auc.model_copy(update={"value": gain}), "p_corrected": p}
        )
        return verdict(Evidence("prompt", changed, straight.auc, 0.05, False)).finding

    assert finding_at(0.05, 0.01) == "supported"
    assert finding_at(0.05, 0.06) == "not shown"
    assert finding_at(-0.05, 0.01) == "worse"


def test_settings_name_what_is_wrong() -> None:
    with pytest.raises(InputError, match=r"--models has an unknown name 'logistik'; did you mean"):
        study_settings(models="logistik", schemes="all")
    with pytest.raises(InputError, match=r"--schemes names nothing"):
        study_settings(models="all", schemes=" , ")
    with pytest.raises(InputError, match=r"--draws: .* got 3"):
        study_settings(models="all", schemes="all", draws=3)
