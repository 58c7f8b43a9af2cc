"""How a user names a cluster, and what goes with it."""

import re
from typing import Annotated

from pydantic import Field

from plaudit.core.choice import Device
from plaudit.core.errors import InputError

Price = Annotated[float | None, Field(ge=0)]
"""Price of a core of the cluster for an hour, in any currency. None: not known."""


def check_cluster(address: str) -> None:
    """Refuse what names no cluster: `InputError`."""
    if not re.fullmatch(r"ray|auto|[\w.\-]+:\d+", address):
        raise InputError(
            "Expected --cluster ray (this machine, or what RAY_ADDRESS names), auto or HOST:PORT,"
            f" got '{address}'."
        )


def device_on(cluster: str | None, device: Device, price: float | None) -> Device:
    """Return the device of a job: on a cluster the CPU.

    Raises
    ------
    InputError
        The cluster is named wrongly, is to use another device, or has a price and does not exist.
    """
    if cluster is None:
        if price is not None:
            raise InputError("--price-per-core-hour is that of a cluster; give --cluster too.")
        return device
    check_cluster(cluster)
    if device not in ("auto", "cpu"):
        raise InputError(
            f"Workers on a cluster compute on CPUs, not on {device}; leave out --device, or give"
            " each machine that has one its own --part of the songs, without --cluster."
        )
    return "cpu"
