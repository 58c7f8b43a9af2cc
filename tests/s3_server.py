"""An S3 server on this machine, that of moto, from an environment of its own (``make test``)."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(sys.prefix) / "s3" / "bin" / "moto_server"


@contextmanager
def s3_server() -> Iterator[str]:
    """Start it, set the environment of clients, and yield its address; fail where it is absent."""
    if not PROGRAM.is_file():
        pytest.fail(f"This test needs an S3 server at {PROGRAM}; `make test` installs it.")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [PROGRAM, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(port, server)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{port}")
            patch.setenv("AWS_ACCESS_KEY_ID", "key")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
            yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def bucket_system(address: str) -> Any:
    """Return Arrow's client of the server, to put files there."""
    from pyarrow import fs

    return fs.S3FileSystem(
        access_key="key", secret_key="secret", scheme="http", region="us-east-1",  # noqa: S106
        endpoint_override=address.removeprefix("http://"), allow_bucket_creation=True,
    )  # fmt: skip


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    limit = time.monotonic() + 30
    while True:
        assert server.poll() is None, "the server ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < limit
            time.sleep(0.05)
