"""Each row of the tables of findings and of the paragraph, what they never say, and who is one."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from null_worlds import world
from plaudit.benchmarks.preference import paragraph as words
from plaudit.benchmarks.preference import verdict as findings
from plaudit.benchmarks.preference.fold import blocks_of
from plaudit.benchmarks.preference.measure import Observed
from plaudit.benchmarks.preference.paired_test import PairedDifference, difference
from plaudit.benchmarks.preference.paragraph import Facts, paragraph
from plaudit.benchmarks.preference.record import (
    PairedTest,
    StudyResult,
    StudySettings,
)
from plaudit.benchmarks.preference.scheme import with_interval
from plaudit.benchmarks.preference.study import study_preference
from plaudit.benchmarks.preference.study_data import gather
from plaudit.benchmarks.preference.verdict import Evidence, verdict
from plaudit.benchmarks.scores.contamination import TrainingList
from plaudit.benchmarks.scores.features import numbers_of
from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.votes.songs import read_votes
from plaudit.core.errors import InputError
from plaudit.datasets.inspect.recording import Recordings
from plaudit.metrics.measurement import Measurement
from plaudit.model.training_songs import read_taught, song_file
from plaudit.reports.preference.page import study_page
from plaudit.reports.preference.table import study_text

SETTINGS = StudySettings(models=("logistic",), schemes=("prompt",), draws=200)


@pytest.fixture(scope="module")
def result() -> StudyResult:
    data = gather(*world("independent", np.random.default_rng(0)))
    return study_preference(data, SETTINGS)[0]


def a_test(
    result: StudyResult, gain: float, p: float | None, question: str = "claim"
) -> PairedTest:
    test = next(c for c in result.comparisons if c.question == question)
    auc = Measurement(value=gain, low=gain - 0.02, high=gain + 0.02)
    return test.model_copy(update={"auc": auc, "p_corrected": p})


ABOVE = Measurement(value=0.6, low=0.55, high=0.65)
HOLDS_HALF = Measurement(value=0.52, low=0.49, high=0.55)


@pytest.mark.parametrize(
    ("gain", "p", "straight", "beyond", "controls", "finding", "said"),
    [
        (0.1, None, ABOVE, None, (), "not tested", "nothing could be tested"),
        (-0.1, 0.01, ABOVE, None, (), "worse", "and cost a little"),
        (0.1, 0.05, ABOVE, None, (), "not shown", "it is not shown that"),
        (-0.1, 0.5, ABOVE, None, (), "not shown", "it is not shown that"),
        (0.1, 0.01, HOLDS_HALF, None, (), "reversed", "no support for the claim"),
        (0.1, 0.01, None, None, (), "reversed", "their AUC is n/a"),
        (0.1, 0.01, ABOVE, (0.1, 0.06), ("system", "loudness"), "explained",
         "once systems and loudness can be used too"),
        (0.1, 0.01, ABOVE, (-0.1, 0.01), ("duration",), "explained", "once length can be used too"),
        (0.1, 0.01, ABOVE, None, ("system",), "explained", "(no test)"),
        (0.1, 0.01, ABOVE, (0.1, 0.01), ("system",), "supported", "improve on popularity alone"),
        (0.1, 0.01, ABOVE, None, (), "supported", "improve on popularity alone"),
    ],
)  # fmt: skip
def test_each_finding(
    result: StudyResult, gain: float, p: float | None, straight: Measurement | None,
    beyond: tuple[float, float] | None, controls: tuple[str, ...], finding: str, said: str,
) -> None:  # fmt: skip
    own = verdict(
        Evidence(
            "prompt", a_test(result, gain, p), straight, 0.05, False,
            None if beyond is None else a_test(result, *beyond, question="controlled"), controls,
        )
    )  # fmt: skip
    assert own.finding == finding
    assert said in own.sentence
    # With the controls there is nothing beyond.
    if finding == "explained":
        again = Evidence("prompt", a_test(result, gain, p), straight, 0.05, True, None, controls)
        assert verdict(again).finding == "supported"


def facts(result: StudyResult, finding: str, **changed: Any) -> Facts:
    first = result.verdicts[0].model_copy(update={"finding": finding})
    every = Facts(
        result.settings, result.counts, result.schemes, result.comparisons, result.needs,
        (first,), ("system", "duration"),
    )  # fmt: skip
    return every._replace(**changed)


def against_systems(
    result: StudyResult, gain: float, p: float | None, both: Measurement, system: Measurement
) -> dict[str, Any]:
    scheme = result.schemes[0]
    predictors = tuple(
        each.model_copy(update={"auc": {"both": both, "system": system}[each.features]})
        if each.features in ("both", "system") else each
        for each in scheme.predictors
    )  # fmt: skip
    tests = tuple(
        a_test(result, gain, p).model_copy(update={"question": c.question, "b": c.b})
        if (c.question, c.b) == ("baseline", "system") else c
        for c in result.comparisons
    )  # fmt: skip
    return {
        "schemes": (scheme.model_copy(update={"predictors": predictors}),),
        "comparisons": tests,
    }


LOW = Measurement(value=0.29, low=0.2, high=0.4)


def test_each_sentence_of_the_paragraph(result: StudyResult) -> None:
    used = set()

    def said(finding: str, **changed: Any) -> str:
        given = facts(result, finding, **changed)
        for part in ("controls", "systems", "power", "closing"):
            own = [k for k, rule in enumerate(words.RULES) if rule.part == part]
            used.add(next(k for k in own if words.RULES[k].holds(given)))
        return paragraph(given)

    assert "nothing could be controlled for" in said("supported", controls=())
    assert "no system is named" in said("supported", controls=("duration",))
    whole = said("supported")
    assert "It holds with systems and length controlled for." in whole
    assert "So these battles support the claim." in whole
    two = (result.verdicts[0].model_copy(update={"finding": "supported"}),
           result.verdicts[0].model_copy(update={"finding": "explained"}))  # fmt: skip
    assert "support the claim in part" in said("supported", verdicts=two)
    assert "It holds" not in said("supported", verdicts=two)
    for finding in ("explained", "reversed", "worse", "not shown", "not tested"):
        text = said(finding)
        assert "do not support the claim" in text
        assert "It holds" not in text
    assert "times in 100" in said("not shown")
    coin = result.settings.model_copy(update={"permuted": True})
    assert "finds nothing where there is nothing" in said("not shown", settings=coin)
    for gain, p, both, system, expected in (
        (0.1, 0.01, ABOVE, HOLDS_HALF, "and the scores beat that (0.600)"),
        (-0.1, 0.01, HOLDS_HALF, ABOVE, "more than the scores do (0.520)"),
        (0.1, 0.01, HOLDS_HALF, LOW, "neither can be told from a coin"),
        (-0.1, 0.01, LOW, HOLDS_HALF, "neither can be told from a coin"),
        (0.1, 0.06, ABOVE, HOLDS_HALF, "do not show which predicts better"),
        (0.1, 0.01, LOW, ABOVE, "do not show which predicts better"),
    ):
        text = said("not shown", **against_systems(result, gain, p, both, system))
        assert expected in text
    text = said("not shown", **against_systems(result, 0.1, None, ABOVE, LOW))
    assert "Knowing only" not in text
    assert used == set(range(len(words.RULES)))


def test_the_documentation_prints_every_rule() -> None:
    text = " ".join((Path(__file__).parents[3] / "docs/study.md").read_text().split())
    conditions = [rule.when for rule in findings.RULES] + [rule.when for rule in words.RULES]
    for condition in conditions:
        assert condition in text


def test_unknown_systems_are_a_sample() -> None:
    rng = np.random.default_rng(0)
    draws = 0.1 + 0.01 * rng.normal(size=400)
    sizes = np.ones(100)
    alike = difference(0.1, 0.0, draws, 0 * draws, sizes, by_system=0.1 + 0.01 * rng.normal(size=9))
    apart = difference(0.1, 0.0, draws, 0 * draws, sizes, by_system=0.1 + 0.3 * rng.normal(size=9))
    assert alike.p < 0.001
    assert apart.p > 0.05
    assert alike.low > 0 > apart.low
    few = difference(0.1, 0.0, draws, 0 * draws, sizes, by_system=np.array([0.1, 0.1, 0.11]))
    assert np.isnan(few.p)
    assert few.reason == "a test of unknown systems needs 4, and there are 3"
    wider = difference(0.1, 0.0, draws, 0 * draws, sizes, overlap=2.0)
    plain = difference(0.1, 0.0, draws, 0 * draws, sizes)
    assert wider.high - wider.low == pytest.approx(2 * (plain.high - plain.low))
    too_few = difference(0.1, 0.0, draws, 0 * draws, np.ones(7))
    assert np.isnan(too_few.p)
    assert "needs 8 songs or groups" in str(too_few.reason)


def test_a_gain_counts_where_the_features_add_something() -> None:
    rng = np.random.default_rng(0)
    draws, sizes = 0.03 + 0.01 * rng.normal(size=400), np.ones(100)

    def gain(p_added: float) -> PairedDifference:
        return difference(0.03, 0.0, draws, 0 * draws, sizes, overlap=1.5, p_added=p_added)

    plain = difference(0.03, 0.0, draws, 0 * draws, sizes)
    assert gain(0.001).p == pytest.approx(max(0.001, plain.p))
    assert gain(0.001).high == pytest.approx(plain.high)
    assert gain(0.4).p == pytest.approx(0.4)
    assert gain(0.4).high - 0.03 == pytest.approx(1.5 * (plain.high - 0.03))
    assert gain(0.4).se == gain(0.001).se == pytest.approx(plain.se)
    loss = difference(-0.03, 0.0, -draws, 0 * draws, sizes, overlap=1.5, p_added=0.4)
    assert loss == difference(-0.03, 0.0, -draws, 0 * draws, sizes, overlap=1.5)
    assert np.isnan(gain(np.nan).p)
    assert "more prompts" in str(gain(np.nan).reason)


def test_the_test_and_its_interval_agree() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        draws = rng.normal(0.02, 0.01, size=300)
        test = difference(0.02, 0.0, draws, 0 * draws, np.ones(rng.integers(8, 60)))
        assert (test.p < 0.05) == (test.low > 0 or test.high < 0)


def test_recordings_hang_together() -> None:
    battles, numbers = world("copies", np.random.default_rng(0))
    data = gather(battles, numbers)
    assert "The 320 songs are 80 recordings" in data.notes[0] or "recordings" in data.notes[0]
    block = blocks_of(data.prompt, data.recording[data.first], data.recording[data.second])
    owner: dict[int, int] = {}
    for side in (data.first, data.second):
        for song, own in zip(data.recording[side].tolist(), block.tolist(), strict=True):
            assert owner.setdefault(song, own) == own
    # A battle of a recording with itself says nothing.
    same = replace(numbers, recording=(0,) * len(numbers.song_id))
    with pytest.raises(InputError, match="both songs are one recording"):
        gather(battles, same)


def test_ten_recordings_under_many_names_are_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows, lines = [], ["first,second,outcome,prompt"]
    for prompt in range(40):
        songs = rng.choice(10, 4, replace=False)
        for k, song in enumerate(songs):
            scores = {axis: {"value": 3.0 + song / 10} for axis in ("streams", "clarity")}
            digest = hashlib.sha256(bytes([song])).hexdigest()
            rows.append({"path": f"p{prompt}/{k}.flac", "sha256": digest, "scores": scores})
        lines.append(
            f"p{prompt}/0.flac,p{prompt}/1.flac,{rng.choice(['first', 'second'])},p{prompt}"
        )
    (tmp_path / "s.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "b.csv").write_text("\n".join(lines))
    votes, scores_ = read_votes(tmp_path / "b.csv"), read_scores(tmp_path / "s.jsonl")
    numbers, _ = numbers_of(votes, scores_, acoustics=False)
    assert len(set(numbers.recording)) == 10
    data = gather(votes.battles, numbers)
    assert any("are 10 recordings" in note for note in data.notes)
    with pytest.raises(InputError, match="shared recordings"):
        study_preference(data, SETTINGS)


@pytest.mark.parametrize("kind", ["independent", "systems", "tails", "prompts"])
def test_null_worlds_are_not_supported(kind: str) -> None:
    # Each at most .025 by design: two of four or more have a chance below .004.
    said = []
    for seed in range(4):
        data = gather(*world(kind, np.random.default_rng([seed, 5])))
        result = study_preference(data, replace_draws(SETTINGS))[0]
        said.append(result.verdicts[0].finding)
        assert "support the claim." not in result.summary.replace("not support the claim.", "")
    assert said.count("supported") < 2


def replace_draws(settings: StudySettings) -> StudySettings:
    return settings.model_copy(update={"draws": 100, "folds": 5})


def test_songs_that_taught_the_judge_are_said_first(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows, lines = [], ["first,second,outcome,prompt"]
    digests = [hashlib.sha256(bytes([k])).hexdigest() for k in range(120)]
    for k, digest in enumerate(digests):
        scores = {axis: {"value": rng.uniform(1, 5)} for axis in ("streams", "clarity")}
        rows.append({"path": f"{k}.flac", "sha256": digest, "scores": scores})
    votes_ = rng.choice(["first", "second"], 60)
    lines += [f"{2 * k}.flac,{2 * k + 1}.flac,{vote},p{k}" for k, vote in enumerate(votes_)]
    (tmp_path / "s.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "b.csv").write_text("\n".join(lines))
    known = np.array(digests[:81], object)
    songs = Recordings(("",) * 81, (None,) * 81, known)
    stated, content = song_file(songs, ["train"] * 81)
    (tmp_path / "songs.npz").write_bytes(content)
    training = TrainingList(read_taught(tmp_path / "songs.npz", stated), "compared")
    votes, table = read_votes(tmp_path / "b.csv"), read_scores(tmp_path / "s.jsonl")
    numbers, _ = numbers_of(votes, table, acoustics=False, training=training)
    result = study_preference(gather(votes.battles, numbers), SETTINGS)[0]
    sentence = "81 of 120 songs are training songs of this judge (81 by content)"
    assert result.contamination is not None
    assert study_text(result).startswith(sentence)
    page = study_page(result)
    assert page.index(sentence) < page.index("battles on 60 prompts were decided")
    groups = {part.group: part.decided for part in result.slices if part.by == "taught"}
    # The battle of songs 80 and 81 has one that taught.
    assert groups == {"a song taught the judge": 41, "new songs": 19}
    assert "Songs that taught the judge, and new ones" in page
    plain = study_preference(gather(votes.battles, replace(numbers, taught=())), SETTINGS)[0]
    assert not [part for part in plain.slices if part.by == "taught"]


def test_battles_that_are_all_right_have_the_interval_of_as_many_prompts() -> None:
    observed = Observed(np.tile([1.0, 0.0], 30), np.repeat(np.arange(30), 2))
    ones = np.ones(100)
    perfect = with_interval(1.0, ones, observed, 0.95, share=True)
    assert perfect.high == 1
    assert perfect.low == pytest.approx(0.877, abs=0.005)  # Wilson's of 30 of 30, with Student's t
    # Of 60 battles on one prompt nothing is known, and a constant AUC of .5 has no such interval.
    alone = with_interval(1.0, ones, Observed(np.tile([1.0, 0.0], 30), np.zeros(60, int)), 0.95,
                          share=True)  # fmt: skip
    assert alone.low is None
    assert with_interval(0.5, 0.5 * ones, observed, 0.95, share=True).low is None
    assert with_interval(0.0, 0 * ones, observed, 0.95).low is None
