"""Are careless voters found, and is the board without them as good as one that never had them?

Backs docs/arena-results.md, "Careless voters": sensitivity and false alarms of the rules, by kind
of careless voter, and the distance of three boards from the truth.

Six systems answer 60 prompts. Attentive voters go by the system, the song, a taste of their own for
systems (standard deviation .4 of the logit) and the moment; they lean to a side a little, fail a
check in 7 % of cases, and answer within two seconds of the gate now and then. Of 120 voters, 24 are
careless, six of each kind:

- ``random``: any button, at an attentive pace;
- ``one side``: the same side in 95 % of votes;
- ``too fast``: any button, as soon as the gate opens;
- ``for one system``: attentive, but the worst system wins wherever it stands.

The truth are the ratings that 100,000 votes of attentive voters give. A board's distance is the
root mean square of its errors, in points. Three amounts of work are asked of each voter. Everything
is simulated by assumptions of ours; no person was asked.

Run: .venv/bin/python bench/studies/arena_careless.py [--seeds 20]
"""

import argparse
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from plaudit.arena.results.battle import standings_of
from plaudit.arena.results.careless import find_careless
from plaudit.arena.results.row import Check, SideRow, VoteRow
from plaudit.arena.results.rule import CarelessRules
from plaudit.benchmarks.standings.record import StandingsSettings
from plaudit.core.outcome import Outcome
from plaudit.metrics.interval import Estimate
from plaudit.metrics.share import share_of

STRENGTH = np.linspace(1.0, -1.0, 6)
SYSTEMS = tuple(f"system-{k}" for k in range(len(STRENGTH)))
PROMPTS, GATE_S, HONEST, OF_EACH = 60, 4.0, 96, 6
TASTE, SONG, TIE, FLOOR = 0.4, 0.6, 0.25, 0.08
KINDS = ("random", "one side", "too fast", "for one system")
NO_DRAWS = StandingsSettings(draws=0)


class Work(NamedTuple):
    """What is asked of each voter."""

    votes: int
    checks: int
    repeats: int


WORK = (Work(34, 4, 2), Work(28, 10, 2), Work(68, 8, 4))


class Person(NamedTuple):
    """Who votes, and how."""

    name: str
    kind: str
    taste: np.ndarray
    side: float


def vote(person: Person, pair: tuple[int, int], gap: float, rng: np.random.Generator) -> Outcome:
    """Return the answer to a battle whose songs differ by ``gap`` beside their systems."""
    sides = Outcome.FIRST, Outcome.SECOND
    if person.kind in ("random", "too fast"):
        return list(Outcome)[rng.choice(4, p=[0.42, 0.42, 0.1, 0.06])]
    if person.kind == "one side":
        return sides[int(rng.uniform() >= 0.95)]
    worst = len(STRENGTH) - 1
    if person.kind == "for one system" and worst in pair:
        return sides[pair.index(worst)]
    if rng.uniform() < FLOOR:
        return Outcome.NEITHER
    liked = STRENGTH + person.taste
    difference = liked[pair[0]] - liked[pair[1]] + gap + person.side + rng.logistic()
    return Outcome.TIE if abs(difference) < TIE else sides[int(difference < 0)]


def answers(
    person: Person, work: Work, songs: np.ndarray, rng: np.random.Generator
) -> list[VoteRow]:
    """Return all answers of a person: votes, checks and repeats."""
    rows: list[VoteRow] = []
    for number in range(work.votes):
        a, b = rng.choice(len(SYSTEMS), 2, replace=False).tolist()
        prompt = int(rng.integers(PROMPTS))
        outcome = vote(person, (a, b), songs[prompt, a] - songs[prompt, b], rng)
        rows.append(row_of(person, number, prompt, (a, b), outcome, rng))
    for number, again in enumerate(rng.choice(work.votes, work.repeats, replace=False).tolist()):
        before = rows[again]
        a, b = (SYSTEMS.index(side.system) for side in before.sides[::-1])
        prompt = int((before.prompt_id or "p0")[1:])
        outcome = vote(person, (a, b), songs[prompt, a] - songs[prompt, b], rng)
        check = Check(kind="repeat", repeats=before.task)
        rows.append(row_of(person, 1000 + number, prompt, (a, b), outcome, rng, check))
    for number in range(work.checks):
        hears = person.kind in ("honest", "for one system")
        if hears:
            passed = bool(rng.uniform() < 0.93)
        elif person.kind == "one side":
            passed = bool(rng.uniform() < 0.5)
        else:
            passed = bool(rng.uniform() < 0.42 + 0.06)  # the better one, or neither
        check = Check(kind="damaged", passed=passed)
        rows.append(row_of(person, 2000 + number, 0, (0, 0), Outcome.FIRST, rng, check))
    return rows


def row_of(
    person: Person,
    number: int,
    prompt: int,
    pair: tuple[int, int],
    outcome: Outcome,
    rng: np.random.Generator,
    check: Check | None = None,
) -> VoteRow:
    extra = 0.8 * rng.lognormal(0, 0.4) if person.kind == "too fast" else rng.lognormal(2.2, 0.8)
    return VoteRow(
        task=f"{person.name}/{number}",
        voter=person.name,
        kind="battle",
        purpose="vote" if check is None else "check",
        received=float(number),
        seconds=2 * GATE_S + float(extra),
        events=40,
        prompt_id=f"p{prompt}",
        sides=tuple(
            SideRow(system=SYSTEMS[k], song=f"p{prompt}-{k}", heard_s=GATE_S + float(extra) / 2)
            for k in pair
        ),
        outcome=outcome,
        check=check,
    )


def people(rng: np.random.Generator) -> list[Person]:
    kinds = ["honest"] * HONEST + [kind for kind in KINDS for _ in range(OF_EACH)]
    return [
        Person(f"{kind}-{k}", kind, rng.normal(0, TASTE, len(SYSTEMS)), float(rng.normal(0, 0.2)))
        for k, kind in enumerate(kinds)
    ]


def truth() -> np.ndarray:
    rng = np.random.default_rng(10_000)
    songs = rng.normal(0, SONG, (PROMPTS, len(SYSTEMS)))
    rows = []
    for k in range(2000):
        person = Person(f"v{k}", "honest", rng.normal(0, TASTE, len(SYSTEMS)), 0.0)
        rows += answers(person, Work(50, 0, 0), rng.normal(0, SONG, songs.shape), rng)
    return ratings(rows)


def ratings(rows: Sequence[VoteRow]) -> np.ndarray:
    board = standings_of([row for row in rows if row.counts], NO_DRAWS)
    found = {system.system: system.rating for system in board.systems}
    return np.array([found[name] for name in SYSTEMS])


def mean_of(values: Sequence[float]) -> Estimate:
    """Return a mean over seeds with the interval of Student's t."""
    from scipy.special import stdtrit

    known = np.array(values)
    half = stdtrit(len(known) - 1, 0.975) * known.std(ddof=1) / np.sqrt(len(known))
    mean = float(known.mean())
    return Estimate(mean, mean - float(half), mean + float(half), len(known))


def shown(estimate: Estimate, scale: float = 1.0) -> str:
    low, high = scale * estimate.low, scale * estimate.high
    return f"{scale * estimate.value:5.1f} [{low:.1f}, {high:.1f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, default=20)
    given = parser.parse_args()
    true = truth()
    print(
        f"{given.seeds} tests of {HONEST} attentive and {len(KINDS) * OF_EACH} careless voters;"
        " 95 % intervals, of shares over voters, of distances over tests"
    )
    for work in WORK:
        found: dict[str, list[float]] = {kind: [] for kind in ("honest", *KINDS)}
        distance: dict[str, list[float]] = {"never there": [], "left out": [], "counted": []}
        for seed in range(given.seeds):
            rng = np.random.default_rng(seed)
            songs = rng.normal(0, SONG, (PROMPTS, len(SYSTEMS)))
            crowd = people(rng)
            rows = [row for person in crowd for row in answers(person, work, songs, rng)]
            report = find_careless(rows, CarelessRules(), gate_s=GATE_S)
            for person in crowd:
                found[person.kind].append(float(person.name in report.names))
            boards = {
                "never there": [row for row in rows if row.voter.startswith("honest")],
                "left out": [row for row in rows if row.voter not in report.names],
                "counted": rows,
            }
            for name, kept in boards.items():
                error = ratings(kept) - true
                distance[name].append(float(np.sqrt(np.mean(error**2))))
        print(f"\n{work.votes} votes, {work.checks} checks, {work.repeats} repeats of each voter")
        for kind, flags in found.items():
            label = "attentive: false alarms" if kind == "honest" else f"{kind}: found"
            share = share_of(flags)
            print(f"  {label:28} {shown(share, 100):>22} % of {len(flags):,} voters")
        for name, errors in distance.items():
            print(f"  careless voters {name:12} {shown(mean_of(errors)):>22} points from the truth")
        for name in ("left out", "counted"):
            pairs = zip(distance[name], distance["never there"], strict=True)
            more = mean_of([a - b for a, b in pairs])
            print(f"  {name}, less never there      {shown(more):>22} points")


if __name__ == "__main__":
    main()
