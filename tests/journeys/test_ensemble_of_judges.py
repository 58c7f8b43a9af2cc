"""Several judges fitted together, and used as one, by the commands that a user types."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import plaudit
from plaudit.core.errors import InputError
from plaudit.judging.agreement import main_score
from plaudit.judging.ensemble import EnsembleJudge
from plaudit.judging.record import SongScores
from published_files import publish, weights_options
from typed_command import plaudit as typed

PARTS = ("audiobox", "songeval")
OF = [word for judge in PARTS for word in ("--of", judge)]
N_SONGS = 12
PROMPT = "t9 t19 t4"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with published judges, songs, and an ensemble fitted on them."""
    place = tmp_path_factory.mktemp("ensemble")
    for judge in (*PARTS, "clap"):
        words = weights_options(publish(judge, place / "published" / judge))
        out = place / "judges" / judge
        typed("judges", "import", judge, *words, "--out", out, "--accept-licence")
    rng = np.random.default_rng(3)
    (place / "songs").mkdir()
    for k in range(N_SONGS):
        t = np.arange(24_000) / 24_000
        tone = 0.4 * np.sin(2 * np.pi * rng.uniform(80, 3000) * t) * rng.uniform(0.1, 1)
        soundfile.write(
            place / "songs" / f"{k}.wav", tone + rng.normal(0, 0.005 * k, t.size), 24_000
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAUDIT_JUDGES", str(place / "judges"))
        said = typed("judges", "ensemble", "both", *OF, "--songs", place / "songs").stdout
    assert "Next: plaudit score SONGS --judge both" in said
    return place


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a judges folder of this test alone, in use."""
    shutil.copytree(made / "judges", tmp_path / "judges")
    shutil.copytree(made / "songs", tmp_path / "songs")
    monkeypatch.setenv("PLAUDIT_JUDGES", str(tmp_path / "judges"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "judges"


def rows(*words: str) -> list[SongScores]:
    out = typed("score", "songs", "-f", "jsonl", *words).stdout
    return [SongScores.model_validate_json(line) for line in out.splitlines()]


def test_it_is_the_standardised_mean_of_its_judges(home: Path) -> None:
    together = rows("-j", "audiobox", "-j", "songeval", "-j", "both")
    main = [[main_score(row) for row in together[k::3]] for k in (0, 1)]
    z = np.array([(np.array(own) - np.mean(own)) / np.std(own) for own in main])
    ensemble = together[2::3]
    assert [row["preference"].value for row in ensemble] == pytest.approx(z.mean(axis=0).tolist())
    spread = z.std(axis=0)
    assert [row["disagreement"].value for row in ensemble] == pytest.approx(spread.tolist())
    limit = np.quantile(spread, 0.9)
    warned = [any(n.type == "judges_disagree" for n in row.warnings) for row in ensemble]
    assert warned == (spread > limit).tolist()
    assert sum(warned) == 2
    said = next(n.message for row in ensemble for n in row.warnings if n.type == "judges_disagree")
    assert "audiobox " in said
    assert rows("-j", "both") == ensemble


def test_it_scores_arrays_compares_ranks_and_is_listed(home: Path) -> None:
    judge = plaudit.load_judge("both")
    assert isinstance(judge, EnsembleJudge)
    samples, rate = soundfile.read("songs/7.wav", dtype="float32")
    row = judge.score("songs/7.wav")
    array = judge.score(samples, rate)
    assert array.scores == row.scores
    assert (array.path, row.path) == (None, "songs/7.wav")
    assert row.timeline is not None
    assert row.timeline[0].scores["preference"] == row["preference"].value
    ranked = json.loads(typed("rank", "songs", "-j", "both", "-f", "json").stdout)
    values = [song["scores"]["preference"]["value"] for song in ranked]
    assert values == sorted(values, reverse=True)
    compared = typed("compare", "songs/1.wav", "songs/2.wav", "-j", "both", "-f", "json").stdout
    assert [axis["axis"] for axis in json.loads(compared)["axes"]] == ["preference", "disagreement"]
    assert "both" in typed("judges", "list").stdout
    typed("score", "songs", "-j", "both", "--report", "page.html")
    assert "standardised mean of 2 judges" in Path("page.html").read_text()


def card(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "card.json").read_text())
    return read


def test_its_card_names_its_parts_and_has_the_strictest_licence(home: Path) -> None:
    both = card(home / "both")
    assert list(both["parts"]) == list(PARTS)
    for name, part in both["parts"].items():
        assert part["hub"] == name
        assert part["config"]["hash"] == rows("-j", name)[0].judge.hash
        assert part["licence"] == card(home / name)["licence"]
    assert not both["commercial"]
    assert both["licence"].startswith("No commercial use.")
    assert set(card(home / "songeval")["forbidden_uses"]) <= set(both["forbidden_uses"])
    typed("judges", "ensemble", "free", "--of", "audiobox", "--of", "bundled", "--songs", "songs")
    assert card(home / "free")["commercial"]
    shown = typed("judges", "show", "free").stdout
    assert "No commercial use" not in shown
    assert "part bundled" in shown


def test_a_part_that_is_missing_or_another_is_refused(home: Path, made: Path) -> None:
    shutil.rmtree(home / "songeval")
    refused = typed("score", "songs", "-j", "both", status=1).stderr
    assert "needs judge 'songeval' 1, which cannot be loaded: " in refused
    shutil.copytree(home / "audiobox", home / "songeval")
    refused = typed("score", "songs", "-j", "both", status=1).stderr
    assert "fitted on judge 'songeval' with hash" in refused
    shutil.rmtree(home / "songeval")
    shutil.copytree(made / "judges" / "songeval", home / "songeval")
    typed("score", "songs", "-j", "both")


def test_judges_in_folders_are_found_from_anywhere(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "songeval").rename("elsewhere")
    typed("judges", "ensemble", "mine", "--of", "audiobox", "--of", "./elsewhere",
          "--songs", "songs", "--out", "mine")  # fmt: skip
    (home / "sub").mkdir()
    path = Path("mine").resolve()
    monkeypatch.chdir(home / "sub")
    typed("score", "../../songs", "-j", str(path))


def test_what_a_judge_needs_its_ensemble_needs(home: Path) -> None:
    words = ("judges", "ensemble", "asked", "--of", "audiobox", "--of", "clap", "--songs", "songs")
    assert "give --prompt" in typed(*words, status=1).stderr
    typed(*words, "--prompt", PROMPT)
    assert card(home / "asked")["needs"] == ["prompt"]
    assert "give --prompt" in typed("score", "songs", "-j", "asked", status=1).stderr
    with_prompt = rows("-j", "asked", "--prompt", PROMPT)
    assert with_prompt[0].given is not None
    assert with_prompt[0].given.prompt == PROMPT
    other = rows("-j", "asked", "--prompt", "t7")
    assert other[0]["preference"] != with_prompt[0]["preference"]


def test_a_call_that_makes_no_ensemble_is_refused(home: Path) -> None:
    def refused(name: str, *words: str, songs: str = "songs") -> str:
        return typed("judges", "ensemble", name, *words, "--songs", songs, status=1).stderr

    assert "two judges or more" in refused("x", "--of", "audiobox")
    assert "given twice" in refused("x", "--of", "audiobox", "--of", "audiobox")
    assert "another judge" in refused("clap", *OF)
    assert "a name that a folder can have" in refused("a/b", *OF)
    assert "Expected 10 songs or more" in refused("x", *OF, songs="songs/1.wav")
    (home / "taken").mkdir()
    (home / "taken" / "mine.txt").write_text("mine")
    assert "holds other files" in refused("taken", *OF)
    assert (home / "taken" / "mine.txt").read_text() == "mine"
    assert "what is read" in refused("both", "--of", "both", "--of", "audiobox")
    typed("judges", "ensemble", "both", *OF, "--songs", "songs")  # one of ours is replaced
    assert not (home / "x").exists()


def test_a_card_that_was_changed_by_hand_is_refused(home: Path) -> None:
    for change in ("sd", "usual_disagreement"):
        changed = card(home / "both")
        place = changed["options"] if change in changed["options"] else None
        (place or changed["parts"]["audiobox"]["config"])[change] = 2.0
        (home / "changed").mkdir(exist_ok=True)
        (home / "changed" / "card.json").write_text(json.dumps(changed))
        with pytest.raises(InputError, match="was changed since it was fitted"):
            plaudit.load_judge("changed")
