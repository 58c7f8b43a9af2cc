"""A part of a published judge, as the reader of its files hands it over."""

import re
from collections.abc import Iterable, Iterator, Mapping

import torch
from pydantic import JsonValue

from filled import word_tokenizer
from plaudit.encoders.tokens import Tokenizer
from plaudit.model.published.procedure import Part, PartFiles


def tenths(names: Iterable[str]) -> Iterator[list[str]]:
    """Yield the names ten at a time, in order: to refuse a network takes as long for one."""
    ordered = sorted(names)
    for start in range(0, len(ordered), 10):
        yield ordered[start : start + 10]


def published_part(
    files: PartFiles,
    tensors: Mapping[str, torch.Tensor],
    *,
    config: Mapping[str, JsonValue] | None = None,
    words: int = 0,
) -> Part:
    """Return a part without the tensors of no effect; ``words`` is the size of its vocabulary."""
    kept = {
        name: value
        for name, value in tensors.items()
        if not any(re.fullmatch(pattern, name) for pattern in files.no_effect)
    }
    tokenizer = Tokenizer(word_tokenizer(words), "tokenizer.json") if words else None
    return Part(kept, "model.pt", config or {}, tokenizer)
