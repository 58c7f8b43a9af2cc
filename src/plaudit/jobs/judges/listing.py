"""``plaudit judges list``: the judges that are here, and those that can be fetched."""

from plaudit.jobs.judges.speed import time_judges
from plaudit.jobs.output.streams import Streams
from plaudit.judging.catalogue import IMPORT_APEX, judges_folder, list_judges
from plaudit.judging.speed import read_speeds
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard
from plaudit.model.published.facts import KNOWN, RECOMMENDED, model_class
from plaudit.model.published.folder import hash_of
from plaudit.reports.look.judge_card import judge_line
from plaudit.reports.look.judge_list import fetchable_line, known_lines, legend_lines, speed_line


def show_judges(streams: Streams, *, measure: bool = False) -> None:
    """Show every judge that a name can be given for, and every one that can be fetched.

    With ``measure`` those that are here are timed first, which keeps their figures.
    """
    judges = list_judges()
    if measure:
        time_judges([judge.name for judge in judges if judge.card], streams)
    speeds = read_speeds()
    for judge in judges:
        unreadable = f"{judge.name}: {judge.fault}"
        streams.show(judge_line(judge.name, judge.card) if judge.card else unreadable)
        known = judge.card and _known(judge.card)
        if known:
            streams.show(_lines(known, f"{_use(known).capitalize()}."))
        if judge.card:
            streams.show(speed_line(speeds.of(hash_of(judge.card))))
    here = {judge.name for judge in judges}
    absent = {name: facts for name, facts in KNOWN.items() if name not in here}
    if absent:
        streams.show("\nNot here, to be fetched once with `plaudit judges fetch NAME`:\n")
    for name, facts in absent.items():
        streams.show(fetchable_line(name, facts.title, _use(name), facts.gigabytes))
        streams.show(_lines(name, f"Scores {facts.scores}."))
    if "apex" in absent:
        streams.show(f"\nFrom files: `plaudit judges import NAME`; for apex\n  {IMPORT_APEX}")
    elif absent:
        streams.show("\nFrom files: `plaudit judges import NAME`.")
    streams.show("\n".join(["", *legend_lines()]))
    streams.show(f"\nA folder inside {judges_folder()} is found by its name.")


def _known(card: Card | PublishedCard) -> str | None:
    """Return the name by which a judge that is here could be fetched."""
    if isinstance(card, PublishedCard):
        return card.procedure if card.procedure in KNOWN else None
    return card.name if card.name == "apex" else None


def _use(name: str) -> str:
    recommended = "recommended; " if name == RECOMMENDED else ""
    allowed = "commercial use allowed" if KNOWN[name].commercial else "no commercial use"
    return recommended + allowed


def _lines(name: str, first: str) -> str:
    facts = KNOWN[name]
    conditions = () if name == "apex" else model_class(name).CONDITIONS
    return "\n".join(known_lines(first, conditions, facts.learned_from, facts.agreement))
