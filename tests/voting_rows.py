"""Answers of made-up voters, as rows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from plaudit.arena.results.brought import Brought, keep
from plaudit.arena.results.row import Check, SideRow, SongFact, VoteRow
from plaudit.core.outcome import Outcome

SYSTEMS = ("alpha", "beta", "gamma")
STRENGTH = np.array([0.8, 0.0, -0.8])


def battle(
    number: int,
    voter: str,
    outcome: Outcome,
    systems: tuple[str, str] = ("alpha", "beta"),
    *,
    seconds: float | None = 30.0,
    heard_s: float | None = 12.0,
    prompt: str = "p0",
    check: Check | None = None,
    events: int | None = 40,
) -> VoteRow:
    """One vote on two songs of a prompt."""
    return VoteRow(
        task=f"{voter}/{number}",
        voter=voter,
        kind="battle",
        purpose="vote" if check is None else "check",
        received=1_700_000_000.0 + 60 * number,
        seconds=seconds,
        events=events,
        headphones="right",
        prompt_id=prompt,
        prompt=f"a song for {prompt}",
        instrumental=False,
        sides=tuple(
            SideRow(system=system, song=f"{prompt}-{system}", heard_s=heard_s, first=side == 0,
                    seeks=0, restarts=0)
            for side, system in enumerate(systems)
        ),
        outcome=outcome,
        check=check,
    )  # fmt: skip


def honest(
    voters: int, votes: int, rng: np.random.Generator, *, prompts: int = 12
) -> list[VoteRow]:
    """Votes of attentive voters: by the strengths, with ties and votes for neither."""
    rows = []
    for voter in range(voters):
        for number in range(votes):
            a, b = rng.choice(len(SYSTEMS), 2, replace=False).tolist()
            chance = 1 / (1 + np.exp(STRENGTH[b] - STRENGTH[a]))
            outcome = Outcome.FIRST if rng.uniform() < chance else Outcome.SECOND
            if rng.uniform() < 0.15:
                outcome = Outcome.TIE if rng.uniform() < 0.5 else Outcome.NEITHER
            rows.append(
                battle(
                    number, f"v{voter:02}", outcome, (SYSTEMS[a], SYSTEMS[b]),
                    prompt=f"p{rng.integers(prompts)}", seconds=float(rng.uniform(15, 60)),
                )
            )  # fmt: skip
    return rows


def listening_test(folder: Path, rows: Sequence[VoteRow], kind: str = "battle") -> Path:
    """A test without a database, into which votes were brought; return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    test = folder / "trial.toml"
    test.write_text(f'name = "trial"\ntitle = "A trial"\nkind = "{kind}"\n')
    songs = {
        side.song: SongFact(
            song=side.song, system=side.system, role=side.role, prompt_id=row.prompt_id,
            prompt=row.prompt, path=str(folder / "songs" / f"{side.song}.wav"), duration_s=12.0,
            made_in_s=3.0,
        )
        for row in rows
        for side in row.sides
    }  # fmt: skip
    brought = Brought(
        source="made", sha256="ab" * 32, form="Plaudit", rows=tuple(rows),
        songs=tuple(songs.values()), dropped={},
    )  # fmt: skip
    keep(brought, folder / "trial")
    return test


def rating(
    voter: str, song: str, system: str, item: str, ratings: dict[str, float], number: int = 0
) -> VoteRow:
    """Ratings of one song."""
    return VoteRow(
        task=f"{voter}/{song}/{number}", voter=voter, kind="rating", received=1.7e9 + number,
        seconds=40.0, events=30, prompt_id=item, ratings=ratings,
        sides=(SideRow(system=system, song=song, heard_s=20.0),),
    )  # fmt: skip


def mushra(voter: str, item: str, scores: Sequence[tuple[str, str, float]]) -> VoteRow:
    """Scores of one item: (role, name, score) of each side."""
    return VoteRow(
        task=f"{voter}/{item}", voter=voter, kind="mushra", received=1.7e9, seconds=90.0, events=90,
        prompt_id=item,
        sides=tuple(
            SideRow(system=name, song=f"{item}-{name}", role=role, heard_s=10.0, score=score)  # type: ignore[arg-type]
            for role, name, score in scores
        ),
    )  # fmt: skip
