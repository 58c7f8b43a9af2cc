"""The small MuQ-MuLan as it would be published, for the judges that are made of it."""

import re
from typing import Any

import torch

from filled import table, tensors, word_tokenizer
from plaudit.encoders.tokens import Tokenizer
from plaudit.model.published.procedure import Part, PartFiles

BLOCKS = {"dim": 48, "tf_depth": 2, "heads": 2, "dim_head": 16, "ff_mult": 4, "ff_dropout": 0.0}
VOCABULARY = 120


def mulan_config() -> dict[str, Any]:
    return {
        "mulan": {"sr": 24_000, "clip_secs": 10, "dim_latent": 32, "rank_contrast": True},
        "audio_model": {"name": "OpenMuQ/MuQ-large-msd-iter", "model_dim": 64, "use_layer_idx": -1},
        "text_model": {"name": "xlm-roberta-base", "model_dim": None, "use_layer_idx": -1},
        "audio_transformer": dict(BLOCKS),
        "text_transformer": dict(BLOCKS, max_seq_len=1024),
    }


def tokenizer(size: int = VOCABULARY) -> Tokenizer:
    return Tokenizer(word_tokenizer(size), "tokenizer.json")


def kept(published: dict[str, torch.Tensor], files: PartFiles) -> dict[str, torch.Tensor]:
    """Return what a reader keeps of published tensors."""
    return {
        name: value
        for name, value in published.items()
        if not any(re.fullmatch(pattern, name) for pattern in files.no_effect)
    }


def published(judge: str, name: str) -> dict[str, torch.Tensor]:
    return tensors(table(judge, name), f"{judge}/")


def part(
    named: dict[str, torch.Tensor], config: dict[str, Any], words: Tokenizer | None = None
) -> Part:
    return Part(named, "weights.safetensors", config, words)
