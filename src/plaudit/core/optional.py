"""Optional packages: import one that an extra brings, or say how to install it."""

import importlib
from types import ModuleType

from plaudit.core.errors import PlauditError


class MissingPackageError(PlauditError, ImportError):
    """A command or option needs a package that is not installed."""


def require(package: str, extra: str, purpose: str) -> ModuleType:
    """Import an optional package; `MissingPackageError` names the command that installs it.

    Examples
    --------
    >>> require("json", "train", "Reading JSON").__name__
    'json'
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise MissingPackageError(
            f"{purpose} needs the package '{package}', which is not installed here;"
            f" run `pip install 'plaudit[{extra}]'`."
        ) from error
