"""The page on ranked systems in a real browser, and what it says of nearly nothing."""

from typing import Literal

import numpy as np
import pytest

from plaudit.benchmarks.reality.clip import Pair
from plaudit.benchmarks.reality.measure import Column, measure_columns
from plaudit.benchmarks.reality.record import (
    COPIES,
    ClipScores,
    LeftOut,
    RankedSystem,
    RealityResult,
    TableFile,
    UsedJudge,
)
from plaudit.benchmarks.reality.sound import BASELINES
from plaudit.judging.record import JudgeId
from plaudit.reports.reality.page import reality_page
from plaudit.reports.reality.table import result_text
from seen_page import Visiting, fits, opens_alone, plots_follow

LONG = "<b>a-judge-with-a-name-without-a-space</b>"
AXES = ("content_enjoyment", "production_complexity", "production_quality")


def made(prompts: int = 12, judges: tuple[str, ...] = ("tone", LONG)) -> RealityResult:
    groups = ("instrumental", "voices")
    pairs = [
        Pair(3 * k + a, 3 * k + b, f"p{k}", groups[k % 2])
        for k in range(prompts)
        for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    rng = np.random.default_rng(1)
    scores: list[tuple[str | None, str]] = [(None, name) for name in BASELINES]
    scores += [(judge, score) for judge in judges for score in ("mean", *AXES)]
    columns = [
        Column(judge, score, copies, rng.normal(size=3 * prompts) - np.arange(3 * prompts) % 3)
        for judge, score in scores
        for copies in COPIES
    ]
    file = TableFile(path="<i>manifest.csv</i>", sha256="0" * 64)
    return RealityResult(
        plaudit="0", manifest=file, ranks=file, confidence=0.95, draws=1000, seed=1,
        judges=tuple(
            UsedJudge(
                name=name, judge=JudgeId(name=name, version="1", hash="0" * 64), licence="MIT",
                axes=AXES, main=AXES[::2], prompted=True,
            )
            for name in judges
        ),
        systems=tuple(
            RankedSystem(name=f"<s>s{k}</s>", rank=k + 1, n_clips=prompts * (k < 3), group="audio")
            for k in range(4)
        ),
        groups=groups, n_rows=3 * prompts + 1, n_prompts=prompts, n_pairs=len(pairs),
        equal_ranks=2, of_two_groups=1,
        left_out=(LeftOut(path="gone.wav", reason="the audio file is missing"),),
        accuracies=tuple(measure_columns(pairs, columns)),
        clips=tuple(
            ClipScores(path=f"{k}.wav", system=f"s{k % 3}", prompt=f"p{k // 3}", group=None,
                       baselines={}, scores={})
            for k in range(3 * prompts)
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def page() -> str:
    return reality_page(made())


@pytest.mark.browser
def test_it_opens_without_a_request_or_a_complaint(page: str, visit: Visiting) -> None:
    seen = visit(page)
    opens_alone(seen)
    assert seen.page.locator("svg.plot").count() == 3
    assert seen.page.locator("tr.judge").count() == 6


@pytest.mark.browser
def test_nothing_hangs_over_the_side(page: str, visit: Visiting) -> None:
    fits(visit(page).page)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plots_follow_the_page(
    scheme: Literal["light", "dark"], page: str, visit: Visiting
) -> None:
    opened = visit(page).page
    opened.emulate_media(color_scheme=scheme)
    plots_follow(opened)


def test_the_same_record_gives_the_same_bytes(page: str) -> None:
    assert reality_page(made()) == page


def test_names_are_text_and_not_markup(page: str) -> None:
    assert not any(mark in page for mark in ("<b>a-judge", "<i>manifest", "<s>s0"))
    assert "&lt;b&gt;a-judge" in page


def test_the_text_has_every_row_and_what_was_left_out() -> None:
    text = result_text(made())
    assert text.splitlines()[0].startswith("36 clips of 3 systems answer 12 prompts: 36 pairs")
    assert "2 pairs of systems of equal rank left out." in text
    assert "1 pair of two groups left out" in text
    assert "1 row of the ranks without a clip in a pair: <s>s3</s>." in text
    assert "tone was given the text of each prompt." in text
    assert "gone.wav: the audio file is missing" in text
    heads = [line for line in text.splitlines() if "mean of 2" in line]
    assert len(heads) == 6  # two judges; all pairs and two groups
    assert sum("production complexity" in line for line in text.splitlines()) == 2
    assert "Group voices" in text
    loudness = next(line for line in text.splitlines() if line.startswith("baseline"))
    assert "loudness" in loudness
    found = next(own for own in made().accuracies if own.score == "loudness")
    assert f"{100 * (found.value or 0):.1f} [{100 * (found.low or 0):.1f}" in loudness


def test_a_record_of_almost_nothing_is_drawn() -> None:
    nobody = made(prompts=1, judges=())
    assert "All pairs" in reality_page(nobody)
    assert "No interval: all its pairs are of one prompt" in reality_page(nobody)
    assert "Undefined" not in reality_page(nobody)
    bare = made(judges=("tone",)).model_copy(update={"left_out": (), "groups": ()})
    assert reality_page(bare).count('<svg class="plot"') == 1
    assert "Left out" not in result_text(bare)
