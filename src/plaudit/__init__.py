"""Plaudit: the judge for AI-generated music.

``plaudit.load_judge`` opens a judge; everything else is reached from there. The import is light:
torch is loaded with the first judge.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plaudit.judging.load import load_judge

__version__ = "0.1.0"
__all__ = ["__version__", "load_judge"]


def __getattr__(name: str) -> object:
    if name == "load_judge":
        from plaudit.judging.load import load_judge

        return load_judge
    raise AttributeError(f"module 'plaudit' has no attribute '{name}'")
