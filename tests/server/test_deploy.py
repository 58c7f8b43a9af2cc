"""The recipes for a server: they are whole, and name commands and options that there are."""

import configparser
import json
import re
import shlex
from pathlib import Path
from typing import Any

import typer

from plaudit.cli.app import app

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
INSTRUCTIONS = {
    *("FROM", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK"),
    *("ENTRYPOINT", "CMD"),
}


def check_serve(words: list[str]) -> None:
    """Whether words are a call of ``plaudit serve`` with options that there are."""
    command: Any = typer.main.get_command(app)
    there = {option for given in command.commands["serve"].params for option in given.opts}
    assert words[0] == "serve"
    assert {word for word in words[1:] if word.startswith("--")} <= there


def test_the_unit_starts_the_server_and_ends_it_by_ctrl_c() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(RECIPES / "plaudit.service")
    assert set(unit.sections()) == {"Unit", "Service", "Install"}
    program, *words = shlex.split(unit["Service"]["ExecStart"])
    assert program == "/srv/plaudit/bin/plaudit"
    check_serve(words)
    assert unit["Service"]["KillSignal"] == "SIGINT"
    state = Path("/var/lib") / unit["Service"]["StateDirectory"]
    assert words[words.index("--data") + 1] == str(state)


def test_the_image_is_made_by_instructions_that_there_are() -> None:
    text = (RECIPES / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    words = [line.split(maxsplit=1) for line in lines]
    assert lines[0].startswith("FROM ")
    assert {word for word, _ in words} <= INSTRUCTIONS
    says = {word: rest for word, rest in words if word != "COPY"}
    assert json.loads(says["ENTRYPOINT"]) == ["plaudit"]
    check_serve(json.loads(says["CMD"]))
    assert says["USER"] == "plaudit", "a server is not run as root"
    assert says["STOPSIGNAL"] == "SIGINT"
    root = RECIPES.parents[1]
    for line in lines:
        if line.startswith("COPY"):
            assert all((root / name).exists() for name in line.split()[1:-1]), line
    assert re.search(r"pip install .*-c constraints.txt '\.\[serve,postgres\]'", says["RUN"])


def test_the_proxy_leads_to_the_port_of_the_server_and_holds_nothing_back() -> None:
    text = (RECIPES / "Caddyfile").read_text(encoding="utf-8")
    assert "reverse_proxy 127.0.0.1:8765" in text
    assert "flush_interval -1" in text
    assert text.count("{") == text.count("}")
