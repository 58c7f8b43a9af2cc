"""Another process that writes an output, until it is killed."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HOLD = """
import sys, time
from pathlib import Path
from plaudit.core.lock import hold
hold(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


@contextmanager
def held_by_another(output: Path) -> Iterator[None]:
    """Let another process hold an output; it ends by SIGKILL, so it cleans nothing up."""
    command = [sys.executable, "-c", _HOLD, str(output)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"held\n"
            yield
        finally:
            process.send_signal(signal.SIGKILL)
