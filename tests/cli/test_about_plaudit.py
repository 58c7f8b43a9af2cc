"""``plaudit cite`` and ``plaudit doctor``."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from plaudit import __version__
from plaudit.jobs.about import cite, doctor
from plaudit.jobs.about.doctor import Finding
from plaudit.model.published.facts import KNOWN
from typed_command import plaudit

ROOT = Path(__file__).parents[2]


def test_plaudit_is_cited_as_its_file_says() -> None:
    stated = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cite.citation_file() == stated
    text = plaudit("cite").stdout
    assert stated["authors"][0]["name"] in text
    assert f"Version {__version__}, licence {stated['license']}." in text
    entry = plaudit("cite", "-f", "bibtex").stdout
    assert entry.startswith("@software{plaudit,\n")
    assert entry.count("{") == entry.count("}")


def test_the_wheel_brings_the_file() -> None:
    assert '"CITATION.cff" = "plaudit/CITATION.cff"' in (ROOT / "pyproject.toml").read_text()


def test_a_judge_is_cited_by_its_card() -> None:
    done = plaudit("cite", "--judge", "bundled")
    assert "APEX. arXiv:2605.03395, https://arxiv.org/abs/2605.03395" in done.stdout
    assert "Licence: Apache-2.0" in done.stderr
    entries = plaudit("cite", "--judge", "songeval", "-f", "bibtex").stdout
    assert "@misc{muq,\n  title = {{MuQ}},\n  eprint = {2501.01108}" in entries
    assert "no judge 'nobody'" in plaudit("cite", "--judge", "nobody", status=1).stderr


@pytest.mark.parametrize("name", KNOWN)
def test_every_paper_of_a_known_judge_is_found(name: str) -> None:
    stated = KNOWN[name].citation
    found = cite.sources(stated)
    assert sum(source.arxiv is not None for source in found) == stated.count("arXiv")
    assert all(source.name in stated and "arXiv" not in source.name for source in found)


def test_a_sound_machine_passes() -> None:
    done = plaudit("doctor", "--format", "json")
    findings = json.loads(done.stdout)["findings"]
    assert {finding["name"] for finding in findings} >= {
        "versions", "packages", "devices", "decoders", "judges", "folders", "disk", "score",
    }  # fmt: skip
    score = next(finding for finding in findings if finding["name"] == "score")
    assert score["state"] == "ok"
    assert "coherence" in score["text"]


def broken() -> Iterator[Finding]:
    yield Finding(name="a", state="warn", text="so so", advice="look")
    raise RuntimeError("no weights")


def test_what_breaks_is_a_line_and_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CHECKS", (broken,))
    done = plaudit("doctor", status=1)
    assert "fail  broken    RuntimeError: no weights; report this" in done.stdout


class Usage(NamedTuple):
    free: float


@pytest.mark.parametrize(("free", "state"), [(9e9, "ok"), (1e9, "warn"), (1e8, "fail")])
def test_a_full_disk_is_named(free: float, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def usage(_: Any) -> Usage:
        return Usage(free)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    monkeypatch.setattr(doctor, "CHECKS", (doctor._disk,))
    done = plaudit("doctor", status=int(state == "fail"))
    assert done.stdout.startswith(f"{state:<4}  disk")
    assert ("free some" in done.stdout) == (state != "ok")


def test_a_judge_that_cannot_be_read_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.json").write_text("{")
    monkeypatch.setenv("PLAUDIT_JUDGES", str(tmp_path))
    monkeypatch.setattr(doctor, "CHECKS", (doctor._judges,))
    assert "warn  judges    mine: " in plaudit("doctor").stdout
