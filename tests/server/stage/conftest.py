"""One served test a kind, and windows that keep what pages complain about."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from seen_page import Visit
from staged import Staged, staged

expect.set_options(timeout=30_000)
Stages = Callable[[str], Staged]
Windows = Callable[..., Visit]


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    """Serve a test of a kind, once for all tests that ask for it."""
    running: dict[str, Staged] = {}
    with ExitStack() as stack:

        def served(kind: str) -> Staged:
            if kind not in running:
                folder = tmp_path_factory.mktemp("staged")
                made = staged(folder, kind, people={"participants": True})
                running[kind] = stack.enter_context(made)
            return running[kind]

        yield served


@pytest.fixture
def window(browser: Browser) -> Iterator[Windows]:
    """Open a window of its own cookies; what its pages complain about is kept."""
    contexts: list[BrowserContext] = []

    def opened(*, width: int = 1280, scheme: str = "light", **how: Any) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            **how,
        )
        contexts.append(context)
        context.set_default_timeout(60_000)
        seen = Visit(context.new_page())
        seen.page.on("console", lambda m: seen.complaints.append(m.text))
        seen.page.on("pageerror", lambda e: seen.complaints.append(str(e)))
        seen.page.on("request", lambda r: seen.requests.append(r.url))
        return seen

    yield opened
    for context in contexts:
        context.close()
