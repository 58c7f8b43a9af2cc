"""Published judges fetched from a hub of the tests' own: brought, gone on with, refused."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import huggingface_hub
import pytest
import soundfile
import torch
from huggingface_hub import constants

import filled
from formula import head_tensors
from plaudit.judging.published.source import sources_of
from plaudit.model.published.facts import KNOWN
from published_files import publish
from stand_in_hub import StandInHub, standing
from typed_command import Output, plaudit

REPO = "facebook/audiobox-aesthetics"
SONGEVAL = "ASLP-lab/SongEval"
MUQ = "OpenMuQ/MuQ-large-msd-iter"
WEIGHTS = "model.safetensors"
GITHUB = "https://github.com/"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published files of three small judges, by judge."""
    folder = tmp_path_factory.mktemp("published")
    for judge in ("audiobox", "songeval", "clap"):
        publish(judge, folder / judge)
    return folder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Path) -> Iterator[StandInHub]:
    """A hub with audiobox, as the environment variables of a user would name it."""
    with standing() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HOME", str(tmp_path / "hf"))
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf" / "hub"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setenv("PLAUDIT_GITHUB", hub.url)
        monkeypatch.setenv("PLAUDIT_JUDGES", str(tmp_path / "judges"))
        monkeypatch.setattr("plaudit.judging.published.download.WAITS_S", (0.0, 0.0, 0.0))
        hub.publish_folder(REPO, files / "audiobox" / "model")
        yield hub
        huggingface_hub.close_session()


def fetch(name: str, *more: object) -> str:
    return plaudit("judges", "fetch", name, *more).stdout


def refused(name: str, *more: object) -> str:
    """Return the sentence that a fetch ends with; there is one, and no traceback."""
    done: Output = plaudit("judges", "fetch", name, *more, status=1)
    last = done.stderr.rstrip().splitlines()[-1]
    assert last.startswith("plaudit: ")
    assert done.stderr.count("plaudit: ") == 1
    return last


def card_of(folder: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((folder / "card.json").read_text())
    return card


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def newest(hub: StandInHub, repo: str = REPO) -> str:
    return list(hub.commits[repo])[-1]


def changed(hub: StandInHub) -> dict[str, bytes]:
    """Return the files of audiobox with other scales."""
    held = dict(hub.commits[REPO][newest(hub)])
    return held | {"config.json": held["config.json"].replace(b"5.06865", b"5.5")}


def blobs_of(folder: Path) -> Path:
    return folder / "hf" / "hub" / f"models--{REPO.replace('/', '--')}" / "blobs"


def test_a_fetched_judge_scores_offline_and_its_card_says_where_from(
    hub: StandInHub, files: Path, tmp_path: Path
) -> None:
    said = fetch("audiobox")
    # What it may be used for and its size come first.
    assert "CC-BY 4.0" in said.splitlines()[0]
    assert "0.4 GB" in said.splitlines()[0]
    assert newest(hub) in said
    part = card_of(tmp_path / "judges" / "audiobox")["parts"]["model"]
    source = files / "audiobox" / "model"
    assert part["revision"] == newest(hub)
    assert part["files"] == {name: sha256(source / name) for name in (WEIGHTS, "config.json")}
    assert newest(hub) in plaudit("judges", "show", "audiobox").stdout
    case = filled.golden("audiobox")["cases"]["song_3.0_16000"]
    soundfile.write(tmp_path / "a.wav", filled.song(3.0, 16_000), 16_000, subtype="FLOAT")
    hub.asked.clear()
    rows = plaudit("score", tmp_path / "a.wav", "--judge", "audiobox", "--format", "json").stdout
    value = json.loads(rows)[0]["scores"]["production_quality"]["value"]
    assert value == pytest.approx(case["scores"]["PQ"], abs=1e-4)
    assert hub.asked == []


def test_again_nothing_is_downloaded(hub: StandInHub, tmp_path: Path) -> None:
    fetch("audiobox")
    judge = tmp_path / "judges" / "audiobox"
    before = (judge / "card.json").stat().st_mtime_ns
    hub.asked.clear()
    assert "already here, nothing to do" in fetch("audiobox")
    assert hub.bodies() == []
    assert (judge / "card.json").stat().st_mtime_ns == before
    # A folder that lost a file is made again, from the cache, at the commit of its card.
    hub.publish(REPO, changed(hub))
    card = card_of(judge)
    (judge / WEIGHTS).unlink()
    assert "made again" in fetch("audiobox")
    assert card_of(judge) == card
    assert (judge / WEIGHTS).is_file()
    assert hub.bodies() == []


def test_another_revision_is_told_and_taken_only_when_asked_for(
    hub: StandInHub, tmp_path: Path
) -> None:
    first = newest(hub)
    fetch("audiobox")
    second = hub.publish(REPO, changed(hub))
    judge = tmp_path / "judges" / "audiobox"
    said = fetch("audiobox")
    assert f"fetched at {first}" in said
    assert f"--revision model={second}" in said
    assert card_of(judge)["parts"]["model"]["revision"] == first
    fetch("audiobox", "--update")
    card = card_of(judge)
    assert card["parts"]["model"]["revision"] == second
    assert card["parts"]["model"]["config"]["target_transform"]["CE"]["mean"] == 5.5
    fetch("audiobox", "--revision", f"model={first}")
    assert card_of(judge)["parts"]["model"]["revision"] == first
    fetch("audiobox", "--revision", second)  # of its only part
    assert card_of(judge) == card
    fetch("audiobox", "--revision", first, "--out", tmp_path / "other")
    assert card_of(tmp_path / "other")["parts"]["model"]["revision"] == first


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--revision", "nonsense"), "has no such revision"),
        (("--revision", "weights=1"), "no part 'weights'"),
        (("--revision", "model="), "Expected --revision PART=COMMIT"),
        (("--revision", "a", "--revision", "model=b"), "given twice"),
    ],
)
def test_a_wrong_revision_is_named(
    words: tuple[str, ...], message: str, hub: StandInHub, tmp_path: Path
) -> None:
    assert message in refused("audiobox", *words)
    assert not (tmp_path / "judges" / "audiobox").exists()


def test_a_cut_connection_is_gone_on_with(hub: StandInHub, tmp_path: Path) -> None:
    hub.cuts[WEIGHTS] = [100_000, 50_000]
    fetch("audiobox")
    ranges = [asked.range for asked in hub.bodies(WEIGHTS)]
    assert ranges == [None, "bytes=100000-", "bytes=150000-"]
    assert (tmp_path / "judges" / "audiobox" / "card.json").is_file()


def test_a_connection_that_stays_cut_is_gone_on_with_next_time(
    hub: StandInHub, tmp_path: Path
) -> None:
    hub.cuts[WEIGHTS] = [100_000, 0, 0, 0]
    assert "same command again, it goes on where it stopped" in refused("audiobox")
    assert not (tmp_path / "judges" / "audiobox").exists()
    hub.asked.clear()
    fetch("audiobox")
    assert [asked.range for asked in hub.bodies(WEIGHTS)] == ["bytes=100000-"]


def test_a_killed_fetch_is_gone_on_with_by_the_next(hub: StandInHub, tmp_path: Path) -> None:
    hub.cuts[WEIGHTS] = [120_000]
    hub.stall = True
    environment = os.environ | {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "hf"),
        "HF_TOKEN": "hf_of_the_tests",
        "HF_HUB_OFFLINE": "0",
    }
    environment.pop("HF_HUB_CACHE", None)
    command = [sys.executable, "-m", "plaudit", "judges", "fetch", "audiobox"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as killed:
        assert hub.stalled.wait(60)
        pattern = f"{hashlib.sha256(hub.commits[REPO][newest(hub)][WEIGHTS]).hexdigest()}*"
        while not any(p.stat().st_size == 120_000 for p in blobs_of(tmp_path).glob(pattern)):
            assert killed.poll() is None
        killed.send_signal(signal.SIGKILL)
    hub.stall = False
    about = [asked for asked in hub.asked if REPO in asked.path]
    assert {asked.token for asked in about} == {"Bearer hf_of_the_tests"}
    hub.asked.clear()
    fetch("audiobox")
    assert [asked.range for asked in hub.bodies(WEIGHTS)] == ["bytes=120000-"]


def test_the_token_stays_with_the_hub(hub: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_tests")
    path = f"/{REPO}/resolve/{newest(hub)}/{WEIGHTS}"
    elsewhere = hub.url.replace("127.0.0.1", "localhost") + path
    hub.refusals[f"GET {path}"] = [(302, {"Location": elsewhere})]
    fetch("audiobox")
    tokens = [asked.token for asked in hub.bodies(WEIGHTS)]
    assert tokens == ["Bearer hf_of_the_tests", None]


def test_a_file_with_another_hash_than_stated_is_refused(hub: StandInHub, tmp_path: Path) -> None:
    held = hub.commits[REPO][newest(hub)]
    stated = hashlib.sha256(held[WEIGHTS]).hexdigest()
    blobs_of(tmp_path).mkdir(parents=True)
    half = blobs_of(tmp_path) / f"{stated}.incomplete"
    half.write_bytes(b"x" * 1000)  # the rest comes, but the whole is wrong
    sentence = refused("audiobox")
    assert WEIGHTS in sentence
    assert stated in sentence
    assert not half.exists()
    assert not (tmp_path / "judges" / "audiobox").exists()
    fetch("audiobox")  # begun anew
    # A file of the cache is held against what its hub states too.
    (blobs_of(tmp_path) / stated).write_bytes(b"y" + held[WEIGHTS][1:])
    assert WEIGHTS in refused("audiobox", "--out", tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
def test_a_file_that_changed_under_its_revision_is_refused(
    name: str, hub: StandInHub, tmp_path: Path
) -> None:
    fetch("audiobox")
    judge = tmp_path / "judges" / "audiobox"
    before = (judge / "card.json").read_bytes()
    hub.commits[REPO][newest(hub)][name] += b" "
    if name == "config.json":  # small: no hash is stated, so it shows once it has to come again
        (judge / WEIGHTS).unlink()
        for path in (tmp_path / "hf").rglob(name):
            path.unlink()
    sentence = refused("audiobox")
    assert f"{name} of part 'model'" in sentence
    assert "where the card says" in sentence
    assert (judge / "card.json").read_bytes() == before


@pytest.mark.parametrize(
    ("where", "status", "headers", "message"),
    [
        ("GET /api/models", 401, {}, "HF_TOKEN"),
        ("HEAD", 401, {}, "HF_TOKEN"),
        (WEIGHTS, 403, {"X-Error-Code": "GatedRepo"}, "accept them"),
        ("GET /api/models", 404, {"X-Error-Code": "RepoNotFound"}, "status 404"),
        ("GET /api/models", 429, {"Retry-After": "300"}, "in 300 s"),
        ("GET /facebook", 429, {}, "asked too often"),
        ("GET /facebook", 500, {}, "status 500"),
    ],
)
def test_a_refusal_is_one_sentence(
    where: str, status: int, headers: dict[str, str], message: str, hub: StandInHub, tmp_path: Path
) -> None:
    hub.refusals[where] = [(status, headers)] * 9
    sentence = refused("audiobox")
    assert message in sentence
    assert f"{hub.url}/{REPO}" in sentence
    assert not (tmp_path / "judges" / "audiobox").exists()


def test_a_passing_refusal_passes(hub: StandInHub) -> None:
    hub.refusals["GET /api/models"] = [(429, {"Retry-After": "0"}), (503, {})]
    hub.refusals[f"GET /{REPO}"] = [(429, {}), (502, {})]
    fetch("audiobox")
    assert not any(hub.refusals.values())


def test_without_a_connection_it_says_what_to_do(
    hub: StandInHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch("audiobox", "--out", tmp_path / "here")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    ways = ("`plaudit judges fetch audiobox` on a machine with a connection", "judges import")
    sentence = refused("audiobox")
    assert "HF_HUB_OFFLINE is set" in sentence
    assert all(way in sentence for way in ways)
    assert "already here" in fetch("audiobox", "--out", tmp_path / "here")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    sentence = refused("audiobox")
    assert "cannot be reached" in sentence
    assert all(way in sentence for way in ways)


def test_a_part_from_github_is_brought_and_gone_on_with(
    hub: StandInHub, files: Path, tmp_path: Path
) -> None:
    hub.publish_folder(MUQ, files / "songeval" / "muq")
    first = hub.publish_folder(SONGEVAL, files / "songeval" / "head")
    assert "--accept-licence" in refused("songeval")
    assert hub.asked == []
    hub.cuts["ckpt/model.safetensors"] = [20_000]
    hub.refusals[f"GET /{SONGEVAL}"] = [(502, {})]
    fetch("songeval", "--accept-licence")
    head = card_of(tmp_path / "judges" / "songeval")["parts"]["head"]
    assert head["revision"] == first
    source = files / "songeval" / "head"
    assert head["files"] == {
        WEIGHTS: sha256(source / "ckpt" / WEIGHTS),
        "config.yaml": sha256(source / "config.yaml"),
    }
    assert [asked.range for asked in hub.bodies("ckpt/")] == [None, None, "bytes=20000-"]
    assert {asked.token for asked in hub.bodies(SONGEVAL)} == {None}
    hub.asked.clear()
    assert "nothing to do" in fetch("songeval", "--accept-licence")
    assert hub.bodies() == []
    hub.refusals["GET /api/v3"] = [(403, {"x-ratelimit-remaining": "0"})] * 9
    assert "already here" in fetch("songeval", "--accept-licence")
    assert "asked too often" in refused("songeval", "--accept-licence", "--update")


def test_a_tokenizer_has_a_revision_of_its_own(
    hub: StandInHub, files: Path, tmp_path: Path
) -> None:
    held = {path.name: path.read_bytes() for path in (files / "clap").iterdir()}
    tokenizer = held.pop("tokenizer.json")
    commit = hub.publish("lukewys/laion_clap", held)
    first = hub.publish("roberta-base", {"tokenizer.json": tokenizer})
    fetch("clap")
    judge = tmp_path / "judges" / "clap"
    part = card_of(judge)["parts"]["model"]
    assert part["revision"] == commit
    assert part["tokenizer"] == {"hub": "roberta-base", "revision": first, "files": {}}
    assert part["files"]["tokenizer.json"] == hashlib.sha256(tokenizer).hexdigest()
    assert first in plaudit("judges", "show", "clap").stdout
    assert "nothing to do" in fetch("clap")
    second = hub.publish("roberta-base", {"tokenizer.json": tokenizer + b"\n"})
    assert f"--revision tokenizer={second}" in fetch("clap")
    fetch("clap", "--revision", f"tokenizer={second}")
    assert card_of(judge)["parts"]["model"]["tokenizer"]["revision"] == second


def test_apex_is_fetched_like_the_others(
    hub: StandInHub, tiny_mert: Path, golden: ModuleType, tmp_path: Path
) -> None:
    mert = hub.publish_folder("m-a-p/MERT-v1-95M", tiny_mert)
    torch.save(head_tensors(golden.fill, dims=(32, 512, 256)), tmp_path / "heads.bin")
    content = (tmp_path / "heads.bin").read_bytes()
    heads = hub.publish("amaai-lab/apex", {"pytorch_model.bin": content})
    assert "--accept-licence" in refused("apex")
    fetch("apex", "--accept-licence")
    origins = card_of(tmp_path / "judges" / "apex")["origins"]
    assert origins["mert"]["revision"] == mert
    assert origins["checkpoint"] == {
        "hub": "amaai-lab/apex",
        "revision": heads,
        "files": {"pytorch_model.bin": hashlib.sha256(content).hexdigest()},
    }
    assert heads in plaudit("judges", "show", "apex").stdout
    hub.asked.clear()
    assert "nothing to do" in fetch("apex", "--accept-licence")
    assert hub.bodies() == []


def test_what_was_imported_or_is_another_judge_is_not_replaced(
    hub: StandInHub, files: Path, tmp_path: Path
) -> None:
    source = files / "audiobox" / "model"
    plaudit("judges", "import", "audiobox", "--weights", f"model={source}")
    assert "imported from local files" in refused("audiobox")
    judge = tmp_path / "judges" / "audiobox"
    fetch("audiobox", "--update")
    assert card_of(judge)["parts"]["model"]["revision"] == newest(hub)
    assert "holds judge 'audiobox', not 'clap'" in refused("clap", "--out", judge)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    hub.asked.clear()
    assert "holds other files" in refused("audiobox", "--out", tmp_path / "mine")
    assert hub.asked == []
    assert "did you mean 'audiobox'" in refused("audiobx")


def test_a_hub_without_a_needed_file_says_which(hub: StandInHub) -> None:
    del hub.commits[REPO][newest(hub)][WEIGHTS]
    assert f"has no {WEIGHTS} or checkpoint.pt at {newest(hub)}" in refused("audiobox")


@pytest.mark.parametrize("judge", KNOWN)
def test_every_known_judge_has_a_place_to_be_fetched_from(judge: str) -> None:
    sources = sources_of(judge)
    assert sources
    for source in sources.values():
        assert source.needed
        name = source.hub.removeprefix(GITHUB)
        assert ":" not in name
        assert name.count("/") <= 1
