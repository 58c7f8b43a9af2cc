"""A system behind an HTTP address: JSON by POST, a sound file back."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from plaudit.arena.systems.request import GenerationError, Made, Request
from plaudit.core.file import atomic

LARGEST_BYTES = 500 * 2**20
"""Largest answer that is taken: an hour of WAV."""
_PASSING = {408, 425, 429}  # refusals that asking later may cure


def ask_endpoint(
    url: str, header: Mapping[str, str], request: Request, out: Path, limit_s: float
) -> Made:
    """Ask an HTTP endpoint for a song and write it to a file.

    Parameters
    ----------
    url : str
        Address, asked by POST; redirections are refused, as they could lead anywhere.
    header : mapping of str to str
        Sent along; a value such as ``$TOKEN`` is read from the environment, so that no secret
        stands in the test's file.
    request : Request
        Sent as JSON, without ``out``.
    out : Path
        File to write.
    limit_s : float
        Seconds for the whole answer.

    Raises
    ------
    GenerationError
        It cannot be reached, refuses, takes too long, or sends too much.
    """
    content = request.model_dump(exclude={"out"})
    ends = time.monotonic() + limit_s
    try:
        sent = {name: _value(value) for name, value in header.items()}
        with (
            httpx.Client(timeout=limit_s) as client,
            client.stream("POST", url, json=content, headers=sent) as answer,
            atomic(out) as file,
        ):
            if answer.status_code != httpx.codes.OK:
                passing = answer.status_code in _PASSING or answer.status_code >= 500
                raise GenerationError(
                    f"{url} answered with status {answer.status_code}.", again=passing
                )
            n = 0
            for part in answer.iter_bytes():
                n += len(part)
                if n > LARGEST_BYTES or time.monotonic() > ends:
                    limit = f"{limit_s:g} s" if n <= LARGEST_BYTES else f"{LARGEST_BYTES:,} bytes"
                    raise GenerationError(f"{url} sent more than its limit of {limit}.")
                file.write(part)
            return Made(_cost(answer.headers.get("x-cost")))
    except httpx.HTTPError as error:
        raise GenerationError(f"{url} did not answer: {error or type(error).__name__}.") from error


def _value(text: str) -> str:
    if not text.startswith("$"):
        return text
    value = os.environ.get(text[1:])
    if value is None:
        raise GenerationError(
            f"Expected the environment variable {text[1:]}, which a header names; set it.",
            again=False,
        )
    return value


def _cost(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
