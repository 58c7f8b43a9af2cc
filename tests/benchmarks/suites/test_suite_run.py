"""Suites through the command line: classes, files, suites that listen, comparison, wrong inputs."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from plaudit.benchmarks.suites.leaderboard import compare_results
from plaudit.benchmarks.suites.measure import song_measures
from plaudit.benchmarks.suites.promise import SongTask
from plaudit.benchmarks.suites.record import RunSettings, SuiteResult
from plaudit.benchmarks.suites.system_identity import system_margins, system_means
from plaudit.cli.app import app

TOY = '''
import numpy as np
import soundfile


class Loud:
    """Musicality is loudness; what it cannot open is an error."""

    sr = 24_000

    def __init__(self, sign: float = 1.0) -> None:
        self.sign = sign

    def score_batch(self, inputs, batch_size, max_dur, **kw):
        rows = []
        for item in inputs:
            sound, _ = soundfile.read(item.audio)
            rows.append((len(item.text), self.sign * np.sqrt(np.mean(sound**2))))
        return np.array(rows)


class Same(Loud):
    def score_batch(self, inputs, batch_size, max_dur, **kw):
        return np.full((len(inputs), 2), 3.0)


class Narrow(Loud):
    def score_batch(self, inputs, batch_size, max_dur, **kw):
        return np.zeros(len(inputs))


class Deaf:
    def score_batch(self, inputs, batch_size, max_dur, **kw):
        return None
'''


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "toy_judges.py").write_text(TOY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def plaudit(*words: str) -> str:
    done = CliRunner().invoke(app, ["bench", *words])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


def refused(*words: str) -> str:
    done = CliRunner().invoke(app, ["bench", *words])
    assert done.exit_code == 1, done.output
    return str(done.exception)


def prefs(folder: Path, n: int = 6) -> Path:
    """Write pairs of MusicPrefs whose preferred clip is the louder one."""
    import soundfile

    lines = ["audio_a,audio_b,model_a,model_b,prompt,musicality,fidelity"]
    (folder / "clips").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for k in range(n):
        vote = "ab"[k % 2]
        for side in "ab":
            level = 0.2 if side == vote else 0.05
            soundfile.write(folder / f"clips/{k}{side}.wav", level * rng.normal(size=800), 8000)
        lines.append(f"clips/{k}a.wav,clips/{k}b.wav,x,y,prompt {k // 2},{vote},a")
    (folder / "human_preference.csv").write_text("\n".join(lines) + "\n")
    return folder


def measure(result: dict[str, Any], task: str, name: str) -> dict[str, Any]:
    return next(
        m for m in result["measures"]
        if (m["task"], m["measure"], m["slice"]) == (task, name, "all")
    )  # fmt: skip


def test_a_class_that_hears_the_truth(here: Path) -> None:
    data = prefs(here / "data")
    result = json.loads(
        plaudit("run", "musicprefs", "--data", str(data), "--judge-class", "toy_judges:Loud",
                "--format", "json", "--draws", "20")
    )  # fmt: skip
    assert measure(result, "musicality", "accuracy")["value"] == 1.0
    assert measure(result, "musicality", "Acc+")["value"] == 1.0
    assert measure(result, "fidelity", "accuracy")["value"] == 0.5
    assert result["judge"]["kind"] == "class"
    turned = plaudit("run", "musicprefs", "--data", str(data), "--judge-class", "toy_judges:Loud",
                     "--class-args", '{"sign": -1.0}', "-f", "json", "--draws", "20")  # fmt: skip
    assert measure(json.loads(turned), "musicality", "accuracy")["value"] == 0.0


def test_missing_and_broken_audio_cost_only_their_pairs(here: Path) -> None:
    data = prefs(here / "data")
    (data / "clips" / "0a.wav").unlink()
    (data / "clips" / "3b.wav").write_text("no sound")
    result = json.loads(
        plaudit("run", "musicprefs", "--data", str(data), "--judge-class", "toy_judges:Loud",
                "-f", "json", "--draws", "20")
    )  # fmt: skip
    got = measure(result, "musicality", "accuracy")
    assert (got["value"], got["n"]) == (1.0, 4)
    reasons = {drop["reason"]: drop["examples"] for drop in result["dropped"]}
    assert reasons["the audio file is missing"] == [str(data / "clips" / "0a.wav")]
    broken = next(reason for reason in reasons if reason.startswith("toy_judges:Loud: "))
    assert reasons[broken] == [str(data / "clips" / "3b.wav")]


def test_our_judge_hears_the_songs(tmp_path: Path, tiny_apex: Path) -> None:
    data = tmp_path / "songs"
    plaudit("sample", "robustness", "--out", str(data))
    names = sorted(path.stem for path in data.glob("*.wav"))
    lines = [f"{name} {2 + k}.5" for k, name in enumerate(names)]
    (data / "truth.scp").write_text("\n".join(lines) + "\n")
    (data / "wav.scp").write_text("\n".join(f"{name} {name}.wav" for name in names) + "\n")
    out, scp = tmp_path / "result.json", tmp_path / "mine.scp"
    plaudit("run", "asae-track1", "--data", str(data), "--judge", str(tiny_apex), "--draws", "5",
            "--out", str(out), "--scp", str(scp))  # fmt: skip
    result = SuiteResult.model_validate_json(out.read_text())
    assert (result.n_items, result.n_predicted) == (3, 3)
    assert result.judge.card is not None
    assert result.judge.hash is not None
    (predictions,) = result.predictions
    listed = dict(line.split() for line in scp.read_text().splitlines())
    assert {k: float(v) for k, v in listed.items()} == dict(
        zip(predictions.ids, predictions.predicted, strict=True)
    )
    again = json.loads(plaudit("run", "asae-track1", "--data", str(data), "--predictions",
                               str(scp), "-f", "json", "--draws", "5"))  # fmt: skip
    assert again["measures"] == json.loads(result.model_dump_json())["measures"]


def test_a_constant_moves_nothing_and_hears_no_damage(here: Path) -> None:
    plaudit("sample", "damage", "--out", "songs")
    (here / "songs" / "text.wav").write_text("no sound")
    words = ["--data", "songs", "--judge-class", "toy_judges:Same", "-f", "json", "--seconds", "3"]
    robust = json.loads(plaudit("run", "robustness", *words))
    moves = [m for m in robust["measures"] if "move" in m["measure"] or "margins" in m["measure"]]
    assert len(moves) == 2 * 13 + 1
    assert {m["value"] for m in moves} == {0.0}
    damage = json.loads(plaudit("run", "damage", *words))
    values = {m["measure"]: m["value"] for m in damage["measures"]}
    assert values == {"falls": 0, "monotone": 0, "drop": 0, "largest move": 0, "songs above it": 0}
    for result in (robust, damage):
        assert (result["n_items"], result["n_predicted"]) == (4, 3)
        assert [Path(drop["examples"][0]).name for drop in result["dropped"]] == ["text.wav"]


def test_a_judge_of_loudness_moves_with_the_gain_exactly(here: Path) -> None:
    plaudit("sample", "robustness", "--out", "songs")
    result = json.loads(plaudit("run", "robustness", "--data", "songs", "--judge-class",
                              "toy_judges:Loud", "-f", "json", "--seconds", "3"))  # fmt: skip
    by_gain = [
        next(a["predicted"] for a in result["predictions"] if a["task"] == task)
        for task in ("gain -6 dB", "gain -12 dB")
    ]
    share = (1 - 10 ** (-12 / 20)) / (1 - 10 ** (-6 / 20))
    np.testing.assert_allclose(by_gain[1], share * np.array(by_gain[0]), rtol=1e-5)
    assert min(by_gain[0]) > 0
    order = next(m for m in result["measures"] if m["task"] == "order of a comparison")
    assert (order["value"], order["n"]) == (0.0, 2)
    swapped = next(a["predicted"] for a in result["predictions"] if a["task"] == "channels swapped")
    assert max(swapped) == pytest.approx(0.0, abs=1e-9)


def results(here: Path) -> list[Path]:
    data = prefs(here / "data")
    paths = []
    for name, cls, extra in (
        ("loud", "Loud", "{}"), ("same", "Same", "{}"), ("quiet", "Loud", '{"sign": -1.0}')
    ):  # fmt: skip
        out = here / f"{name}.json"
        plaudit("run", "musicprefs", "--data", str(data), "--judge-class", f"toy_judges:{cls}",
                "--class-args", extra, "--out", str(out), "--draws", "50")  # fmt: skip
        paths.append(out)
    return paths


def test_differences_are_paired(here: Path) -> None:
    paths = results(here)
    read = [SuiteResult.model_validate_json(path.read_text()) for path in paths]
    board = compare_results(read)
    row = next(r for r in board.rows if (r.task, r.measure) == ("musicality", "accuracy"))
    assert [cell and cell.value for cell in row.cells] == [1.0, 0.5, 0.0]
    assert row.differences[0] is None
    for difference, expected in zip(row.differences[1:], (-0.5, -1.0), strict=True):
        assert difference is not None
        assert (difference.value, difference.low, difference.high) == (expected, None, None)
        assert difference.reason == "an interval needs 8 songs or groups, and there are 3"
        assert difference.n == 6
    assert board.names == ("toy_judges:Loud", "toy_judges:Same", "toy_judges:Loud (2)")
    turned = compare_results([read[1], read[0]])
    back = next(r for r in turned.rows if (r.task, r.measure) == ("musicality", "accuracy"))
    assert back.differences[1] is not None
    assert back.differences[1].value == 0.5


def test_a_board_and_a_report_are_written(here: Path) -> None:
    paths = [str(path) for path in results(here)]
    text = plaudit("compare", *paths, "--html", "board.html")
    assert "difference -50.0, n 6" in text
    board = (here / "board.html").read_text()
    assert board.index("toy_judges:Loud<") < board.index("toy_judges:Same<")
    plaudit("report", paths[0], "--out", "one.html")
    page = (here / "one.html").read_text()
    assert "100.0" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    plaudit("report", paths[0], "--out", "one.html")
    assert (here / "one.html").read_text() == page
    assert json.loads(plaudit("compare", *paths, "-f", "json"))["suite"] == "musicprefs"


def test_results_that_cannot_be_compared(here: Path) -> None:
    paths = [str(path) for path in results(here)]
    assert "two or more results" in refused("compare", paths[0])
    assert "is not there" in refused("compare", paths[0], "nowhere.json")
    whole = json.loads(Path(paths[1]).read_text())
    for key, value, words in (
        ("suite", "aime", "of one suite"),
        ("suite_version", "0", "one version"),
        ("settings", whole["settings"] | {"ties": "drop"}, "one rule for ties"),
        ("data", [{"name": "x.csv", "sha256": "0" * 64, "n_bytes": 1}], "on the same data"),
    ):
        (here / "changed.json").write_text(json.dumps(whole | {key: value}))
        assert words in refused("compare", paths[0], "changed.json")
    (here / "broken.json").write_text("{}")
    assert "broken.json" in refused("report", "broken.json", "--out", "page.html")


def test_what_is_wrong_is_said_in_a_sentence(here: Path) -> None:
    assert "did you mean 'songeval'" in refused("run", "songevil", "--sample")
    assert "Expected --data PATH or --sample" in refused("run", "pam")
    assert "Expected one of --judge" in refused(
        "run", "pam", "--sample", "--judge", "bundled", "--judge-class", "a:B"
    )
    assert "module:Class" in refused("run", "pam", "--sample", "--judge-class", "nothing")
    assert "nowhere:Judge" in refused("run", "pam", "--sample", "--judge-class", "nowhere:Judge")
    assert "to have 'sr'" in refused("run", "pam", "--sample", "--judge-class", "toy_judges:Deaf")
    assert "could not be made" in refused(
        "run", "pam", "--sample", "--judge-class", "toy_judges:Loud", "--class-args", '{"x": 1}'
    )
    assert "as a JSON object" in refused(
        "run", "pam", "--sample", "--judge-class", "toy_judges:Loud", "--class-args", "x"
    )
    assert "no .scp lists" in refused("run", "pam", "--sample", "--scp", "x.scp")
    assert "a judge that listens" in refused("run", "robustness", "--sample")
    (here / "p.jsonl").write_text('{"id": "a", "score": 1}\n')
    assert "no file can have predicted" in refused(
        "run", "damage", "--sample", "--predictions", "p.jsonl"
    )
    (here / "full").mkdir()
    (here / "full" / "x").write_text("mine")
    assert "not an empty folder" in refused("sample", "pam", "--out", "full")
    (here / "mine.json").write_text("mine")
    assert "not written by Plaudit" in refused("run", "pam", "--sample", "--out", "mine.json")
    assert (here / "mine.json").read_text() == "mine"
    data = prefs(here / "data")
    assert "holds no label file" in refused("run", "songeval", "--data", str(data))
    said = refused("run", "musicprefs", "--data", str(data), "--judge-class", "toy_judges:Narrow")
    assert "answered none of the 12 items" in said
    assert "expected scores of shape (1, 2), got (1,)" in said


def test_the_seed_and_the_draws_change_the_intervals(here: Path) -> None:
    words = ["run", "songeval", "--data", "data", "--predictions", "p.jsonl", "-f", "json"]
    plaudit("sample", "songeval", "--out", "data")
    table = here / "data/metadata.jsonl"
    songs = [json.loads(line) for line in table.read_text().splitlines()] * 4
    songs = [{**song, "file_name": f"mp3/{k}.mp3"} for k, song in enumerate(songs)]
    table.write_text("\n".join(map(json.dumps, songs)))
    rng = np.random.default_rng(0)
    rows = [json.dumps({"id": str(k), "musicality": float(rng.normal())}) for k in range(24)]
    (here / "p.jsonl").write_text("\n".join(rows))
    low = [
        measure(json.loads(plaudit(*words, *more)), "musicality", "SRCC")["low"]
        for more in ([], [], ["--seed", "2"], ["--draws", "300"])
    ]
    assert low[0] == low[1]
    assert len(set(low)) == 3
    # The order of rows says nothing about the songs.
    (here / "p.jsonl").write_text("\n".join(reversed(rows)))
    assert measure(json.loads(plaudit(*words)), "musicality", "SRCC")["low"] == low[0]


def test_the_list_names_every_suite() -> None:
    from plaudit.benchmarks.suites.catalogue import SUITES

    listed = json.loads(plaudit("list", "--format", "json"))
    assert [suite["name"] for suite in listed] == list(SUITES)
    text = plaudit("list")
    assert all(name in text for name in SUITES)


def test_system_identity_finds_a_planted_order_and_knows_nothing_of_its_own_fold() -> None:
    rng = np.random.default_rng(0)
    names = ["weak", "fair", "good"]
    pairs: list[tuple[str | None, str | None]] = []
    share = []
    for _ in range(400):
        first, second = rng.choice(3, 2, replace=False)
        pairs.append((names[first], names[second]))
        share.append(float(rng.random() < 1 / (1 + math.exp(second - first))))
    decided, fold = np.ones(400, bool), np.arange(400) % 5
    margin = system_margins(pairs, np.array(share), decided, fold)
    strong = [m > 0 for m, (a, b) in zip(margin, pairs, strict=True)]
    assert strong == [names.index(str(a)) > names.index(str(b)) for a, b in pairs]
    changed = np.array(share)
    changed[fold == 0] = 1 - changed[fold == 0]
    own = system_margins(pairs, changed, decided, fold)
    np.testing.assert_array_equal(margin[fold == 0], own[fold == 0])
    assert np.isnan(system_margins([(None, "a")], np.ones(1), np.ones(1, bool), np.zeros(1, int)))
    observed = np.array([1.0, 3.0, 5.0, 7.0])
    means = system_means(observed, ["a", "a", "b", None], np.array([0, 1, 0, 1]))
    np.testing.assert_array_equal(means[[0, 1, 3]], [3.0, 1.0, math.nan])


def test_system_identity_is_the_ridge_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(4)
    drawn = [rng.choice(5, 2, replace=False) for _ in range(80)]
    pairs: list[tuple[str | None, str | None]] = [(str(a), str(b)) for a, b in drawn]
    share = (rng.random(80) < 0.6).astype(float)
    fold = np.arange(80) % 4
    margin = system_margins(pairs, share, np.ones(80, bool), fold)
    design = np.zeros((80, 5))
    for row, (first, second) in enumerate(drawn):
        design[row, first], design[row, second] = 1, -1
    for k in range(4):
        model = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10, max_iter=10_000)
        model.fit(design[fold != k], share[fold != k])
        expected = design[fold == k] @ model.coef_[0]
        np.testing.assert_allclose(margin[fold == k], expected, atol=1e-5)


def test_three_systems_have_a_correlation_and_no_interval() -> None:
    rng = np.random.default_rng(0)
    systems = tuple(f"system {k % 3}" for k in range(60))
    names = tuple(f"song {k}" for k in range(60))
    task = SongTask("coherence", ("coherence",), names, rng.normal(size=60), names, systems,
                    ({},) * 60)  # fmt: skip
    measures, _ = song_measures(task, rng.normal(size=60), "coherence", None, RunSettings())
    of_songs = next(m for m in measures if m.slice == "all" and m.measure == "SRCC")
    assert of_songs.low is not None
    of_systems = [m for m in measures if m.slice == "system"]
    assert len(of_systems) == 3
    for each in of_systems:
        assert each.value is not None
        assert each.low is None
        assert each.reason == "an interval needs 8 songs or groups, and there are 3"
