"""Parts of a published judge, read from the files that their authors published."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeGuard

import torch
from pydantic import JsonValue

from plaudit.core.errors import InputError
from plaudit.core.file import sha256_of
from plaudit.core.parse import load_values
from plaudit.encoders.promise import WeightsError, WeightsNotFoundError
from plaudit.encoders.tokens import FILE as TOKENIZER
from plaudit.encoders.tokens import read_tokenizer
from plaudit.encoders.weights import read_pickle, read_tensors
from plaudit.model.published.procedure import Part, PartFiles


class ReadPart(NamedTuple):
    """A part, the SHA-256 of each file that was read for it by name, and what was assumed."""

    part: Part
    files: dict[str, str]
    assumed: tuple[str, ...] = ()


def read_part(name: str, spec: PartFiles, path: Path, extra: Path | None = None) -> ReadPart:
    """Read a part from a folder that holds what was published, or from its weight file.

    Beside a weight file its folder is looked into for settings and tokenizer. ``extra`` is a
    folder or file of a tokenizer that lies elsewhere.

    Raises
    ------
    WeightsNotFoundError
        There is no such file, or the folder holds none of those expected.
    WeightsError
        A file is damaged, or holds something else.
    UnsafeWeightsError
        A pickle would run code.
    """
    if not path.exists():
        raise WeightsNotFoundError(
            f"Expected the weights of part '{name}' at {path}, but nothing is there."
        )
    folder = path if path.is_dir() else path.parent
    weights = _weights(name, spec, path)
    files = [] if weights is None else [weights]
    config: dict[str, JsonValue] = {}
    if spec.config and spec.config_within and _holds_settings(weights, folder / spec.config):
        config = _settings_within(weights, spec)
    elif spec.config:
        if not (folder / spec.config).is_file():
            raise WeightsError(
                f"Expected {spec.config}, as published, beside the weights of part '{name}' in"
                f" {folder}, but it is not there."
            )
        config = read_settings(folder / spec.config)
        files.append(folder / spec.config)
    assumed = []
    for beside in spec.beside:
        if (folder / beside.file).is_file():
            config[beside.file] = read_settings(folder / beside.file)
            files.append(folder / beside.file)
        else:
            assumed.append(beside.without)
    tokenizer = None
    if spec.tokenizer:
        found = next((place for place in _tokenizers(folder, extra) if place.is_file()), None)
        if found is not None:
            tokenizer = read_tokenizer(found)
            files.append(found)
    tensors = {} if weights is None else _tensors(weights, spec)
    part = Part(kept(tensors, spec), str(weights or folder), config, tokenizer)
    return ReadPart(part, {file.name: sha256_of(file) for file in files}, tuple(assumed))


def read_settings(path: Path) -> dict[str, JsonValue]:
    """Read settings in JSON or YAML, without running code; `WeightsError` if they are no object."""
    if path.suffix in (".yaml", ".yml"):
        import yaml

        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise WeightsError(f"{path} is not readable YAML ({error}).") from error
    else:
        try:
            content = load_values(path)
        except InputError as error:
            raise WeightsError(str(error)) from error
    if not isinstance(content, dict):
        raise WeightsError(f"{path} must hold settings by name, got {type(content).__name__}.")
    return content


def kept(tensors: Mapping[str, torch.Tensor], spec: PartFiles) -> dict[str, torch.Tensor]:
    """Return the tensors that can change a score, without the prefix of their file."""
    patterns = [re.compile(pattern) for pattern in spec.no_effect]
    named = {name.removeprefix(spec.prefix): value for name, value in tensors.items()}
    return {
        name: value
        for name, value in named.items()
        if not any(pattern.fullmatch(name) for pattern in patterns)
    }


def _weights(name: str, spec: PartFiles, path: Path) -> Path | None:
    if not spec.weights:
        return None
    if path.is_file():
        return path
    places = [path / file for file in spec.weights]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise WeightsNotFoundError(
            f"Expected {' or '.join(spec.weights)} of part '{name}' in {path}, but neither is"
            " there; give the file itself if it has another name."
            if len(spec.weights) > 1
            else f"Expected {spec.weights[0]} of part '{name}' in {path}, but it is not there; give"
            " the file itself if it has another name."
        )
    return found


def _holds_settings(weights: Path | None, config: Path) -> TypeGuard[Path]:
    """Say whether settings are looked for in a pickle: where there is no file of them."""
    return weights is not None and weights.suffix != ".safetensors" and not config.is_file()


def _settings_within(weights: Path, spec: PartFiles) -> dict[str, JsonValue]:
    """Return the settings in a pickle: those under each of its keys, or the key with its value."""
    content = read_pickle(weights)
    held = content if isinstance(content, dict) else {}
    settings: dict[str, JsonValue] = {}
    for key, alone in spec.config_within.items():
        value = held.get(key)
        if not isinstance(value, dict):
            raise WeightsError(
                f"Expected {spec.config} beside {weights}, or '{key}' in it; neither is there."
            )
        settings |= {key: value} if alone else value
    return settings


def _tokenizers(folder: Path, extra: Path | None) -> list[Path]:
    named = [] if extra is None else [extra if extra.is_file() else extra / TOKENIZER]
    return [*named, folder / TOKENIZER]


def _tensors(path: Path, spec: PartFiles) -> dict[str, torch.Tensor]:
    """Return the tensors of a file, out of those keys of a pickle that hold them."""
    if path.suffix == ".safetensors" or not spec.within:
        return read_tensors(path)
    content = read_pickle(path)
    for key in spec.within:
        if isinstance(content, dict) and key in content:
            content = content[key]
    if not isinstance(content, dict) or not content:
        raise WeightsError(f"{path} must hold a dict of tensors, got {type(content).__name__}.")
    others = [str(key) for key, value in content.items() if not isinstance(value, torch.Tensor)]
    if others:
        raise WeightsError(f"{path} must hold tensors only; {others[0]} is not one.")
    return {str(key): value for key, value in content.items()}
