"""Cards in plain words."""

from collections.abc import Callable

import pytest

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXIS, POPULARITY
from plaudit.model.card import Card, HeadSpec, Recipe
from plaudit.reports.look.judge_card import NO_INTERVAL, card_sections, card_text, judge_line

Maker = Callable[..., Card]


def test_a_card_says_everything_it_holds(make_card: Maker) -> None:
    card = make_card()
    text = " ".join(card_text(card).split())
    expected = [
        card.summary,
        card.training_data,
        card.licence,
        card.citation,
        card.weights_hash,
        card.encoder.hash,
        card.encoder.name,
        *card.intended_uses,
        *card.forbidden_uses,
        *card.limits,
        *(metric.measure for metric in card.metrics),
        "0.77 to 0.84",
        "14.2",
        *(AXIS[axis].meaning for axis in card.recipe.heads.axes),
    ]
    assert card.interval is not None
    for sentence in (*expected, card.interval.explanation, "90 %", "streams ±14"):
        assert " ".join(sentence.split()) in text
    assert text.index("Do not use it for") < text.index(card.forbidden_uses[0])


def test_lines_keep_to_the_width(make_card: Maker) -> None:
    wide, narrow = card_text(make_card(), 100), card_text(make_card(), 60)
    assert max(map(len, wide.splitlines())) <= 100
    prose = narrow.split("\nMeasured")[0]
    assert max(map(len, prose.splitlines())) <= 60


def test_half_widths_are_in_points_where_a_card_keeps_factors(make_card: Maker) -> None:
    card = make_card(POPULARITY)
    assert card.interval is not None
    factors = {"streams": 14.0, "likes": 13.0}

    def text(**changes: object) -> str:
        changed = {"scale": "spread", "half_width": factors, **changes}
        interval = card.interval.model_copy(update=changed)  # type: ignore[union-attr]
        return " ".join(card_text(card.model_copy(update={"interval": interval})).split())

    floored = text(floor={"streams": 2.5, "likes": 2.0})
    assert "at least: streams ±35, likes ±26." in floored
    assert "±14" not in floored
    assert "predicted spread of the song: streams 14, likes 13." in text(floor={})


def test_a_judge_without_interval_says_so(make_card: Maker) -> None:
    assert NO_INTERVAL in " ".join(card_text(make_card(interval=False)).split())


def test_only_the_axes_of_the_judge_are_explained(make_card: Maker) -> None:
    text = card_text(make_card(POPULARITY))
    assert AXIS["streams"].meaning[:30] in text
    assert "musically" not in text


RECIPE = Recipe(heads=HeadSpec(axes=("streams",), input_dim=4))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "filled up with silence for the score"),
        ({"segment": SegmentRule(tail="drop", min_tail_s=7)}, "shorter than 7 seconds is left out"),
        ({"segment": SegmentRule(length_s=12)}, "segments of 12 seconds"),
        ({"pooling": "music"}, "how much music it holds"),
        ({"pooling": "attention"}, "a learned weight"),
        ({"level": "segment"}, "Each segment is scored"),
        ({"silence": "score"}, "scored like any other"),
        ({"mix": "learned"}, "joined by a learned mix"),
    ],
)
def test_every_step_of_the_recipe_is_told(
    change: dict[str, object], words: str, make_card: Maker
) -> None:
    card = make_card()
    spec = card.encoder.model_copy(update={"layers": (2, 5)})
    recipe = RECIPE.model_copy(update=change)
    sections = card_sections(card.model_copy(update={"encoder": spec, "recipe": recipe}))
    sentences = " ".join(s for section in sections for s in section.sentences)
    assert words in sentences


def test_nothing_measured_and_nothing_named_is_said(make_card: Maker) -> None:
    bare = make_card().model_copy(update={"metrics": (), "limits": ()})
    assert "Nothing has been measured yet." in card_text(bare)
    assert "The card names none." in card_text(bare)


def test_a_card_cannot_drive_the_terminal(make_card: Maker) -> None:
    card = make_card().model_copy(update={"summary": "\x1b]0;hi\x07", "name": "\x1b[2J"})
    assert "\x1b" not in card_text(card)
    assert "\x1b" not in judge_line("\x1b[2J", card)


def test_a_judge_is_introduced_in_one_line(make_card: Maker) -> None:
    line = judge_line("bundled", make_card())
    assert line.split()[:4] == ["bundled", "1.0", "7", "scores"]
    assert line.endswith("A small judge that comes with Plaudit and needs nothing downloaded.")
    assert "2 scores" in judge_line("x", make_card(POPULARITY))
