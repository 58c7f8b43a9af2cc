"""Seconds that judges take on this machine for 30 s of audio, measured on one signal and kept.

Figures lie in ``plaudit/speed.json`` of the user's cache, each with the judge's hash, machine,
device, threads and date. They are no part of a card: another machine has others.
"""

import datetime
import os
import platform
from pathlib import Path
from typing import Literal

from pydantic import Field

from plaudit.core.file import expanded, write_atomic
from plaudit.core.settings import Record, load_json

SECONDS = 30.0


class Speed(Record):
    """Seconds that a judge took for 30 s of audio, beyond loading."""

    judge: str  #: Hash of the judge.
    machine: str
    device: str
    threads: int = Field(gt=0)  #: Of torch on the CPU.
    seconds: float = Field(gt=0)
    date: datetime.date


class Speeds(Record):
    """All that was measured by this user, the last figure of each judge and machine."""

    format_version: Literal[1] = 1
    measured: tuple[Speed, ...] = ()

    def of(self, judge: str) -> Speed | None:
        """Return the figure of a judge on this machine by its hash, None if there is none."""
        here = machine()
        own = (s for s in self.measured if s.judge == judge and s.machine == here)
        return next(own, None)

    def with_one(self, speed: Speed) -> "Speeds":
        """Return these with one more, which takes the place of a former one."""
        others = (s for s in self.measured if (s.judge, s.machine) != (speed.judge, speed.machine))
        return Speeds(measured=(*others, speed))


def machine() -> str:
    """Return the identity of this machine: its name and its processor."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{platform.node()}, {next(named, platform.processor() or platform.machine())}"


def speed_file() -> Path:
    """Return where figures are kept: ``plaudit/speed.json`` in the user's cache."""
    return expanded(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "plaudit" / "speed.json"


def read_speeds() -> Speeds:
    """Return what was measured so far."""
    return load_json(Speeds, speed_file()) if speed_file().is_file() else Speeds()


def keep_speed(speed: Speed) -> None:
    """Add a figure to those that were measured."""
    kept = read_speeds().with_one(speed)
    speed_file().parent.mkdir(parents=True, exist_ok=True)
    write_atomic(speed_file(), kept.model_dump_json(indent=1) + "\n")
