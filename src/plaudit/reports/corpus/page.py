"""The summary of a corpus: contact sheet and plots on one page."""

import base64
from dataclasses import dataclass

import numpy as np

from plaudit.core.axes import AESTHETICS
from plaudit.reports.corpus.battle_plot import battle_plots
from plaudit.reports.corpus.columns import Corpus
from plaudit.reports.corpus.contact import sample_of
from plaudit.reports.corpus.public_plot import platforms_of, public_plots
from plaudit.reports.corpus.song_plot import groups_of, song_plots
from plaudit.reports.look.plot import Plot
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import count_text


@dataclass(frozen=True)
class _Chapter:
    """A section of the page: heading, id, topic and plots."""

    title: str
    anchor: str
    lead: str
    plots: list[Plot]


def summary_page(corpus: Corpus, contact: bytes) -> str:
    """Return the summary of a corpus as one HTML file; its bytes depend on the tables alone."""
    picture = "data:image/png;base64," + base64.b64encode(contact).decode()
    return html_page(
        "corpus",
        title="A corpus of composed songs",
        picture=picture if contact else "",
        shown=count_text(len(sample_of(corpus.songs))) if len(corpus.songs) else "",
        counts=counts(corpus),
        chapters=_chapters(corpus),
    )


def counts(corpus: Corpus) -> list[tuple[str, str, str]]:
    """Return the headline numbers: value, what it counts, and a detail."""
    songs = corpus.songs
    if not len(songs):
        return [("0", "songs", "")]
    roles = ", ".join(f"{len(table):,} {role}" for role, table in groups_of(songs))
    hours = float(np.nansum(songs["duration_s"])) / 3600
    size = float(np.nansum(songs["bytes"])) / 1e6
    sung = 100 * float(np.mean(songs["instrumental"] == 0))
    systems, styles = len(set(songs["system"])), len(set(songs["style"]))
    raters = len(set(corpus.ratings["rater"])) if len(corpus.ratings) else 0
    places = platforms_of(songs)
    plays = sum(float(table["plays"].sum()) for table in places.values())
    likes = sum(float(table["likes"].sum()) for table in places.values())
    platforms = " and ".join(places) or "no platform"
    voters = len(set(corpus.battles["voter"])) if len(corpus.battles) else 0
    twelfth = len(corpus.falsification)
    voted = f"by {voters} simulated listeners"
    if twelfth:
        voted += f", {twelfth:,} with the twelfth"
    return [
        (f"{len(songs):,}", "songs", roles),
        (
            f"{hours:,.1f}" if hours < 100 else f"{hours:,.0f}",
            "hours of sound",
            f"{size:,.0f} MB, {sung:.0f} % with a singer",
        ),
        (f"{systems}", "systems", f"{styles} styles"),
        (f"{len(corpus.ratings):,}", "ratings", f"by {raters} simulated raters"),
        (f"{plays:,.0f}", "plays", f"{likes:,.0f} likes, on {platforms}"),
        (f"{len(corpus.battles) + twelfth:,}", "battles", voted),
    ]


def _chapters(corpus: Corpus) -> list[_Chapter]:
    if not len(corpus.songs):
        return []
    music, truth = song_plots(corpus)
    return [
        _Chapter("The music", "music", "What the songs are, by group of systems.", music),
        _Chapter(
            "The truth about it",
            "truth",
            f"Five knobs say how well each song is made: {', '.join(AESTHETICS)}. Raters hear the"
            " songs through their own habits.",
            truth,
        ),
        _Chapter(
            "Plays and likes",
            "public",
            "Songs of the training systems are published, each system on a platform of its own.",
            public_plots(corpus.songs),
        ),
        _Chapter(
            "Battles",
            "battles",
            "Two songs that answer one prompt, heard blind by a simulated listener.",
            battle_plots(corpus),
        ),
    ]
