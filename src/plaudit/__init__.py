"""Plaudit: the judge for AI-generated music.

``plaudit.load_judge`` opens a judge; ``score``, ``compare``, ``rank``, ``evaluate``, ``study``,
``bench`` and ``train`` are the commands of those names, with the same settings, and return the
records; ``report`` makes a page of rows or of a record. The import is light: what a name needs is
loaded when it is first used.
"""

import gc
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plaudit.client import Client
    from plaudit.door.judged_songs import compare, rank, score
    from plaudit.door.report import report
    from plaudit.door.research import bench, evaluate, study, train
    from plaudit.judging.load import load_judge

__version__ = "0.1.0"
__all__ = [
    "Client",
    "__version__",
    "bench",
    "compare",
    "evaluate",
    "load_judge",
    "rank",
    "report",
    "score",
    "study",
    "train",
]

_PLACES = {
    "Client": "client",
    "bench": "door.research",
    "compare": "door.judged_songs",
    "evaluate": "door.research",
    "load_judge": "judging.load",
    "rank": "door.judged_songs",
    "report": "door.report",
    "score": "door.judged_songs",
    "study": "door.research",
    "train": "door.research",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module 'plaudit' has no attribute '{name}'")
    # To look for garbage among all that an import makes takes a sixth of its time and finds none.
    collects = gc.isenabled()
    gc.disable()
    try:
        return getattr(import_module(f"plaudit.{_PLACES[name]}"), name)
    finally:
        if collects:
            gc.enable()


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
