"""Numbers with their intervals, in a line of a terminal and in a cell of a page."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.reports.look.number import Cell, bracketed, cell, number, share_text, span


@dataclass(frozen=True)
class Drawn:
    value: float | None
    low: float | None = None
    high: float | None = None


def test_numbers_are_never_a_negative_nothing() -> None:
    assert number(-0.001, 2) == "0.00"
    assert number(-0.001, 2, signed=True) == "0.00"
    assert number(0.001, 2, signed=True) == "0.00"
    assert number(0.5, 1, signed=True) == "+0.5"
    assert number(-0.5, 1, signed=True) == "-0.5"
    assert number(None, 2) == "n/a"
    assert number(12345.6, 0) == "12,346"


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_a_number_reads_back_as_it_was_rounded(value: float, places: int) -> None:
    text = number(value, places).replace(",", "")
    assert float(text) == round(value, places)
    assert text.startswith("-") == (round(value, places) < 0)


def test_a_terminal_and_a_page_show_the_same_numbers() -> None:
    drawn = Drawn(0.4249, -0.001, 0.53)
    assert bracketed(drawn, 2) == "0.42 [0.00, 0.53]"
    assert cell(drawn, 2) == Cell("0.42", "0.00 to 0.53")
    assert bracketed(drawn, 1, signed=True, scale=100) == "+42.5 [-0.1, 53.0]"
    assert cell(drawn, 1, signed=True, scale=100, note="n = 3") == Cell(
        "+42.5", "-0.1 to 53.0", "n = 3"
    )


@pytest.mark.parametrize("nothing", [None, Drawn(None), Drawn(None, 0.1, 0.2)])
def test_an_undefined_number_is_never_0(nothing: Drawn | None) -> None:
    assert bracketed(nothing, 2) == "n/a"
    assert cell(nothing, 2) == Cell("n/a")


def test_without_an_interval_there_is_none() -> None:
    assert bracketed(Drawn(0.5), 1) == "0.5"
    assert cell(Drawn(0.5, None, 0.7), 1) == Cell("0.5")
    assert span(None, 1.0, ".1f") == ""
    assert span(1000.4, 1020.6, ".0f") == "1000 to 1021"


def test_shares_are_percents() -> None:
    assert share_text(0.1234, 1) == "12.3 %"
    assert share_text(None, 1) == "n/a"
    assert share_text(None, 1, "-") == "-"
