"""Speed of the encoders on 30 s of a composed song, beside the published way.

Alternated in one run, medians. The published way is HuBERT in float32 with attention written out,
as the library it was made with computed it. Weights are random: they change no timing. Errors are
relative to the largest value.

Run: .venv/bin/python bench/speed/encoder.py
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from transformers import HubertConfig, HubertModel

from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.encoders.mert import APEX_LAYERS, MertEncoder, architecture_of
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.folder import load_folder
from plaudit.synth.song import make_song
from table import Row, make_parser, report

SECONDS = 30.0
PUBLISHED = "published MERT-v1-95M, float32"
Encode = Callable[[np.ndarray], np.ndarray]


def encoders() -> dict[str, Encode]:
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

    return {
        PUBLISHED: published_way,
        "MERT judge, --precision exact": ours("exact"),
        "MERT judge, --precision fast": ours("fast"),
        "bundled judge": load_folder(BUNDLED, device="cpu").encoder.encode,
    }


def main() -> None:
    parser = make_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    ways = encoders()
    song = make_song(0, SECONDS)
    opened = open_song((song.audio, song.sample_rate), 24_000, SegmentRule())
    segment = next(iter(opened)).samples[None]
    times: dict[str, list[float]] = {name: [] for name in ways}
    means: dict[str, np.ndarray] = {}
    for _ in range(options.rounds):
        for name, encode in ways.items():
            started = time.perf_counter()
            means[name] = encode(segment)
            times[name].append(time.perf_counter() - started)
    reference = means[PUBLISHED]
    rows: list[Row] = []
    for name, took_s in times.items():
        rate = SECONDS / float(np.median(took_s))
        ratio = rate / rows[0].value if rows else 1.0
        error = "another encoder"
        if means[name].shape == reference.shape:
            apart = np.abs(means[name] - reference).max() / np.abs(reference).max()
            error = f"{apart:.1e}"
        rows.append(
            Row(f"{name}, threads {torch.get_num_threads()}", rate, "x real time", ratio, error)
        )
    report(rows, as_json=options.json)


if __name__ == "__main__":
    main()
