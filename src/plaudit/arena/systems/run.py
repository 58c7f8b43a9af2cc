"""Songs asked of systems: time limit, retries, and a log of what each attempt took and cost.

A song that was made is never asked for again. Systems work side by side, each at one song at a
time. One song that cannot be made ends nothing: the others are made, and the log says why.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from plaudit.arena.database.schema import Generation
from plaudit.arena.definition.contestant import Entry, Prompt
from plaudit.arena.definition.location import TestFolder
from plaudit.arena.definition.record import Composer, Contestants, Endpoint, Program, System
from plaudit.arena.systems.endpoint import ask_endpoint
from plaudit.arena.systems.program import run_program
from plaudit.arena.systems.request import GenerationError, Made, Request
from plaudit.audio.checked import CheckedSong
from plaudit.core.database import writing
from plaudit.core.errors import PlauditError
from plaudit.core.file import TEMPORARY

_FIRST_WAIT_S = 1.0  # before the first retry; twice as long before each further one


class Missing(NamedTuple):
    """A song that a system did not make, and why."""

    system: str
    prompt_id: str
    reason: str


def made_path(folder: TestFolder, system: str, prompt: Prompt, seed: int) -> Path:
    """Return where a system's song for a prompt lies; its name says neither."""
    name = hashlib.sha256(f"{system}\0{prompt.item}\0{seed}".encode()).hexdigest()[:24]
    return folder.made / f"{name}.audio"


def made_entries(
    contestants: Contestants, folder: TestFolder, prompts: Mapping[str, Prompt]
) -> tuple[list[Entry], list[tuple[str, Prompt]]]:
    """Return the songs that systems made already, and what is still to be asked."""
    entries, open_requests = [], []
    for system in contestants.asked:
        for prompt in prompts.values():
            path = made_path(folder, system, prompt, contestants.seed)
            if path.is_file():
                entries.append(Entry(**vars(prompt), system=system, path=path))
            else:
                open_requests.append((system, prompt))
    return entries, open_requests


def make_songs(
    contestants: Contestants,
    folder: TestFolder,
    engine: Engine,
    requests: Iterable[tuple[str, Prompt]],
    *,
    wait_s: float = _FIRST_WAIT_S,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Missing]:
    """Ask systems for songs; return those that were not made.

    Parameters
    ----------
    contestants : Contestants
        The systems, and what they are asked for.
    folder : TestFolder
        Where the songs go.
    engine : Engine
        Of the test's database: each attempt is logged in its table ``generation``.
    requests : iterable of (str, Prompt)
        Systems and prompts.
    wait_s : float, default 1.0
        Seconds before the first retry; twice as long before each further one.
    on_progress : callable
        Called with how many requests are done, and of how many.
    """
    by_system: dict[str, list[Prompt]] = {}
    for system, prompt in requests:
        by_system.setdefault(system, []).append(prompt)
    total, done = sum(map(len, by_system.values())), 0
    folder.made.mkdir(parents=True, exist_ok=True)

    def ask_all(system: str) -> list[Missing]:
        nonlocal done
        missing = []
        for prompt in by_system[system]:
            reason = _ask(contestants, folder, engine, system, prompt, wait_s)
            if reason is not None:
                missing.append(Missing(system, prompt.prompt_id, reason))
            done += 1
            on_progress(done, total)
        return missing

    if not total:
        return []
    with ThreadPoolExecutor(len(by_system)) as pool:
        return [missing for part in pool.map(ask_all, by_system) for missing in part]


def _ask(
    contestants: Contestants,
    folder: TestFolder,
    engine: Engine,
    name: str,
    prompt: Prompt,
    wait_s: float,
) -> str | None:
    """Ask until a song is there; return why none is."""
    system = contestants.asked[name]
    out = made_path(folder, name, prompt, contestants.seed)
    draft = out.with_name(out.name + TEMPORARY)
    request = Request(
        system=name,
        prompt_id=prompt.prompt_id,
        prompt=prompt.prompt,
        lyrics=prompt.lyrics,
        instrumental=prompt.instrumental,
        duration_s=contestants.duration_s,
        seed=contestants.seed,
    )
    reason: str | None = None
    for attempt in range(1, system.retries + 2):
        if attempt > 1:
            time.sleep(wait_s * 2 ** (attempt - 2))
        started, made, again, reason = time.time(), Made(), True, None
        try:
            made = _make(system, request, draft, folder)
            _check(draft)
            draft.replace(out)
        except (PlauditError, OSError) as error:
            reason = str(error)
            again = getattr(error, "again", True)
        finally:
            draft.unlink(missing_ok=True)
        cost = system.cost if made.cost is None and reason is None else made.cost
        with writing(engine) as session:
            session.add(
                Generation(
                    system=name,
                    prompt_id=prompt.prompt_id,
                    attempt=attempt,
                    started=started,
                    seconds=time.time() - started,
                    cost=cost,
                    error=reason,
                    path=None if reason else out.name,
                    details=made.details,
                )
            )
        if reason is None or not again:
            break
    return reason


def _make(system: System, request: Request, out: Path, folder: TestFolder) -> Made:
    match system:
        case Program():
            return run_program(system.command, request, out, system.limit_s, folder.file.parent)
        case Endpoint():
            return ask_endpoint(system.url, system.header, request, out, system.limit_s)
        case Composer():
            from plaudit.arena.systems.composer import compose

            return compose(system.system, request, out)
        case _:
            raise GenerationError(f"There is no way to ask a {type(system).__name__}.", again=False)


def _check(path: Path) -> None:
    """Raise where what a system sent is no song: the named errors of `plaudit.audio`."""
    with CheckedSong(path) as song:
        next(iter(song))
