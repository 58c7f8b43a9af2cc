"""An evaluation as text and as a page: numbers with their intervals, safe names, no scripts."""

import re

import numpy as np
import pytest

from labelled_songs import ALL, labelled, measured, predicted, true_values
from plaudit.benchmarks.evaluation.record import Evaluation
from plaudit.reports.evaluation.page import evaluation_page
from plaudit.reports.evaluation.table import evaluation_text
from plaudit.reports.look.number import bracketed, number

NASTY = "<script>alert(1)</script> & co"


def sample(n_test: int = 80, **settings: object) -> Evaluation:
    styles = [NASTY if k % 9 == 0 else "folk" if k % 3 else "jazz" for k in range(60 + n_test)]
    manifest = labelled(60, n_test, style=styles)
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(len(manifest), 7)) * np.array([15.0] * 2 + [0.5] * 5)
    values = true_values(manifest) + noise
    bounds = np.array([[0, 100]] * 2 + [[1, 5]] * 5).T
    predictions = predicted(manifest, np.clip(values, *bounds), half=0.4)
    return measured(manifest, predictions, **{"level": 0.9, **settings})


@pytest.fixture(scope="module")
def result() -> Evaluation:
    return sample()


def test_the_text_holds_every_number_with_its_interval(result: Evaluation) -> None:
    text = evaluation_text(result)
    for axis in result.axes:
        assert f"(n = {axis.n:,}" in text
        for predictor in (axis.judge, *axis.baselines):
            assert bracketed(predictor.spearman, 2) in text
    assert "raters: reliability 0.64, so no judge can expect to correlate above 0.80" in text
    assert "intervals state 90 % and cover" in text
    assert "Spearman by length (n; * below 30 songs)" in text
    assert max(map(len, text.splitlines())) < 130


def test_the_page_shows_the_same_numbers(result: Evaluation) -> None:
    page = evaluation_page(result)
    for axis in result.axes:
        pearson = axis.judge.pearson
        assert pearson.low is not None
        assert f"{number(pearson.value, 2)}<small>{number(pearson.low, 2)} to" in page
        for case in axis.farthest:
            assert case.song_id in page
    assert page.count('class="plot"') == 5
    for by in result.settings.by:
        assert f'id="by-{by}"' in page
    assert result.manifest_sha256[:16] in page


def test_the_page_is_safe_and_a_file_of_its_own(result: Evaluation) -> None:
    page = evaluation_page(result)
    assert NASTY not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!#|data:)', page.replace("xlink:href", "xhref"))
    assert "default-src &#39;none&#39;" in page
    assert page == evaluation_page(result)


def test_what_is_not_known_has_no_place() -> None:
    bare = sample(n_test=12, by=[], level=None, extremes=0)
    page = evaluation_page(bare)
    assert "Best and worst" not in page
    assert "their nominal coverage is unknown" in page
    manifest = labelled(60, 30)
    constant = measured(manifest, predicted(manifest, np.full((90, 7), 3.0)))
    assert "In the right order?" not in evaluation_page(constant)
    assert "n/a" in evaluation_page(constant)


def test_one_song_is_enough_for_a_page() -> None:
    result = sample(n_test=1)
    assert "1 song" in evaluation_page(result)
    assert "n/a" in evaluation_text(result)


def test_tiny_groups_are_named_beneath_the_table(result: Evaluation) -> None:
    few = sample(n_test=30)
    page = evaluation_page(few)
    assert "Too few songs to correlate (below 5): &lt;script&gt;" in page
    assert {axis.axis for axis in result.axes} == {*ALL, "aesthetics"}
