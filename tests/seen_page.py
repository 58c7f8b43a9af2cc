"""What every page with plots is looked at for, once it is open in a browser."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Dialog, Page, expect

expect.set_options(timeout=60_000)  # a song may be judged meanwhile, beside other tests
AXE = (Path(__file__).parent / "server" / "pages" / "vendor" / "axe.min.js").read_text("utf-8")
RUN = """async (only) => {
  const rules = only ? { runOnly: { type: "rule", values: only } } : {};
  const options = { resultTypes: ["violations"], ...rules };
  const { violations } = await axe.run(document, options);
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
}"""
#: Of a small phone, a phone, a tablet and a desk, in pixels.
WIDTHS = (360, 390, 800, 1280)


@dataclass
class Visit:
    """An opened page with everything it complained about or asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


class Tab:
    """One page of the browser that all visits go through: each new one would cost a second."""

    def __init__(self, browser: Browser, *, javascript: bool) -> None:
        self._page = browser.new_context(java_script_enabled=javascript).new_page()
        self._seen = Visit(self._page)
        self._page.on("console", lambda m: self._seen.complaints.append(m.text))
        self._page.on("pageerror", lambda e: self._seen.complaints.append(str(e)))
        self._page.on("dialog", self._refuse)
        self._page.on("request", lambda r: self._seen.requests.append(r.url))

    def visit(self, path: Path, width: int) -> Visit:
        """Open a file as if nothing had been opened before."""
        self._page.set_viewport_size({"width": width, "height": 900})
        self._page.emulate_media(media="null", color_scheme="light", reduced_motion="no-preference")
        self._seen = Visit(self._page)
        self._page.goto(path.as_uri())
        return self._seen

    def _refuse(self, dialog: Dialog) -> None:
        self._seen.complaints.append(f"dialog {dialog.message}")
        dialog.dismiss()


Visiting = Callable[..., Visit]


def opens_alone(seen: Visit) -> None:
    """Nothing is asked for but the page itself, and nothing is complained about."""
    assert seen.complaints == []
    assert len([url for url in seen.requests if not url.startswith("data:")]) == 1


def sideways(page: Page) -> int:
    """Return by how many pixels a page hangs over the side."""
    wide: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wide


def fits(page: Page) -> None:
    """Nothing hangs over the side at any width, and the words of plots can be read."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        _fits_now(page)


def _fits_now(page: Page) -> None:
    assert sideways(page) <= 0
    heights: list[float] = page.locator("svg.plot text").evaluate_all(
        "(all) => all.map((one) => { const m = one.getScreenCTM();"
        " return Math.hypot(m.a, m.b) * parseFloat(getComputedStyle(one).fontSize); })"
    )
    assert min(heights) > 8


def plots_follow(page: Page) -> None:
    """The words of plots have the colours of the page, or of its lines, by day and by night."""
    fills = set(
        page.locator("svg.plot text").evaluate_all(
            "(all) => all.map((one) => getComputedStyle(one).fill)"
        )
    )
    ink = page.evaluate("getComputedStyle(document.documentElement).color")
    soft = page.evaluate("getComputedStyle(document.querySelector('.lede')).color")
    lines = page.evaluate(
        """(names) => names.map((name) => {
          const probe = document.body.appendChild(document.createElement("i"));
          probe.style.color = `var(--${name})`;
          const { color } = getComputedStyle(probe);
          probe.remove();
          return color;
        })""",
        ["aesthetics", "popularity", "rose", "teal"],
    )
    assert fills
    assert fills <= {ink, soft, *lines}


def found_by_axe(page: Page, only: list[str] | None = None) -> Any:
    """Return what axe finds serious on a page."""
    page.evaluate(AXE)
    return page.evaluate(RUN, only)
