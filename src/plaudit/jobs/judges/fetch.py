"""``plaudit judges fetch``: a published judge, from its authors' hub to a folder of ours."""

from collections.abc import Sequence
from pathlib import Path

from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.jobs.judges.bring import require_licence
from plaudit.jobs.output.streams import Streams
from plaudit.judging.catalogue import judges_folder
from plaudit.judging.published.fetch import fetch_judge
from plaudit.judging.published.source import sources_of
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard
from plaudit.model.published.facts import KNOWN


def fetch_published(
    name: str,
    out: Path | None,
    revisions: Sequence[str],
    streams: Streams,
    *,
    accept_licence: bool = False,
    update: bool = False,
) -> Card | PublishedCard | None:
    """Make a judge folder of what a judge's authors published; return its card, None if it is here.

    Raises
    ------
    InputError
        There is no such judge or part, its licence was not accepted, or the folder holds something
        else.
    WeightsNotFoundError
        A file was not given: no connection, no permission, no such file or revision.
    WeightsError
        A file is not what its hub or the card states, or does not fit.
    """
    if name not in KNOWN:
        raise InputError(f"There is no published judge '{name}'; {nearest(name, KNOWN)}")
    pinned = _pinned(name, revisions)
    require_licence(name, streams, accepted=accept_licence)
    folder = judges_folder() / name if out is None else out
    card = fetch_judge(name, folder, streams.show, revisions=pinned, update=update, err=streams.err)
    if card is not None:
        streams.show(
            f"Wrote {folder}: {card.summary}\n"
            f"Read `plaudit judges show {out or name}` before use.\n"
            f"Next: plaudit score SONGS --judge {out or name}"
        )
    return card


def _pinned(name: str, words: Sequence[str]) -> dict[str, str]:
    """Return by part the revision asked for; a judge of one part needs no name before it."""
    pinned: dict[str, str] = {}
    parts = list(sources_of(name))
    for word in words:
        part, equals, revision = word.partition("=")
        if not equals and len(parts) == 1:
            part, revision = parts[0], word
        if not part or not revision:
            raise InputError(
                f"Expected --revision PART=COMMIT with a part of {', '.join(parts)}, got '{word}'."
            )
        if part in pinned:
            raise InputError(f"Part '{part}' is given twice; give it once.")
        pinned[part] = revision
    return pinned
