"""``plaudit arena init``: a commented test to fill in."""

from pathlib import Path

from plaudit.arena.definition.template import template
from plaudit.arena.session.record import Kind
from plaudit.core.errors import InputError, OutputError
from plaudit.core.file import write_atomic
from plaudit.jobs.output.streams import Streams


def init_test(path: Path, kind: Kind, streams: Streams) -> None:
    """Write a commented test; `OutputError` where a file is there already."""
    if path.suffix != ".toml" or path.is_dir():
        raise InputError(f"Expected a file name such as {path.stem or 'test'}.toml, got {path}.")
    if path.exists():
        raise OutputError(f"{path} is there already; give another name, or remove it.")
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in path.stem)
    write_atomic(path, template(name.strip("._-")[:64] or "test", kind))
    streams.note(f"Wrote {path}; name its songs in [contestants], then `plaudit arena add {path}`.")
