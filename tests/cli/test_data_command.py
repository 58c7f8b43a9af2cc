"""``plaudit data``: what a user types and sees."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from plaudit.cli.app import app
from plaudit.datasets.corpora.catalogue import READERS
from plaudit.datasets.manifest.songs import read_manifest

runner = CliRunner()


@pytest.fixture
def songeval(tmp_path: Path) -> Path:
    READERS["songeval"].sample(tmp_path / "songeval", np.random.default_rng(0))
    return tmp_path / "songeval"


def test_list_names_every_corpus_with_its_licence() -> None:
    printed = runner.invoke(app, ["data", "list"]).stdout
    for name, reader in READERS.items():
        assert f"{name}\n" in printed
        assert reader.facts.licence in printed
    listed = json.loads(runner.invoke(app, ["data", "list", "--format", "json"]).stdout)
    assert [corpus["name"] for corpus in listed] == list(READERS)


@pytest.mark.parametrize("name", READERS)
def test_show_gives_facts_and_rows_of_a_sample(name: str) -> None:
    done = runner.invoke(app, ["data", "show", name, "--sample", "--rows", "2"])
    assert done.exit_code == 0, done.output
    facts = READERS[name].facts
    assert facts.citation in done.stdout
    assert all(fault in done.stdout for fault in facts.known_faults)
    assert done.stdout.count("\n  song  ") == 2
    shown = json.loads(
        runner.invoke(app, ["data", "show", name, "--sample", "--format", "json"]).stdout
    )
    assert shown["facts"]["licence"] == facts.licence
    assert len(shown["rows"]) == 3


def test_check_tells_faults_and_ends_with_status_1(songeval: Path) -> None:
    arguments = ["data", "check", "songeval", str(songeval)]
    sound = runner.invoke(app, [*arguments, "--write-index"])
    assert sound.exit_code == 0
    assert "6: the file is not there" in sound.stdout
    path = songeval / "metadata.jsonl"
    path.write_text(path.read_text().replace('"Clarity": ', '"Clarity": 9', 1))
    broken = runner.invoke(app, arguments)
    assert broken.exit_code == 1
    assert "Faulty rows: 1\n  metadata.jsonl, line 1: annotation.0.Clarity" in broken.stdout
    assert "metadata.jsonl has other bytes" in broken.stdout
    report = json.loads(runner.invoke(app, [*arguments, "--format", "json"]).stdout)
    assert (report["n_faults"], report["songs"], report["index"]) == (1, 5, "changed")


def test_prepare_writes_a_manifest_and_says_what_it_holds(songeval: Path) -> None:
    out = songeval / "songs.parquet"
    done = runner.invoke(
        app,
        ["data", "prepare", "songeval", str(songeval), "--out", str(out), "--shares", "1,0,0"],
    )
    assert done.exit_code == 0, done.output
    assert "coherence                    6 songs" in done.stdout
    assert "Near-duplicates: not looked for" in done.stdout
    assert len(read_manifest(out)) == 6


def test_a_hub_id_without_a_connection_says_what_to_fetch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import errors

    def nothing(*_: object, **__: object) -> None:
        raise errors.LocalEntryNotFoundError("no connection")

    monkeypatch.setattr("huggingface_hub.snapshot_download", nothing)
    done = runner.invoke(app, ["data", "check", "songeval", "ASLP-lab/SongEval"])
    assert "hf download ASLP-lab/SongEval --repo-type dataset" in str(done.exception)
    done = runner.invoke(app, ["data", "check", "fma", "some/thing"])
    assert "is not on the hub" in str(done.exception)
    done = runner.invoke(app, ["data", "check", "songeval", str(tmp_path / "nowhere")])
    assert "Get it from https://huggingface.co" in str(done.exception)
