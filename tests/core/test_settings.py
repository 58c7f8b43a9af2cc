"""Strict reading: an unknown key is an error that names the nearest known one."""

import math
from collections.abc import Mapping
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, Field

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
        ("{", "f cannot be read: it is not JSON"),
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


class Score(Record):
    """Its key was ``said`` in version 1, ``guess`` in version 2."""

    predicted: float = Field(validation_alias=AliasChoices("said", "guess"))
    n_items: int = Field(default=0, validation_alias="items")


class Kept(Record):
    schema_version: Literal[3] = 3
    plaudit: str = "9.9"
    scores: tuple[Score, ...]
    by_name: Mapping[str, Score] = {}


class Shelf(Record):
    """A record that holds records with versions of their own."""

    schema_version: Literal[2] = 2
    kept: tuple[Kept, ...]


TODAY = Kept(scores=(Score(predicted=1, n_items=5),), by_name={"said": Score(predicted=2)})


@pytest.mark.parametrize(
    "text",
    [
        '{"schema_version": 1, "plaudit": "9.9", "scores": [{"said": 1, "items": 5}],'
        ' "by_name": {"said": {"said": 2}}}',
        '{"schema_version": 2, "plaudit": "9.9", "scores": [{"guess": 1, "n_items": 5}],'
        ' "by_name": {"said": {"guess": 2}}}',
        '{"schema_version": 3, "plaudit": "9.9", "scores": [{"predicted": 1, "n_items": 5}],'
        ' "by_name": {"said": {"predicted": 2}}}',
        TODAY.model_dump_json(),
    ],
)
def test_a_record_of_every_version_becomes_one_of_today(text: str) -> None:
    assert read_json(Kept, text, "f") == TODAY


def test_records_inside_a_former_record_are_read_too() -> None:
    text = '{"schema_version": 1, "kept": [{"schema_version": 1, "scores": [{"said": 1}]}]}'
    shelf = read_json(Shelf, text, "f")
    assert shelf.kept[0].schema_version == 3
    assert shelf.kept[0].scores[0].predicted == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema_version": 3, "scores": [{"said": 1}]}', r"scores\.0\.predicted: Field required"),
        ('{"scores": [{"predicted": 1, "items": 1}]}', r"key 'scores\.0\.items'; did .* 'n_items'"),
        (
            '{"schema_version": 1, "scores": [{"said": 1, "n_itens": 1}]}',
            r"unknown key 'scores\.0\.n_itens'; did you mean 'n_items'",
        ),
        ('{"schema_version": 1, "scores": [{}]}', r"scores\.0\.predicted: Field required"),
        ('{"schema_version": 0, "scores": []}', "schema_version: Input should be 3"),
        ('{"schema_version": "1", "scores": []}', "schema_version: Input should be 3"),
    ],
)
def test_a_record_of_any_version_is_read_strictly(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_json(Kept, text, "f")


@pytest.mark.parametrize(
    ("text", "writer"),
    [
        ('{"schema_version": 4, "plaudit": "10.2", "marks": []}', "Plaudit 10.2"),
        ('{"schema_version": 4, "marks": []}', "a newer Plaudit"),
    ],
)
def test_a_record_of_a_newer_version_says_who_wrote_it(text: str, writer: str) -> None:
    sentence = f"^f was written by {writer} in schema version 4; this Plaudit reads up to version 3"
    with pytest.raises(InputError, match=sentence):
        read_json(Kept, text, "f")


def test_former_names_are_read_from_files_alone() -> None:
    with pytest.raises(ValueError, match="said"):
        Score.model_validate({"said": 1})


class Named(Record):
    name: str
    value: float | None
    rest: dict[str, list[str]]


@given(st.text(st.sampled_from("a\udcff\udce9é\n"), max_size=8), st.floats())
def test_a_record_with_any_name_comes_back_from_json(name: str, value: float) -> None:
    text = Named(name=name, value=value, rest={"a": [name]}).model_dump_json(indent=2)
    back = read_json(Named, text, "f")
    assert (back.name, back.rest) == (name, {"a": [name]})
    assert back.value == (value if math.isfinite(value) else None)
