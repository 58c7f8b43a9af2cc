"""A PostgreSQL server for tests, in a folder of its own, that ends with them."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_DURABILITY_IS_NOT_TESTED = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"


def _program(name: str) -> str:
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which(name, path=os.pathsep.join([*map(str, places), os.environ["PATH"]]))
    if found is None:
        pytest.fail(
            f"The tests of the server need PostgreSQL, and found no {name}; install it"
            " (`apt install postgresql`)."
        )
    return found


@contextmanager
def postgres() -> Iterator[str]:
    """Start a server; yield the URL of its database."""
    # Not in pytest's folder, which is closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="plaudit-postgres-") as root:
        as_user: list[str] = []
        if os.geteuid() == 0:  # which PostgreSQL refuses
            as_user = ["runuser", "-u", "postgres", "--"]
            shutil.chown(root, "postgres")
        with _started(Path(root), as_user) as url:
            yield url


@contextmanager
def _started(folder: Path, as_user: list[str]) -> Iterator[str]:
    data = folder / "data"

    def run(*words: str) -> None:
        subprocess.run([*as_user, *words], check=True, capture_output=True)

    run(_program("initdb"), "-D", str(data), "-U", "plaudit", "--auth=trust", "--no-sync")
    options = f"-c listen_addresses='' -k {folder} {_DURABILITY_IS_NOT_TESTED}"
    run(_program("pg_ctl"), "-D", str(data), "-o", options, "-w", "-l", f"{folder}/log", "start")
    # It is stopped when this pipe is closed, and so also when the tests are killed.
    stop = (*as_user, _program("pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    with subprocess.Popen(
        ["sh", "-c", 'cat; exec "$@"', "sh", *stop],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ):
        yield f"postgresql://plaudit@/postgres?host={folder}"
