"""Settings of published networks, read from the files that they were published with.

Where no file states a size, `plaudit.encoders.published.size` reads it from the tensors.

A published file holds more than decides a number (paths of training, losses), so unknown keys pass;
a key that is needed and absent, or of a value that we do not compute, is an error with its name.
"""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from plaudit.encoders.promise import WeightsError


class Stated(BaseModel):
    """What a published configuration says; frozen, with keys that we do not need left out."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


S = TypeVar("S", bound=Stated)


def read_stated(kind: type[S], config: Mapping[str, JsonValue], where: str) -> S:
    """Read the settings of a network from a published configuration.

    Raises
    ------
    WeightsError
        A key is absent, or says what the network here does not compute; the key is named.
    """
    try:
        return kind.model_validate(dict(config))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the whole"
        if first["type"] == "missing":
            raise WeightsError(
                f"The configuration of {where} lacks '{key}';"
                " give the configuration file that was published with the weights."
            ) from error
        raise WeightsError(
            f"The configuration of {where} has {first['input']!r} for '{key}'"
            f" ({first['msg'][:1].lower()}{first['msg'][1:]});"
            " give the configuration file that was published with the weights."
        ) from error
