"""What a server writes while it runs: a line a request and a line a fault, as text or as JSON."""

import json
import logging
import sys

from plaudit.core.choice import LogForm

REQUESTS = "plaudit.request"
"""The log that has a line a request."""


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line of JSON; a line that a request makes has its fields."""
        line = {"time": round(record.created, 3), "level": record.levelname.lower()}
        line |= getattr(record, "fields", {"message": record.getMessage()})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def begin_log(form: LogForm) -> None:
    """Write the log of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else logging.Formatter("%(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger(REQUESTS).setLevel(logging.INFO)
