"""The page of an evaluation in a real browser: on a desk and on a phone, by day and by night."""

from typing import Literal

import numpy as np
import pytest

from labelled_songs import labelled, measured, predicted, true_values
from plaudit.reports.evaluation.page import evaluation_page
from seen_page import Visiting, fits, opens_alone, plots_follow

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def html() -> str:
    names = ["a-very-long-name-of-a-style-without-a-space-in-it" * 2 if k % 2 else "pop"
             for k in range(140)]  # fmt: skip
    manifest = labelled(style=names)
    rng = np.random.default_rng(1)
    values = true_values(manifest)
    values = values + rng.normal(size=values.shape) * np.array([15.0] * 2 + [0.5] * 5)
    return evaluation_page(measured(manifest, predicted(manifest, values, half=0.4), level=0.9))


def test_it_opens_without_a_request_or_a_complaint(html: str, visit: Visiting) -> None:
    seen = visit(html)
    opens_alone(seen)
    assert seen.page.locator("svg.plot").count() == 5


def test_nothing_hangs_over_the_side(html: str, visit: Visiting) -> None:
    fits(visit(html).page)


def test_numbers_of_an_axis_fit_a_phone(html: str, visit: Visiting) -> None:
    page = visit(html, width=390).page
    over: list[int] = page.locator(".axis .scroll").evaluate_all(
        "(all) => all.map((one) => one.scrollWidth - one.clientWidth)"
    )
    assert max(over) <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plots_follow_the_page(
    scheme: Literal["light", "dark"], html: str, visit: Visiting
) -> None:
    page = visit(html).page
    page.emulate_media(color_scheme=scheme)
    plots_follow(page)
    # Marks take their colour where they are used, so a rule for the dark reaches them.
    inside = page.locator("svg.plot defs [stroke^='#']").count()
    assert inside == 0


def test_chapters_can_be_reached(html: str, visit: Visiting) -> None:
    page = visit(html, width=390).page
    links = page.locator("nav a").all()
    assert len(links) == 7
    for link in links:
        assert page.locator(str(link.get_attribute("href"))).count() == 1
