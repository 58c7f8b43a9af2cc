"""A judge measured on songs that taught it: said first, and the other songs measured apart."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from plaudit.benchmarks.scores.training_list import list_of_folder
from plaudit.benchmarks.suites.dose import HARMLESS, DamageScores, SongDoses
from plaudit.benchmarks.suites.record import SuiteResult
from plaudit.cli.app import app
from plaudit.core.errors import InputError
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.folder import read_card
from plaudit.model.training_songs import SONGS
from plaudit.reports.suites.page import result_page
from plaudit.reports.suites.table import result_text
from taught_judge import taught_judge, write_songeval, write_tune

PARTS = ("train", "train", "validation", "test")
NAMES = ("0.wav", "1.wav", "2.wav", "3.wav", "again.mp3", "new.wav")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SongEval of four songs that a judge has a list of, a copy of song 0 and a new song."""
    folder = tmp_path_factory.mktemp("contamination")
    taught = [
        (write_tune(folder / "seen" / f"seen-{seed}.wav", seed), part)
        for seed, part in enumerate(PARTS)
    ]
    taught_judge(folder / "judge", taught)
    for seed in range(4):
        audio = folder / "songs" / "mp3" / f"{seed}.wav"
        audio.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(taught[seed][0], audio)
    write_tune(folder / "songs/mp3/again.mp3", 0, gain=0.5, start=11_000)
    write_tune(folder / "songs/mp3/new.wav", 9)
    write_songeval(folder / "songs", NAMES)
    return folder


def run(suite: str, data: Path, judge: Path | str, *more: str) -> dict[str, Any]:
    words = ["bench", "run", suite, "--data", str(data), "--judge", str(judge), "--draws", "20"]
    done = CliRunner().invoke(app, [*words, "-f", "json", *more])
    assert done.exit_code == 0, (done.output, done.exception)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture(scope="module")
def result(place: Path) -> dict[str, Any]:
    return run("songeval", place / "songs", place / "judge")


def test_songs_that_taught_it_are_known_by_bytes_and_by_sound(result: dict[str, Any]) -> None:
    """Validation songs decided when to stop; test songs taught nothing."""
    found = result["contamination"]
    assert (found["status"], found["n"], found["taught"]) == ("compared", 6, 4)
    assert found["by"] == {"content": 3, "sound": 1}


def test_it_is_said_first_on_the_terminal_and_on_the_page(result: dict[str, Any]) -> None:
    record = SuiteResult.model_validate(result)
    first = result_text(record).splitlines()[0]
    assert first.startswith("4 of 6 songs are training songs of this judge (3 by content, 1 ")
    assert "2 are new." in first
    assert first in result_page(record).split('class="deck">')[1][: len(first) + 5]


def test_the_new_songs_are_measured_as_if_they_were_alone(
    result: dict[str, Any], place: Path, tmp_path: Path
) -> None:
    for name in ("3.wav", "new.wav"):
        (tmp_path / "mp3").mkdir(exist_ok=True)
        shutil.copy(place / "songs" / "mp3" / name, tmp_path / "mp3")
    rows = (place / "songs" / "metadata.jsonl").read_text().splitlines()
    kept = [row for row in rows if "mp3/3.wav" in row or "new.wav" in row]
    (tmp_path / "metadata.jsonl").write_text("\n".join(kept))
    alone = run("songeval", tmp_path, place / "judge")
    assert alone["contamination"]["taught"] == 0
    assert alone["clean"] == []
    assert result["clean"] == alone["measures"]
    assert result["measures"] != alone["measures"]
    assert "on new songs" in result_text(SuiteResult.model_validate(result))
    assert "on new songs" in result_page(SuiteResult.model_validate(result))


def test_the_recording_and_its_copy_are_resampled_together(result: dict[str, Any]) -> None:
    assert result["copies"] == 1
    whole = next(m for m in result["measures"] if m["measure"] == "SRCC")
    assert (whole["n"], whole["units"]) == (6, 5)


def test_a_pair_is_known_if_one_of_its_songs_is(place: Path, tmp_path: Path) -> None:
    lines = ["audio_a,audio_b,model_a,model_b,prompt,musicality,fidelity"]
    songs = place / "songs" / "mp3"
    for k, (a, b) in enumerate((("0", "new"), ("new", "2"), ("3", "new"))):
        for name in (a, b):
            (tmp_path / "clips").mkdir(exist_ok=True)
            shutil.copy(songs / f"{name}.wav", tmp_path / "clips" / f"{k}{name}.wav")
        lines.append(f"clips/{k}{a}.wav,clips/{k}{b}.wav,x,y,prompt {k},a,a")
    (tmp_path / "human_preference.csv").write_text("\n".join(lines) + "\n")
    result = run("musicprefs", tmp_path, place / "judge")
    assert (result["contamination"]["n"], result["contamination"]["taught"]) == (6, 2)
    sizes = [
        next(m["n"] for m in result[part] if (m["task"], m["measure"], m["slice"])
             == ("musicality", "accuracy", "all"))
        for part in ("measures", "clean")
    ]  # fmt: skip
    assert sizes == [3, 1]
    # "new" stands in all three pairs under another name: one recording, one group.
    assert set(result["predictions"][0]["groups"]) == {result["predictions"][0]["groups"][0]}


def test_no_list_is_not_clean(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "judge", tmp_path / "old")
    card = json.loads((tmp_path / "old" / "card.json").read_text())
    (tmp_path / "old" / SONGS).unlink()
    lost = list_of_folder(tmp_path / "old", read_card(tmp_path / "old"))
    assert (lost.status, "is not there" in lost.reason) == ("not known", True)
    del card["songs"]
    (tmp_path / "old" / "card.json").write_text(json.dumps(card))
    found = run("songeval", place / "songs", tmp_path / "old")
    text = result_text(SuiteResult.model_validate(found)).splitlines()[1]
    assert text == (
        "Unknown how many of the 6 songs are training songs: mine 1.2 keeps no list of its training"
        " songs."
    )
    assert found["clean"] == []


def test_what_is_known_of_the_bundled_judge() -> None:
    found = list_of_folder(BUNDLED, read_card(BUNDLED))
    assert found.status == "composed"
    assert "learned from 5,800 recordings that were composed for it" in found.reason


def test_a_list_that_the_card_does_not_state_is_refused(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "judge", tmp_path / "changed")
    with (tmp_path / "changed" / SONGS).open("ab") as file:
        file.write(b"x")
    with pytest.raises(InputError, match="is not the list of songs that the judge's card states"):
        list_of_folder(tmp_path / "changed", read_card(tmp_path / "changed"))


@pytest.mark.parametrize("suite", ["robustness", "damage"])
def test_suites_that_listen_hear_a_recording_once(
    suite: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("0.wav", "again.mp3", "new.wav"):
        shutil.copy(place / "songs" / "mp3" / name, tmp_path / name)

    def score(paths: Sequence[Path], judge: str, **options: Any) -> DamageScores:
        moves = dict.fromkeys(HARMLESS, 0.0)
        damaged: dict[str, tuple[float, ...]] = {"noise": (3.0, 2.0, 2.0, 1.0, 1.0)}
        return DamageScores([SongDoses(str(p), {}, 3.0, damaged, moves) for p in paths], [], {})

    monkeypatch.setattr("plaudit.benchmarks.suites.damage.score_damaged", score)
    found = run(suite, tmp_path, place / "judge", "--seconds", "3")
    assert (found["n_predicted"], found["n_items"]) == (2, 3)
    (left,) = found["dropped"]
    assert left["reason"] == "the same recording as another song, which is measured"
    assert left["examples"][0].endswith("again.mp3")
    assert found["contamination"]["taught"] == 2
    first = result_text(SuiteResult.model_validate(found)).splitlines()[0]
    assert first.endswith("; 1 are new.")
