"""Plots as SVG: no styles of their own, nothing asked for, the same text for the same drawing."""

import re

from plaudit.reports.look.canvas import BLUE
from plaudit.reports.look.svg import plate, svg_of


def drawn(label: str = "A line") -> str:
    with plate("test") as figure:
        axes = figure.add_subplot()
        axes.plot([0, 1, 2], [3, 1, 2], marker="o", color=BLUE)
        axes.set_title("cost in $ & <b>")
        return svg_of(figure, label)


def test_it_brings_no_style_script_or_request() -> None:
    text = drawn()
    assert text.startswith('<svg class="plot" viewBox=')
    assert text.endswith("</svg>")
    for word in ("style", "<script", "font-family", "http:", "<?xml", "metadata"):
        assert word not in text
    assert "cost in $ &amp; &lt;b&gt;" in text
    assert f'stroke="{BLUE}"' in text


def test_every_id_is_used_and_every_reference_is_there() -> None:
    text = drawn()
    ids = re.findall(r' id="([^"]+)"', text)
    used = set(re.findall(r"#([\w.-]+)[)\"]", text)) - {BLUE[1:]}
    assert len(ids) == len(set(ids))
    assert set(ids) <= used
    assert {name for name in used if not re.fullmatch(r"[0-9a-f]{6}", name)} <= set(ids)


def test_the_same_drawing_is_the_same_text() -> None:
    assert drawn() == drawn()


def test_the_label_is_escaped() -> None:
    assert 'aria-label="a &quot;quoted&quot; &lt;label&gt;"' in drawn('a "quoted" <label>')
