"""From the made-up sample to the page: ``bench sample reality``, then ``bench reality``."""

import json
from pathlib import Path
from unittest.mock import patch

import pytest

from plaudit.benchmarks.reality.made_up import QUALITY
from plaudit.benchmarks.reality.record import Accuracy, RealityResult
from plaudit.core.settings import load_json
from plaudit.judging.given import Given
from plaudit.judging.load import load_judge
from plaudit.judging.published.judge import PublishedJudge
from published_files import publish, weights_options
from ranked_clips import ToneJudge, write_clips
from typed_command import plaudit, typed


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "reality"
    with patch("plaudit.benchmarks.reality.made_up._PROMPTS", 3):  # of 8, which take a minute
        said = plaudit("bench", "sample", "reality", "--out", folder).stdout
    assert "Wrote a made-up sample of clips of ranked systems" in said
    return folder


def found(result: RealityResult, score: str, copies: str) -> Accuracy:
    (own,) = (
        each
        for each in result.accuracies
        if (each.score, each.copies, each.group) == (score, copies, "all")
    )
    return own


def test_the_bundled_judge_hears_planted_quality_and_loudness_tells_files_alone(
    sample: Path, tmp_path: Path
) -> None:
    out, page = tmp_path / "result.json", tmp_path / "page.html"
    shown = plaudit("bench", "reality", sample, "--out", out, "--report", page)
    result = load_json(RealityResult, out)
    assert [system.name for system in result.systems] == list(QUALITY)
    assert (len(result.clips), result.n_prompts, result.n_pairs) == (12, 3, 18)
    assert result.groups == ("instrumental", "voices")
    assert result.left_out == ()
    for copies in ("as is", "matched"):
        assert (found(result, "mean", copies).value or 0) > 0.75
    assert found(result, "loudness", "as is").value == 1.0
    for name in ("loudness", "bandwidth", "duration"):
        assert found(result, name, "matched").value == 0.5
    assert "12 clips of 4 systems answer 3 prompts: 18 pairs of different rank." in shown.stdout
    assert "Group voices" in shown.stdout
    assert "Judge bundled puts the clip" in page.read_text(encoding="utf-8")


def test_another_seed_is_another_sample(sample: Path, tmp_path: Path) -> None:
    with patch("plaudit.benchmarks.reality.made_up._PROMPTS", 1):
        for seed in (1, 2):
            plaudit("bench", "sample", "reality", "--out", tmp_path / f"{seed}", "--seed", seed)
    clip = Path("clips") / "juniper-1.wav"
    assert (tmp_path / "2" / clip).read_bytes() != (tmp_path / "1" / clip).read_bytes()
    assert (tmp_path / "1" / clip).read_bytes() == (sample / clip).read_bytes()


def test_published_judges_hear_each_clip_with_its_own_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAUDIT_JUDGES", str(tmp_path / "judges"))
    for name in ("clap", "audiobox"):
        options = weights_options(publish(name, tmp_path / name))
        plaudit("judges", "import", name, *options, "--accept-licence")
    folder = write_clips(tmp_path / "clips", systems=2, prompts=2)
    text = (folder / "manifest.csv").read_text().replace("a slow waltz number ", "t5 t9 t1")
    (folder / "manifest.csv").write_text(text)
    said = plaudit("bench", "reality", folder, "-j", "clap", "-j", "audiobox", "-f", "json")
    record = json.loads(said.stdout)
    assert record["left_out"] == []
    assert [judge["prompted"] for judge in record["judges"]] == [True, False]
    assert {clip["prompt"] for clip in record["clips"]} == {"t5 t9 t10", "t5 t9 t11"}
    clap = load_judge("clap")
    assert isinstance(clap, PublishedJudge)
    for clip in record["clips"]:
        own = clap.score(clip["path"], given=Given(prompt=clip["prompt"]))
        assert clip["scores"]["as is"]["clap"] == {"alignment": own["alignment"].value}
        assert len(clip["scores"]["matched"]["audiobox"]) == 4
        assert clip["scores"]["matched"]["clap"] != clip["scores"]["as is"]["clap"]


def test_options_reach_the_job(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "clips", systems=2)
    ranks = (folder / "ranks.csv").rename(tmp_path / "table.csv")
    opened = []

    def load(name: str, *, device: str) -> ToneJudge:
        opened.append((name, device))
        return ToneJudge(name=name)

    with (
        patch("plaudit.judging.load.load_judge", load),
        patch("plaudit.jobs.bench.reality._card", lambda name: ToneJudge().card),
    ):
        said = plaudit(
            "bench", "reality", folder / "manifest.csv", "--ranks", ranks, "-j", "one", "-j", "two",
            "-j", "one", "--device", "cpu", "--format", "json",
        )  # fmt: skip
    assert opened == [("one", "cpu"), ("two", "cpu")]
    record = json.loads(said.stdout)
    assert [judge["name"] for judge in record["judges"]] == ["one", "two"]
    assert record["ranks"]["path"] == str(ranks)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--judge", "nobody"), "There is no judge 'nobody'"),
        (("--ranks", "none.csv"), "Expected a table of ranks with columns system and rank"),
        (("--out", "notes.txt"), "was not written by Plaudit"),
        (("--out", "a.json", "--report", "a.json"), "is named for two outputs"),
    ],
)
def test_what_is_wrong_is_told_before_any_work(
    words: tuple[str, ...], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_clips(tmp_path / "clips", systems=2, prompts=1)
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("mine")
    status, said = typed("bench", "reality", folder, *words)
    assert status == 1
    assert sentence in " ".join(said.stderr.split())
    assert said.stdout == ""
    assert Path("notes.txt").read_text() == "mine"
