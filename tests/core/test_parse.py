"""Text of others: whatever it is, a value or one sentence, and soon."""

import json
import math
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.errors import InputError
from plaudit.core.parse import ParseError, load_values, parse_json, parse_toml, read_text
from plaudit.core.settings import Record, load_json

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.floats(allow_nan=False,
    allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(PLAIN)
def test_what_json_wrote_is_read(value: object) -> None:
    text = json.dumps(value)
    assert parse_json(text) == parse_json(b"\xef\xbb\xbf" + text.encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_an_error_of_ours(content: bytes) -> None:
    for parse in (parse_json, lambda b: parse_toml(b.decode("latin-1"))):
        with suppress(ParseError):
            parse(content)


HOSTILE = {
    "a deep list": ("[" * 100_000, "nests deeper than 100 levels"),
    "a deep whole list": ("[" * 500 + "]" * 500, "nests deeper than 100 levels"),
    "a deep object": ('{"a":' * 100_000, "nests deeper than 100 levels"),
    "a long integer": ("1" * 5000, "more than 300 digits"),
    "an integer that no float holds": (f"[{10**309}]", "more than 300 digits"),
    "a key twice": ('{"a": 1, "b": {"c": 1, "c": 2}}', "the key 'c' twice"),
    "a constant": ('{"a": NaN}', "not finite .NaN"),
    "an exponent": ("[1e999]", "not finite .1e999"),
    "no JSON": ("{,", "it is not JSON"),
    "nothing": ("", "it is not JSON"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_json_is_one_sentence_that_names_the_file(case: str, tmp_path: Path) -> None:
    text, message = HOSTILE[case]
    with pytest.raises(ParseError, match=message):
        parse_json(text)
    path = tmp_path / "card.json"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"card\.json cannot be read: .*{message}"):
        load_json(Record, path)


def test_a_reader_of_rows_gets_numbers_that_are_not_finite(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[NaN, 1e999, -Infinity]")
    values = load_values(tmp_path / "a.json")
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = " + "[" * 100_000, "nests deeper"),
        ("a = " + "[" * 150 + "]" * 150, "nests deeper"),
        (".".join("a" * 150) + " = 1", "nests deeper"),
        ("a = " + "1" * 5000, "more than 300 digits"),
        ("a = nan", "not finite"),
        ("a = -inf", "not finite"),
        ("a = 1e999", "not finite"),
        ("a = ", "not TOML"),
    ],
)
def test_hostile_toml_is_one_sentence(text: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse_toml(text)


def test_a_hundred_levels_are_enough() -> None:
    assert parse_json("[" * 100 + "]" * 100)
    with pytest.raises(ParseError, match="nests deeper"):
        parse_json("[" * 101 + "]" * 101)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}".encode("utf-16"), "UTF-16 text; save it as UTF-8"),
        (b'{"a": "\xff"}', "not UTF-8 text .* at byte 7"),
    ],
)
def test_another_encoding_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.json is {message}"):
        read_text(tmp_path / "a.json")
