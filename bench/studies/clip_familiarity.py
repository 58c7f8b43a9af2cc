"""How far short clips lie from the songs that the bundled judge learned from, and what it says.

Backs docs/judges.md, "Short clips": the limits of the card, and the share of clips that is marked.

Songs of the training systems that were kept aside are cut at random places to seven lengths; the
limit of a length is the distance that 99 % of its clips lie within (`plaudit judges train-bundled`
does the same for a judge made again). Then the judge hears clips of songs of the eleven held-out
systems, and of the recordings of a folder, where one is given. Shares have 95 % Wilson intervals.
``--card`` writes the limits into the card of the judge here; its hash stays.

Run: .venv/bin/python bench/studies/clip_familiarity.py [--songs 300] [--held-out 55]
    [--recordings DIR] [--cache runs/bundled] [--card]
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.core.file import write_atomic
from plaudit.encoders.measured.encoder import MeasuredEncoder
from plaudit.judging.catalogue import BUNDLED
from plaudit.judging.find import find_songs
from plaudit.judging.judge import Judge
from plaudit.judging.load import load_judge
from plaudit.metrics.share import wilson
from plaudit.model.card import Card, Familiarity
from plaudit.model.folder import CARD, judge_hash, load_folder
from plaudit.training.bundled.composed_example import CLIP_S, clips, compose_recording
from plaudit.training.bundled.example_cache import cached_examples
from plaudit.training.bundled.familiarity_fit import by_length, with_clips
from plaudit.training.bundled.training_record import RECORD, read_settings

Sound = NDArray[np.float32]
KINDS = ("short", "unfamiliar")


def fitted(card: Card, cache: Path, n_songs: int) -> Familiarity:
    """Fit the limits of clips, and print the distances by length."""
    settings, encoder = read_settings(BUNDLED / RECORD), load_folder(BUNDLED).encoder
    if not isinstance(encoder, MeasuredEncoder) or card.familiarity is None:
        raise AssertionError("the bundled judge measures, and knows a limit")
    made = cached_examples(
        {"clip": n_songs}, settings.seed, SegmentRule(), cache, 1, lambda *_: None,
        settings.typical_s,
    )["clip"]  # fmt: skip
    found = by_length(made, encoder)
    whole = card.familiarity.model_copy(
        update={"explanation": card.familiarity.explanation.partition(" Limits of short")[0]}
    )
    known = with_clips(whole, found)
    print(
        f"seconds  clips  median     99 %   limit   beyond the limit of songs ({whole.limit:.2f})"
    )
    for seconds, distance in found.items():
        share = _share(int((distance > whole.limit).sum()), len(distance))
        middle, most = np.quantile(distance, (0.5, known.coverage))
        limit = known.limit_of(seconds)
        print(f"{seconds:7g}{len(distance):7}{middle:8.2f}{most:9.2f}{limit:8.2f}   {share}")
    return known


def held_out(n: int, seed: int, typical_s: float) -> Iterator[tuple[Sound, int]]:
    """Compose songs of the eleven in turn."""
    for number in range(n):
        draws = np.random.default_rng((seed, number)).spawn(2)
        sound, rate, _, _ = compose_recording("test", number, typical_s, *draws)
        yield sound, rate


def recorded(folder: Path) -> Iterator[tuple[Sound, int]]:
    """Decode the recordings of a folder."""
    for path in find_songs([folder], print):
        with av.open(path) as file:
            stream = file.streams.audio[0]
            planes = av.AudioResampler("fltp", stream.layout, stream.rate)
            parts = [p.to_ndarray() for f in file.decode(stream) for p in planes.resample(f)]
            yield np.concatenate(parts, axis=1), stream.rate


def show_marks(judge: Judge, title: str, songs: Iterator[tuple[Sound, int]], seed: int) -> None:
    """Print by length what share of songs is marked short, and what share unfamiliar."""
    marks: dict[float, Counter[str]] = {}
    for number, (sound, rate) in enumerate(songs):
        for piece in [*clips(sound, rate, np.random.default_rng((seed, 1, number))), sound]:
            row = judge.score(piece, rate, timeline=False)
            longer = row.duration_s > max(CLIP_S) + 0.5
            counted = marks.setdefault(np.inf if longer else round(row.duration_s), Counter())
            counted["n"] += 1
            counted.update({note.type for note in row.warnings} & set(KINDS))
    print(f"\n{title}\nseconds      n  marked short        marked unfamiliar")
    for seconds, counted in sorted(marks.items()):
        cells = [_share(counted[kind], counted["n"]) for kind in KINDS]
        length = "more" if seconds == np.inf else f"{seconds:g}"
        print(f"{length:>7}{counted['n']:7}  {cells[0]:<18}  {cells[1]}")


def _share(k: int, n: int) -> str:
    low, high = wilson(k, n)
    return f"{k / n:4.0%} [{low:.0%}, {high:.0%}]"


def main() -> None:
    """Fit, write if asked to, and hear."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--songs", type=int, default=300)
    parser.add_argument("--held-out", type=int, default=55)
    parser.add_argument("--recordings", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/bundled"))
    parser.add_argument("--card", action="store_true")
    options = parser.parse_args()
    card = load_folder(BUNDLED).card
    known = fitted(card, options.cache, options.songs)
    changed = card.model_copy(update={"familiarity": known})
    if judge_hash(changed) != judge_hash(card):
        raise AssertionError("limits of clips change no score")
    if options.card:
        # Nothing else of the file is touched: it is of an earlier format, which is read for ever.
        written = json.loads((BUNDLED / CARD).read_text(encoding="utf-8"))
        written["familiarity"] = known.model_dump(mode="json")
        write_atomic(BUNDLED / CARD, json.dumps(written, indent=2) + "\n")
        print(f"Wrote {BUNDLED / CARD}; the hash of the judge is still {judge_hash(card)}.")
    judge = load_judge("bundled")
    if not isinstance(judge, Judge):
        raise AssertionError("the bundled judge is one of ours")
    judge.card = changed
    settings = read_settings(BUNDLED / RECORD)
    seed = settings.seed + 100
    songs = held_out(options.held_out, seed, settings.typical_s)
    show_marks(judge, f"{options.held_out} songs of the eleven held-out systems", songs, seed)
    if options.recordings is not None:
        show_marks(judge, "Recordings", recorded(options.recordings), seed)


if __name__ == "__main__":
    main()
