"""Where the options of the running command came from, for the records that it writes.

The command line states it once (`taken_from`); a job that writes a record keeps it there
(`sourced`). A function of Python takes every setting from its caller: its records state nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, TypeVar

from pydantic import Field

from plaudit.core.settings import Record

R = TypeVar("R", bound=Record)
_SOURCES: ContextVar[Mapping[str, str] | None] = ContextVar("option_sources", default=None)

OptionSources = Annotated[dict[str, str], Field(exclude_if=lambda sources: not sources)]
"""By option: "command line", "default", a variable, or ``plaudit.toml`` and the table there.

The type of the field ``option_sources`` of a record, by default empty: then the JSON leaves it out.
"""


@contextmanager
def taken_from(sources: Mapping[str, str]) -> Iterator[None]:
    """State where the options of the command came from that runs within."""
    token = _SOURCES.set(sources)
    try:
        yield
    finally:
        _SOURCES.reset(token)


def sourced(record: R) -> R:
    """Return a record with the sources of the running command; as it is where no command runs."""
    sources = _SOURCES.get()
    return (
        record if sources is None else record.model_copy(update={"option_sources": dict(sources)})
    )
