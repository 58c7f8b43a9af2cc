"""The streams of the terminal."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plaudit.jobs.output.streams import Streams


def terminal() -> "Streams":
    """Return standard output and standard error, for a job to write to."""
    from plaudit.jobs.output.streams import Streams

    return Streams(sys.stdout, sys.stderr)
