"""What the command line sets for its process: how threads wait, how often garbage is sought."""

import gc
import os
import sys
from collections.abc import Iterator

import pytest

from plaudit.cli.app import main


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)


@pytest.mark.parametrize(("before", "after"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_waiting_threads_sleep(
    monkeypatch: pytest.MonkeyPatch, before: str | None, after: str
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", before or "")  # what main sets is taken back
    if before is None:
        monkeypatch.delenv("OMP_WAIT_POLICY")
    monkeypatch.setattr(sys, "argv", ["plaudit", "--version"])
    with pytest.raises(SystemExit):
        main()
    assert os.environ["OMP_WAIT_POLICY"] == after


def test_garbage_is_sought_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["plaudit", "--version"])
    gc.set_threshold(700)
    with pytest.raises(SystemExit):
        main()
    assert gc.get_threshold()[0] == 50_000
    assert gc.isenabled()
