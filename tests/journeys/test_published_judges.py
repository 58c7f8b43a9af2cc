"""Published judges from their files to scores, by the commands that a user types.

The expected numbers were made with each judge's own code on weights filled from tensor names.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from filled import golden, other_song, song, words
from published_files import publish, weights_options
from typed_command import plaudit

SIGNALS: dict[str, Callable[[float, int], NDArray[np.float32]]] = {
    "song": song,
    "other": other_song,
}
TEXTS = golden("clap")["texts"]
LYRICS = golden("cmirm")["texts"]["lyrics"]


class Case(NamedTuple):
    """A song, its options, and the published scores."""

    name: str
    signal: str  # such as song_3.0 or stereo_5.0
    rate: int
    expected: dict[str, float]
    options: tuple[str, ...] = ()


def _named(names: list[str], values: list[float]) -> dict[str, float]:
    return dict(zip(names, values, strict=True))


def _cases() -> dict[str, list[Case]]:
    text = words(TEXTS["short"])
    audiobox = {
        "CE": "content_enjoyment",
        "CU": "content_usefulness",
        "PC": "production_complexity",
        "PQ": "production_quality",
    }
    five = [axis.lower() for axis in golden("songeval")["axes"]]
    cmirm = golden("cmirm")["variants"]["plain"]["single"]
    given = {
        "text": ("--prompt", text),
        "longtext": ("--prompt", words(golden("muqmulan")["texts"]["long"])),
        "lyrics": ("--lyrics", "lyrics.txt"),
        "ref": ("--reference", "reference.wav"),
        "all": ("--prompt", text, "--lyrics", "lyrics.txt", "--reference", "reference.wav"),
    }
    return {
        "audiobox": [
            Case(n, "_".join(n.split("_")[:2]), c["rate"],
                 {audiobox[a]: v for a, v in c["scores"].items()})
            for n, c in golden("audiobox")["cases"].items()
        ],
        "songeval": [
            Case(n, n, 24_000, _named(five, c["scores"]))
            for n, c in golden("songeval")["cases"].items()
        ],
        "hear": [
            Case(n, n, 24_000, _named(five, c["scores"]))
            for n, c in golden("hear")["cases"].items()
        ],
        "clap": [
            Case(n, n, 48_000, {"alignment": c["cosine"]["short"]}, ("--prompt", text))
            for n, c in golden("clap")["cases"].items()
            if c["samples"] <= 480_000
        ],
        "muq-mulan": [
            Case(n, n, 24_000, {"alignment": c["similarity"]["short"]}, ("--prompt", text))
            for n, c in golden("muqmulan")["cases"].items()
        ],
        "cmi-rm": [
            Case(n, "_".join(_signal(n)), 24_000, _named(["alignment", "musicality"], pair),
                 tuple(w for c in n.split("+")[1:] for w in given[c]))
            for n, pair in cmirm.items()
        ],
        "pam": [
            Case(n, n, 44_100, {"quality": c["score"]})
            for n, c in golden("pam")["cases"].items()
            if "_at_" not in n
        ],
        "tunejury": [
            Case(f"{n}+{t}", "_".join(n.split("_")[:2]), int(n.split("_")[2]), {"preference": v},
                 () if t == "none" else ("--prompt", words(TEXTS[t])))
            for n, c in golden("tunejury")["end_to_end"].items()
            if "24.5" not in n
            for t, v in c["do_normalize"].items()
        ],
    }  # fmt: skip


def _signal(case: str) -> tuple[str, str]:
    signal = case.split("+", maxsplit=1)[0]
    kind = signal.rstrip("0123456789.")
    return kind, signal.removeprefix(kind)


CASES = _cases()


def write(folder: Path, name: str, signal: str, rate: int) -> Path:
    kind, seconds = signal.split("_")
    makers = (song, other_song) if kind == "stereo" else (SIGNALS[kind],)
    path = folder / name
    made = np.stack([make(float(seconds), rate) for make in makers], axis=1)
    soundfile.write(path, made, rate, subtype="FLOAT")
    return path


def scores_of(text: str) -> dict[str, float]:
    (row,) = json.loads(text)
    return {axis: score["value"] for axis, score in row["scores"].items()}


# Each judge's unit tests go through all vectors; here a few take the user's way.
CHOSEN = {
    "audiobox": ("song_3.0_16000", "song_12.0_44100"),
    "songeval": ("song_0.8", "song_10.0"),
    "hear": ("song_3.0",),
    "clap": ("song_3.0", "other_10.0"),
    "muq-mulan": ("song_3.0", "song_24.5"),
    "cmi-rm": ("song3", "song10+text", "song10+lyrics", "song10+ref", "song10+all"),
    "pam": ("song_3.0", "stereo_5.0"),
    "tunejury": ("song_3.0_24000+none", "song_3.0_24000+short", "stereo_5.0_44100+long"),
}
JUDGES = tuple(judge for judge in CHOSEN if judge != "hear")  # which takes long, and adds nothing
PROMPT = words(TEXTS["short"])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("judges")


@pytest.fixture
def judge(
    request: pytest.FixtureRequest, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Import a judge from its published files, which are then gone."""
    name: str = request.param
    monkeypatch.setenv("PLAUDIT_JUDGES", str(home))
    monkeypatch.chdir(tmp_path)
    if not (home / name).is_dir():
        parts = publish(name, tmp_path / "published")
        plaudit("judges", "import", name, *weights_options(parts), "--accept-licence")
        shutil.rmtree(tmp_path / "published")
    return name


def options_of(judge: str) -> list[str]:
    return ["--prompt", PROMPT] if judge in ("clap", "muq-mulan", "cmi-rm", "tunejury") else []


@pytest.mark.parametrize("judge", CHOSEN, indirect=True)
def test_it_scores_as_published(judge: str, tmp_path: Path) -> None:
    Path("lyrics.txt").write_text(" ".join(f"t{i}" for i in LYRICS.split(",")))
    write(tmp_path, "reference.wav", "other_7.3", 24_000)
    by_name = {case.name: case for case in CASES[judge]}
    for case in (by_name[name] for name in CHOSEN[judge]):
        write(tmp_path, "a.wav", case.signal, case.rate)
        out = plaudit("score", "a.wav", "--judge", judge, "-f", "json", *case.options).stdout
        assert scores_of(out) == pytest.approx(case.expected, abs=1e-4), case.name


@pytest.mark.parametrize("judge", JUDGES, indirect=True)
def test_company_order_and_container_change_no_digit(judge: str, tmp_path: Path) -> None:
    write(tmp_path, "a.wav", "song_3.0", 24_000)
    samples, rate = soundfile.read("a.wav", dtype="float32")
    soundfile.write("b.wav", np.round(samples * 2**22) / 2**22, rate, subtype="PCM_24")
    soundfile.write("c.flac", np.round(samples * 2**22) / 2**22, rate, subtype="PCM_24")
    write(tmp_path, "d.wav", "other_2.0", 24_000)
    seen: dict[str, set[str]] = {}
    for paths in (["b.wav"], ["c.flac", "d.wav", "b.wav"], ["d.wav", "b.wav", "c.flac"]):
        command = ["score", *paths, "--judge", judge, "-f", "jsonl", *options_of(judge)]
        for line in plaudit(*command).stdout.splitlines():
            row = json.loads(line)
            seen.setdefault(row["path"], set()).add(json.dumps(row["scores"]))
    assert {len(scores) for scores in seen.values()} == {1}
    assert seen["b.wav"] == seen["c.flac"] != seen["d.wav"]


@pytest.mark.parametrize("judge", JUDGES, indirect=True)
def test_it_ranks_compares_explains_and_is_listed(judge: str, tmp_path: Path) -> None:
    write(tmp_path, "a.wav", "song_3.0", 24_000)
    write(tmp_path, "b.wav", "other_2.0", 24_000)
    given = options_of(judge)
    ranked = plaudit("rank", "a.wav", "b.wav", "-j", judge, "-f", "json", *given).stdout
    rows = json.loads(ranked)
    assert [row["rank"] for row in rows] == [1, 2]
    assert rows[0]["value"] > rows[1]["value"]
    compared = plaudit("compare", "a.wav", "b.wav", "-j", judge, *given).stdout
    assert "No probability" in compared
    plaudit("score", "a.wav", "b.wav", "-j", judge, "--report", "page.html", *given)
    assert judge in Path("page.html").read_text()
    shown = plaudit("judges", "show", judge).stdout
    assert "Do not use it for" in shown
    assert judge in plaudit("judges", "list").stdout
    header = plaudit("score", "a.wav", "-j", judge, "-f", "csv", *given).stdout.splitlines()[0]
    axes = [
        axis["name"]
        for axis in json.loads(plaudit("judges", "show", judge, "-f", "json").stdout)["axes"]
    ]
    assert set(axes) <= set(header.split(","))


@pytest.mark.parametrize("judge", ["cmi-rm"], indirect=True)
def test_a_table_says_what_each_song_is_to_answer(judge: str, tmp_path: Path) -> None:
    """A song may answer several prompts, and a resumed job knows them apart."""
    write(tmp_path, "a.wav", "song_10.0", 24_000)
    Path("m.csv").write_text(f"path,prompt,lyrics\na.wav,{PROMPT},\na.wav,,\na.wav,t9 t19,t5\n")
    command = ["score", "--manifest", "m.csv", "-j", judge, "-f", "jsonl", "-o", "out.jsonl"]
    assert "prompt, lyrics" in plaudit(*command).stderr
    rows = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    single = golden("cmirm")["variants"]["plain"]["single"]
    first, second = ([s["value"] for s in row["scores"].values()] for row in rows[:2])
    assert first == pytest.approx(single["song10+text"], abs=1e-4)
    assert second == pytest.approx(single["song10"], abs=1e-4)
    assert rows[0]["given"] == {"prompt": PROMPT, "lyrics": None, "reference": None}
    assert "given" not in rows[1]
    assert rows[2]["given"]["lyrics"] == "t5"
    assert rows[2]["scores"] not in (rows[0]["scores"], rows[1]["scores"])
    before = Path("out.jsonl").read_text()
    plaudit(*command, "--resume")
    assert Path("out.jsonl").read_text() == before
    refused = plaudit("rank", "--manifest", "m.csv", "-j", judge, status=1).stderr
    assert "has several conditions" in refused


@pytest.mark.parametrize("judge", ["audiobox", "clap"], indirect=True)
def test_what_a_judge_cannot_use_or_lacks_is_said(judge: str, tmp_path: Path) -> None:
    write(tmp_path, "a.wav", "song_3.0", 24_000)
    if judge == "audiobox":
        said = plaudit("score", "a.wav", "-j", judge, "--prompt", "x", status=1)
        assert "Judge 'audiobox' cannot use a prompt" in said.stderr
        said = plaudit("score", "a.wav", "--prompt", "x", status=1)
        assert "Judge 'bundled' cannot use a prompt" in said.stderr
    else:
        for command in (["score", "a.wav"], ["rank", "a.wav"], ["compare", "a.wav", "a.wav"]):
            said = plaudit(*command, "-j", judge, status=1)
            lines = said.stderr.splitlines()
            assert len([line for line in lines if "a prompt; give --prompt, or a" in line]) == 1
            assert not said.stdout


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "missing": (lambda tensors: tensors.pop("layer_weights.PQ"), "missing: layer_weights.PQ"),
    "renamed": (
        lambda tensors: tensors.update(new=tensors.pop("layer_weights.PQ")),
        "missing: layer_weights.PQ; unexpected: new",
    ),
    "extra": (lambda tensors: tensors.update(more=np.zeros(3)), "unexpected: more"),
    "wrong shape": (
        lambda tensors: tensors.update({"proj_layer.CE.0.bias": np.zeros(7)}),
        "proj_layer.CE.0.bias is (7,), expected (48,)",
    ),
    "not finite": (
        lambda tensors: tensors.update({"layer_weights.CE": np.full(3, np.nan)}),
        "not finite: layer_weights.CE",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_a_tensor_that_does_not_fit_is_named(fault: str, tmp_path: Path) -> None:
    change, sentence = REFUSED[fault]
    parts = publish("audiobox", tmp_path / "published")
    file = parts["model"] / "model.safetensors"
    held: dict[str, Any] = {name: value.numpy() for name, value in load_file(file).items()}
    change(held)
    save_file({n: torch.tensor(np.asarray(v, np.float32)) for n, v in held.items()}, file)
    out = tmp_path / "judge"
    words_ = weights_options(parts)
    refused = plaudit("judges", "import", "audiobox", *words_, "--out", out, status=1).stderr
    assert sentence in refused
    assert not out.exists()


def test_audiobox_is_taken_from_its_pickle_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its authors publish both: here the settings lie in the pickle."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "a.wav", "song_3.0", 16_000)
    folder = publish("audiobox", tmp_path / "published")["model"]
    held = load_file(folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    scales = config.pop("target_transform")
    pickled = {
        "state_dict": {f"model.{name}": value for name, value in held.items()},
        "model_cfg": config,
        "target_transform": scales,
    }
    torch.save(pickled, "checkpoint.pt")
    plaudit("judges", "import", "audiobox", "--weights", "model=checkpoint.pt", "--out", "j")
    out = plaudit("score", "a.wav", "-j", "j", "-f", "json").stdout
    expected = next(case for case in CASES["audiobox"] if case.name == "song_3.0_16000").expected
    assert scores_of(out) == pytest.approx(expected, abs=1e-4)
    torch.save({"state_dict": pickled["state_dict"], "model_cfg": config}, "checkpoint.pt")
    words_ = ("judges", "import", "audiobox", "--weights", "model=checkpoint.pt", "--out", "k")
    assert "'target_transform' in it" in plaudit(*words_, status=1).stderr


class Payload:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (Path("ran"), "code")


def test_a_pickle_that_would_run_code_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    parts = publish("clap", tmp_path / "published")
    torch.save({"state_dict": {"module.x": Payload()}}, parts["model"])
    refused = plaudit(
        "judges", "import", "clap", *weights_options(parts), "--out", "j", status=1
    ).stderr
    assert "asks to run code" in refused
    assert not Path("ran").exists()


def test_a_call_that_cannot_work_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    parts = publish("songeval", tmp_path / "published")
    encoder, head = (f"{part}={path}" for part, path in parts.items())

    def refused(*typed_words: str) -> str:
        return plaudit("judges", "import", *typed_words, "--out", "j", status=1).stderr

    both = ("--weights", encoder, "--weights", head)
    assert "add --accept-licence" in refused("songeval", *both)
    yes = ("--accept-licence",)
    assert "also needs part 'head'" in refused("songeval", "--weights", encoder, *yes)
    assert "no part 'hed'" in refused("songeval", *both, "--weights", f"hed={head}", *yes)
    assert "given twice" in refused("songeval", *both, "--weights", head, *yes)
    assert "PART=PATH" in refused("songeval", "--weights", "encoder", *yes)
    assert "did you mean 'songeval'" in refused("songevil", *both, *yes)
    assert "nothing is there" in refused("songeval", *both[:3], "head=away", *yes)
    (parts["encoder"] / "config.json").unlink()
    assert "Expected config.json" in refused("songeval", *both, *yes)
    (parts["encoder"] / "config.json").write_text('{"encoder_dim": 64}')
    assert "lacks" in refused("songeval", *both, *yes)
    Path("j").mkdir()
    Path("j/mine.txt").write_text("mine")
    assert "holds other files" in refused("songeval", *both, *yes)
    assert Path("j/mine.txt").read_text() == "mine"


def test_a_folder_that_was_changed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "a.wav", "song_3.0", 24_000)
    parts = publish("audiobox", tmp_path / "published")
    plaudit("judges", "import", "audiobox", *weights_options(parts), "--out", "j")
    held = load_file("j/model.safetensors")
    held["model/layer_weights.PQ"] += 1
    save_file(held, "j/model.safetensors")
    assert "changed or mixed" in plaudit("score", "a.wav", "-j", "j", status=1).stderr
    assert (
        "changed or mixed"
        in plaudit("embed", "a.wav", "--encoder", "j", "--out", "s", status=1).stderr
    )
