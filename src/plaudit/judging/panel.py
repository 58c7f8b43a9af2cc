"""Several judges on the same songs: each song is decoded once and scored by each judge.

A row is that of its judge alone, digit for digit: a judge gets the samples that it would have read
(`plaudit.audio.shared`), what its encoder made of them for another judge
(`plaudit.encoders.shared_pass`) and the conditions that it can use, and never learns of the others.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Protocol

from plaudit.audio.shared import SharedSong
from plaudit.core.errors import InputError, PlauditError
from plaudit.core.note import error_note
from plaudit.core.remote import fetched
from plaudit.encoders.shared_pass import Passes, sharing
from plaudit.judging.feed import Known, PathLike, file_of
from plaudit.judging.given import Given
from plaudit.judging.record import JudgeId, SongFailure, SongScores
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard


class Member(Protocol):
    """What a panel needs of a judge."""

    id: JudgeId

    @property
    def card(self) -> Card | PublishedCard:
        """What it is."""

    def stream(
        self,
        songs: Iterable[PathLike],
        *,
        given: Sequence[Given] | None = None,
        known: Known | None = None,
        timeline: bool = True,
    ) -> Iterator[SongScores | SongFailure]:
        """Yield a row per file, in order."""


def usable(judge: Member) -> tuple[str, ...]:
    """Return the conditions that a judge can use."""
    return judge.card.conditions if isinstance(judge.card, PublishedCard) else ()


def needed(judge: Member) -> tuple[str, ...]:
    """Return the conditions without which a judge has no score."""
    return judge.card.needs if isinstance(judge.card, PublishedCard) else ()


def check_different(judges: Sequence[Member]) -> None:
    """Refuse a judge that was named twice, under whatever names: `InputError`."""
    seen: dict[str, JudgeId] = {}
    for judge in judges:
        if judge.id.hash in seen:
            raise InputError(
                f"Judge '{judge.id.name}' {judge.id.version} is given twice; name each judge once."
            )
        seen[judge.id.hash] = judge.id


def left_out(judges: Sequence[Member], given: Sequence[Given]) -> list[str]:
    """Return a sentence for each condition that is given and that some judges cannot use."""
    notes = []
    for name in dict.fromkeys(name for own in given for name in own.names):
        without = [judge.id.name for judge in judges if name not in usable(judge)]
        if without:
            notes.append(f"Judges that cannot use --{name} judge without it: {', '.join(without)}.")
    return notes


def judged_by_all(
    judges: Sequence[Member],
    songs: Iterable[PathLike],
    *,
    given: Sequence[Given] | None = None,
    known_of: Callable[[JudgeId], Known] | None = None,
    timeline: bool = False,
    max_s: float | None = None,
) -> Iterator[SongScores | SongFailure]:
    """Yield a row per song and judge: song after song, judges in the order given.

    Parameters
    ----------
    judges : sequence of Member
        Judges that were loaded.
    songs : iterable of path
        Files.
    given : sequence of Given, optional
        Conditions of each song; a judge gets those that it can use.
    known_of : callable, optional
        Returns for a judge what finds its rows of an earlier job (`Judge.stream`).
    timeline : bool, default False
        Whether rows hold the scores of each segment.
    max_s : float, optional
        The longest song, in seconds, that the judges were told to take.

    Yields
    ------
    SongScores or SongFailure
        A bad file, or a judge that cannot judge one, never stops what comes after.
    """
    for place, path in enumerate(songs):
        asked = Given() if given is None else given[place]
        with ExitStack() as stack:
            try:
                here = stack.enter_context(fetched(file_of(path)))
            except (PlauditError, OSError) as error:
                note = error_note(error)
                yield from (SongFailure(path=str(path), error=note, judge=own.id) for own in judges)
                continue
            song = here if isinstance(here, SharedSong) else SharedSong(here, max_s)
            yield from _by_each(judges, song, asked, known_of, timeline=timeline)


def _by_each(
    judges: Sequence[Member],
    song: SharedSong,
    asked: Given,
    known_of: Callable[[JudgeId], Known] | None,
    *,
    timeline: bool,
) -> Iterator[SongScores | SongFailure]:
    passes = Passes()
    for judge in judges:
        with sharing(passes):
            [row] = judge.stream(
                [song],
                given=[asked.only(usable(judge))],
                known=None if known_of is None else known_of(judge.id),
                timeline=timeline,
            )
        failed = isinstance(row, SongFailure)
        yield row.model_copy(update={"judge": judge.id}) if failed else row
