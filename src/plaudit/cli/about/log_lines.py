"""What loggers say, on a terminal."""

import logging

from plaudit.core.printable import printable


class LogLines(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes each record as a line; names from files cannot act on the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return printable(f"{record.name}: {record.getMessage()}")
