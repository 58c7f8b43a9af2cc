"""What every page with plots is looked at for, once it is open in a browser."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page


@dataclass
class Visit:
    """An opened page with everything it complained about or asked for."""

    page: Page
    complaints: list[str]
    requests: list[str]


Visiting = Callable[..., Visit]


def opens_alone(seen: Visit) -> None:
    """Nothing is asked for but the page itself, and nothing is complained about."""
    assert seen.complaints == []
    assert len([url for url in seen.requests if not url.startswith("data:")]) == 1


def fits(page: Page) -> None:
    """Nothing hangs over the side, and the words of plots can be read."""
    wide: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0
    heights: list[float] = page.locator("svg.plot text").evaluate_all(
        "(all) => all.map((one) => { const m = one.getScreenCTM();"
        " return Math.hypot(m.a, m.b) * parseFloat(getComputedStyle(one).fontSize); })"
    )
    assert min(heights) > 8


def plots_follow(page: Page) -> None:
    """The words of plots have the colours of the page, by day and by night."""
    fills = set(
        page.locator("svg.plot text").evaluate_all(
            "(all) => all.map((one) => getComputedStyle(one).fill)"
        )
    )
    ink = page.evaluate("getComputedStyle(document.documentElement).color")
    soft = page.evaluate("getComputedStyle(document.querySelector('.lede')).color")
    assert fills
    assert fills <= {ink, soft}
