"""Every suite keeps its promise on its own made-up sample, and gives judges what theory says.

The truth, a constant and random scores are measured through the very path of a user's file of
predictions; what they must get comes from SciPy or from counting, not from Plaudit's own measures.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import f1_score

from plaudit.benchmarks.suites.catalogue import SUITES
from plaudit.benchmarks.suites.contestant import NoJudge
from plaudit.benchmarks.suites.prediction import PredictionFile
from plaudit.benchmarks.suites.promise import Losses, PairTask, SongTask, Suite, SuiteData, Task
from plaudit.benchmarks.suites.record import RunSettings, SuiteResult, TaskMeasure
from plaudit.benchmarks.suites.runner import MEAN, run_suite
from plaudit.core.choice import TiePolicy
from plaudit.core.outcome import Outcome

WITH_DATA = [name for name, suite in SUITES.items() if suite.load is not None]
SETTINGS = RunSettings(draws=20)


@pytest.fixture(params=WITH_DATA)
def suite(request: pytest.FixtureRequest) -> Suite:
    return SUITES[str(request.param)]


@pytest.fixture
def folder(suite: Suite, tmp_path: Path) -> Path:
    suite.sample(tmp_path / "data", np.random.default_rng(3))
    return tmp_path / "data"


def loaded(suite: Suite, folder: Path) -> SuiteData:
    assert suite.load is not None
    return suite.load(folder, Losses())


def truth_of(task: Task, item: str) -> float:
    """Return the truth of an item: its label, or 1 and 0 for the preferred song and the other."""
    if isinstance(task, SongTask):
        return float(task.observed[task.items.index(item)])
    for pair in task.pairs:
        if item in (pair.first, pair.second):
            won = pair.outcome is (Outcome.FIRST if item == pair.first else Outcome.SECOND)
            return 0.5 if not pair.outcome.decided else float(won)
    raise AssertionError(item)


def items_of(task: Task) -> list[str]:
    if isinstance(task, SongTask):
        return list(task.items)
    return list(dict.fromkeys(song for pair in task.pairs for song in (pair.first, pair.second)))


def measured(
    suite: Suite, folder: Path, task: Task, scores: dict[str, float], ties: TiePolicy = "half"
) -> dict[str, TaskMeasure]:
    """Return the measures of a file of predictions of one task."""
    path = folder.parent / "predictions.jsonl"
    rows = [{"id": item, task.wants[0]: value} for item, value in scores.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = RunSettings(draws=20, ties=ties)
    result, _, _ = run_suite(suite, folder, PredictionFile(path), settings)
    return {m.measure: m for m in result.measures if m.task == task.name and m.slice == "all"}


def separate(task: Task) -> Task:
    """Keep the pairs whose songs no earlier pair has: only they can all be answered right."""
    if isinstance(task, SongTask):
        return task
    seen: set[str] = set()
    kept = []
    for pair in task.pairs:
        if not {pair.first, pair.second} & seen:
            kept.append(pair)
            seen |= {pair.first, pair.second}
    return PairTask(task.name, task.wants, tuple(kept), task.half_ties, task.ceiling)


def test_the_facts_are_there() -> None:
    for name, suite in SUITES.items():
        facts = suite.facts
        assert facts.name == name
        for word in (facts.title, facts.version, facts.citation, facts.licence, facts.where):
            assert word, name
        assert facts.data
        assert facts.protocol
        assert all(line.endswith(".") for line in facts.protocol), name
        assert (suite.load is None) != (suite.listen is None)


def test_the_sample_runs_and_is_deterministic(suite: Suite, folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    suite.sample(again, np.random.default_rng(3))
    results = [run_suite(suite, path, NoJudge(), SETTINGS)[0] for path in (folder, again)]
    assert results[0].model_dump_json() == results[1].model_dump_json()
    assert results[0].measures
    assert SuiteResult.model_validate_json(results[0].model_dump_json()) == results[0]
    # Whatever nobody could tell has a reason; shares of votes and raters need no judge.
    for measure in results[0].measures:
        assert (measure.value is None) == (measure.reason is not None), measure


def test_the_truth_is_perfect(suite: Suite, folder: Path) -> None:
    for whole in loaded(suite, folder).tasks:
        task = separate(whole)
        scores = {item: truth_of(task, item) for item in items_of(task)}
        measures = measured(suite, folder, task, scores)
        if isinstance(task, SongTask):
            assert [measures[name].value for name in ("LCC", "SRCC", "KTAU")] == [
                pytest.approx(1.0)
            ] * 3
            if task.threshold is not None:
                assert measures["TTA-F1"].value == 1.0
        else:
            assert measures["accuracy"].value == 1.0
            assert measures["accuracy"].n == len(task.pairs)


@pytest.mark.parametrize("ties", ["half", "drop", "toolkit"])
def test_a_constant_gets_what_its_rule_gives(suite: Suite, folder: Path, ties: TiePolicy) -> None:
    for task in loaded(suite, folder).tasks:
        measures = measured(suite, folder, task, dict.fromkeys(items_of(task), 4.0), ties)
        if isinstance(task, SongTask):
            assert [measures[name].value for name in ("LCC", "SRCC", "KTAU")] == [None] * 3
            assert measures["SRCC"].reason
            if task.threshold is not None:
                good = task.observed >= task.threshold
                assert measures["TTA-F1"].value == pytest.approx(f1_score(good, np.ones(len(good))))
            continue
        outcomes = [pair.outcome for pair in task.pairs]
        equal = sum(not outcome.decided for outcome in outcomes)
        expected = {
            "half": (0.5 * (len(outcomes) - equal) + equal) / len(outcomes),
            "drop": None,
            "toolkit": (outcomes.count(Outcome.SECOND) + 0.5 * equal) / len(outcomes),
        }[ties]
        assert measures["accuracy"].value == (expected and pytest.approx(expected))
        assert measures["tied"].value == 1.0
        if ties == "toolkit":
            assert measures["accuracy"].baselines["constant B"] == pytest.approx(expected)


def test_random_scores_get_what_scipy_counts(suite: Suite, folder: Path) -> None:
    rng = np.random.default_rng(11)
    for task in loaded(suite, folder).tasks:
        names = items_of(task)
        predicted: NDArray[np.float64] = rng.integers(2, 5, len(names)).astype(float)  # many ties
        scores = dict(zip(names, predicted.tolist(), strict=True))
        measures = measured(suite, folder, task, scores)
        if isinstance(task, SongTask):
            if np.ptp(predicted) > 0 and np.ptp(task.observed) > 0:
                assert measures["SRCC"].value == pytest.approx(
                    stats.spearmanr(predicted, task.observed)[0]
                )
                assert measures["KTAU"].value == pytest.approx(
                    stats.kendalltau(predicted, task.observed)[0]
                )
                assert measures["LCC"].value == pytest.approx(
                    stats.pearsonr(predicted, task.observed)[0]
                )
            if task.threshold is not None:
                expected = f1_score(task.observed >= task.threshold, predicted >= task.threshold)
                assert measures["TTA-F1"].value == pytest.approx(expected)
            continue
        credit = [worth(scores[p.first], scores[p.second], p.outcome) for p in task.pairs]
        assert measures["accuracy"].value == pytest.approx(np.mean(credit))


def worth(first: float, second: float, outcome: Outcome) -> float:
    """Count one pair by hand, ties worth one half."""
    predicted = (
        Outcome.FIRST if first > second else Outcome.SECOND if second > first else Outcome.TIE
    )
    if not outcome.decided:
        return 1.0 if predicted is Outcome.TIE else 0.5
    return 0.5 if predicted is Outcome.TIE else float(predicted is outcome)


def test_coins_get_one_half_on_average(suite: Suite, folder: Path) -> None:
    rng = np.random.default_rng(5)
    for task in loaded(suite, folder).tasks:
        if not isinstance(task, PairTask):
            continue
        got = []
        for _ in range(40):
            scores = {item: float(rng.normal()) for item in items_of(task)}
            value = measured(suite, folder, task, scores)["accuracy"].value
            assert value is not None
            got.append(value)
        equal = np.mean([not pair.outcome.decided for pair in task.pairs])
        error = np.sqrt((1 - equal) * 0.25 / len(task.pairs) / len(got))
        # Songs of a pair that return in another make answers go together: at most twofold here.
        assert abs(np.mean(got) - 0.5) < 4 * 2 * error


def test_swapping_the_songs_of_every_pair_changes_nothing(suite: Suite, folder: Path) -> None:
    from plaudit.benchmarks.suites.measure import pair_measures

    rng = np.random.default_rng(2)
    for task in loaded(suite, folder).tasks:
        if not isinstance(task, PairTask):
            continue
        margin = rng.integers(-1, 2, len(task.pairs)).astype(float)
        swapped = PairTask(
            task.name, task.wants,
            tuple(
                type(p)(p.id, p.second, p.first, p.outcome.swapped, p.group,
                        (p.systems[1], p.systems[0]), p.slices)
                for p in task.pairs
            ),
            task.half_ties, task.ceiling,
        )  # fmt: skip
        original, _ = pair_measures(task, margin, "score", None, SETTINGS)
        mirrored, _ = pair_measures(swapped, -margin, "score", None, SETTINGS)
        for a, b in zip(original, mirrored, strict=True):
            assert (a.value, a.low, a.high) == (b.value, b.low, b.high)
            alone = (a.baselines.get("system identity"), b.baselines.get("system identity"))
            assert alone[0] == (alone[1] if alone[1] is None else pytest.approx(alone[1]))
            assert a.baselines.get("constant A") == b.baselines.get("constant B")


def test_means_of_the_tasks_are_unweighted(tmp_path: Path) -> None:
    suite = SUITES["asae-track2"]
    suite.sample(tmp_path / "data", np.random.default_rng(1))
    result, _, _ = run_suite(
        suite, tmp_path / "data", PredictionFile(tmp_path / "data" / "track2.scp"), SETTINGS
    )
    own = [m.value for m in result.measures if (m.measure, m.slice) == ("TTA-F1", "all")]
    assert own[:-1] == [1.0] * 5
    assert next(m.value for m in result.measures if m.task == MEAN) == pytest.approx(1.0)
