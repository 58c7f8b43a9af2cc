"""The HTML report on songs, with the waveform and sound of each made as the page needs it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from plaudit.audio.preview import Preview, preview
from plaudit.jobs.output.overwrite import write_output
from plaudit.judging.record import JudgeId, SongFailure, SongScores
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard
from plaudit.reports.songs.page import AUDIO_BUDGET, song_page
from plaudit.reports.songs.panel_page import panel_page


class _Previews(Mapping[str, Preview]):
    """Previews by path, made when asked for, without sound once the page's share of it is used up.

    Parameters
    ----------
    paths : sequence of str
        Files that were judged.
    budget : int
        Bytes of MP3 a page holds.
    """

    def __init__(self, paths: Sequence[str], budget: int = AUDIO_BUDGET) -> None:
        self._paths = dict.fromkeys(paths)
        self._left = budget

    def __getitem__(self, path: str) -> Preview:
        """Return the preview of a file; KeyError for one that is unknown or no longer readable."""
        if path not in self._paths:
            raise KeyError(path)
        try:
            # With nothing left to spend, the encoder need not run at all.
            made = preview(Path(path)) if self._left > 0 else preview(Path(path), max_audio_s=0)
        except Exception as error:
            raise KeyError(path) from error  # moved since it was judged: shown without a waveform
        self._left -= len(made.mp3 or b"")
        return made

    def __iter__(self) -> Iterator[str]:
        """Iterate over the paths."""
        return iter(self._paths)

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self._paths)


def write_page(
    path: Path,
    rows: Sequence[SongScores | SongFailure],
    card: Card | PublishedCard,
    *,
    limit: int | None = None,
) -> None:
    """Write the report on rows of one judge, whole or not at all; ``limit`` as in `song_page`."""
    write_output(path, song_page(rows, card, previews_of(rows), limit=limit))


def write_panel_page(
    path: Path,
    rows: Sequence[SongScores | SongFailure],
    cards: Mapping[JudgeId, Card | PublishedCard],
    *,
    limit: int | None = None,
) -> None:
    """Write the report on rows of several judges, as `write_page`."""
    write_output(path, panel_page(rows, cards, previews_of(rows), limit=limit))


def previews_of(rows: Sequence[SongScores | SongFailure]) -> Mapping[str, Preview]:
    """Return the previews of judged files, each made when it is asked for."""
    judged = [row.path for row in rows if isinstance(row, SongScores) and row.path is not None]
    return _Previews(judged)
