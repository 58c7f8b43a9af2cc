"""``plaudit synth song`` and ``list`` as a user types them."""

import json
from pathlib import Path

import mido
import pytest
import soundfile
from PIL import Image
from typer.testing import CliRunner

from plaudit.cli.app import app
from plaudit.core.errors import InputError
from plaudit.core.settings import read_json
from plaudit.synth.ingredients import KINDS
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.music.style import STYLES
from plaudit.synth.system import SYSTEMS
from plaudit.synth.truth import SongRecord

RUN = CliRunner()


def printed(*arguments: object) -> str:
    done = RUN.invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return str(done.output)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A song with a knob and a dose, as ``take``."""
    stem = tmp_path_factory.mktemp("song") / "take"
    text = printed(
        "synth", "song", "--seed", 7, "--seconds", 10, "--style", "bossa", "--out", stem,
        "--coherence", 0.3, "--dose", "wrong_notes=0.8", "--dose", "glitch=0.5",
    )  # fmt: skip
    for suffix in (".wav", ".mid", ".json", ".png"):
        assert f"Wrote {stem}{suffix}" in text
    return stem


def test_four_files_of_one_song(made: Path) -> None:
    record = read_json(SongRecord, made.with_suffix(".json").read_text(), "take.json")
    doses = {d.fault: d.dose for d in record.doses}
    assert (doses["wrong_notes"], doses["glitch"], doses["detuning"]) == (0.8, 0.5, 0.0)
    assert record.knobs["coherence"] == 0.3
    assert max(doses[f] for f in ("foreign_key", "tempo_drift", "band_change")) == 0.7
    sound = soundfile.info(made.with_suffix(".wav"))
    assert (sound.samplerate, sound.channels, sound.frames) == (44_100, 2, 441_000)
    midi = mido.MidiFile(made.with_suffix(".mid"))
    assert midi.tracks[0].name == record.title
    assert midi.length == pytest.approx(10.0, abs=0.001)
    with Image.open(made.with_suffix(".png")) as picture:
        picture.load()
        assert picture.info["Software"] == "Plaudit"


def test_the_same_call_gives_the_same_bytes_and_replaces_only_its_own(
    made: Path, tmp_path: Path
) -> None:
    call = ["synth", "song", "--seed", "7", "--seconds", "10", "--style", "bossa", "--out"]
    call += [str(tmp_path / "take"), "--coherence", "0.3"]
    call += ["--dose", "wrong_notes=0.8", "--dose", "glitch=0.5"]
    for _ in range(2):
        printed(*call)
        for suffix in (".wav", ".mid", ".json", ".png"):
            assert (tmp_path / f"take{suffix}").read_bytes() == Path(f"{made}{suffix}").read_bytes()
    for suffix in (".wav", ".mid", ".json", ".png"):
        mine = tmp_path / f"mine{suffix}"
        mine.write_bytes(b"RIFF something of mine")
        with pytest.raises(InputError, match="not written by Plaudit"):
            printed("synth", "song", "--seconds", 10, "--out", tmp_path / "mine")
        assert mine.read_bytes() == b"RIFF something of mine"
        mine.unlink()
    assert not list(tmp_path.glob("mine*"))


def test_into_a_folder_by_title_for_a_system_and_a_prompt(tmp_path: Path) -> None:
    text = printed(
        "synth", "song", "--seconds", 10, "--system", "isobar", "--prompt-seed", 4,
        "--out", f"{tmp_path}/new/",
    )  # fmt: skip
    (record,) = (tmp_path / "new").glob("*.json")
    song = json.loads(record.read_text())
    assert song["system"] == "isobar"
    assert f"Prompt: {song['prompt']['text']}" in text
    assert record.stem == f"{song['title'].lower().replace(' ', '-')}-0"


def test_every_knob_and_setting_changes_the_song(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = made.with_suffix(".png").read_bytes()  # pictures are slow and not what is looked at
    monkeypatch.setattr(
        "plaudit.reports.corpus.portrait.draw_song", lambda _, path: path.write_bytes(drawn)
    )
    plain = ["synth", "song", "--seconds", "10", "--out", str(tmp_path / "x")]
    sounds = set()
    changes: list[list[str]] = [[], ["--seed", "1"], ["--seconds", "11"], ["--style", "folk"]]
    changes += [["--system", "kestrel"], ["--prompt-seed", "2"], ["--dose", "buzz=1"]]
    changes += [
        [f"--{axis}", "0"]
        for axis in ("coherence", "musicality", "memorability", "clarity", "naturalness")
    ]
    for change in changes:
        printed(*plain, *change)
        sounds.add((tmp_path / "x.wav").read_bytes())
    assert len(sounds) == len(changes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--style", "bosa"], "did you mean 'bossa'"),
        (["--system", "fathomm"], "did you mean 'fathom'"),
        (["--clarity", "1.5"], "knob 'clarity' in 0 to 1, got 1.5"),
        (["--seconds", "9"], "10 to 240 s, got 9"),
        (["--dose", "wrong_note=1"], "did you mean 'wrong_notes'"),
        (["--dose", "buzz"], "such as wrong_notes=0.8, got 'buzz'"),
        (["--dose", "buzz=2"], "dose of 'buzz' in 0 to 1, got 2"),
        (["--style", "pop", "--prompt-seed", "1"], "a style or a prompt"),
        (["--style", "pop", "--prompt-seed", "1", "--dose", "buzz=1"], "a style or a prompt"),
        (["--style", "bosa", "--system", "fathom", "--dose", "buzz=1"], "did you mean 'bossa'"),
    ],
)
def test_what_cannot_be_is_said(arguments: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        printed("synth", "song", "--out", tmp_path / "x", *arguments)
    assert not list(tmp_path.iterdir())


def test_lists_come_from_the_code() -> None:
    whole = printed("synth", "list")
    for kind in KINDS:
        assert f"{kind} (" in whole
    assert [line.split()[0] for line in printed("synth", "list", "styles").splitlines()] == list(
        STYLES
    )
    systems = printed("synth", "list", "systems")
    assert all(f"{s.role}: {s.summary}" in systems for s in SYSTEMS.values())
    faults = printed("synth", "list", "faults")
    assert all(fault.meaning in faults for fault in FAULTS)
    with pytest.raises(InputError, match="did you mean 'styles'"):
        printed("synth", "list", "style")
