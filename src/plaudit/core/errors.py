"""Roots of the errors Plaudit raises; each area derives its own from the one that fits.

An error says in one sentence what was expected, what came and what to do. Each derives from
``PlauditError`` and from the builtin that a caller would already be catching.
"""


class PlauditError(Exception):
    """Root of every error that Plaudit raises on purpose."""


class InputError(PlauditError, ValueError):
    """A value the user gave cannot be used: wrong type, range, shape or content."""


class MissingFileError(PlauditError, FileNotFoundError):
    """A path that was named does not exist."""

    # FileNotFoundError formats two arguments as "[Errno ..]"; this is one sentence.
    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class OutputError(InputError, OSError):
    """A path that cannot be written, or may not be: it holds what is not ours to replace."""

    # As above.
    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""
