"""Draws the pictures of the report: the songs of `plaudit demo`, a desk and a phone.

Backs README and docs/score.md, "A report to look at".

Run: .venv/bin/python bench/pages/report_pictures.py (a minute; needs Chromium)
"""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

OUT = Path(__file__).parents[2] / "docs" / "_static"
COLOURS = 96
#: Name, width, lines, scheme, and the place of the song that is opened.
PICTURES = (
    ("report", 1280, 1420, "light", 5),
    ("report-dark", 1280, 1000, "dark", None),
    ("report-phone", 390, 1900, "light", 0),
)


def draw(browser: Browser, report: Path) -> None:
    """Draw all pictures of one report."""
    for name, width, lines, scheme, opened in PICTURES:
        page = browser.new_page(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page.goto(report.resolve().as_uri())
        if opened is not None:
            page.locator(".open").nth(opened).click()
        page.evaluate("document.fonts.ready")
        drawn = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
        drawn = drawn.crop((0, 0, width, min(lines, drawn.height)))
        drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(OUT / f"{name}.png", optimize=True)
        print(f"{name}.png: {(OUT / f'{name}.png').stat().st_size / 1000:.0f} kB")
        page.close()


def main() -> None:
    """Make the demo, and draw it."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        subprocess.run(
            (sys.executable, "-m", "plaudit", "demo", "--out", folder), check=True, timeout=3600
        )
        chromium = "/usr/lib/chromium/chromium"
        path = chromium if Path(chromium).exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        draw(browser, Path(folder) / "report.html")


if __name__ == "__main__":
    main()
