"""CMI-Pref-Pseudo: 110,000 pairs of generated songs, voted on by a language model.

A line of ``comparison_metadata_*.jsonl`` is one pair, in the columns of CMI-Pref but without a
voter; see `plaudit.datasets.corpora.cmi_pref` for what is known of them and what is assumed.

References
----------
CMI-RewardBench: Evaluating Music Reward Models with Compositional Multimodal Instruction, arXiv
2603.00610.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from plaudit.datasets.corpora.cmi_pref import (
    CITATION,
    LABELS,
    Pair,
    sample_line,
    vote_rows,
)
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import read_lines
from plaudit.datasets.reading.promise import Facts, Reader, Source
from plaudit.datasets.reading.row import Row
from plaudit.datasets.reading.sample import write_jsonl

_FACTS = Facts(
    name="cmi-pref-pseudo",
    title="CMI-Pref-Pseudo",
    rows="110,000 pairs with a model's votes",
    hub="HaiwenXia/cmi-pref-pseudo",
    where="https://huggingface.co/datasets/HaiwenXia/cmi-pref-pseudo",
    licence="CC-BY-NC-SA-4.0",
    citation=CITATION,
    audio="in the folder",
    labels=LABELS,
    files=("comparison_metadata*.jsonl", "*/comparison_metadata*.jsonl"),
    layout="comparison_metadata_train.jsonl, comparison_metadata_test.jsonl and their audio",
    known_faults=(
        "Nobody listened: the votes are a language model's. Never test a judge on them.",
        "The names of files and columns are known from the authors' own pages, not from the files"
        " themselves.",
        "Its licence forbids commercial use.",
    ),
)


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its songs and battles; see `plaudit.datasets.reading.promise`."""
    seen: set[str] = set()
    for path in source.files:
        for number, pair in read_lines(path, Pair, account):
            yield from vote_rows(_FACTS.name, path, number, pair, seen, pseudo=True)


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    rows = (sample_line(number, rng) for number in range(6))
    write_jsonl(folder / "comparison_metadata_train.jsonl", rows)


READER = Reader(_FACTS, read, _sample)
