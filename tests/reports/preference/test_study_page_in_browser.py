"""The page of a study in a real browser: on a desk and on a phone, by day and by night."""

from typing import Literal

import numpy as np
import pytest

from plaudit.benchmarks.preference.record import StudyResult, StudySettings
from plaudit.benchmarks.preference.study import study_preference
from plaudit.benchmarks.preference.study_data import gather
from plaudit.reports.preference.page import study_page
from plaudit.reports.preference.table import need_text, study_text
from plaudit.synth.system import TWELFTH
from seen_page import Visiting, fits, opens_alone, plots_follow
from voting.world import World, draw_world


@pytest.fixture(scope="module")
def result() -> StudyResult:
    votes, numbers = draw_world(World(votes=300, prompts=60, twelfth=40), np.random.default_rng(1))
    settings = StudySettings(models=("logistic",), draws=50, new_system=TWELFTH)
    return study_preference(gather(votes, numbers), settings)[0]


@pytest.fixture(scope="module")
def html(result: StudyResult) -> str:
    # A name that wants to be more than text, and is as long as names get.
    evil = "<script>alert(1)</script>" + "very-long-name-of-a-system" * 3
    slices = tuple(
        slice_.model_copy(update={"group": evil}) if k == 3 else slice_
        for k, slice_ in enumerate(result.slices)
    )
    return study_page(result.model_copy(update={"slices": slices}))


def test_the_page_depends_on_the_record_alone(result: StudyResult) -> None:
    again = StudyResult.model_validate_json(result.model_dump_json())
    assert study_page(again) == study_page(result)
    assert result.summary in study_page(result).replace("&lt;", "<").replace("&gt;", ">")


def test_the_text_holds_every_answer_and_test(result: StudyResult) -> None:
    text = study_text(result)
    for scheme in result.schemes:
        for predictor in scheme.predictors:
            assert f"{predictor.auc.value:.3f}" in text
    assert text.count("corrected") > len(result.comparisons)
    assert need_text(12_345.2) == "12,400"
    assert need_text(None) == "n/a"


@pytest.mark.browser
def test_it_opens_without_a_request_or_a_complaint(html: str, visit: Visiting) -> None:
    seen = visit(html)
    opens_alone(seen)
    assert seen.page.locator("svg.plot").count() == 9


@pytest.mark.browser
def test_nothing_hangs_over_the_side(html: str, visit: Visiting) -> None:
    fits(visit(html).page)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plots_follow_the_page(
    scheme: Literal["light", "dark"], html: str, visit: Visiting
) -> None:
    page = visit(html).page
    page.emulate_media(color_scheme=scheme)
    plots_follow(page)
    assert page.locator("svg.plot defs [stroke^='#']").count() == 0


@pytest.mark.browser
def test_chapters_can_be_reached(html: str, visit: Visiting) -> None:
    page = visit(html, width=390).page
    links = page.locator("nav a").all()
    assert len(links) >= 10
    for link in links:
        assert page.locator(str(link.get_attribute("href"))).count() == 1
