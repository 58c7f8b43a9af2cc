"""What acts on a terminal is written as an escape."""

import json

from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.printable import printable


@given(st.text())
def test_nothing_but_tabs_and_line_ends_acts(text: str) -> None:
    shown = printable(text).replace("\r\n", "\n")
    assert not any(c not in "\t\n" and (ord(c) < 32 or 127 <= ord(c) < 160) for c in shown)


def test_other_text_stays() -> None:
    for text in ("Größe\t5 µ", "line\nline\r\nline", "日本語", "‎"):
        assert printable(text) == text


@given(st.text())
def test_json_holds_the_same_text_afterwards(text: str) -> None:
    assert json.loads(printable(json.dumps(text, ensure_ascii=False))) == text
