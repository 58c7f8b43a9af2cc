"""Cautions beside standings, in sentences."""

from plaudit.benchmarks.standings.record import Resampling, StandingsSettings
from plaudit.benchmarks.votes.systems import BattleTable
from plaudit.metrics.tally import Tally, UnplacedError, require_placed

_FEW_CLUSTERS = 20  # below so many, an interval from resampling them is too narrow to be relied on
_FEW_VOTES = 30  # what the Music Arena board asks of a system
_FAILED = 0.05


def standings_notes(
    table: BattleTable,
    counts: Tally,
    settings: StandingsSettings,
    sampling: Resampling,
    alone: int,
) -> tuple[str, ...]:
    """Return sentences on how the board was made; ``alone`` battles name no voter (or prompt)."""
    notes = []
    if counts.neither.any():
        notes.append("Votes for neither (both bad) enter no rating; they are the floor rate.")
    notes += _method(counts, table, settings)
    if settings.draws:
        notes += _sampling(settings, sampling, alone)
    votes = (counts.points + counts.points.T).sum(axis=1)
    few = [name for name, n in zip(table.systems, votes, strict=True) if n < _FEW_VOTES]
    few = [name for name in few if votes[table.systems.index(name)] >= settings.least_votes]
    if few:
        shown = ", ".join(few[:5]) + (f" and {len(few) - 5} more" if len(few) > 5 else "")
        notes.append(f"Fewer than {_FEW_VOTES} votes: {shown}.")
    return tuple(notes)


def _method(counts: Tally, table: BattleTable, settings: StandingsSettings) -> list[str]:
    if settings.method == "davidson":
        if counts.ties.any():
            return []
        return ["No battle ended in a tie, so the ratings are those of Bradley and Terry."]
    try:
        require_placed(counts.points, table.systems)
    except UnplacedError as error:
        reason = str(error).split("; ", 1)[0]
        source = "the penalty" if settings.method == "music-arena" else "the start at 1000 points"
        apart = [f"{reason}. Their ratings come from {source}, not from battles alone."]
    else:
        apart = []
    if settings.method == "elo":
        how = (
            f"the mean over {settings.shuffles} random orders"
            if settings.order == "shuffled"
            else "from the order of the file, and another order would give others"
        )
        return [f"Elo depends on the order of battles; these ratings are {how}.", *apart]
    return apart


def _sampling(settings: StandingsSettings, sampling: Resampling, alone: int) -> list[str]:
    single = [kind for kind, n in sampling.of_each.items() if n < 2]
    if single:
        return [
            f"All battles are of one {single[0]}, and one shows no spread: intervals, ranges of"
            " ranks and intervals of rates are undefined; bring battles of more"
            f" {single[0]}s, or choose another --cluster."
        ]
    notes = []
    if alone and sampling.cluster != "battle":
        kinds = " or no ".join(sampling.of_each)
        notes.append(f"{alone:,} battles name no {kinds}; each was resampled on its own.")
    for kind, n in sampling.of_each.items():
        if n < _FEW_CLUSTERS:
            notes.append(
                f"Only {n} of what is resampled ({kind}): the intervals are too narrow to be relied"
                " on."
            )
    if 2 * sampling.failed > settings.draws:
        notes.append(
            f"{sampling.failed:,} of {settings.draws:,} resamples leave some system without a"
            " place, so there are no intervals; bring more battles."
        )
    elif sampling.failed > _FAILED * settings.draws:
        notes.append(
            f"{sampling.failed:,} of {settings.draws:,} resamples leave some system without a place"
            " and are left out, which makes intervals narrower than they should be."
        )
    return notes
