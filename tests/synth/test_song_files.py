"""One song and its files: where they go, what they replace, and faults dosed by hand."""

import io
from pathlib import Path

import numpy as np
import pytest

from plaudit.core.errors import InputError
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.synth.song import SongSettings, compose_song
from plaudit.synth.music.prompt import Prompt, draw_prompt
from plaudit.synth.song import make_song
from plaudit.synth.song_files import read_doses, stem_of

SILENT = Streams(io.StringIO(), io.StringIO())
PROMPT = draw_prompt(np.random.default_rng(1), 0.0)


@pytest.mark.parametrize(
    ("style", "system", "prompt"),
    [
        (None, None, None),
        ("folk", None, None),
        (None, "fathom", None),
        ("folk", "fathom", None),
        (None, None, PROMPT),
        (None, "fathom", PROMPT),
    ],
)
def test_a_dose_that_the_knobs_give_anyway_changes_nothing(
    style: str | None, system: str | None, prompt: Prompt | None
) -> None:
    knobs = {"musicality": 0.3}
    made = make_song(4, 10.0, knobs, style, system=system, prompt=prompt)
    doses = {"detuning": made.score.faults["detuning"]}
    same = make_song(4, 10.0, knobs, style, system=system, prompt=prompt, doses=doses)
    assert (same.title, same.system, same.prompt) == (made.title, made.system, made.prompt)
    assert same.score == made.score
    assert np.array_equal(same.audio, made.audio)


def test_a_dose_replaces_what_the_knobs_give() -> None:
    song = make_song(4, 10.0, {"musicality": 0.3}, "pop", doses={"detuning": 0.11})
    assert song.score.faults["detuning"] == 0.11
    assert song.knobs["musicality"] == 0.3


def test_doses_are_read() -> None:
    assert read_doses(["buzz=0.5", "run_on=1"]) == {"buzz": 0.5, "run_on": 1.0}
    assert read_doses([]) == {}


def test_names_of_the_files(tmp_path: Path) -> None:
    assert stem_of(str(tmp_path), "The Paper Tide", 7) == tmp_path / "the-paper-tide-7"
    assert stem_of(f"{tmp_path}/new/", "Rain", 7) == tmp_path / "new" / "rain-7"
    for name in ("take", "take.wav", "take.MID"):
        assert stem_of(str(tmp_path / name), "Rain", 7) == tmp_path / "take"
    assert stem_of(str(tmp_path / "take.1"), "Rain", 7) == tmp_path / "take.1"


def test_scores_of_ours_and_folders_are_not_taken_for_a_song(tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_text('{"schema_version":1,"path":"a.wav"}\n')
    (tmp_path / "deep.png").mkdir()
    for name, why in (("scores", r"scores\.json exists"), ("deep", r"the folder .*deep\.png")):
        with pytest.raises(InputError, match=why):
            compose_song(SongSettings(out=str(tmp_path / name), seconds=10, knobs={}), SILENT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep.png", "scores.json"]
