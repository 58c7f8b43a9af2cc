"""A judge of the published size whose weights come from a formula, for those who have no weights.

Every tensor of MERT-v1-95M and of the heads of APEX is filled with numbers drawn from its own name,
scaled so that signals keep their size. Speed and memory are those of the published weights. Errors
of bfloat16 are not: a trained network has other values, so measure with ``--judge`` where you can.
"""

import json
import math
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from plaudit.encoders.mert_network import MertNetwork, MertShape
from plaudit.judging.published.apex import import_apex

SHAPE = MertShape()
_AXES = (
    *("score_streams", "score_likes", "coherence", "musicality"),
    *("memorability", "clarity", "naturalness"),
)  # fmt: skip


def write_formula_judge(folder: Path, shape: MertShape | None = None) -> Path:
    """Write the judge into a new folder and return it; of the published shape by default."""
    shape = shape or SHAPE
    mert = folder / "MERT-formula"
    mert.mkdir(parents=True)
    with torch.device("meta"):
        state = MertNetwork(shape).state_dict()
    save_file(
        {name: _fill(name, tuple(value.shape)) for name, value in state.items()},
        mert / "model.safetensors",
    )
    config = {"model_type": "mert_model", **shape.model_dump(mode="json")}
    (mert / "config.json").write_text(json.dumps(config), encoding="utf-8")
    torch.save({"model_state": _heads(shape.hidden_size)}, folder / "heads.pt")
    import_apex(str(mert), str(folder / "heads.pt"), folder / "judge")
    return folder / "judge"


def _fill(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    x = torch.from_numpy(rng.standard_normal(shape, dtype=np.float32))
    if name.endswith(("running_var", "weight.original0")):
        return 1 + 0.1 * x.abs()
    if len(shape) == 1:
        return 1 + 0.1 * x if name.endswith("weight") else 0.1 * x
    return x * math.sqrt(2 / math.prod(shape[1:]))


def _heads(width: int) -> dict[str, torch.Tensor]:
    """Two shared blocks, and for each score two blocks of its own and a sum."""
    shapes: dict[str, tuple[int, ...]] = {}
    blocks = [(f"shared.{i}", *ends) for i, ends in enumerate(pairwise((width, 512, 256)))]
    for axis in _AXES:
        branch = f"branch_{axis}.branch"
        blocks += [(f"{branch}.{i}", *ends) for i, ends in enumerate(pairwise((256, 128, 64)))]
        shapes |= {f"{branch}.2.weight": (1, 64), f"{branch}.2.bias": (1,)}
    for name, n_in, n_out in blocks:
        shapes |= {f"{name}.block.0.weight": (n_out, n_in), f"{name}.block.0.bias": (n_out,)}
        for part in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.block.1.{part}"] = (n_out,)
    tensors = {name: _fill(name, shape) for name, shape in shapes.items()}
    counters = {f"{name}.block.1.num_batches_tracked": torch.tensor(1) for name, *_ in blocks}
    return tensors | counters
