"""Weight files: found locally or on the hub, read without running code, every tensor accounted for.

A load is right only if each tensor of the network was set from a tensor of the file and none was
left over. Libraries that warn and go on have silently scored music with random weights.
"""

import hashlib
import math
import pickle
import struct
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from plaudit.core.errors import InputError
from plaudit.core.file import expanded
from plaudit.core.parse import load_values
from plaudit.encoders.one_copy import one_copy
from plaudit.encoders.promise import UnsafeWeightsError, WeightsError, WeightsNotFoundError

WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")
_SHOWN = 12
# Errors that torch's unpickler raises on bytes that are no pickle.
_GARBAGE = (
    RuntimeError, EOFError, ValueError, LookupError, TypeError, AttributeError, AssertionError,
    OverflowError, struct.error,
)  # fmt: skip


def find_folder(source: str, needed: tuple[str, ...], one_of: tuple[str, ...] = ()) -> Path:
    """Return a local folder for a path or a hub id (``owner/name``, ``owner/name@revision``).

    The local cache is tried first, so that a fetched model works offline.

    Raises
    ------
    WeightsNotFoundError
        Neither a folder nor cached, and the hub cannot be reached or does not know it.
    """
    path = expanded(source)
    if path.is_dir():
        return path
    name, _, revision = source.partition("@")
    parts = name.split("/")
    looks_like_id = len(parts) == 2 and all(parts) and not source.startswith((".", "~"))
    if path.exists() or not looks_like_id:
        raise WeightsNotFoundError(
            f"Expected a folder with weights or a hub id such as m-a-p/MERT-v1-95M, got '{source}',"
            " which is neither; check the path."
        )
    from huggingface_hub import snapshot_download  # a second of import that local folders spare
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    wanted = [*(name.removesuffix("?") for name in needed), *one_of]
    reason = "the hub's copy is incomplete"
    for local in (True, False):
        try:
            folder = snapshot_download(
                name, revision=revision or None, allow_patterns=wanted, local_files_only=local
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            reason = type(error).__name__
            continue
        if _complete(Path(folder), needed, one_of):
            return Path(folder)
    at = f" --revision {revision}" if revision else ""
    raise WeightsNotFoundError(
        f"'{source}' is not in the local cache and the model hub did not give it ({reason})."
        f" On a machine with a connection run `hf download {name}{at}`, or copy the model's files"
        " into a folder and give that folder's path instead of the id."
    )


def _complete(folder: Path, needed: tuple[str, ...], one_of: tuple[str, ...]) -> bool:
    """Whether a cached model is whole, and not from a download that was stopped."""
    complete = all((folder / name).is_file() for name in needed if not name.endswith("?"))
    return complete and (not one_of or any((folder / name).is_file() for name in one_of))


def read_config(folder: Path) -> dict[str, object]:
    """Read ``config.json`` of a model folder.

    Raises
    ------
    WeightsError
        The file is absent or is not a JSON object.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise WeightsError(f"Expected {path} beside the weights, but it is not there.")
    try:
        config = load_values(path)
    except InputError as error:
        raise WeightsError(str(error)) from error
    if not isinstance(config, dict):
        raise WeightsError(f"{path} must hold a JSON object, got {type(config).__name__}.")
    return config


def weight_file(folder: Path) -> Path:
    """Return the weight file of a model folder, safetensors first."""
    for name in WEIGHT_FILES:
        if (folder / name).is_file():
            return folder / name
    raise WeightsError(f"{folder} holds no weights; expected {' or '.join(WEIGHT_FILES)}.")


def read_pickle(path: Path) -> object:
    """Load a torch pickle without running code from it.

    NumPy scalars are allowed beside tensors: training loops leave them in saved losses.

    Raises
    ------
    UnsafeWeightsError
        The file asks for anything but tensors and plain values.
    WeightsError
        The file is not a torch file.
    """
    # The function that rebuilds a NumPy scalar moved in NumPy 2: files name it by either module.
    scalar = cast("Callable[..., object]", np.float64(0).__reduce__()[0])
    kinds = ("float64", "float32", "int64", "int32", "bool")
    safe: list[Callable[..., object] | tuple[Callable[..., object], str]] = [
        *((scalar, f"numpy.{module}.multiarray.scalar") for module in ("core", "_core")),
        np.dtype,
        *(type(np.dtype(kind)) for kind in kinds),
    ]
    try:
        with torch.serialization.safe_globals(safe), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on pickle protocols; what matters is an error below
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # torch reports both "would run code" and "is not a pickle" here; only the first names
        # a global, function or instruction that it refused.
        refused = ("Unsupported", "global", "REDUCE", "instruction", "operand")
        if any(word in str(error) for word in refused):
            raise UnsafeWeightsError(
                f"{path} asks to run code when loaded, so it was refused and nothing ran;"
                " ask its author for a safetensors file or a plain state dict."
            ) from error
        raise WeightsError(f"{path} is not a readable torch file.") from error
    except _GARBAGE as error:
        raise WeightsError(
            f"{path} is not a readable torch file (truncated or corrupt)."
        ) from error


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """Read a flat dict of tensors from a safetensors or torch file, without running code.

    Raises
    ------
    WeightsError
        The file is damaged, or holds something else than tensors.
    """
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except (SafetensorError, OSError) as error:
            raise WeightsError(f"{path} is not a readable safetensors file ({error}).") from error
    content = read_pickle(path)
    if not isinstance(content, dict):
        raise WeightsError(f"{path} must hold a dict of tensors, got {type(content).__name__}.")
    others = [str(name) for name, value in content.items() if not isinstance(value, torch.Tensor)]
    if others:
        raise WeightsError(f"{path} must hold tensors only; these are not: {_listed(others)}.")
    return {str(name): value for name, value in content.items()}


def check_fit(
    expected: Mapping[str, torch.Tensor], tensors: Mapping[str, torch.Tensor], where: str
) -> None:
    """Check the tensors of a file against those expected; an error names all that do not fit.

    Raises
    ------
    WeightsError
        A tensor is missing, unexpected, of another shape or kind of type, or not finite.
    """
    missing = sorted(expected.keys() - tensors.keys())
    unexpected = sorted(tensors.keys() - expected.keys())
    shapes = [
        f"{name} is {tuple(tensors[name].shape)}, expected {tuple(expected[name].shape)}"
        for name in sorted(expected.keys() & tensors.keys())
        if tensors[name].shape != expected[name].shape
    ]
    types = [
        f"{name} is {tensors[name].dtype}, expected {expected[name].dtype}"
        for name in sorted(expected.keys() & tensors.keys())
        if tensors[name].is_complex()
        or tensors[name].is_floating_point() != expected[name].is_floating_point()
    ]
    broken = [
        name
        for name, value in tensors.items()
        if value.is_floating_point() and value.numel() and not _finite(value)
    ]
    faults = [
        f"{what}: {_listed(names)}"
        for what, names in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("wrong shape", shapes),
            ("wrong type", types),
            ("not finite", broken),
        )
        if names
    ]
    if faults:
        raise WeightsError(
            f"The weights in {where} do not fit ({len(expected)} tensors expected,"
            f" {len(tensors)} came): {'; '.join(faults)}."
        )


def _finite(value: torch.Tensor) -> bool:
    """Whether all numbers are finite: the least and the largest show it, without a copy."""
    return all(math.isfinite(end) for end in torch.aminmax(value.detach()))


def assign(
    module: torch.nn.Module,
    tensors: Mapping[str, torch.Tensor],
    where: str,
    names: Mapping[str, str] | None = None,
    *,
    frozen_on: torch.device | None = None,
) -> None:
    """Set the tensors of a module from those of a file, all of which have to fit.

    The module should be built on the meta device, so that a tensor left unset cannot hide behind an
    initial value. ``names`` are those of the file by those of the module, where they differ.
    ``frozen_on`` is the device of an encoder, whose tensors nobody changes: it holds those together
    with other encoders that have equal ones (`plaudit.encoders.one_copy`).

    Raises
    ------
    WeightsError
        As `check_fit`, or a tensor was left unset.
    """
    held = module.state_dict(keep_vars=True)
    named = {name: name for name in held} | dict(names or {})
    check_fit({named[name]: value for name, value in held.items()}, tensors, where)
    taken: set[int] = set()
    ready: dict[str, torch.Tensor] = {}
    for name, place in held.items():
        value = tensors[named[name]].to(place.dtype)
        if frozen_on is None:
            # Cloned into memory of torch's own alignment: its matrix products differ in the last
            # bit with where a tensor lies, and a file's layout should not change a score.
            ready[name] = value.clone()
        else:
            trained = isinstance(place, torch.nn.Parameter)
            ready[name] = one_copy(value, frozen_on, taken, trained=trained)
    module.load_state_dict(ready, strict=True, assign=True)
    set_ = [*module.named_parameters(), *module.named_buffers()]
    unset = sorted(name for name, value in set_ if value.is_meta)
    if unset:
        raise WeightsError(f"The weights in {where} left tensors unset: {_listed(unset)}.")
    for parameter in module.parameters():
        parameter.requires_grad_(False)


def digest(tensors: Mapping[str, torch.Tensor]) -> str:
    """Return the SHA-256 over names, types, shapes and bytes of tensors, in order of name."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name].detach().cpu().contiguous()
        total.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        total.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return total.hexdigest()


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
