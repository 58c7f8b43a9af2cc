"""What a newcomer does first: the demo with a song of their own, then a look at the report."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from typed_command import plaudit


@pytest.mark.browser
def test_the_demo_scores_its_songs_and_mine_and_shows_them(
    songs: Path, tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plaudit.synth.demo._DURATION_S", 10.0)
    shutil.copy(songs / "b.wav", tmp_path / "my own song.wav")
    done = plaudit("demo", tmp_path / "my own song.wav", "--out", tmp_path / "demo")
    report = tmp_path / "demo" / "report.html"
    assert str(report) in done.stdout
    assert "my own song.wav" in done.stdout
    composed = sorted((tmp_path / "demo" / "songs").glob("*.flac"))
    assert len(composed) >= 4
    page = browser.new_page()
    page.goto(report.as_uri())
    text = page.inner_text("body")
    for song in composed:
        assert song.stem in text
    assert "my own song" in text
    assert "simulated" in text
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
