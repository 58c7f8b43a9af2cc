"""The summary of a corpus: contact sheet and plots on one page that works offline.

`summary_page` is the way in. The page holds no script and asks for nothing; its bytes depend on
the tables alone, so that the same corpus has the same page.
"""

import base64
from dataclasses import dataclass

import numpy as np

from plaudit.core.axes import AESTHETICS
from plaudit.reports.corpus.battle_plot import battle_plots
from plaudit.reports.corpus.columns import Corpus
from plaudit.reports.corpus.contact import sample_of
from plaudit.reports.corpus.public_plot import platforms_of, public_plots
from plaudit.reports.corpus.song_plot import groups_of, song_plots
from plaudit.reports.look.panel import Plot, counted
from plaudit.reports.look.shell import html_page


@dataclass(frozen=True)
class Chapter:
    """A heading of the page, its id, what it is about, and its plots."""

    title: str
    anchor: str
    lead: str
    plots: list[Plot]


def summary_page(corpus: Corpus, contact: bytes) -> str:
    """Return the summary of a corpus as one HTML file.

    Parameters
    ----------
    corpus : Corpus
        Its tables.
    contact : bytes
        PNG of the contact sheet; empty for a corpus without songs.

    Returns
    -------
    str
        HTML, to be written as UTF-8.
    """
    return html_page(
        "corpus",
        title="A corpus of composed songs",
        picture="data:image/png;base64," + base64.b64encode(contact).decode() if contact else "",
        shown=counted(len(sample_of(corpus.songs))) if len(corpus.songs) else "",
        counts=counts(corpus),
        chapters=chapters(corpus),
    )


def counts(corpus: Corpus) -> list[tuple[str, str, str]]:
    """Return the headline numbers: value, what it counts, and a detail."""
    songs, found = corpus.songs, []
    roles = [f"{len(table):,} {role}" for role, table in groups_of(songs)] if len(songs) else []
    found.append((f"{len(songs):,}", "songs", ", ".join(roles)))
    if not len(songs):
        return found
    hours = float(np.nansum(songs["duration_s"])) / 3600
    size = float(np.nansum(songs["bytes"])) / 1e6
    sung = 100 * float(np.mean(songs["instrumental"] == 0))
    found.append((f"{hours:,.1f}" if hours < 100 else f"{hours:,.0f}", "hours of sound",
                  f"{size:,.0f} MB, {sung:.0f} % with a singer"))  # fmt: skip
    systems, styles = len(set(songs["system"])), len(set(songs["style"]))
    found.append((f"{systems}", "systems", f"{styles} styles"))
    raters = len(set(corpus.ratings["rater"])) if len(corpus.ratings) else 0
    found.append((f"{len(corpus.ratings):,}", "ratings", f"by {raters} simulated raters"))
    places = platforms_of(songs)
    plays = sum(float(table["plays"].sum()) for table in places.values())
    likes = sum(float(table["likes"].sum()) for table in places.values())
    names = " and ".join(places) or "no platform"
    found.append((f"{plays:,.0f}", "plays", f"{likes:,.0f} likes, on {names}"))
    votes = len(corpus.battles) + len(corpus.falsification)
    voters = len(set(corpus.battles["voter"])) if len(corpus.battles) else 0
    twelfth = (
        f", {len(corpus.falsification):,} with the twelfth" if len(corpus.falsification) else ""
    )
    found.append((f"{votes:,}", "battles", f"by {voters} simulated listeners{twelfth}"))
    return found


def chapters(corpus: Corpus) -> list[Chapter]:
    """Return the page's chapters with their plots."""
    if not len(corpus.songs):
        return []
    music, truth = song_plots(corpus)
    axes = ", ".join(AESTHETICS)
    return [
        Chapter("The music", "music", "What the songs are, by group of systems.", music),
        Chapter(
            "The truth about it", "truth",
            f"Five knobs say how well each song is made: {axes}. Raters hear the songs through"
            " their own habits.",
            truth,
        ),
        Chapter(
            "Plays and likes", "public",
            "Songs of the training systems are published, each system on a platform of its own.",
            public_plots(corpus.songs),
        ),
        Chapter(
            "Battles", "battles",
            "Two songs that answer one prompt, heard blind by a simulated listener.",
            battle_plots(corpus),
        ),
    ]  # fmt: skip
