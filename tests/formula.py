"""Weights made by formula: every tensor is filled from its published name, as in `tests/golden`."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

SCORES = (
    *("score_streams", "score_likes", "coherence", "musicality"),
    *("memorability", "clarity", "naturalness"),
)
OLD_NAMES = {
    "parametrizations.weight.original0": "weight_g",
    "parametrizations.weight.original1": "weight_v",
}
# A MERT small enough to run in a blink: same layout, same kinds of tensors.
TINY = {
    "model_type": "mert_model",
    "hidden_size": 32,
    "num_hidden_layers": 8,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "conv_dim": [16, 16, 16, 16, 16, 16, 16],
    "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
    "conv_stride": [5, 2, 2, 2, 2, 2, 2],
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}


Fill = Callable[[str, tuple[int, ...]], NDArray[np.float32]]


def mert_tensors(config: dict[str, object], fill: Fill) -> dict[str, torch.Tensor]:
    """Every tensor of a MERT of this configuration, under its published (old) name."""
    from transformers import HubertConfig, HubertModel

    with torch.device("meta"):
        network = HubertModel(HubertConfig.from_dict(config))
    tensors = {}
    for name, value in network.state_dict().items():
        for new, old in OLD_NAMES.items():
            name = name.replace(new, old)  # noqa: PLW2901 - the published name from here on
        tensors[name] = torch.from_numpy(fill(f"mert/{name}", tuple(value.shape)).copy())
    return tensors


def write_mert(folder: Path, config: dict[str, object], tensors: dict[str, torch.Tensor]) -> Path:
    """Write a MERT folder as the hub holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(tensors, folder / "pytorch_model.bin")
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def head_tensors(
    fill: Fill,
    *,
    scores: tuple[str, ...] = SCORES,
    dims: tuple[int, ...] = (768, 512, 256),
) -> dict[str, torch.Tensor]:
    """Every tensor of APEX heads under its published name."""
    tensors = {}

    def add(name: str, *shape: int) -> None:
        tensors[name] = torch.as_tensor(fill(f"apex/{name}", shape))

    def block(name: str, n_in: int, n_out: int) -> None:
        add(f"{name}.block.0.weight", n_out, n_in)
        add(f"{name}.block.0.bias", n_out)
        for part in ("weight", "bias", "running_mean", "running_var"):
            add(f"{name}.block.1.{part}", n_out)
        tensors[f"{name}.block.1.num_batches_tracked"] = torch.tensor(1000)

    for i, (a, b) in enumerate(pairwise(dims)):
        block(f"shared.{i}", a, b)
    for score in scores:
        block(f"branch_{score}.branch.0", dims[-1], 128)
        block(f"branch_{score}.branch.1", 128, 64)
        add(f"branch_{score}.branch.2.weight", 1, 64)
        add(f"branch_{score}.branch.2.bias", 1)
    return tensors
