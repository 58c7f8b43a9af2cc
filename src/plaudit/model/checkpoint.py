"""Published APEX weights, in each of their file formats, read without running code.

* ``best_model.pt`` of a training run: a dict with ``model_state`` and, in newer runs, ``mode``,
  ``task``, ``loss``, ``shared`` (absent: song, full, equal, 2).
* ``pytorch_model.bin`` of the hub, or its ``model.safetensors`` twin: the bare tensors, with an
  optional ``config.json`` beside them.

Any of them may hold the layer mix, ``aggregator.weight`` and ``aggregator.bias``. Without these the
mix is the one that the published code draws from torch seed 42.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, cast

import torch
from torch import Tensor

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXES, POPULARITY
from plaudit.core.file import expanded
from plaudit.encoders.mert import APEX_LAYERS
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.weights import (
    WEIGHT_FILES,
    assign,
    find_folder,
    read_config,
    read_pickle,
    read_tensors,
    weight_file,
)
from plaudit.model.card import HeadSpec, Recipe
from plaudit.model.mix import PUBLISHED_BIAS, PUBLISHED_WEIGHT
from plaudit.model.network import Network

_PUBLISHED = {"streams": "score_streams", "likes": "score_likes"}
_PREFIXES = ("module.", "_orig_mod.", "model.")  # left by DDP, torch.compile and wrappers
_SHARED = re.compile(r"shared\.(\d+)\.")
_SHARED_DIMS = {2: (512, 256), 3: (512, 384, 256)}
_ALL = tuple(axis.name for axis in AXES)
_RUN_DEFAULTS = {"mode": "song", "task": "full", "loss": "equal", "shared": 2}


class Checkpoint(NamedTuple):
    """A published checkpoint: network in evaluation mode, recipe, layers, facts of its training."""

    network: Network
    recipe: Recipe
    layers: tuple[int, ...]
    facts: dict[str, str]


def read_checkpoint(source: str | Path, input_dim: int = 768) -> Checkpoint:
    """Read APEX weights from a file, a model folder or a hub id.

    Raises
    ------
    WeightsError
        A tensor is missing, left over or of a wrong shape, or the file is something else.
    UnsafeWeightsError
        The file would run code when loaded.
    """
    path = _locate(source)
    tensors, run = _read(path)
    config = read_config(path.parent) if (path.parent / "config.json").is_file() else {}
    if config.get("model_type", "apex") != "apex":
        config = {}  # of another model in the same folder
    tensors = _without_prefix(tensors)
    mix_weight, mix_bias = _take_mix(tensors, str(path))
    spec = _head_spec(tensors, config, input_dim, str(path))
    mode = run.get("mode", "song")
    if mode not in ("song", "segment"):
        raise WeightsError(f"{path} has mode '{mode}'; expected 'song' or 'segment'.")
    _agree(run, spec, str(path))
    layers = tuple(cast("list[int]", config.get("layer_indices", list(APEX_LAYERS))))
    if len(layers) != len(mix_weight):
        raise WeightsError(
            f"{path} mixes {len(mix_weight)} layers, but its config names {len(layers)}."
        )
    recipe = Recipe(
        segment=SegmentRule(length_s=float(cast("float", config.get("segment_sec", 30.0)))),
        level="segment" if mode == "segment" else "song",
        heads=spec,
    )
    with torch.device("meta"):
        network = Network(recipe, len(layers))
    named = {f"heads.{_our_name(name)}": value for name, value in tensors.items()}
    named |= {"mix.weight": mix_weight, "mix.bias": mix_bias}
    assign(network, named, str(path))
    return Checkpoint(network.eval(), recipe, layers, {**run, **_facts(config)})


def _locate(source: str | Path) -> Path:
    path = expanded(source)
    if path.is_file():
        return path
    if isinstance(source, Path) and not path.exists():
        raise WeightsError(f"Expected a checkpoint at {path}, but there is no such file.")
    return weight_file(find_folder(str(source), ("config.json?",), WEIGHT_FILES))


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    if path.suffix == ".safetensors":
        return read_tensors(path), {}
    content = read_pickle(path)
    if not isinstance(content, Mapping):
        raise WeightsError(f"{path} must hold a checkpoint dict, got {type(content).__name__}.")
    if "model_state" not in content:
        return read_tensors(path), {}
    run = {key: str(content.get(key, default)) for key, default in _RUN_DEFAULTS.items()}
    if "shared" not in content:
        del run["shared"]  # nothing to check the tensors against
    if "epoch" in content:
        run["epoch"] = str(content["epoch"])
    if "val_loss" in content:
        run["val_loss"] = f"{float(content['val_loss']):.6g}"
    state = content["model_state"]
    if not isinstance(state, Mapping) or not all(isinstance(v, Tensor) for v in state.values()):
        raise WeightsError(f"{path}: model_state must be a dict of tensors.")
    return {str(name): value for name, value in state.items()}, run


def _without_prefix(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    for prefix in _PREFIXES:
        if tensors and all(name.startswith(prefix) for name in tensors):
            return _without_prefix({name[len(prefix) :]: v for name, v in tensors.items()})
    return tensors


def _take_mix(tensors: dict[str, Tensor], where: str) -> tuple[Tensor, Tensor]:
    names = {name for name in tensors if name.startswith("aggregator.")}
    if not names:
        return torch.tensor(PUBLISHED_WEIGHT), torch.tensor([PUBLISHED_BIAS])
    if names != {"aggregator.weight", "aggregator.bias"}:
        raise WeightsError(
            f"{where} must hold aggregator.weight and aggregator.bias or neither,"
            f" got {', '.join(sorted(names))}."
        )
    return tensors.pop("aggregator.weight").reshape(-1), tensors.pop("aggregator.bias").reshape(1)


def _head_spec(
    tensors: dict[str, Tensor], config: dict[str, object], input_dim: int, where: str
) -> HeadSpec:
    """Read depth and axes from tensor names; the published widths then give every shape."""
    depth = 1 + max((int(m.group(1)) for n in tensors if (m := _SHARED.match(n))), default=-1)
    axes = tuple(
        axis.name
        for axis in AXES
        if any(name.startswith(f"branch_{_published_name(axis.name)}.") for name in tensors)
    )
    if depth not in _SHARED_DIMS or axes not in (_ALL, POPULARITY):
        raise WeightsError(
            f"{where} holds no APEX heads: expected 2 or 3 shared layers and the branches"
            f" {', '.join(map(_published_name, POPULARITY))} or all seven, found {depth} shared"
            f" layers and {', '.join(map(_published_name, axes)) or 'no branch'}."
        )
    return HeadSpec(
        axes=axes,
        input_dim=input_dim,
        shared_dims=tuple(cast("list[int]", config.get("shared_dims", _SHARED_DIMS[depth]))),
        branch_dims=tuple(cast("list[int]", config.get("branch_dims", (128, 64)))),
    )


def _agree(run: dict[str, str], spec: HeadSpec, where: str) -> None:
    """Check the settings of a training run against its tensors."""
    if not run:
        return
    # Old files lack the task, which then reads "full" whatever they hold.
    run["task"] = "full" if len(spec.axes) > len(POPULARITY) else "popularity"
    if run.setdefault("shared", str(len(spec.shared_dims))) != str(len(spec.shared_dims)):
        raise WeightsError(
            f"{where} names {run['shared']} shared layers but holds {len(spec.shared_dims)}."
        )


def _published_name(axis: str) -> str:
    return _PUBLISHED.get(axis, axis)


def _our_name(name: str) -> str:
    for axis, published in _PUBLISHED.items():
        name = name.replace(f"branch_{published}.", f"branch_{axis}.")
    return name


def _facts(config: dict[str, object]) -> dict[str, str]:
    return {key: str(config[key]) for key in ("epoch", "val_loss", "seed") if key in config}
