"""Text that a terminal may print: names from files may hold what acts on it."""

import re

# All control characters but tab and line feed (a carriage return only where no line feed follows),
# other ends of lines, marks that turn the direction of what follows, and halves of surrogate pairs.
_ACTING = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|\r(?!\n)"
)


def printable(text: str) -> str:
    """Return text with what acts on a terminal written as in JSON, such as ``\\u001b``.

    Examples
    --------
    >>> printable("a\\x1b[31mb")
    'a\\\\u001b[31mb'
    """
    return _ACTING.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
