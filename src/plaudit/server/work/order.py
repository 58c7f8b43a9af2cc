"""What a process of the server is told when it starts."""

from typing import NamedTuple

from sqlalchemy import Engine

from plaudit.core.choice import LogForm
from plaudit.core.database import open_engine
from plaudit.server.data_folder import DataFolder
from plaudit.server.limits import Limits


class Order(NamedTuple):
    """Where the work is, and what a process may use; it is pickled."""

    url: str
    folder: DataFolder
    judges: tuple[str, ...]
    limits: Limits
    device: str
    threads: int | None  #: Each process computes with; None for as many as a command.
    log: LogForm = "plain"

    def engine(self) -> Engine:
        """Open the database."""
        return open_engine(self.url)
