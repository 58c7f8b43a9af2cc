"""Speed of the encoders on 30 s of a composed song, as ratios to the published way.

Alternated in one run. The published way is HuBERT in float32 with attention written out, as the
library it was made with computed it. Weights are random: they change no timing. Errors are relative
to the largest value.

Run: make bench
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from transformers import HubertConfig, HubertModel

from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.encoders.mert import APEX_LAYERS, MertEncoder, architecture_of
from plaudit.judging.load import load_judge
from plaudit.synth.song import make_song

ROUNDS = 5
Encode = Callable[[np.ndarray], np.ndarray]

torch.manual_seed(0)
config = HubertConfig()
config._attn_implementation = "eager"
published = HubertModel(config).train(False)
tensors = {name: value.clone() for name, value in published.state_dict().items()}


def published_way(segments: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        states = published(torch.tensor(segments), output_hidden_states=True).hidden_states
        means = torch.stack([states[layer].mean(dim=1) for layer in APEX_LAYERS], dim=1)
    return np.asarray(means)


def ours(precision: str) -> Encode:
    settings = architecture_of(config.to_dict(), do_normalize=False)
    return MertEncoder(
        settings, tensors, where="bench", name="random", device="cpu", precision=precision
    ).encode


ways: dict[str, Encode] = {
    "published, float32": published_way,
    "plaudit mert, exact": ours("exact"),
    "plaudit mert, fast": ours("fast"),
    "plaudit bundled": load_judge("bundled", device="cpu")._encoder.encode,
}
song = make_song(0, 30.0)
rule = SegmentRule()
segment = next(iter(open_song((song.audio, song.sample_rate), 24_000, rule))).samples[None]
reference = published_way(segment)
times: dict[str, list[float]] = {name: [] for name in ways}
for _ in range(ROUNDS):
    for name, encode in ways.items():
        started = time.perf_counter()
        encode(segment)
        times[name].append(time.perf_counter() - started)

base = np.median(times["published, float32"])
print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, median of {ROUNDS}")
print(f"{'':<22}{'s/segment':>10}{'x real time':>13}{'speed-up':>10}{'max error':>11}")
for name, encode in ways.items():
    middle = float(np.median(times[name]))
    out = encode(segment)
    error = (
        np.abs(out - reference).max() / np.abs(reference).max()
        if out.shape == reference.shape
        else np.nan
    )
    print(f"{name:<22}{middle:>10.3f}{30 / middle:>13.1f}{base / middle:>10.2f}{error:>11.1e}")
