"""Rows, cards and previews to report on, and the browser that looks at the pages."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from playwright.sync_api import Browser

from plaudit.audio.preview import Preview
from plaudit.core.axes import AESTHETICS, AXES, AXIS, POPULARITY
from plaudit.core.note import Note
from plaudit.encoders.spec import EncoderSpec
from plaudit.judging.record import JudgeId, Score, SongScores, Span
from plaudit.model.card import Card, HeadSpec, Interval, Metric, Recipe
from seen_page import Tab, Visit, Visiting

ALL_AXES = tuple(axis.name for axis in AXES)
HALF_WIDTH = dict.fromkeys(POPULARITY, 14.0) | dict.fromkeys(AESTHETICS, 0.5)
JUDGE = JudgeId(name="bundled", version="1.0", hash="5f0c" * 16)


def sample_song(
    path: str | None,
    seed: int,
    *,
    axes: tuple[str, ...] = ALL_AXES,
    duration_s: float = 95.0,
    interval: bool = True,
    timeline: bool = True,
    segment_s: float = 30.0,
    warnings: tuple[Note, ...] = (),
) -> SongScores:
    """Return a judged song with scores that hang together: one quality, small deviations."""
    rng = np.random.default_rng(seed)
    quality = rng.normal()
    starts = np.arange(0.0, duration_s, segment_s)
    scores: dict[str, Score] = {}
    parts: list[dict[str, float]] = [{} for _ in starts]
    for name in axes:
        axis = AXIS[name]
        popular = axis.family == "popularity"
        middle, spread, wobble = (47.0, 13.0, 3.5) if popular else (3.25, 0.45, 0.16)
        noise = 0.9 if popular else 0.45
        raw = middle + spread * (quality + noise * rng.normal())
        value = float(np.clip(raw, axis.low, axis.high))
        reach = HALF_WIDTH[name]
        low, high = max(axis.low, value - reach), min(axis.high, value + reach)
        scores[name] = Score(
            value=value, low=low if interval else None, high=high if interval else None
        )
        moves = wobble * rng.normal(size=len(starts))
        for part, move in zip(parts, moves - moves.mean(), strict=True):
            part[name] = float(np.clip(value + move, axis.low, axis.high))
    spans = tuple(
        Span(start_s=float(max(0.0, end - segment_s)), end_s=float(end), scores=part)
        for end, part in zip(np.minimum(starts + segment_s, duration_s), parts, strict=True)
    )
    return SongScores(
        path=path,
        sha256=rng.bytes(32).hex(),
        judge=JUDGE,
        precision="exact",
        duration_s=duration_s,
        scores=scores,
        warnings=warnings,
        timeline=spans if timeline else None,
    )


def sample_audio(duration_s: float, seed: int, rate: int = 16000) -> NDArray[np.float64]:
    """Return a few chords with a beat that build up and fall away: (n_samples,), -1 to 1."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(duration_s * rate)) / rate
    root = 110.0 * 2 ** (rng.integers(0, 12) / 12)
    steps = np.array([0, 5, 7, 3])[(t / 2.0).astype(int) % 4]
    tone = sum(np.sin(2 * np.pi * root * 2 ** ((steps + k) / 12) * t) for k in (0, 4, 7)) / 3
    beat = np.exp(-((t * 2) % 1) * 9) * rng.normal(size=t.size)
    parts = rng.uniform(0.25, 1.0, size=int(duration_s // 12) + 2)
    build = np.interp(t, np.linspace(0, duration_s, parts.size), parts)
    edge = np.minimum(1.0, np.minimum(t, duration_s - t) / min(2.0, duration_s / 4))
    mixed = (0.5 * tone * (0.7 + 0.3 * np.sin(2 * np.pi * 0.13 * t)) + 0.32 * beat) * build * edge
    return np.asarray(np.clip(mixed, -0.98, 0.98))


@cache
def sample_preview(
    duration_s: float, seed: int, *, with_audio: bool = True, bins: int = 800
) -> Preview:
    """Return the preview of some synthetic music, encoded by libsndfile."""
    rate = 16000
    audio = sample_audio(duration_s, seed, rate)
    edges = np.linspace(0, audio.size, bins, endpoint=False).astype(np.intp)
    mp3 = None
    if with_audio:
        buffer = io.BytesIO()
        soundfile.write(buffer, audio, rate, format="MP3", compression_level=0.9)
        mp3 = buffer.getvalue()
    return Preview(
        np.minimum.reduceat(audio, edges).astype(np.float32),
        np.maximum.reduceat(audio, edges).astype(np.float32),
        mp3,
        duration_s,
    )


def sample_card(axes: tuple[str, ...] = ALL_AXES, *, interval: bool = True) -> Card:
    """Return the card of a judge that does not exist."""
    return Card(
        name="bundled",
        version="1.0",
        summary=(
            "A small judge that comes with Plaudit and needs nothing downloaded. It learned from "
            "songs that Plaudit composed itself and from simulated listeners, so it knows broken "
            "tuning, lost beats and missing structure when it hears them, but it has never met a "
            "real audience."
        ),
        encoder=EncoderSpec(
            kind="measured",
            name="plaudit-measured-1",
            hash="a1b2c3d4" * 8,
            sample_rate=24000,
            layers=(0,),
            dim=256,
            licence="Apache-2.0",
            config={},
        ),
        recipe=Recipe(heads=HeadSpec(axes=axes, input_dim=256)),
        weights_hash="0f1e2d3c" * 8,
        training_data="4,000 songs composed by plaudit.synth with known faults, and the verdicts "
        "of 200 simulated listeners on each.",
        metrics=(
            Metric(
                measure="Spearman correlation",
                axis="musicality",
                data="held-out composed songs",
                value=0.81,
                low=0.77,
                high=0.84,
                baseline=0.12,
                n=600,
            ),
            Metric(
                measure="mean absolute error",
                axis="streams",
                data="held-out composed songs",
                value=7.9,
                baseline=14.2,
                n=600,
            ),
        ),
        interval=Interval(
            coverage=0.9,
            half_width={axis: HALF_WIDTH[axis] for axis in axes},
            explanation="In 90 of 100 held-out composed songs the simulated verdict lay between "
            "low and high; for real music the share is not known.",
        )
        if interval
        else None,
        licence="Apache-2.0",
        citation="Plaudit (2025), bundled judge 1.0",
        intended_uses=(
            "Sorting drafts of one generator before listening.",
            "Finding songs with broken tuning, timing or structure.",
        ),
        forbidden_uses=(
            "Predicting the success of a released song.",
            "Deciding about people, pay or contracts.",
        ),
        limits=("It has never heard a human voice.", "Scores of songs under 10 s are rough."),
    )


@pytest.fixture(scope="session")
def make_song() -> Callable[..., SongScores]:
    """Give tests the maker of judged songs."""
    return sample_song


@pytest.fixture(scope="session")
def make_preview() -> Callable[..., Preview]:
    """Give tests the maker of previews."""
    return sample_preview


@pytest.fixture(scope="session")
def make_card() -> Callable[..., Card]:
    """Give tests the maker of cards."""
    return sample_card


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Callable[[bool], Tab]:
    """Give the tab with scripts, or the one without; each is opened once."""
    return cache(lambda javascript: Tab(browser, javascript=javascript))


@pytest.fixture
def visit(tabs: Callable[[bool], Tab], tmp_path: Path) -> Visiting:
    """Open HTML from a file, as a user does, and watch what it says and asks for."""

    def opened(html: str, *, width: int = 1280, javascript: bool = True) -> Visit:
        path = tmp_path / "report.html"
        path.write_text(html, encoding="utf-8")
        return tabs(javascript).visit(path, width)

    return opened
