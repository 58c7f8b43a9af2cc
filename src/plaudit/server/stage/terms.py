"""The text that a voter agrees to: the test's own file, or the sentences of the language."""

from typing import Literal, NamedTuple

from plaudit.arena.session.room import Room
from plaudit.server.stage.language import Language

Kind = Literal["heading", "item", "text"]
_MARKS: dict[str, Kind] = {"#": "heading", "-": "item", "*": "item"}


class Paragraph(NamedTuple):
    """A piece of the terms."""

    kind: Kind
    text: str


def shown_text(room: Room, language: Language) -> str | None:
    """Return the built-in text of a language; None where the test has its own."""
    return None if room.test.terms else "\n\n".join(language.say["terms"].values())


def paragraphs(room: Room, language: Language) -> list[Paragraph]:
    """Return the terms of a test; headings and lists of Markdown are seen, all else is text."""
    if room.test.terms is None:
        return [Paragraph("text", text) for text in language.say["terms"].values()]
    found = []
    for block in room.terms.split("\n\n"):
        lines = block.strip().splitlines()
        marks = [_MARKS.get(line[:1]) if line.lstrip("#-*")[:1] == " " else None for line in lines]
        if lines and all(marks):
            found += [
                Paragraph(mark or "text", line.lstrip("#-* "))
                for mark, line in zip(marks, lines, strict=True)
            ]
        elif lines:
            found.append(Paragraph("text", " ".join(lines)))
    return found
