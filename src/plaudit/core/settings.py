"""Strict reading of settings and records: an unknown key is an error that names the nearest one."""

import difflib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from plaudit.core.errors import InputError
from plaudit.core.parse import ParseError, parse_json, parse_toml, read_text

_FORMER = "a record written by a former version"
_VERSIONS = ("schema_version", "format_version")


class Record(BaseModel):
    """A frozen pydantic model that refuses unknown keys; every setting and result is one.

    A record that is kept in files has a field ``schema_version`` with its version as the default
    (``format_version`` in the card of a judge, which describes the files beside it too).
    To rename a key, rename the field, give it its former name as ``validation_alias`` and raise
    the version: `read_json` takes the former names in records of former versions, and only there.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=False,
        loc_by_alias=False,
    )

    def model_dump_json(self, **options: Any) -> str:
        """Return the record as JSON; a name that is no UTF-8 keeps its bytes, as ``\\udcff``."""
        try:
            return super().model_dump_json(**options)
        except ValueError:  # pydantic writes no half of a surrogate pair
            indent = options.pop("indent", None)
            values = self.model_dump(mode="json", **options)
            return json.dumps(_defined(values), indent=indent)

    @field_validator(*_VERSIONS, mode="before", check_fields=False)
    @classmethod
    def _upgrade(cls, version: object, info: ValidationInfo) -> object:
        current = _version_of(cls)
        if info.context == _FORMER and isinstance(version, int) and 1 <= version <= current:
            return current
        return version


R = TypeVar("R", bound=Record)


def _defined(value: Any) -> Any:
    """Return plain values with null for NaN and infinities, as pydantic writes them."""
    if isinstance(value, dict):
        return {key: _defined(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_defined(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint naming the known word closest to a wrong one."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}."


def read_json(model: type[R], text: str, where: str) -> R:
    """Read a record from JSON, or say in one sentence what is wrong with it.

    A record of a former schema version may have the keys of its time and becomes one of today.

    Parameters
    ----------
    model : type of Record
        The model that the text must fit.
    text : str
        JSON.
    where : str
        Name of the source for the error message, such as a path.

    Returns
    -------
    Record
        The validated record.

    Raises
    ------
    InputError
        The text is not JSON, misses a key, has an unknown key or a wrong value, or a newer
        Plaudit wrote it.
    """
    try:
        values = parse_json(text)
    except ParseError as error:
        raise InputError(f"{where} cannot be read: {error}.") from error
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":  # a name that is no UTF-8
            return read_record(model, values, where)
        if not _is_former(model, values, where):
            raise _explained(model, error, where) from error
    try:
        return model.model_validate_json(text, by_alias=True, by_name=True, context=_FORMER)
    except ValidationError as error:
        raise _explained(model, error, where) from error


def load_json(model: type[R], path: Path) -> R:
    """Read a record from a file; an `InputError` as from `read_json` names the file."""
    return read_json(model, read_text(path), str(path))


def _version_of(model: type[BaseModel]) -> int:
    """Return the version that a model writes; 0 if it has none."""
    fields = model.model_fields
    return next((fields[name].default for name in _VERSIONS if name in fields), 0)


def _is_former(model: type[BaseModel], values: object, where: str) -> bool:
    """Say whether a former version wrote a record; raise if a newer one did."""
    known = _version_of(model)
    kept = values if isinstance(values, dict) else {}
    version = next((kept[name] for name in _VERSIONS if name in kept), None)
    if not known or not isinstance(version, int):
        return False
    if version > known:
        writer = kept.get("plaudit")
        by = f"Plaudit {writer}" if isinstance(writer, str) else "a newer Plaudit"
        raise InputError(
            f"{where} was written by {by} in schema version {version}; "
            f"this Plaudit reads up to version {known}: update Plaudit to read it."
        )
    return 1 <= version < known


def read_toml(text: str, where: str) -> dict[str, Any]:
    """Read TOML, or say in one sentence what is wrong with it.

    Raises
    ------
    InputError
        The text is not TOML.
    """
    try:
        return parse_toml(text)
    except ParseError as error:
        raise InputError(f"{where} cannot be read: {error}.") from error


def read_record(model: type[R], values: dict[str, Any], where: str) -> R:
    """Make a record of plain values, or say in one sentence what is wrong with them.

    Raises
    ------
    InputError
        A key is missing or unknown, or a value is wrong.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _explained(model, error, where) from error


def _explained(model: type[BaseModel], error: ValidationError, where: str) -> InputError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "the file"
    if first["type"] == "extra_forbidden":
        hint = nearest(str(first["loc"][-1]), _keys_at(model, first["loc"][:-1]))
        return InputError(f"{where} has an unknown key '{key}'; {hint}")
    return InputError(f"{where}: {key}: {first['msg']} ({error.error_count()} in all).")


def _keys_at(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """Return the keys known at a place inside a record, such as ("recipe", "heads")."""
    for part in place:
        field = model.model_fields.get(str(part))
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        model = inner[0] if inner else model
    return list(model.model_fields)


def read_options(model: type[R], options: Mapping[str, object]) -> R:
    """Read settings from the options of a command line, or say which option is wrong.

    Raises
    ------
    InputError
        A value is out of range; the sentence names the option and gives the value.
    """
    try:
        return model.model_validate(options)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]).replace("_", "-")
        raise InputError(f"--{name}: {first['msg']}, got {first['input']!r}.") from error


def read_names(
    text: str, known: tuple[str, ...], option: str, *, may_be_none: bool = False
) -> tuple[str, ...]:
    """Read a list of names from one word of a command line.

    Parameters
    ----------
    text : str
        Names with commas between them; "all" for all, "none" for none where that is allowed.
    known : tuple of str
        Names there are.
    option : str
        Of which this is the value, such as "--models".
    may_be_none : bool, default False
        Whether the list may be empty.

    Returns
    -------
    tuple of str
        Each name once, in the order given.

    Raises
    ------
    InputError
        A name is unknown, or there is none where one is needed.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if "all" in words:
        return known
    if may_be_none:
        words = [word for word in words if word != "none"]
    elif not words:
        raise InputError(f"{option} names nothing; known are {', '.join(known)}, or all.")
    for word in words:
        if word not in known:
            raise InputError(f"{option} has an unknown name '{word}'; {nearest(word, known)}")
    return tuple(dict.fromkeys(words))
