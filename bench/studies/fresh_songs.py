"""How good the bundled judge is on songs of the eleven that nobody has looked at: another draw.

Backs docs/judges.md, "The bundled judge": the table of the 440 songs that were composed once the
judge was finished, and the figures of the draws after it.

The songs of the card are the same for each judge, so whoever improves judges learns from them in
the end. This composes others, of another seed, and prints what the card says of those: all of it
with 95 % intervals over songs. Reads the recordings that `make judge` measured, for what baselines
know; the new ones are kept beside them. A seed that was printed once is no fresh draw any more.

Run: .venv/bin/python bench/studies/fresh_songs.py [CACHE [SEED [SONGS]]]
"""

import os
import sys
from pathlib import Path

import numpy as np

from plaudit.audio.segment import SegmentRule
from plaudit.encoders.measured.encoder import MeasuredEncoder
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.folder import load_folder
from plaudit.training.bundled.card_metrics import measure_judge
from plaudit.training.bundled.composed_example import Example, Role
from plaudit.training.bundled.example_cache import cached_examples
from plaudit.training.bundled.member_fit import predict
from plaudit.training.bundled.training_record import RECORD, read_settings


def main(cache: Path, seed: int, n_songs: int) -> None:
    judge = load_folder(BUNDLED)
    settings = read_settings(BUNDLED / RECORD)
    if seed == settings.seed:
        sys.exit(f"The judge was made from seed {seed}, its card measured on it: take another.")

    def recordings(role: Role, n: int, seed: int) -> list[Example]:
        cores = os.cpu_count() or 1
        return cached_examples(
            {role: n}, seed, SegmentRule(), cache, cores, lambda *_: None, settings.typical_s
        )[role]

    learned = [
        *recordings("train", settings.train, settings.seed),
        *recordings("validation", settings.validation, settings.seed),
    ]
    songs = recordings("test", n_songs, seed)
    encoder, interval = judge.encoder, judge.card.interval
    if not isinstance(encoder, MeasuredEncoder) or interval is None:
        raise AssertionError("the bundled judge measures, and has intervals")
    predicted, spread = predict(judge.network, encoder, songs)
    draws = np.random.default_rng(seed)
    print(f"judge {judge.card.version}; seed {seed}")
    for metric in measure_judge(songs, predicted, spread, interval, learned, draws):
        print(
            f"{metric.axis:<14}{metric.measure:<24}{metric.value:8.3f}"
            f"  [{metric.low:.3f}, {metric.high:.3f}]  baseline {metric.baseline:.3f}"
            f"  n {metric.n}"
        )


if __name__ == "__main__":
    cache, seed, n_songs = [*sys.argv[1:], *("runs/bundled", "2", "440")[len(sys.argv) - 1 :]]
    main(Path(cache), int(seed), int(n_songs))
