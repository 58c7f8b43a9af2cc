"""Text that a terminal may print: names from files may hold what acts on it."""

import re

# All control characters but tab and line feed; a carriage return only where no line feed follows.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")


def printable(text: str) -> str:
    """Return text with control characters written as JSON writes them, such as ``\\u001b``.

    Examples
    --------
    >>> printable("a\\x1b[31mb")
    'a\\\\u001b[31mb'
    """
    return _CONTROLS.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
