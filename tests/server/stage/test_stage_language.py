"""Each language says the same: the same keys and places, in files that a test may add to."""

import hashlib
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from plaudit.arena.database.schema import Voter
from plaudit.core.database import reading
from plaudit.core.errors import InputError
from plaudit.server.stage.language import BUILT_IN, read_language, sentences
from plaudit.server.stage.terms import paragraphs
from staged import staged

STAGE = Path(__file__).parents[3] / "src" / "plaudit" / "server" / "stage"


def places(code: str) -> dict[str, list[str]]:
    return {
        key: sorted(re.findall(r"{\w*}", text)) for key, text in sentences(read_language(code).say)
    }


@pytest.mark.parametrize("code", BUILT_IN)
def test_a_language_has_every_sentence(code: str) -> None:
    assert places(code) == places("en")
    texts = dict(sentences(read_language(code).say))
    assert all(text.strip() for text in texts.values())
    taken = set(dir({}))  # a template would find the method of the table
    assert not [key for key in texts for part in key.split(".") if part in taken]


def test_german_is_not_english() -> None:
    english, german = (dict(sentences(read_language(code).say)) for code in BUILT_IN)
    same = {key for key in english if english[key] == german[key] and len(english[key]) > 12}
    assert not same


def test_no_page_has_words_of_its_own() -> None:
    for path in (STAGE / "templates").glob("*.j2"):
        text = re.sub(r"{[{%#].*?[}%#]}|<[^>]*>", " ", path.read_text(encoding="utf-8"), flags=re.S)
        words = re.findall(r"[A-Za-z]{3,}", text)
        assert not words, f"{path.name} says {words}"


def test_every_sentence_is_used() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for path in STAGE.rglob("*")
        if path.suffix in {".j2", ".js", ".py"}
    ]
    whole = "\n".join(sources)
    for key, _ in sentences(read_language("en").say):
        if key.split(".")[0] in {"axes", "fault", "terms", "scale"}:
            continue
        assert re.search(rf"\b{key.split('.')[-1]}\b", whole), f"{key} is said nowhere"


def test_a_test_brings_a_language_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "languages"
    folder.mkdir()
    english = (STAGE / "languages" / "en.toml").read_text(encoding="utf-8")
    own = folder / "fr.toml"
    own.write_text(english.replace('language = "English"', 'language = "Français"'))
    assert read_language("fr", tmp_path).name == "Français"
    own.write_text(english.replace("{n} of {of}", "{n}"))
    with pytest.raises(InputError, match=r"expected 'task.place' with {n} and {of}"):
        read_language("fr", tmp_path)
    own.write_text(english.replace("[battle]", '[battle]\nmore = "x"'))
    with pytest.raises(InputError, match=r"expected no such key, as in English; got 'battle.more'"):
        read_language("fr", tmp_path)
    with pytest.raises(InputError, match="got 'it'"):
        read_language("it", tmp_path)


def test_terms_of_a_test_are_text(tmp_path: Path) -> None:
    with staged(tmp_path, "battle") as stage:
        language = read_language("de")
        assert [part.text for part in paragraphs(stage.room, language)] == list(
            language.say["terms"].values()
        )
        shown = "\n\n".join(language.say["terms"].values())
        with stage.client(language="de"), reading(stage.room.engine) as session:
            agreed = session.scalars(select(Voter.terms)).one()
        assert agreed == hashlib.sha256(shown.encode()).hexdigest()
        stage.room.test = stage.room.test.model_copy(update={"terms": "terms.md"})
        stage.room.terms = "# Terms\n\nWe *ask*\nyou <b>.\n\n- one\n- two\n"
        assert [tuple(part) for part in paragraphs(stage.room, language)] == [
            ("heading", "Terms"), ("text", "We *ask* you <b>."), ("item", "one"), ("item", "two"),
        ]  # fmt: skip
