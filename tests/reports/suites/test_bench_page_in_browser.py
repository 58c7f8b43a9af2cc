"""The pages of suites in a real browser: on a desk and on a phone, by day and by night."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from plaudit.benchmarks.suites.catalogue import SUITES
from plaudit.benchmarks.suites.leaderboard import compare_results
from plaudit.benchmarks.suites.prediction import PredictionFile
from plaudit.benchmarks.suites.promise import Losses
from plaudit.benchmarks.suites.record import RunSettings, SuiteResult
from plaudit.benchmarks.suites.runner import run_suite
from plaudit.reports.suites.page import comparison_page, result_page
from seen_page import WIDTHS, Visiting, opens_alone, sideways

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[SuiteResult]:
    folder = tmp_path_factory.mktemp("cmi")
    suite = SUITES["cmi-rewardbench"]
    suite.sample(folder / "data", np.random.default_rng(1))
    assert suite.load is not None
    items = suite.load(folder / "data", Losses()).items
    results = []
    for seed in (1, 2, 3):
        rng = np.random.default_rng(seed)
        path: Path = folder / f"{'a-judge-with-a-very-long-name-' * seed}.scp"
        path.write_text("".join(f"{item} {rng.normal():.3f}\n" for item in items))
        results.append(
            run_suite(suite, folder / "data", PredictionFile(path), RunSettings(draws=20))[0]
        )
    return results


@pytest.fixture(scope="module")
def pages(results: list[SuiteResult]) -> dict[str, str]:
    return {"result": result_page(results[0]), "board": comparison_page(compare_results(results))}


@pytest.mark.parametrize("name", ["result", "board"])
def test_it_opens_without_a_request_or_a_complaint(
    name: str, pages: dict[str, str], visit: Visiting
) -> None:
    seen = visit(pages[name])
    opens_alone(seen)
    assert seen.page.locator("svg.picture").count() > 5
    assert seen.page.locator("line.people").count() > 0


@pytest.mark.parametrize("name", ["result", "board"])
def test_nothing_hangs_over_the_side(name: str, pages: dict[str, str], visit: Visiting) -> None:
    page = visit(pages[name]).page
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert sideways(page) <= 0, width
        narrow = page.locator("svg.picture").evaluate_all(
            "(all) => Math.min(...all.map((one) => one.getBoundingClientRect().width))"
        )
        assert narrow >= 120, width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_follow_the_page(
    scheme: Literal["light", "dark"], pages: dict[str, str], visit: Visiting
) -> None:
    page = visit(pages["result"]).page
    page.emulate_media(color_scheme=scheme)
    fill = page.locator("circle.spot").first.evaluate("(one) => getComputedStyle(one).fill")
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert fill != paper
    assert fill == {"light": "rgb(43, 59, 212)", "dark": "rgb(149, 162, 255)"}[scheme]


def test_words_from_files_cannot_become_markup(results: list[SuiteResult]) -> None:
    judge = results[0].judge.model_copy(update={"name": "<script>alert(1)</script>"})
    page = result_page(results[0].model_copy(update={"judge": judge}))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
