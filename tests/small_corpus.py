"""A corpus in miniature: the tables and sound of a real one, from a random generator."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import soundfile
from numpy.typing import NDArray
from pyarrow import parquet

from plaudit.core.axes import AESTHETICS
from plaudit.synth.music.knob import FAULTS

RATE = 22_050
TRAINING = ("larkspur", "quillon")
HELD_OUT = ("fathom", "cairn", "juniper", "emberline")
STYLES = ("pop", "folk", "house")
MODES = ("major", "minor", "dorian")
RATERS = 4


def sound(seed: int, duration_s: float) -> NDArray[np.float32]:
    """Return some notes with a beat: (n,)."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(duration_s * RATE)) / RATE
    pitch = 220 * 2.0 ** (rng.integers(0, 12, 64) / 12)
    tone = np.sin(2 * np.pi * pitch[(4 * t).astype(int) % 64] * t) * np.exp(-3 * (4 * t % 1))
    beat = rng.normal(size=t.size) * np.exp(-30 * (2 * t % 1))
    return np.asarray(0.4 * tone + 0.1 * beat, np.float32)


def write_corpus(
    folder: Path, songs: int = 24, battles: int = 120, twelfth: int = 12, *, audio: bool = True
) -> Path:
    """Write a folder as the corpus command does: tables, and audio if wanted."""
    rng = np.random.default_rng(8)
    rows = [_song(rng, k, "training", TRAINING[k % 2]) for k in range(songs)]
    prompts = -(-battles // 6)
    pool = HELD_OUT
    for prompt in range(prompts):
        rows += [
            _song(rng, len(rows) + k, "held-out", pool[(prompt + k) % len(pool)], f"p{prompt:04d}")
            for k in range(4)
        ]
    if twelfth:
        rows += [_song(rng, len(rows), "falsification", "lodestar", "p9999")]
        rows += [_song(rng, len(rows), "held-out", HELD_OUT[0], "p9999")]
    for row in rows:
        path = folder / row["file"]
        if audio:
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, sound(row["seed"], row["duration_s"]), RATE)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "songs.parquet", rows)
    _write(folder / "ratings.parquet", [r for row in rows[:songs] for r in _ratings(rng, row)])
    if battles:
        _write(
            folder / "battles.parquet", _battles(rng, [r for r in rows if r["prompt_id"]], battles)
        )
        _write(folder / "voters.parquet", [_voter(k) for k in range(9)])
    if twelfth:
        _write(folder / "falsification.parquet", _battles(rng, rows[-2:], twelfth))
    return folder


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    parquet.write_table(pa.Table.from_pylist(rows), path)


def _song(
    rng: np.random.Generator, number: int, role: str, system: str, prompt: str | None = None
) -> dict[str, Any]:
    trained = role == "training"
    knobs = dict(zip(AESTHETICS, rng.uniform(size=5).tolist(), strict=True))
    instrumental = number % 7 == 3
    plays = int(np.exp(rng.normal(3 + 3 * knobs["memorability"], 2))) if trained else None
    row: dict[str, Any] = {
        "song_id": f"s{number:06d}",
        "role": role,
        "system": system,
        "platform": {"larkspur": "archive", "quillon": "feed"}.get(system),
        "prompt_id": prompt,
        "file": f"audio/{number // 1000:02d}/s{number:06d}.flac",
        "bytes": 100_000 + number,
        "seed": number,
        "title": f"Song {number} & <friends>",
        "style": STYLES[number % 3],
        "tonic": int(rng.integers(12)),
        "mode": MODES[int(rng.integers(3))],
        "bpm": float(rng.uniform(70, 140)),
        "duration_s": float(rng.uniform(1.5, 2.5)),
        "loudness_lufs": float(rng.normal(-14, 2)),
        "peak": 0.9,
        "instrumental": instrumental,
        "plays": plays,
        "likes": int(plays * rng.uniform(0, 0.1)) if plays is not None else None,
        "streams_score": float(rng.uniform(0, 100)) if trained else None,
        "likes_score": float(rng.uniform(0, 100)) if trained else None,
    }
    for axis, knob in knobs.items():
        undefined = instrumental and axis == "naturalness"
        row[f"knob_{axis}"] = None if undefined else knob
        row[f"rating_{axis}"] = None if undefined or not trained else 1.2 + 3.5 * knob
    for fault in FAULTS:
        row[f"dose_{fault.name}"] = float(rng.uniform() ** 3)
    return row


def _ratings(rng: np.random.Generator, row: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "song_id": row["song_id"],
            "rater": f"rater-{rater:02d}",
            "axis": axis,
            "rating": float(np.clip(np.rint(row[f"rating_{axis}"] + rng.normal(0, 0.8)), 1, 5)),
        }
        for rater in rng.choice(9, RATERS, replace=False)
        for axis in AESTHETICS
        if row[f"rating_{axis}"] is not None
    ]


def _voter(number: int) -> dict[str, Any]:
    return {
        "voter": f"voter-{number:04d}",
        "careless": number == 0,
        "position_bias": -0.1,
        "votes": 10,
    }


def _battles(
    rng: np.random.Generator, rows: list[dict[str, Any]], votes: int
) -> list[dict[str, Any]]:
    prompts: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        prompts.setdefault(row["prompt_id"], []).append(row)
    names = sorted(prompts)
    held = []
    for number in range(votes):
        first, second = rng.permutation(len(own := prompts[names[number % len(names)]]))[:2]
        gap = own[first]["knob_clarity"] - own[second]["knob_clarity"]
        mood = gap + rng.normal(0, 0.3)
        outcome = "neither" if mood < -0.7 else "first" if mood > 0.05 else "second"
        held.append(
            {
                "battle_id": f"b{number:06d}",
                "first": own[first]["song_id"],
                "second": own[second]["song_id"],
                "first_system": own[first]["system"],
                "second_system": own[second]["system"],
                "voter": f"voter-{number % 9:04d}",
                "outcome": "tie" if abs(mood) < 0.05 else outcome,
                "listen_first_s": float(rng.lognormal(2, 0.5)),
                "listen_second_s": float(rng.lognormal(2, 0.5)),
                "gap_aesthetics": 2 * gap,
                "gap_appeal": float(rng.normal()),
                "gap_system": float(rng.normal()),
            }
        )
    return held
