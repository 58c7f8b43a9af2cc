"""A command as a user types it, in a process of its own."""

import os
import subprocess
import sys


def plaudit(*arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run it in a terminal of 100 columns; it ends as it should, and never in a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "plaudit", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100"},
    )
    assert done.returncode == status, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    return done
