"""The summary page of a corpus: numbers that follow the tables, and nothing undefined hidden.

And in a real browser: on a desk and on a phone, by day and by night.
"""

import re
from html import unescape
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from plaudit.core.outcome import Outcome
from plaudit.jobs.synth.pages import read_corpus, write_pages
from plaudit.reports.corpus.battle_plot import battle_plots, by_gap, turned
from plaudit.reports.corpus.columns import Corpus, Table
from plaudit.reports.corpus.page import counts, summary_page
from plaudit.reports.corpus.public_plot import power_text
from plaudit.reports.corpus.song_plot import knob_spread
from plaudit.reports.look.number import spearman_text
from seen_page import Visiting, fits, opens_alone
from small_corpus import write_corpus


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    write_pages(folder)
    return (folder / "summary.html").read_text(encoding="utf-8")


def votes(*outcomes: str, gaps: tuple[float, ...] = ()) -> Table:
    n = len(outcomes)
    columns = {
        "outcome": np.array(outcomes, object),
        "first_system": np.array(["x"] * n, object),
        "second_system": np.array(["y"] * n, object),
        "gap_aesthetics": np.array(gaps or [1.0] * n),
    }
    return Table(columns)


def test_the_page_asks_for_nothing_and_styles_nothing_inline(page: str) -> None:
    assert "default-src 'none'; style-src 'sha256-" in unescape(page)
    assert not re.search(r"<script|\sstyle=|\son\w+=|https?://(?!www\.w3\.org)", page)
    assert page.count("<figure>") == page.count("<figcaption>") == page.count("</h3>")
    labels = re.findall(r'<svg class="plot"[^>]*aria-label="([^"]+)"', page)
    assert len(labels) == page.count('class="plot"') > 15
    assert all(len(label) > 15 for label in labels)
    assert 'alt="Contact sheet: spectrograms of 30 songs' in page


def test_every_sentence_under_a_figure_counts(page: str) -> None:
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page, flags=re.DOTALL)
    assert all(re.search(r"\d", caption) for caption in captions)
    assert not any("nan" in caption.split() for caption in captions)


def test_the_headline_counts_the_tables(folder: Path) -> None:
    headline = {name: (value, detail) for value, name, detail in counts(read_corpus(folder))}
    # 24 for training, 20 prompts of four, one pair with the twelfth.
    assert headline["songs"] == ("106", "24 training, 81 held-out, 1 falsification")
    assert headline["systems"][0] == "7"
    assert headline["battles"][0] == "132"
    assert headline["battles"][1].endswith("12 with the twelfth")


def test_a_corpus_of_battles_alone_says_what_is_missing(tmp_path: Path) -> None:
    page = summary_page(read_corpus(write_corpus(tmp_path, 0, 12, 0, audio=False)), b"")
    assert "Undefined: no song of this corpus was rated." in page
    assert "Undefined: no song of this corpus was published." in page
    assert "Undefined: fewer than two songs have two raters that differ." in page


def test_one_instrumental_song_is_enough(tmp_path: Path) -> None:
    write_corpus(tmp_path, 4, 0, 0, audio=False)
    table = parquet.read_table(tmp_path / "songs.parquet")
    parquet.write_table(table.slice(3, 1), tmp_path / "songs.parquet")
    (tmp_path / "ratings.parquet").unlink()
    corpus = read_corpus(tmp_path)
    assert corpus.songs["instrumental"].tolist() == [1.0]
    assert np.isnan(corpus.songs["knob_naturalness"]).all()
    assert "0 % with a singer" in summary_page(corpus, b"")


def test_a_corpus_without_battles_says_so_and_its_text_is_escaped(tmp_path: Path) -> None:
    write_corpus(tmp_path, 12, 0, 0, audio=False)
    table = parquet.read_table(tmp_path / "songs.parquet")
    names = pa.array(["<img src=x onerror=h()>$x$"] * len(table))
    table = table.set_column(table.column_names.index("style"), "style", names)
    parquet.write_table(table, tmp_path / "songs.parquet")
    page = summary_page(read_corpus(tmp_path), b"")
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=h()&gt;$x$" in page
    assert "Undefined: no battle was held in this corpus." in page
    assert "held-out" not in page


def test_the_gap_is_held_against_the_votes() -> None:
    held = votes("first", "first", "second", "tie", "neither", "first", gaps=(1, 2, 3, 4, 5, -1))
    text = by_gap(held, "aesthetics", "the better mean of knobs", "Wins").text
    assert text.startswith("Of 4 decided votes, 50.0 % [15.0, 85.0] went to the song with")
    undecided = by_gap(votes("tie", "neither"), "aesthetics", "more", "Wins")
    assert undecided.svg == ""
    assert undecided.text == "Undefined: none of 2 votes was decided."
    assert "No gap" in by_gap(votes("first", gaps=(0.0,)), "aesthetics", "more", "Wins").text


@given(st.lists(st.sampled_from([outcome.value for outcome in Outcome]), min_size=1, max_size=20))
def test_turning_battles_round_swaps_answers_and_gaps(outcomes: list[str]) -> None:
    held = votes(*outcomes)
    kept, back = turned(held, "x"), turned(held, "y")
    assert kept["outcome"].tolist() == outcomes
    swap = {"first": "second", "second": "first"}
    assert back["outcome"].tolist() == [swap.get(outcome, outcome) for outcome in outcomes]
    assert back["gap_aesthetics"].tolist() == (-held["gap_aesthetics"]).tolist()
    assert len(turned(held, "z")) == 0


def test_uneven_knobs_are_called_uneven(folder: Path) -> None:
    songs = read_corpus(folder).songs
    even = {name: column.copy() for name, column in songs.columns.items()}
    own = even["role"] == "held-out"
    even["knob_clarity"][own] = even["knob_clarity"][own] ** 6
    match = re.search(
        r"held-out (\.?[\d.]+) \(n = 81; chance ([\d.]+)\)", knob_spread(Table(even)).text
    )
    assert match
    assert float(match[1]) > 2 * float(match[2])


def test_careless_voters_are_told_apart(folder: Path) -> None:
    corpus = read_corpus(folder)
    text = battle_plots(corpus)[0].text
    careless = int(np.sum(corpus.battles["voter"] == "voter-0000"))
    assert f"careless voters n = {careless}." in text
    nobody = Corpus(**{**vars(corpus), "voters": Table({})})
    assert "careless" not in battle_plots(nobody)[0].text


@pytest.mark.parametrize(
    ("x", "y", "text"),
    [
        ([1, 2, 3], [2, 4, 9], "1.00"),
        ([1, 2, 3], [3, 2, 1], "-1.00"),
        ([1, 1, 1], [1, 2, 3], "undefined"),
    ],
)
def test_rank_correlation(x: list[float], y: list[float], text: str) -> None:
    assert spearman_text(np.array(x, float), np.array(y, float)) == text


def test_numbers_in_few_letters() -> None:
    assert [power_text(x) for x in (0.1, 1, 100, 1e4, 1e6, 1e9)] == [
        "0.1",
        "1",
        "100",
        "10k",
        "1M",
        "1G",
    ]


@pytest.mark.browser
def test_it_opens_without_a_request_or_a_complaint(page: str, visit: Visiting) -> None:
    seen = visit(page)
    opens_alone(seen)
    assert seen.page.locator("svg.plot").count() > 15
    width = seen.page.locator(".sheet-of-songs img").evaluate("(image) => image.naturalWidth")
    assert width == 1161


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
    ink = opened.evaluate("getComputedStyle(document.documentElement).color")
    soft = opened.evaluate("getComputedStyle(document.querySelector('.lede')).color")
    fills = set(
        opened.locator("svg.plot text").evaluate_all(
            "(all) => all.map((one) => getComputedStyle(one).fill)"
        )
    )
    assert fills == {ink, soft}
    family = "getComputedStyle(document.querySelector('svg.plot text')).fontFamily"
    assert opened.evaluate(family) == opened.evaluate("getComputedStyle(document.body).fontFamily")


@pytest.mark.browser
def test_every_colour_of_the_plots_is_one_of_the_page(page: str, visit: Visiting) -> None:
    opened = visit(page).page
    opened.emulate_media(color_scheme="dark")
    paint = "(all) => all.flatMap((one) => [one.getAttribute('fill'), one.getAttribute('stroke')])"
    written = set(opened.locator("svg.plot *").evaluate_all(paint)) - {None, "none"}
    style = opened.locator("style").first.text_content() or ""
    unmatched = {colour for colour in written if f'="{colour}"]' not in style}
    assert unmatched <= {"#ffffff"}


@pytest.mark.browser
def test_chapters_can_be_reached(page: str, visit: Visiting) -> None:
    opened = visit(page, width=390).page
    for link in opened.locator("nav a").all():
        target = str(link.get_attribute("href"))
        assert opened.locator(target).count() == 1
    assert opened.get_by_role("img", name="Contact sheet").count() == 1
    for role in ("banner", "main", "contentinfo", "navigation"):
        assert opened.get_by_role(role).count() == 1


def test_the_page_is_a_file_of_its_own(page: str, tmp_path: Path) -> None:
    assert len(page.encode()) < 4_000_000
    assert page.startswith("<!DOCTYPE html>")
