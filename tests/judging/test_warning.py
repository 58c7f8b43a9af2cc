"""What a judge says of a song that lies far from those that it learned from."""

import pytest
import torch

from plaudit.core.errors import InputError
from plaudit.judging.catalogue import BUNDLED
from plaudit.judging.warning import doubts
from plaudit.model.card import Card, Familiarity
from plaudit.model.folder import read_card
from plaudit.model.network import SongOutput

KNOWN = Familiarity(
    limit=1.0, coverage=0.99, short=((5.0, 1.5), (10.0, 1.2), (30.0, 1.0)), explanation="."
)


@pytest.fixture(scope="module")
def card() -> Card:
    return read_card(BUNDLED).model_copy(update={"familiarity": KNOWN})


def types(card: Card, distance: float, heard_s: float) -> list[str]:
    return [note.type for note in notes(card, torch.full((520,), distance), heard_s)]


def notes(card: Card, embedding: torch.Tensor, heard_s: float) -> list:  # type: ignore[type-arg]
    out = SongOutput(torch.zeros(7), torch.zeros(1, 7), embedding, torch.zeros(7))
    return list(doubts(card, card.score_names, out, heard_s))


def test_a_clip_has_a_limit_of_its_own_and_length_is_called_length(card: Card) -> None:
    assert types(card, 0.9, 10.0) == []
    assert types(card, 1.1, 10.0) == ["short"]
    assert types(card, 1.3, 10.0) == ["unfamiliar"]
    assert types(card, 1.1, 60.0) == ["unfamiliar"]
    (short,) = notes(card, torch.full((520,), 1.1), 10.0)
    assert "Only 10.0 s of sound" in short.message
    assert "within 1.00, of clips as short within 1.20. Length is the reason" in short.message


def test_a_far_song_says_what_is_unusual(card: Card) -> None:
    from plaudit.encoders.measured.battery import FLAW_START, MEASURES
    from plaudit.encoders.measured.topic import FLAW, topic_of

    embedding = torch.zeros(520)
    embedding[FLAW_START : len(MEASURES)] = 3.0
    for place, name in enumerate(MEASURES[:FLAW_START]):
        if topic_of(name) == "rhythm":
            embedding[place] = 2.0
    (note,) = notes(card, 2 * embedding, 60.0)
    assert f"Most unusual are {FLAW} and rhythm." in note.message


def test_the_limit_is_straight_over_the_logarithm_of_the_seconds() -> None:
    assert [KNOWN.limit_of(s) for s in (0.0, 5.0, 10.0, 30.0, 31.0)] == [1.5, 1.5, 1.2, 1.0, 1.0]
    assert KNOWN.limit_of(50**0.5) == pytest.approx(1.35)
    whole = KNOWN.model_copy(update={"short": ()})
    assert whole.limit_of(2.0) == 1.0


@pytest.mark.parametrize("short", [((10.0, 1.2), (5.0, 1.5)), ((5.0, 0.9),)])
def test_limits_that_cannot_be_are_refused(short: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises((ValueError, InputError), match="expected rising seconds"):
        Familiarity(limit=1.0, coverage=0.99, short=short, explanation=".")
