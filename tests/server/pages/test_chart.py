"""What is sorted and found in a list of songs."""

from pathlib import Path

import pytest

import plaudit
from plaudit.core.note import Note
from plaudit.judging.record import JudgeId, Score, SongScores
from plaudit.model.folder import read_card
from plaudit.server.database.schema import LoadedJudge
from plaudit.server.pages.chart import Wish, chart
from plaudit.server.pages.frame import Judging

CARD = read_card(Path(plaudit.__file__).parent / "judging" / "bundled").model_dump_json()
JUDGE = Judging(LoadedJudge(name="bundled", hash="0", coverage=0.8, card=CARD, published=False))


def row(name: str, value: float, *, warned: bool = False, length: float = 60.0) -> SongScores:
    axes = JUDGE.card.score_names
    return SongScores(
        path=name,
        sha256=name.encode().hex().ljust(64, "0"),
        judge=JudgeId(name="bundled", version="1", hash="0"),
        precision="exact",
        duration_s=length,
        scores={axis: Score(value=value) for axis in axes},
        warnings=(Note(type="clipped", message="It is clipped."),) if warned else (),
    )


ROWS = [row("Näch 10.wav", 2.0), row("nach 9.wav", 4.0, warned=True), row("Ende.wav", 3.0)]


def names(**wish: object) -> list[str]:
    return [song.name for song in chart(JUDGE, ROWS, Wish(**wish)).songs]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wish", "order"),
    [
        ({}, ["Näch 10", "nach 9", "Ende"]),
        ({"by": "coherence"}, ["nach 9", "Ende", "Näch 10"]),
        ({"by": "coherence", "up": True}, ["Näch 10", "Ende", "nach 9"]),
        ({"by": "overall"}, ["nach 9", "Ende", "Näch 10"]),
        ({"by": "name"}, ["Ende", "nach 9", "Näch 10"]),
        ({"by": "name", "up": True}, ["Näch 10", "nach 9", "Ende"]),
        ({"by": "no such axis"}, ["Näch 10", "nach 9", "Ende"]),
        ({"q": "NACH"}, ["Näch 10", "nach 9"]),
        ({"q": "nach 9"}, ["nach 9"]),
        ({"notes": "with"}, ["nach 9"]),
        ({"notes": "without"}, ["Näch 10", "Ende"]),
        ({"n": 1}, ["Näch 10"]),
    ],
)
def test_a_wish_is_what_is_shown(wish: dict[str, object], order: list[str]) -> None:
    assert names(**wish) == order


def test_an_address_says_only_what_is_wished() -> None:
    wish = Wish(q="take", by="streams")
    assert wish.changed() == {"q": "take", "by": "streams"}
    assert wish.changed(up=True) == {"q": "take", "by": "streams", "up": 1}
    assert wish.changed(q="", by="") == {}


def test_counts_are_of_all_songs() -> None:
    drawn = chart(JUDGE, ROWS, Wish(q="nach", n=1))
    assert (len(drawn.songs), drawn.n_fitting, drawn.n_all) == (1, 2, 3)
