"""Weights of published judges filled by formula from their names, and the signals they hear.

The expected numbers in ``tests/golden/judges`` were made with the published code on these weights.
A table lists the published tensors: name, shape, type, how it is filled, and its role; the role
"no effect" is that of tensors which change no score.
"""

import csv
import json
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

JUDGES = Path(__file__).parent / "golden" / "judges"
TAG = "golden-1"


class Row(NamedTuple):
    """A published tensor as its table states it."""

    name: str
    shape: tuple[int, ...]
    kind: str
    fill: str
    role: str

    @property
    def has_effect(self) -> bool:
        return not self.role.startswith("no effect")


def table(judge: str, name: str = "tensors-small.tsv") -> list[Row]:
    with (JUDGES / judge / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    return [Row(name, _shape(shape), *(rest or ("", "", ""))) for name, shape, *rest in rows]


def golden(judge: str, name: str = "small.json") -> dict[str, Any]:
    read: dict[str, Any] = json.loads((JUDGES / judge / name).read_text(encoding="utf-8"))
    return read


def tensors(rows: list[Row], prefix: str = "", tag: str = TAG) -> dict[str, torch.Tensor]:
    """Return the filled tensors of a table by name; ``prefix`` goes before the name in the recipe.

    Those kept as built are left out.
    """
    return {
        row.name: torch.from_numpy(_filled(row, prefix, tag))
        for row in rows
        if not row.fill.startswith("kept")
    }


def part_of(filled: Mapping[str, torch.Tensor], part: str) -> dict[str, torch.Tensor]:
    """Return the tensors of names that begin with ``part/``, without it."""
    return {n.removeprefix(f"{part}/"): t for n, t in filled.items() if n.startswith(f"{part}/")}


def fill(
    name: str, shape: tuple[int, ...], tag: str = TAG, gain: float = 2.0**0.5
) -> NDArray[np.float32] | NDArray[np.int64]:
    """Return the numbers of a tensor, drawn from its name."""
    if name.endswith("num_batches_tracked"):
        return np.asarray(1000, dtype=np.int64)
    rng = np.random.RandomState(zlib.crc32(f"{tag}/{name}".encode()) & 0xFFFFFFFF)
    x = rng.standard_normal(shape or (1,))
    if name.endswith(("running_var", "weight_g", "original0")):
        v = 1.0 + 0.1 * np.abs(x)
    elif name.endswith(("learned_gamma", "q_scale", "k_scale")) or (
        name.endswith("weight") and len(shape) == 1
    ):
        v = 1.0 + 0.1 * x
    elif name.endswith(("bias", "running_mean")):
        v = 0.1 * x
    else:
        fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else int(np.prod(shape)) or 1
        v = x * gain / np.sqrt(fan_in)
    return v.astype(np.float32).reshape(shape)


def song(duration_s: float, sample_rate: int = 24_000) -> NDArray[np.float32]:
    """Return a decaying arpeggio with a little noise, (n_samples,)."""
    t = np.arange(int(duration_s * sample_rate)) / sample_rate
    frequency = 220.0 * 2 ** (np.floor(t * 2) % 12 / 12)
    phase = 2 * np.pi * np.cumsum(frequency) / sample_rate
    envelope = np.exp(-3.0 * (t * 2 % 1.0))
    noise = 0.01 * np.random.RandomState(7).standard_normal(t.size)
    tone = np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.25 * np.sin(3 * phase)
    return (0.3 * envelope * tone + noise).astype(np.float32)


def other_song(duration_s: float, sample_rate: int = 24_000) -> NDArray[np.float32]:
    """Return bursts of filtered noise over a held chord, (n_samples,)."""
    t = np.arange(int(duration_s * sample_rate)) / sample_rate
    noise = np.random.RandomState(11).standard_normal(t.size)
    noise = 0.5 * (noise + np.concatenate([[0.0], noise[:-1]]))
    notes = ((130.8, 0.0), (329.6, 0.5), (784.0, 1.1))
    chord = sum((np.sin(2 * np.pi * f * t + p) for f, p in notes), np.zeros(t.size))
    mixed: NDArray[np.float32] = (0.1 * chord + 0.25 * noise * np.exp(-6.0 * (t * 4 % 1.0))).astype(
        np.float32
    )
    return mixed


def word_tokenizer(size: int, *, ends: bool = True) -> str:
    """Return a ``tokenizer.json`` whose word "t17" has id 17, for texts of fixed ids.

    With ``ends`` 0 stands before and 2 after each text, as in RoBERTa and XLM-R.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    made = Tokenizer(models.WordLevel({f"t{i}": i for i in range(size)}, unk_token="t3"))  # noqa: S106 - not a password
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if ends:
        made.post_processor = processors.TemplateProcessing(
            single="t0 $A t2", special_tokens=[("t0", 0), ("t2", 2)]
        )
    text: str = made.to_str()
    return text


def words(ids: list[int], *, ends: bool = True) -> str:
    """Return the text that `word_tokenizer` turns into these ids (with their ends)."""
    return " ".join(f"t{i}" for i in (ids[1:-1] if ends else ids))


def _filled(row: Row, prefix: str, tag: str) -> NDArray[Any]:
    gain = re.search(r"gain ([0-9.]+)", row.fill)
    exact = 2.0**0.5 if gain is None or gain[1] == "1.414" else float(gain[1])
    values = fill(f"{prefix}{row.name}", row.shape, tag, exact)
    affine = re.search(r"then x \* (-?[0-9.]+) \+ (-?[0-9.]+)", row.fill)
    if affine is not None:
        return np.asarray(values * float(affine[1]) + float(affine[2]), dtype=np.float32)
    return values


def _shape(text: str) -> tuple[int, ...]:
    return () if text in ("scalar", "") else tuple(int(size) for size in text.split("x"))
