"""Every page of a test: no complaint, nothing over the side, nothing that axe finds serious."""

from collections.abc import Callable

import pytest

from seen_page import Visit, found_by_axe, sideways
from staged import KINDS, Staged, come_in, until_ready

pytestmark = pytest.mark.browser
Stages = Callable[[str], Staged]
Windows = Callable[..., Visit]
ALONE = ("/", "/check", "/me", "/nothing")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_page(stage: Stages, window: Windows, width: int, scheme: str) -> None:
    small = width < 640
    rules = ["color-contrast", "target-size", "label", "aria-valid-attr-value"] if small else None
    for kind in KINDS:
        seen = window(width=width, scheme=scheme)
        page, url = seen.page, stage(kind).url
        titles = set()
        page.goto(url)
        pages = [("welcome", page.title())]
        assert found_by_axe(page, rules) == [], kind
        seen.complaints.clear()  # axe writes styles, which the policy stops
        come_in(page, url, "?language=de")
        for address in ("/task", *(ALONE if kind == "battle" else ())):
            if address != "/task":
                page.goto(url + address)
            else:
                until_ready(page)
                for closed in page.locator("details").all():
                    closed.evaluate("(all) => { all.open = true; }")
            refused = [
                "Failed to load resource: the server responded with a status of 404 (Not Found)"
            ]
            assert seen.complaints == (refused if address == "/nothing" else []), (kind, address)
            assert page.locator("h1").count() == 1
            assert sideways(page) <= 0, (kind, address)
            assert found_by_axe(page, rules) == [], (kind, address)
            assert "{" not in page.locator("body").inner_text()
            titles.add(page.title())
            seen.complaints.clear()
        assert len(titles) == (5 if kind == "battle" else 1), pages
        assert all(address.startswith((url, "data:", "blob:")) for address in seen.requests)
        page.close()
