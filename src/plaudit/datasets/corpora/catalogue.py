"""Every corpus that Plaudit reads, by name, and the one way into each."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.datasets.corpora import (
    aime,
    apex,
    asae,
    audiobox_aes,
    cmi_pref,
    cmi_pref_pseudo,
    cmi_rewardbench,
    fma,
    music_arena,
    musiceval,
    musicprefs,
    own_table,
    pam,
    proving_ground,
    songeval,
    suno,
)
from plaudit.datasets.reading.account import Account, RowError
from plaudit.datasets.reading.promise import Reader, Source, open_source
from plaudit.datasets.reading.row import Row

READERS: dict[str, Reader] = {
    own_table.NAME: own_table.READER,
    "proving-ground": proving_ground.READER,
    "suno": suno.READER,
    "songeval": songeval.READER,
    "music-arena": music_arena.READER,
    "cmi-pref": cmi_pref.READER,
    "cmi-pref-pseudo": cmi_pref_pseudo.READER,
    "cmi-rewardbench": cmi_rewardbench.READER,
    "pam": pam.READER,
    "musiceval": musiceval.READER,
    "aime": aime.READER,
    "musicprefs": musicprefs.READER,
    "audiobox-aes": audiobox_aes.READER,
    "apex": apex.READER,
    "fma": fma.READER,
    "asae": asae.READER,
}


def find_reader(name: str) -> Reader:
    """Return the reader of a corpus; an unknown name is an `InputError`."""
    if name not in READERS:
        raise InputError(f"There is no corpus '{name}'; {nearest(name, READERS)}")
    return READERS[name]


def rows_of(reader: Reader, source: Source, account: Account) -> Iterator[Row]:
    """Yield the rows of a corpus.

    Raises
    ------
    RowError
        A row is faulty and the account is strict, or a reader could not make a row of a line.
    """
    rows = reader.read(source, account)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise RowError(
                f"{source.folder}: a line of {reader.facts.title} makes no row: {where}:"
                f" {first['msg'].lower()}, got {first['input']!r}."
            ) from error
        yield row


def read_corpus(name: str, path: Path, account: Account | None = None) -> Iterator[Row]:
    """Read a corpus from a folder or file."""
    reader = find_reader(name)
    return rows_of(reader, open_source(path, reader.facts), account or Account())
