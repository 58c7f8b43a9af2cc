"""The page about corpora says what the code says: its tables are those of the catalogue."""

from pathlib import Path

from plaudit.datasets.corpora.catalogue import READERS
from plaudit.datasets.inspect.text import labels_text
from plaudit.datasets.manifest.column import COLUMNS

PAGE = (Path(__file__).parents[3] / "docs" / "data.md").read_text(encoding="utf-8")


def lines(start: str) -> list[str]:
    """Rows of the table whose head starts so."""
    after = PAGE[PAGE.index(start) :].splitlines()[2:]
    return after[: next(at for at, line in enumerate(after) if not line.startswith("|"))]


def test_every_corpus_stands_in_the_table_with_its_facts() -> None:
    expected = [
        f"| `{name}` | {facts.rows} | {facts.licence} | {facts.audio} |"
        f" {labels_text(facts.labels)} |"
        for name, facts in ((name, reader.facts) for name, reader in READERS.items())
    ]
    assert lines("| name | what there is |") == expected


def test_every_column_of_the_manifest_stands_in_the_table() -> None:
    expected = [f"| `{name}` | {c.kind} | {c.meaning} |" for name, c in COLUMNS.items()]
    assert lines("| column | type |") == expected
