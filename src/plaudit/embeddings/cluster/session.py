"""Ray, joined or started for one job and left again.

Ray is imported nowhere else, and only here when a job asks for a cluster. Its statistics of use are
off. A Ray that is started here gets a folder with a short name, for the paths of sockets may have
107 bytes and those of Ray take 60; the folder goes with the job, and that of a job that was killed
goes with the next.
"""

import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from types import ModuleType

from plaudit.core.errors import PlauditError
from plaudit.core.optional import require
from plaudit.core.pool import cores

_FOLDER = "plaudit-ray-"  # followed by the process
_STORE_BYTES = 256 << 20  # of shared memory for results on their way: some MB for each worker
_PATIENCE_S = 10.0


class ClusterError(PlauditError, ConnectionError):
    """No cluster answers."""


@contextmanager
def ray_session(address: str, n_cpus: int | None = None) -> Iterator[ModuleType]:
    """Yield Ray, at work at an address; one that is at work already is taken and stays.

    ``address`` is as `plaudit.embeddings.cluster.choice.check_cluster`. A Ray that is started here
    has as many processors to give away as the machine has cores, or ``n_cpus`` if that is more.

    Raises
    ------
    MissingPackageError
        Ray is not installed.
    ClusterError
        Nothing answers at the address.
    """
    place = os.environ.get("RAY_ADDRESS", "local") if address == "ray" else address
    # Read when Ray is imported.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if place == "local" and "RAY_AUTH_MODE" not in os.environ:
        # A token of this process: Ray would write one into the user's home, for good.
        os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    ray = require("ray", "cluster", "--cluster")
    if ray.is_initialized():
        yield ray
        return
    folder = _new_folder() if place == "local" else None
    here = {
        "num_cpus": max(n_cpus or 1, cores()), "num_gpus": 0, "include_dashboard": False,
        "object_store_memory": _STORE_BYTES, "_temp_dir": str(folder),
    }  # fmt: skip
    try:
        try:
            _check_answer(place)
            ray.init(place, log_to_driver=False, logging_level="ERROR", **(here if folder else {}))
        except Exception as error:
            raise ClusterError(_why_not(place, error)) from error
        # A thread of Ray prints pages of every node that leaves into what may be piped as JSON.
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            yield ray
    finally:
        ray.shutdown()
        if folder is not None:
            _remove(folder)


def _check_answer(place: str) -> None:
    """Check that a cluster answers: Ray itself would try for minutes."""
    host, _, port = place.rpartition(":")
    if port.isdecimal():
        socket.create_connection((host, int(port)), _PATIENCE_S).close()


def _why_not(place: str, error: Exception) -> str:
    why = str(error).strip().split("\n", 1)[0].rstrip(".")
    if place == "local":
        return f"Ray did not start on this machine ({why}); try again, or leave out --cluster."
    if "uthenticat" in f"{error} {error.__cause__}":
        return (
            f"The Ray cluster at {place} asks for a token; set RAY_AUTH_MODE=token and"
            " RAY_AUTH_TOKEN to the one that it was started with."
        )
    return (
        f"Expected a Ray cluster at {place}, but none answers ({why}); start one there with `ray"
        " start --head`, or use --cluster ray on this machine."
    )


def _new_folder() -> Path:
    """Return a folder for this process, and remove those of processes that are gone."""
    short = Path("/tmp")  # noqa: S108 - TMPDIR is often too long for a socket
    parent = short if os.access(short, os.W_OK) else Path(tempfile.gettempdir())
    for left in parent.glob(f"{_FOLDER}*"):
        owner = left.name.removeprefix(_FOLDER).split("-")[0]
        if owner.isdecimal() and not left.is_symlink() and left.stat().st_uid == os.getuid():
            try:
                os.kill(int(owner), 0)
            except ProcessLookupError:
                shutil.rmtree(left, ignore_errors=True)
            except PermissionError:
                continue
    return Path(tempfile.mkdtemp("", f"{_FOLDER}{os.getpid()}-", parent))


def _remove(folder: Path) -> None:
    """Remove a folder in which processes that end may still write."""
    limit = time.monotonic() + _PATIENCE_S
    while folder.exists() and time.monotonic() < limit:
        with suppress(OSError):
            shutil.rmtree(folder)
            return
        time.sleep(0.1)
    shutil.rmtree(folder, ignore_errors=True)
