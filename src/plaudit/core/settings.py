"""Strict reading of settings and records: an unknown key is an error that names the nearest one."""

import difflib
import tomllib
from collections.abc import Iterable
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from plaudit.core.errors import InputError


class Record(BaseModel):
    """A frozen pydantic model that refuses unknown keys; every setting and result is one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


R = TypeVar("R", bound=Record)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint naming the known word closest to a wrong one.

    Parameters
    ----------
    word : str
        What came.
    known : iterable of str
        What would have been accepted.

    Returns
    -------
    str
        ``"did you mean 'x'?"``, or the list of what is known when nothing is close.
    """
    known = list(known)
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}."


def read_json(model: type[R], text: str, where: str) -> R:
    """Read a record from JSON, or say in one sentence what is wrong with it.

    Parameters
    ----------
    model : type of Record
        What the text must be.
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
        The text is not JSON, misses a key, has an unknown key or a wrong value.
    """
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise _explained(model, error, where) from error


def read_toml(text: str, where: str) -> dict[str, Any]:
    """Read TOML, or say in one sentence what is wrong with it.

    Parameters
    ----------
    text : str
        TOML.
    where : str
        Name of the source for the error message, such as a path.

    Returns
    -------
    dict
        Its tables; `read_record` makes a record of them.

    Raises
    ------
    InputError
        The text is not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where} is not TOML: {error}.") from error


def read_record(model: type[R], values: dict[str, Any], where: str) -> R:
    """Make a record of plain values, or say in one sentence what is wrong with them.

    Parameters
    ----------
    model : type of Record
        What the values must be.
    values : dict
        As read from TOML.
    where : str
        Name of the source for the error message, such as a path.

    Returns
    -------
    Record
        The validated record.

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
