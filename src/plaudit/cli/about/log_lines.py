"""Messages of loggers, on a terminal."""

import logging
import sys

from plaudit.core.printable import printable


class LogLines(logging.Handler):
    """Writes each record as a line; names from files cannot act on the terminal."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a record."""
        sys.stderr.write(printable(f"{record.name}: {record.getMessage()}") + "\n")


_LINES = LogLines()


def show_logs(wanted: bool) -> None:
    """Show the messages of loggers below "plaudit", or leave them as they are."""
    logger = logging.getLogger("plaudit")
    logger.removeHandler(_LINES)
    if wanted:
        logger.addHandler(_LINES)
        logger.setLevel("DEBUG")
