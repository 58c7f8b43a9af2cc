"""Failures of many songs in a few lines: each while they are few, else counts by reason."""

import re
from collections.abc import Sequence

_EACH = 10  # failures that are listed one by one
_REASONS, _NAMED = 6, 3  # reasons, and files of each, that are named of more


def failure_lines(failures: Sequence[tuple[str, str]]) -> list[str]:
    """Return lines on files that could not be judged, as paths with their reasons.

    Up to ten have a line each. More are counted by reason, the most frequent first, where paths
    and numbers in a reason do not tell it from another; six reasons are named, with three files of
    each.
    """
    if len(failures) <= _EACH:
        return [reason for _, reason in failures]
    groups: dict[str, list[tuple[str, str]]] = {}
    for path, reason in failures:
        kind = re.sub(r"\d[\d.,]*", "", reason.replace(path, "") if path else reason)
        groups.setdefault(kind, []).append((path, reason))
    order = sorted(groups.values(), key=len, reverse=True)
    lines = []
    for group in order[:_REASONS]:
        names = ", ".join(path for path, _ in group[:_NAMED])
        rest = f" and {len(group) - _NAMED:,} more" * (len(group) > _NAMED)
        lines += [f"{len(group):,} times, such as {group[0][1]}", f"  ({names}{rest})"]
    if len(order) > _REASONS:
        n = sum(map(len, order[_REASONS:]))
        lines.append(f"{n:,} for {len(order) - _REASONS:,} other reasons, which their rows give.")
    return lines
