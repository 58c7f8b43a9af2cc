"""How far judges agree, as a page: correlations, and the songs to listen to with players."""

import base64
from collections.abc import Mapping
from typing import NamedTuple

from plaudit.audio.preview import Preview
from plaudit.judging.agreement import Agreement, Disagreement, PairAgreement
from plaudit.reports.agreement.text import (
    MEASURE,
    interval_text,
    judge_name,
    main_text,
    opinion_text,
    pair_title,
    value_text,
)
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import count_text, duration_text, safe_text

AUDIO_BUDGET = 40_000_000


def agreement_page(
    agreement: Agreement, previews: Mapping[str, Preview], *, audio_budget: int = AUDIO_BUDGET
) -> str:
    """Return the page as one HTML file; a song has its player where it first appears."""
    players = _Players(previews, audio_budget)
    return html_page(
        "agreement",
        sounding=True,
        title="How far judges agree",
        agreement=agreement,
        counted=count_text(agreement.n_songs),
        measure=MEASURE,
        judges=[
            (judge_name(judge), main_text(axes))
            for judge, axes in zip(agreement.judges, agreement.main_axes, strict=True)
        ],
        pairs=[
            {
                "title": pair_title(pair),
                "rows": [
                    (found.axis, value_text(found), interval_text(found), found.n)
                    for found in (pair.main, *pair.axes)
                ],
                "songs": [_song(pair, song, players) for song in pair.disagreements],
            }
            for pair in agreement.pairs
        ],
    )


class _Player(NamedTuple):
    audio: str = ""
    id: str = ""
    at: str = ""  # where the song has its player already


class _Players:
    """The sound of each song once, as long as there is room; later a link to it."""

    def __init__(self, previews: Mapping[str, Preview], budget: int) -> None:
        self._previews, self._left = previews, budget
        self._places: dict[str | None, str] = {}

    def of(self, path: str | None) -> _Player:
        """Return the sound of a song and its id, or the id of where its player is."""
        if path in self._places:
            return _Player(at=self._places[path])
        preview = None if path is None else self._previews.get(path)
        mp3 = None if preview is None else preview.mp3
        if mp3 is None or path is None or len(mp3) > self._left:
            return _Player()
        self._left -= len(mp3)
        self._places[path] = f"song-{len(self._places) + 1}"
        sound = f"data:audio/mpeg;base64,{base64.b64encode(mp3).decode()}"
        return _Player(sound, self._places[path])


def _song(pair: PairAgreement, song: Disagreement, players: _Players) -> dict[str, object]:
    return {
        "name": safe_text(song.path or song.sha256),
        "length": "" if song.duration_s is None else duration_text(song.duration_s),
        "opinions": [
            (judge_name(judge), opinion_text(opinion))
            for judge, opinion in ((pair.first, song.first), (pair.second, song.second))
        ],
        "player": players.of(song.path),
    }
