"""A test's file: read strictly, written by `plaudit arena init`, checked before it is served."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from listening_room import write_test
from plaudit.arena.definition.check import check_test
from plaudit.arena.definition.contestant import Entry, read_entries
from plaudit.arena.definition.location import read_test
from plaudit.arena.definition.power import NEITHER, TIES, Z, votes_needed
from plaudit.arena.pairing.board import Counts
from plaudit.arena.pairing.informative import covariance_of
from plaudit.core.errors import InputError, MissingFileError
from plaudit.metrics.bradley_terry import SCALE
from typed_command import plaudit

KINDS = ("battle", "rating", "mushra", "rank")


@pytest.mark.parametrize("kind", KINDS)
def test_init_writes_a_test_that_reads(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "My test.toml"
    plaudit("arena", "init", path, "--kind", kind)
    test, folder = read_test(path)
    assert (test.name, test.kind, folder.root) == ("My-test", kind, tmp_path / "My test")
    again = plaudit("arena", "init", path, status=1)
    assert "is there already" in again.stderr


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"tasks": {"per_votr": 3}}, "did you mean 'per_voter'"),
        ({"careless": {"same_side": 2}}, "careless.same_side"),
        ({"people": {"open": False}}, "nobody may come in"),
        ({"tasks": {"checks": 0.4, "repeats": 0.2}}, "half of the tasks at most"),
        ({"contestants": {"composers": {"x": {"system": "cairn"}}}}, "need prompts"),
        ({"tasks": {"questions": {"beauty": "?"}}}, "questions name no axis"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, sections: dict[str, Any], words: str) -> None:
    path = write_test(tmp_path / "t.toml", **sections)
    with pytest.raises(InputError, match=words):
        read_test(path)


def test_no_test_and_no_secret_of_ours_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="plaudit arena init"):
        read_test(tmp_path / "t.toml")
    _, folder = read_test(write_test(tmp_path / "t.toml"))
    secret = folder.secret()
    assert folder.secret() == secret
    assert (folder.root / "secret").stat().st_mode & 0o777 == 0o600
    (folder.root / "secret").write_text("short")
    with pytest.raises(InputError, match="64 hexadecimal digits"):
        folder.secret()


def test_songs_come_from_a_table_and_from_folders(tmp_path: Path) -> None:
    table = tmp_path / "songs.csv"
    table.write_text(
        "system,prompt,path,instrumental,reference\n"
        "a,Jazz,a.wav,true,r.wav\nb,Jazz,b.wav,true,r.wav\nb,Jazz,sung.wav,false,\n"
    )
    for system in ("c", "d"):
        (tmp_path / system).mkdir()
        (tmp_path / system / "p1.wav").touch()
        (tmp_path / system / "notes.txt").touch()
    named = {"manifest": "songs.csv", "folders": {"c": "c", "d": "d"}}
    path = write_test(tmp_path / "t.toml", contestants=named)
    test, folder = read_test(path)
    entries = read_entries(test.contestants, folder)
    items = {(entry.system, entry.item, entry.role) for entry in entries}
    assert items == {
        ("a", "Jazz (instrumental)", "song"),
        ("b", "Jazz (instrumental)", "song"),
        ("reference", "Jazz (instrumental)", "reference"),
        ("b", "Jazz (vocal)", "song"),
        ("c", "p1", "song"),
        ("d", "p1", "song"),
    }
    table.write_text("system,prompt,path\na,,a.wav\n")
    with pytest.raises(InputError, match="line 2: expected a prompt"):
        read_entries(test.contestants, folder)


def test_check_says_what_is_missing(tmp_path: Path) -> None:
    test, _ = read_test(write_test(tmp_path / "t.toml"))
    here = tmp_path / "here.wav"
    here.touch()
    pair = [Entry("p", system="a", path=here), Entry("p", system="b", path=here)]
    assert check_test(test, pair, prepared=2).ready

    def missing(entries: list[Entry], **words: int) -> str:
        found = check_test(test, entries, **words)
        assert not found.ready
        return " ".join(finding.text for finding in found.findings)

    assert "no songs" in missing([])
    assert "takes two" in missing(pair[:1])
    assert "gone.wav" in missing([*pair, Entry("p", system="c", path=tmp_path / "gone.wav")])
    assert "share no prompt" in missing([pair[0], Entry("q", system="b", path=here)])
    assert "plaudit arena add" in missing(pair, prepared=1)
    assert "3 songs to make" in missing(pair, unmade=3)
    mushra = test.model_copy(update={"kind": "mushra"})
    assert "no reference" in str(check_test(mushra, pair).findings)


def test_the_power_calculation_is_that_of_a_balanced_board() -> None:
    k, n = 7, 40.0
    counts = Counts.empty([str(i) for i in range(k)])
    for a in range(k):
        for b in range(a + 1, k):
            counts.add(a, b, None, int(n))
    # Equal systems: information of a battle .25, of which ties and NEITHER leave a share.
    useful = (1 - TIES) * (1 - NEITHER)
    covariance = covariance_of(counts.asked * useful / 4, penalty=1e-9)
    centred = covariance - covariance.mean(axis=0)
    half = Z * math.sqrt(centred[0, 0] - centred[0].mean()) * SCALE / math.log(10)
    battles = n * k * (k - 1) / 2
    assert votes_needed("battle", k, half).votes == pytest.approx(battles, abs=1)
    assert votes_needed("battle", k, half / 2).votes == pytest.approx(4 * battles, abs=2)
    assert votes_needed("rating", 3, 0.5).votes == 3 * math.ceil((Z / 0.5) ** 2)
    assert votes_needed("mushra", 3, 5).votes == math.ceil((Z * 20 / 5) ** 2)
    with pytest.raises(InputError, match="two systems"):
        votes_needed("battle", 1)


def test_the_votes_needed_give_the_precision_in_a_simulated_test() -> None:
    from plaudit.metrics.bradley_terry import bradley_terry

    k, wanted = 4, 60.0
    n = votes_needed("battle", k, wanted).votes
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(200):
        counts = Counts.empty([str(i) for i in range(k)])
        pairs = [(a, b) for a in range(k) for b in range(a + 1, k)]
        outcomes = rng.choice(
            ["first", "second", "tie", "neither"],
            n,
            p=[*2 * [(1 - NEITHER) * (1 - TIES) / 2], (1 - NEITHER) * TIES, NEITHER],
        )
        for place, outcome in enumerate(outcomes):
            counts.add(*pairs[place % len(pairs)], str(outcome))
        fit = bradley_terry(counts.wins + counts.ties / 2)
        errors.append(fit.strength * SCALE / math.log(10))
    # Ties as halves carry as much as the model with ties, in a board of equal systems.
    within = (np.abs(np.array(errors)) < wanted).mean()
    assert 0.91 < within < 0.98
