"""The 24 published conditions by name: level, task, loss and depth of the trunk (APEX).

``song-full-uncertainty-2`` is the best published one. Level "song" averages the segments of a song
before the heads, "segment" trains on segments and averages their scores; task "popularity" has the
axes streams and likes, "full" all seven; the loss says how the losses of the axes are added
(`plaudit.training.loss`); the last number is that of the shared layers.
"""

from itertools import product
from typing import Literal, NamedTuple, cast

from plaudit.core.axes import AXES, POPULARITY
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest

_Level = Literal["song", "segment"]
Task = Literal["popularity", "full"]
Balance = Literal["equal", "weighted", "uncertainty"]

_SHARED = {2: (512, 256), 3: (512, 384, 256)}
_TASKS = {"popularity": POPULARITY, "full": tuple(axis.name for axis in AXES)}
BEST = "song-full-uncertainty-2"


class Condition(NamedTuple):
    """One of the 24 conditions."""

    level: _Level
    task: Task
    loss: Balance
    depth: int

    @property
    def name(self) -> str:
        """Its name, such as ``song-full-uncertainty-2``."""
        return f"{self.level}-{self.task}-{self.loss}-{self.depth}"

    @property
    def axes(self) -> tuple[str, ...]:
        """Axes of its task, in their usual order."""
        return _TASKS[self.task]

    @property
    def shared_dims(self) -> tuple[int, ...]:
        """Widths of the shared layers, as published."""
        return _SHARED[self.depth]


CONDITIONS: dict[str, Condition] = {
    condition.name: condition
    for condition in (
        Condition(cast("_Level", level), cast("Task", task), cast("Balance", loss), depth)
        for level, task, loss, depth in product(
            ("segment", "song"), _TASKS, ("equal", "weighted", "uncertainty"), _SHARED
        )
    )
}


def read_conditions(text: str) -> list[Condition]:
    """Return the conditions of a list of names with commas between them, or of "all"."""
    if text == "all":
        return list(CONDITIONS.values())
    conditions = []
    for name in filter(None, (part.strip() for part in text.split(","))):
        if name not in CONDITIONS:
            raise InputError(f"There is no condition '{name}'; {nearest(name, CONDITIONS)}")
        conditions.append(CONDITIONS[name])
    if not conditions:
        raise InputError("Expected names of conditions, or 'all'; got none.")
    return conditions
