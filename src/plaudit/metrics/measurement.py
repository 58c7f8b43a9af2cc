"""Measurements as records keep them: a value with its interval, None where undefined."""

import math
from typing import Self

from plaudit.core.settings import Record


def or_none(value: float) -> float | None:
    """Return a number as JSON can hold it: None for nan and infinity."""
    return float(value) if math.isfinite(value) else None


class Measurement(Record):
    """The value of a measure with its interval."""

    value: float | None  #: None where the measure is undefined.
    #: Ends of the interval; None where there is none.
    low: float | None = None
    high: float | None = None
    reason: str | None = None  #: Why there is a value and no interval, where that is known.

    @classmethod
    def of(
        cls, value: float, low: float = math.nan, high: float = math.nan, **more: object
    ) -> Self:
        """Return the record of numbers that may be nan, with the other fields of the class."""
        numbers = {"value": or_none(value), "low": or_none(low), "high": or_none(high)}
        return cls.model_validate({**numbers, **more})


class CountedMeasurement(Measurement):
    """A measurement with the number of songs, groups or pairs that it was taken on."""

    n: int
