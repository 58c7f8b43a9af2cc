"""Several judges on the same songs, by the commands that a user types."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import plaudit.audio.checked
import plaudit.audio.shared
from plaudit.audio.decode import Decoder
from published_files import publish, weights_options
from typed_command import plaudit as typed

JUDGES = ("bundled", "audiobox", "songeval", "clap")
PANEL = [word for judge in JUDGES for word in ("--judge", judge)]
PROMPT = ("--prompt", "t9 t19 t4")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a judges folder with three small published judges."""
    home = tmp_path_factory.mktemp("judges")
    for judge in JUDGES[1:]:
        parts = publish(judge, home / ".published" / judge)
        typed("judges", "import", judge, *weights_options(parts), "--out", home / judge,
              "--accept-licence")  # fmt: skip
    shutil.rmtree(home / ".published")
    return home


@pytest.fixture
def songs(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Write songs of several rates, channels and containers, and one that is no song."""
    monkeypatch.setenv("PLAUDIT_JUDGES", str(home))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    for name, rate, channels, seconds in (
        ("a.wav", 24_000, 1, 3), ("b.flac", 44_100, 2, 2), ("c.mp3", 48_000, 2, 4)
    ):  # fmt: skip
        t = np.arange(rate * seconds)[:, None] / rate
        tone = 0.3 * np.sin(2 * np.pi * rng.uniform(100, 900, channels) * t)
        soundfile.write(name, tone + rng.normal(0, 0.02, tone.shape), rate)
    Path("d.wav").write_text("<html><body>no song</body></html>")
    return ["a.wav", "b.flac", "c.mp3", "d.wav"]


def rows_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_each_row_is_that_of_the_judge_alone_and_a_song_is_decoded_once(
    songs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone: dict[str, list[dict[str, Any]]] = {}
    for judge in JUDGES:
        given = PROMPT if judge == "clap" else ()
        out = typed("score", *songs, "-j", judge, "-f", "jsonl", "--timeline", *given, status=1)
        alone[judge] = rows_of(out.stdout)
    opened: list[str] = []

    class Counted(Decoder):
        def __init__(self, path: Path) -> None:
            opened.append(str(path))
            super().__init__(path)

    monkeypatch.setattr(plaudit.audio.shared, "Decoder", Counted)
    monkeypatch.setattr(plaudit.audio.checked, "Decoder", Counted)
    together = typed("score", *songs, *PANEL, "-f", "jsonl", "--timeline", *PROMPT, status=1)
    assert opened[:3] == songs[:3]
    assert set(opened[3:]) == {"d.wav"}  # a file that is none is refused for each
    rows = rows_of(together.stdout)
    assert [row["path"] for row in rows] == [song for song in songs for _ in JUDGES]
    assert [row["judge"]["name"] for row in rows] == list(JUDGES) * len(songs)
    for place, row in enumerate(rows):
        expected = alone[JUDGES[place % len(JUDGES)]][place // len(JUDGES)]
        if row["status"] == "error":
            del row["judge"]
        assert row == expected
    said = together.stderr
    assert "cannot use --prompt judge without it: bundled, audiobox, songeval." in said
    assert said.count("--prompt") == 1
    assert "12 of 16 rows for 4 songs" in said


def test_a_judge_fails_alone_on_a_song_that_lacks_what_it_needs(songs: list[str]) -> None:
    Path("m.csv").write_text(f"path,prompt\na.wav,{PROMPT[1]}\nb.flac,\n")
    out = typed("score", "--manifest", "m.csv", *PANEL[-4:], "-f", "json", status=1)
    rows = json.loads(out.stdout)
    assert [row["status"] for row in rows] == ["ok", "ok", "ok", "error"]
    assert rows[3]["judge"]["name"] == "clap"
    assert "give --prompt" in rows[3]["error"]["message"]


def test_a_judge_that_no_song_gives_what_it_needs_is_refused(songs: list[str]) -> None:
    Path("m.csv").write_text("path,prompt\na.wav,\nb.flac,\n")
    for command in (
        ["score", *songs, *PANEL],
        ["score", "--manifest", "m.csv", *PANEL, "-o", "rows.csv"],
        ["judges", "agree", *songs, *PANEL],
    ):
        out = typed(*command, status=1)
        assert out.stdout == ""
        assert out.stderr.count("Judge 'clap' scores how a song answers a prompt; give --") == 1
        assert len(out.stderr.splitlines()) == 1
    assert not list(Path().glob("rows*"))


def test_csv_is_long_and_has_the_axes_of_all(songs: list[str]) -> None:
    out = typed("score", "a.wav", "d.wav", *PANEL, "-f", "csv", *PROMPT, status=1).stdout
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["judge_name"] for row in rows] == [*JUDGES, *JUDGES]
    filled = [{axis for axis in ("streams", "coherence", "content_enjoyment", "alignment")
               if row[axis]} for row in rows[:4]]  # fmt: skip
    assert filled == [{"streams", "coherence"}, {"content_enjoyment"}, {"coherence"}, {"alignment"}]
    assert rows[0]["coherence"] != rows[2]["coherence"]
    assert {row["status"] for row in rows[4:]} == {"error"}


@pytest.mark.parametrize("form", ["jsonl", "table"])
def test_a_stopped_job_knows_the_rows_of_each_judge(
    form: str, songs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["score", *songs[:3], *PANEL[:4], "-f", form]
    typed(*command, "-o", "whole")
    from plaudit.judging.published.judge import PublishedJudge

    judge_one = PublishedJudge._judged
    heard: list[str] = []

    def stopped(self: PublishedJudge, source: Any, *rest: Any, **more: Any) -> Any:
        if str(source) == "b.flac" and len(heard) == 1:
            raise KeyboardInterrupt
        heard.append(str(source))
        return judge_one(self, source, *rest, **more)

    monkeypatch.setattr(PublishedJudge, "_judged", stopped)
    typed(*command, "-o", "rows", status=130)
    assert len(Path("rows.partial.jsonl").read_text().splitlines()) == 3
    # The rows of one judge are not taken for those of another, nor judged again.
    monkeypatch.setattr(PublishedJudge, "_judged", judge_one)
    opened: list[str] = []

    class Counted(Decoder):
        def __init__(self, path: Path) -> None:
            opened.append(str(path))
            super().__init__(path)

    monkeypatch.setattr(plaudit.audio.shared, "Decoder", Counted)
    typed(*command, "-o", "rows", "--resume")
    assert opened == ["b.flac", "c.mp3"]
    assert Path("rows").read_bytes() == Path("whole").read_bytes()


def test_a_judge_named_twice_is_refused(songs: list[str], home: Path) -> None:
    shutil.copytree(home / "audiobox", "mine")
    refused = typed("score", "a.wav", "-j", "audiobox", "-j", "mine", status=1)
    assert "given twice" in refused.stderr


def test_the_table_has_a_line_a_song_and_fits(songs: list[str]) -> None:
    out = typed("score", *songs, "-j", "audiobox", "-j", "clap", *PROMPT, status=1).stdout
    lines = out.splitlines()
    assert lines[0].split() == ["audiobox", "clap"]
    assert lines[1].split() == ["song", "length", "enjoy", "useful", "cmplx", "qualty", "align"]
    assert [line.split()[0] for line in lines[3:6]] == songs[:3]
    assert max(map(len, lines)) <= 100
    assert out.count("error:") == 1
    out = typed("score", "a.wav", *PANEL, *PROMPT).stdout
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[2:7]] == ["a.wav", *JUDGES]
    assert max(map(len, lines)) <= 100


def test_the_report_has_all_judges_and_their_licences(songs: list[str]) -> None:
    typed("score", *songs, *PANEL, *PROMPT, "--report", "page.html", status=1)
    page = Path("page.html").read_text()
    for judge in JUDGES:
        assert f"The judge {judge}" in page
    assert page.count("<dt>licence</dt>") == len(JUDGES)
    assert page.count("data:audio/mpeg") == 3
    assert "3 of 4 songs judged, 4 judgements failed" in page


def test_judges_agree_on_songs_or_on_their_rows(songs: list[str]) -> None:
    agree = ("judges", "agree", "-f", "json")
    out = typed(*agree, *songs, *PANEL, *PROMPT, status=1)
    assert "Not judged" in out.stderr
    agreement = json.loads(out.stdout)
    assert agreement.pop("option_sources")["format"] == "command line"
    assert [judge["name"] for judge in agreement["judges"]] == list(JUDGES)
    assert agreement["n_songs"] == 3
    assert len(agreement["pairs"]) == 6
    songeval = agreement["pairs"][1]
    assert [axis["axis"] for axis in songeval["axes"]] == [
        "coherence", "musicality", "memorability", "clarity", "naturalness",
    ]  # fmt: skip
    assert songeval["main"]["low"] is None
    assert songeval["main"]["n"] == 3
    for form in ("json", "csv"):
        typed("score", *songs, *PANEL, *PROMPT, "-f", form, "-o", f"rows.{form}", status=1)
        again = json.loads(typed(*agree, "--scores", f"rows.{form}").stdout)
        assert again.pop("option_sources")["scores"] == "command line"
        assert again == agreement
    text = typed("judges", "agree", "--scores", "rows.csv", "--report", "agree.html").stdout
    assert "bundled 1.2 and audiobox 1" in text
    shown = {song["path"] for pair in agreement["pairs"] for song in pair["disagreements"]}
    assert shown
    assert Path("agree.html").read_text().count("data:audio/mpeg") == len(shown)


def test_a_call_that_compares_no_judges_is_refused(songs: list[str]) -> None:
    def refused(*words: str) -> str:
        return typed("judges", "agree", *words, status=1).stderr

    assert "two judges or more" in refused("a.wav", "-j", "audiobox")
    assert "given twice" in refused("a.wav", "-j", "audiobox", "-j", "audiobox")
    typed("score", "a.wav", "-f", "json", "-o", "one.json")
    assert "got those of bundled" in refused("--scores", "one.json")
    assert "one of the two" in refused("a.wav", "--scores", "one.json")
    Path("bare.csv").write_text("path,clarity\na.wav,3\n")
    assert "names its judge" in refused("--scores", "bare.csv")
    table = f"path,prompt\na.wav,{PROMPT[1]}\na.wav,t5\n"
    Path("m.csv").write_text(table)
    assert "has several conditions" in refused(
        "--manifest", "m.csv", "-j", "audiobox", "-j", "clap"
    )


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_scores_of_any_judge_are_ranked_and_compared_from_a_file(
    form: str, songs: list[str]
) -> None:
    for judge, given in (("audiobox", ()), ("clap", PROMPT)):
        typed("score", *songs[:3], "-j", judge, "-f", form, "-o", f"{judge}.{form}", *given)
        from_file = ("--scores", f"{judge}.{form}", "-j", judge, "-f", "json")
        for command in (["rank", *songs[:3]], ["rank", *songs[:3], "--by", "alignment"],
                        ["compare", *songs[:2]]):  # fmt: skip
            status = int(judge == "audiobox" and "alignment" in command)
            heard = typed(*command, "-j", judge, "-f", "json", *given, status=status).stdout
            named = command[:1] + command[4:] if command[0] == "rank" else command
            again = typed(*named, *from_file, status=status).stdout
            assert again == heard
            assert bool(heard) == (not status)
    Path("own.csv").write_text("path,alignment\na.wav,0.312\nb.flac,0.319\n")
    table = typed("rank", "--scores", "own.csv", "-j", "clap").stdout.splitlines()
    assert [line.split()[2:4] for line in table[1:3]] == [["b.flac", "0.319"], ["a.wav", "0.312"]]
