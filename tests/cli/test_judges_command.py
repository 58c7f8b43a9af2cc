"""``plaudit judges`` and the root command."""

import datetime
import json
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest
import torch
from typer.testing import CliRunner

import plaudit
from formula import head_tensors
from plaudit.cli.app import app
from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.model.published.facts import KNOWN, RECOMMENDED
from published_files import publish

RUN = CliRunner()


def printed(*arguments: object) -> str:
    done = RUN.invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return str(done.output)


def test_version_and_help() -> None:
    assert printed("--version").strip() == f"plaudit {plaudit.__version__}"
    assert "score" in printed("--help")


def test_list_names_what_is_here(
    tiny_apex: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAUDIT_JUDGES", str(tmp_path))
    assert "import-apex" in printed("judges", "list")
    (tmp_path / ".half.plaudit.tmp").symlink_to(tiny_apex, target_is_directory=True)
    assert "half" not in printed("judges", "list")
    (tmp_path / "apex").symlink_to(tiny_apex, target_is_directory=True)
    text = printed("judges", "list")
    assert "bundled" in text
    assert "apex" in text
    assert "import-apex" not in text
    assert plaudit.load_judge("apex").id.name == "apex"


def test_list_says_what_can_be_fetched_and_what_is_known_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAUDIT_JUDGES", str(tmp_path / "judges"))
    text = printed("judges", "list")
    for name, facts in KNOWN.items():
        (line,) = (line for line in text.splitlines() if line.startswith(f"{name:<14}"))
        assert facts.title in line
        assert f"{facts.gigabytes:g} GB" in line
        assert ("commercial use allowed" in line) == facts.commercial
        assert ("recommended" in line) == (name == RECOMMENDED)
    fetchable = text.partition("Not here")[2].replace(str(tmp_path), "")
    assert all(len(line) <= 80 for line in fetchable.splitlines())
    known = " ".join(fetchable.split())
    assert "Uses prompt, lyrics, reference. Learned from preferences of people" in known
    assert "Agreement: .74 on Music Arena, .72 on CMI-Pref." in known
    # One that is here keeps its line, and what is known of it follows.
    (path,) = publish("audiobox", tmp_path / "files").values()
    printed("judges", "import", "audiobox", "--weights", f"model={path}")
    here, _, fetchable = printed("judges", "list").partition("Not here")
    assert "audiobox      1         4 scores  Audiobox Aesthetics: " in here
    assert "  Recommended; commercial use allowed. Learned from ratings" in here
    assert "audiobox" not in fetchable


def test_a_judge_that_is_not_here_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAUDIT_JUDGES", str(tmp_path))
    with pytest.raises(InputError, match="plaudit judges fetch cmi-rm"):
        printed("judges", "show", "cmi-rm")


def test_show_prints_the_card(tiny_apex: Path) -> None:
    text = printed("judges", "show", "bundled")
    assert "simulated" in text
    assert "Apache-2.0" in text
    card = json.loads(printed("judges", "show", tiny_apex, "--format", "json"))
    assert card["encoder"]["licence"] == "CC-BY-NC-4.0"
    with pytest.raises(InputError, match="Unknown format 'yaml'"):
        printed("judges", "show", "bundled", "--format", "yaml")


def test_import_apex_then_score_offline(
    tiny_mert: Path, golden: ModuleType, songs: Path, tmp_path: Path
) -> None:
    torch.save(head_tensors(golden.fill, dims=(32, 512, 256)), tmp_path / "pytorch_model.bin")
    call = ("judges", "import-apex", "--mert", tiny_mert, "--out", tmp_path / "judge")
    text = printed(*call, "--checkpoint", tmp_path / "pytorch_model.bin")
    assert "CC-BY-NC-4.0" in text
    card = json.loads((tmp_path / "judge" / "card.json").read_text())
    assert "No preprocessor_config.json: do_normalize was assumed false." in card["limits"]
    done = RUN.invoke(app, ["score", str(songs / "a.wav"), "-j", str(tmp_path / "judge"), "-fjson"])
    rows = json.loads(done.stdout)
    assert rows[0]["scores"]["streams"]["low"] is None
    # By its name among the published judges it is the same.
    parts = (f"mert={tiny_mert}", f"checkpoint={tmp_path / 'pytorch_model.bin'}")
    named = ("judges", "import", "apex", "--out", tmp_path / "named", "--weights", parts[0])
    printed(*named, "--weights", parts[1], "--accept-licence")
    assert json.loads((tmp_path / "named" / "card.json").read_text()) == card
    with pytest.raises(InputError, match="Expected --weights mert=DIR"):
        printed(*named, "--accept-licence")
    # Heads for another encoder do not slip through.
    torch.save(head_tensors(golden.fill), tmp_path / "pytorch_model.bin")
    with pytest.raises(WeightsError, match=r"shared\.0\.block\.0\.weight is \(512, 768\)"):
        printed(*call, "--checkpoint", tmp_path / "pytorch_model.bin")


def test_import_does_not_overwrite_its_sources(
    tiny_mert: Path, golden: ModuleType, tmp_path: Path
) -> None:
    torch.save(head_tensors(golden.fill, dims=(32, 512, 256)), tmp_path / "pytorch_model.bin")
    call = ("judges", "import-apex", "--mert", tiny_mert)
    with pytest.raises(InputError, match="holds other files"):
        printed(*call, "--checkpoint", tmp_path / "pytorch_model.bin", "--out", tmp_path)
    with pytest.raises(InputError, match="where the weights come from"):
        printed(*call, "--checkpoint", tmp_path / "pytorch_model.bin", "--out", tiny_mert)
    with pytest.raises(WeightsError, match=r"config\.json"):
        printed("judges", "import-apex", "--mert", tmp_path, "--out", tmp_path / "judge")


def test_a_damaged_judge_does_not_hide_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAUDIT_JUDGES", str(tmp_path))
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "card.json").write_text("{}")
    text = printed("judges", "list")
    assert "bundled" in text
    assert "odd" in text
    assert "Field required" in text


def test_speed_is_measured_kept_and_shown(
    small_judges: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAUDIT_JUDGES", str(tmp_path / "judges"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("plaudit.jobs.judges.speed.SECONDS", 3.5)
    (tmp_path / "judges").mkdir()
    for judge in ("clap", "pam"):
        shutil.copytree(small_judges / judge, tmp_path / "judges" / judge)
    (tmp_path / "judges" / "pam" / "model.safetensors").write_bytes(b"")
    card = (tmp_path / "judges" / "clap" / "card.json").read_bytes()

    def shown(text: str) -> dict[str, str]:
        """Return what the list says of the speed of each judge that is here."""
        lines = text.partition("\nNot here")[0].splitlines()
        names = [line.split()[0] for line in lines if not line.startswith(" ")]
        return dict(zip(names, (line for line in lines if "Speed here" in line), strict=True))

    assert set(shown(printed("judges", "list")).values()) == {"  Speed here: -"}
    done = RUN.invoke(app, ["judges", "list", "--speed"], catch_exceptions=False)
    assert "Judge 'pam' could not be timed" in done.stderr
    measured = shown(done.stdout)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    number = torch.get_num_threads()
    for judge in ("bundled", "clap"):
        end = f"s (cpu, {number} thread{'s' * (number > 1)}; {today})"
        assert re.fullmatch(r"  Speed here: [\d.]+ " + re.escape(end), measured[judge])
    assert measured["pam"] == "  Speed here: -"
    assert shown(printed("judges", "list")) == measured
    assert (tmp_path / "judges" / "clap" / "card.json").read_bytes() == card
    # Measured again, a figure takes the place of the former; those of another machine stay theirs.
    printed("judges", "list", "--speed")
    file = tmp_path / "cache" / "plaudit" / "speed.json"
    kept = json.loads(file.read_text())
    assert len(kept["measured"]) == 2
    kept["measured"][1]["machine"] = "another"
    kept["measured"][0]["judge"] = "f" * 64
    file.write_text(json.dumps(kept))
    assert set(shown(printed("judges", "list")).values()) == {"  Speed here: -"}
