"""Strict reading: an unknown key is an error that names the nearest known one."""

import pytest

from plaudit.core.axes import AESTHETICS, AXES, POPULARITY
from plaudit.core.errors import InputError
from plaudit.core.settings import Record, nearest, read_json


class Inner(Record):
    depth: int = 1


class Outer(Record):
    name: str
    inner: Inner = Inner()


def test_reads_what_is_right() -> None:
    assert read_json(Outer, '{"name": "x", "inner": {"depth": 2}}', "f").inner.depth == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"nane": "x"}', "f: name: Field required"),
        ('{"name": "x", "nam": 1}', "unknown key 'nam'; did you mean 'name'"),
        ('{"name": "x", "inner": {"dept": 2}}', r"unknown key 'inner\.dept'; did you mean 'depth'"),
        ('{"name": "x", "inner": {"depth": "deep"}}', r"inner\.depth: Input should be a valid int"),
        ("{", "f: the file"),
    ],
)
def test_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_json(Outer, text, "f")


def test_nothing_near_lists_what_is_known() -> None:
    assert nearest("zzz", ["cpu", "cuda"]) == "known are cpu, cuda."


def test_the_seven_axes() -> None:
    assert POPULARITY == ("streams", "likes")
    assert AESTHETICS == ("coherence", "musicality", "memorability", "clarity", "naturalness")
    assert {(a.low, a.high) for a in AXES if a.family == "popularity"} == {(0, 100)}
    assert {(a.low, a.high) for a in AXES if a.family == "aesthetics"} == {(1, 5)}
