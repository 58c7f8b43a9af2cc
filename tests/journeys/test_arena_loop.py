"""Simulated listeners vote over HTTP at a served test; what they said is on the board."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from sqlalchemy import select

from plaudit.arena.database.schema import StoredSong
from plaudit.arena.results.board import make_board
from plaudit.arena.results.stored import read_answers
from plaudit.benchmarks.standings.record import StandingsSettings
from plaudit.core.database import reading
from plaudit.synth.public.listener import draw_voters
from staged import SYSTEMS, Staged, staged
from voting.http_listener import KNOWN_BY, Ears, HttpListener

WORTH = dict(zip(SYSTEMS, (2.0, 0.0, -2.0), strict=True))


def ears_of(stage: Staged) -> Ears:
    """Each system's songs sound alike here, so its sound says what they are worth."""
    with reading(stage.room.engine) as session:
        songs = session.scalars(select(StoredSong)).all()
    sounds = stage.room.folder.sounds
    return Ears(
        {(sounds / f"{s.sha256}.pcm").read_bytes()[:KNOWN_BY]: WORTH[s.system] for s in songs}
    )


def test_votes_of_listeners_who_only_hear_put_systems_in_their_order(tmp_path: Path) -> None:
    tasks = {"per_voter": 8, "training": 1}
    with staged(tmp_path, tasks=tasks, listening={"gate_s": 0.2}) as stage:
        ears, rng = ears_of(stage), np.random.default_rng(0)
        listeners = [
            HttpListener(stage.url, voter, ears, own, wait=lambda _: time.sleep(0.25))
            for voter, own in zip(draw_voters(rng, 4, careless=0.0), rng.spawn(4), strict=True)
        ]
        with ThreadPoolExecutor(4) as pool:
            answered = list(pool.map(lambda each: each.vote(9), listeners))
        path = stage.room.folder.file
    assert answered == [9, 9, 9, 9]
    answers = read_answers(path)
    board = make_board(answers, StandingsSettings(draws=0, method="music-arena"))
    assert (board.counts.votes, board.counts.training, board.counts.voters) == (32, 4, 4)
    assert board.everyone.standings is not None
    assert [each.system for each in board.everyone.standings.systems] == list(SYSTEMS)
    heard = [side.heard_s for row in answers.rows for side in row.sides]
    assert min(seconds or 0.0 for seconds in heard) >= 0.2
