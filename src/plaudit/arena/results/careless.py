"""Careless voters: flagged by `plaudit.arena.results.rule`, counted, and never deleted.

Most rules look at a voter alone. The last one needs the board: a voter who works for one system
gives it more victories than its rating makes expect, even where his own taste doubles its odds. The
ratings come from the votes of all others who are not flagged, so that neither he nor his friends
set the bar; it is repeated until nobody else is flagged.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from plaudit.arena.results.row import VoteRow, by_voter
from plaudit.arena.results.rule import RULES, CarelessReport, CarelessRules, Flag, Rule, RuleCount
from plaudit.arena.results.tail import at_least
from plaudit.core.outcome import Outcome
from plaudit.metrics.bradley_terry import bradley_terry
from plaudit.metrics.checked import Floats

_SCORES_APART, _RATINGS_APART = 20.0, 1.0
_WON = {Outcome.FIRST: 1.0, Outcome.SECOND: 0.0}


@dataclass(frozen=True)
class _Count:
    """How often something happened, and the chance of so many for an attentive voter."""

    count: int
    of: int
    chance: float
    system: str | None = None


_Counter = Callable[[Sequence[VoteRow]], _Count | None]


def find_careless(
    rows: Sequence[VoteRow], rules: CarelessRules, *, gate_s: float = 0.0
) -> CarelessReport:
    """Flag careless voters.

    Parameters
    ----------
    rows : sequence of VoteRow
        All answers but those of training tasks: votes, checks and repeats.
    rules : CarelessRules
        Rates and level.
    gate_s : float, default 0
        Seconds of each side that had to be heard before an answer was taken.

    Returns
    -------
    CarelessReport
        Every flag, and what each rule found.
    """
    voters = by_voter(row for row in rows if row.purpose != "training")
    alone: dict[Rule, _Counter] = {
        "too fast": lambda own: _too_fast(own, rules, gate_s),
        "same answer": lambda own: _same_answer(own, rules),
        "failed checks": lambda own: _failed(own, rules),
        "changed answers": lambda own: _changed(own, rules),
        "unheard": lambda own: _unheard(own, rules),
    }
    found: dict[Rule, dict[str, _Count]] = {rule: {} for rule in RULES}
    for voter, own in voters.items():
        for rule, count in alone.items():
            known = count(own)
            if known is not None:
                found[rule][voter] = known
    flagged = {
        voter
        for counts in found.values()
        for voter, known in counts.items()
        if known.chance < rules.level
    }
    found["one system"] = _one_system(voters, flagged, rules)
    return _report(voters, found, rules)


def _report(
    voters: Mapping[str, Sequence[VoteRow]],
    found: Mapping[Rule, Mapping[str, _Count]],
    rules: CarelessRules,
) -> CarelessReport:
    votes = {voter: sum(row.counts for row in own) for voter, own in voters.items()}
    flags = tuple(
        Flag(voter=voter, rule=rule, **asdict(known))
        for rule in RULES
        for voter, known in sorted(found[rule].items())
        if known.chance < rules.level
    )
    by_rule = {rule: [flag.voter for flag in flags if flag.rule == rule] for rule in RULES}
    names = {flag.voter for flag in flags}
    return CarelessReport(
        rules=rules,
        voters=len(voters),
        flagged=len(names),
        votes=sum(votes.values()),
        votes_flagged=sum(votes[voter] for voter in names),
        counts=tuple(
            RuleCount(
                rule=rule,
                tested=len(found[rule]),
                flagged=len(by_rule[rule]),
                votes=sum(votes[voter] for voter in by_rule[rule]),
            )
            for rule in RULES
        ),
        flags=flags,
    )


def _counted(happened: Sequence[bool], rate: float, tests: int = 1) -> _Count | None:
    """Return how often something happened; of several counts of one voter the chance is theirs."""
    if not happened:
        return None
    n = sum(happened)
    chance = at_least(n, np.full(len(happened), rate))
    return _Count(n, len(happened), min(tests * chance, 1.0))


def _too_fast(own: Sequence[VoteRow], rules: CarelessRules, gate_s: float) -> _Count | None:
    fast = []
    for row in own:
        # Files of others say how long was listened, and not how long the page was open.
        seconds = row.heard_s if row.seconds is None else row.seconds
        answered = sum(side.role != "reference" for side in row.sides)
        if seconds is not None:
            fast.append(seconds < answered * gate_s + rules.fastest_s)
    return _counted(fast, rules.too_fast)


def _same_answer(own: Sequence[VoteRow], rules: CarelessRules) -> _Count | None:
    votes = [row for row in own if row.check is None]
    outcomes = [row.outcome for row in votes if row.outcome is not None]
    decided = [outcome for outcome in outcomes if outcome.decided]
    asked = [
        (decided, Outcome.FIRST), (decided, Outcome.SECOND),
        (outcomes, Outcome.TIE), (outcomes, Outcome.NEITHER),
    ]  # fmt: skip
    counts = [_counted([a is b for a in among], rules.same_answer, 4) for among, b in asked]
    ratings = [tuple(sorted(row.ratings.items())) for row in votes if row.ratings]
    if ratings:
        common = Counter(ratings).most_common(1)[0][0]
        counts.append(_counted([each == common for each in ratings], rules.same_answer))
    scores = [[s.score for s in row.sides if s.score is not None] for row in votes]
    scores = [each for each in scores if len(each) > 1]
    counts.append(_counted([len(set(each)) == 1 for each in scores], rules.same_answer))
    places = [[s.place for s in row.sides if s.place is not None] for row in votes]
    shown = [each == sorted(each) for each in places if len(each) > 1]
    counts.append(_counted(shown, rules.same_answer))
    return min((each for each in counts if each), key=lambda each: each.chance, default=None)


def _failed(own: Sequence[VoteRow], rules: CarelessRules) -> _Count | None:
    passed = [row.check.passed for row in own if row.check and row.check.passed is not None]
    return _counted([not each for each in passed], rules.failed_checks)


def _changed(own: Sequence[VoteRow], rules: CarelessRules) -> _Count | None:
    by_task = {row.task: row for row in own}
    changed = [
        differ
        for row in own
        if row.check is not None and row.check.repeats in by_task
        for differ in [differs(by_task[row.check.repeats], row)]
        if differ is not None
    ]
    return _counted(changed, rules.changed_answers)


def differs(before: VoteRow, again: VoteRow) -> bool | None:
    """Return whether two answers about the same songs contradict each other, None if neither can.

    Two battles do where both had a winner, and not the same; orders do where another take is the
    best; ratings where they are more than a point apart in the mean, scores of MUSHRA 20 points.
    """
    if before.outcome is not None and again.outcome is not None:
        winners = [_winner(before), _winner(again)]
        return None if None in winners else winners[0] != winners[1]
    if before.ratings and again.ratings:
        shared = before.ratings.keys() & again.ratings.keys()
        apart = [abs(before.ratings[axis] - again.ratings[axis]) for axis in shared]
        return None if not apart else float(np.mean(apart)) > _RATINGS_APART
    best = [{s.song for s in row.sides if s.place == 1} for row in (before, again)]
    if all(best):
        return best[0] != best[1]
    scores = [
        {(s.song, s.role): s.score for s in row.sides if s.score is not None}
        for row in (before, again)
    ]
    apart = [abs(scores[0][key] - scores[1][key]) for key in scores[0].keys() & scores[1].keys()]
    return None if not apart else float(np.mean(apart)) > _SCORES_APART


def _winner(row: VoteRow) -> str | None:
    if row.outcome is None or not row.outcome.decided:
        return None
    return row.sides[0 if row.outcome is Outcome.FIRST else 1].song


def _unheard(own: Sequence[VoteRow], rules: CarelessRules) -> _Count | None:
    silent = []
    for row in own:
        heard = [side.heard_s for side in row.sides if side.role != "reference"]
        if row.events is not None or None not in heard:
            silent.append(row.events == 0 or 0.0 in heard)
    return _counted(silent, rules.unheard)


def _one_system(
    voters: Mapping[str, Sequence[VoteRow]], flagged: set[str], rules: CarelessRules
) -> dict[str, _Count]:
    """Test each voter against the ratings by the others, again until nobody else is flagged."""
    battles = {
        voter: [row for row in own if row.counts and row.outcome and row.outcome.decided]
        for voter, own in voters.items()
    }
    names = sorted({s.system for own in battles.values() for row in own for s in row.sides})
    place = {name: k for k, name in enumerate(names)}
    points = {voter: _points(own, place) for voter, own in battles.items()}
    known: dict[str, _Count] = {}
    out = set(flagged)
    while True:
        kept = sum((each for voter, each in points.items() if voter not in out),
                   np.zeros((len(names), len(names))))  # fmt: skip
        for voter, own in battles.items():
            if own:
                others = kept - points[voter] if voter not in out else kept
                strength = bradley_terry(others, penalty=1.0).strength
                known[voter] = _favoured(own, strength, place, rules)
        more = {voter for voter, each in known.items() if each.chance < rules.level} - out
        if not more:
            return known
        out |= more


def _points(own: Sequence[VoteRow], place: Mapping[str, int]) -> Floats:
    points = np.zeros((len(place), len(place)))
    for row in own:
        a, b = (place[side.system] for side in row.sides[:2])
        points[(a, b) if row.outcome is Outcome.FIRST else (b, a)] += 1
    return points


def _favoured(
    own: Sequence[VoteRow], strength: Floats, place: Mapping[str, int], rules: CarelessRules
) -> _Count:
    """Return the system whose victories with a voter are the least likely, with that chance."""
    met: dict[str, list[tuple[float, float]]] = {}
    for row in own:
        pair = [side.system for side in row.sides[:2]]
        won = _WON[row.outcome] if row.outcome else 0.0
        for (system, other), wins in ((pair, won), (pair[::-1], 1 - won)):
            gap = strength[place[system]] - strength[place[other]]
            met.setdefault(system, []).append((wins, 1 / (1 + float(np.exp(-gap)) / rules.taste)))
    counts = []
    for system, fought in met.items():
        wins = int(sum(won for won, _ in fought))
        chance = min(len(place) * at_least(wins, [chance for _, chance in fought]), 1.0)
        counts.append(_Count(wins, len(fought), chance, system))
    return min(counts, key=lambda each: (each.chance, each.system))
