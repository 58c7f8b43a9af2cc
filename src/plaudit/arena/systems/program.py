"""A system that is a command: JSON in, a sound file out (`plaudit.arena.systems.request`)."""

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from plaudit.arena.systems.request import GenerationError, Made, Request
from plaudit.core.parse import ParseError, parse_json

_TOLD = 300  # letters of what a failed program wrote


def run_program(
    command: Sequence[str], request: Request, out: Path, limit_s: float, folder: Path
) -> Made:
    """Ask a program for a song, without a shell; after the limit it ends with all it began.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    request : Request
        Written to its standard input, with the path of ``out``.
    out : Path
        File that it has to write.
    limit_s : float
        Seconds that it may take.
    folder : Path
        Folder that it runs in.

    Raises
    ------
    GenerationError
        It is not there, took too long, failed, or wrote no file.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the test's owner names it
            list(command),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise GenerationError(
            f"The program {command[0]} cannot be started: {error.strerror}.", again=False
        ) from error
    with process:
        text = request.model_copy(update={"out": str(out)}).model_dump_json()
        try:
            printed, errors = process.communicate(text.encode(), timeout=limit_s)
        except subprocess.TimeoutExpired as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise GenerationError(
                f"{command[0]} was ended after {limit_s:g} s, its limit."
            ) from error
    if process.returncode:
        words = errors.decode(errors="replace").strip()[-_TOLD:]
        raise GenerationError(f"{command[0]} ended with status {process.returncode}: {words}")
    if not out.is_file():
        raise GenerationError(f"{command[0]} ended well, but wrote no file at {out}.")
    return _made(printed)


def _made(printed: bytes) -> Made:
    lines = printed.decode(errors="replace").strip().splitlines()
    try:
        values = parse_json(lines[-1]) if lines else {}
    except ParseError:
        return Made()  # it talks to people, not to us
    if not isinstance(values, dict):
        return Made()
    cost = values.pop("cost", None)
    return Made(float(cost) if isinstance(cost, int | float) else None, values)
