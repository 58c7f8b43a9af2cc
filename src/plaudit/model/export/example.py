"""Score songs with an exported judge: python score.py SONG...

Needs onnxruntime, numpy and soundfile, and nothing of Plaudit. A song is a file that soundfile
reads, or an .npz file with the inputs of the network by name. The rules are those of judge.json.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import soundfile

HERE = Path(__file__).parent
Array = np.ndarray[Any, np.dtype[Any]]


def resampled(x: Array, rate_in: int, rate_out: int) -> Array:
    """Return a signal at another rate (Hz), by a windowed sinc of six zero crossings to a side."""
    if rate_in == rate_out:
        return x
    divisor = math.gcd(rate_in, rate_out)
    down, up = rate_in // divisor, rate_out // divisor
    scale = 0.99 * min(down, up)
    half = 6 * down / scale
    width = math.ceil(2 * half) + 2
    n_out = -(-len(x) * up // down)
    cycles = -(-n_out // up)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, (width, width + 2 * down)), width)
    y = np.zeros((cycles, up), np.float32)
    for phase in range(up):
        first = math.floor(phase * down / up - half)
        t = (np.arange(first, first + width) / down - phase / up) * scale
        taps = np.where(np.abs(t) < 6, np.sinc(t) * np.cos(t * math.pi / 12) ** 2 * scale / down, 0)
        y[:, phase] = windows[first + width :: down][:cycles] @ taps.astype(np.float32)
    return y.ravel()[:n_out]


def music_seconds(x: Array, rate: int) -> float:
    """Return how many seconds are louder than -60 dBFS, in frames of 50 ms."""
    size = max(1, round(0.05 * rate))
    frames = np.split(x.astype(np.float64), range(size, len(x), size))
    return sum(len(frame) for frame in frames if frame.var() > 1e-6) / rate


def heard(path: str, judge: dict[str, Any]) -> dict[str, Array]:
    """Return the segments of a song, how much each counts, and the samples in each."""
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = resampled(
        sound.mean(axis=1, dtype=np.float64).astype(np.float32), rate, judge["sample_rate"]
    )
    size, rule = judge["n_samples"], judge["segment"]
    parts = [samples[start : start + size] for start in range(0, len(samples), size)]
    short = len(parts[-1]) < min(size, rule["min_tail_s"] * judge["sample_rate"])
    if rule["tail"] == "drop" and short and len(parts) > 1:
        parts.pop()
    raw = np.array([len(part) for part in parts], np.float64)
    if judge["weights"] == "mean":
        raw = np.ones(len(parts))
    elif judge["weights"] == "music":
        music = np.array([music_seconds(part, judge["sample_rate"]) for part in parts])
        raw = music if music.any() else raw
    return {
        "segments": np.stack([np.pad(part, (0, size - len(part))) for part in parts]),
        "weights": (raw / raw.sum()).astype(np.float32),
        "n_samples": np.array([len(part) for part in parts]),
    }


def main() -> None:
    """Print one line of JSON for each song."""
    judge = json.loads((HERE / "judge.json").read_text(encoding="utf-8"))
    session = onnxruntime.InferenceSession(HERE / "model.onnx")
    names = [port["name"] for port in judge["inputs"]]
    for path in sys.argv[1:]:
        given = dict(np.load(path)) if path.endswith(".npz") else heard(path, judge)
        (scores,) = session.run(["scores"], {name: given[name] for name in names})
        axes = [axis["name"] for axis in judge["axes"]]
        print(json.dumps({"path": path, "scores": dict(zip(axes, scores.tolist(), strict=True))}))


if __name__ == "__main__":
    main()
