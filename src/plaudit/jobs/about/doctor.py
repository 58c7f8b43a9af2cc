"""``plaudit doctor``: the parts of this installation, and whether a song can be scored."""

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import Literal

from plaudit import __version__
from plaudit.core.choice import TextForm
from plaudit.core.file import expanded
from plaudit.core.settings import Record
from plaudit.jobs.output.streams import Streams

State = Literal["ok", "warn", "fail"]
_LEAST_GB, _ENOUGH_GB = 0.2, 5.0  # free disk: below the first nothing can be done
_DECODERS = ("mp3", "flac", "aac", "vorbis", "opus", "pcm_s16le")
_EXTRAS = {
    "train": "accelerate", "serve": "fastapi", "cluster": "ray", "export": "onnx",
    "cloud": "aiohttp", "postgres": "psycopg",
}  # fmt: skip


class Finding(Record):
    """One line: what was checked, its state, and what to do if it is not fine."""

    name: str
    state: State
    text: str
    advice: str | None = None


class Checkup(Record):
    """All checks."""

    schema_version: Literal[1] = 1
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing fails."""
        return all(finding.state != "fail" for finding in self.findings)


def examine(form: TextForm, streams: Streams) -> Checkup:
    """Check packages, devices, decoders, judges, folders and disk, and score a short song."""
    findings = []
    for check in CHECKS:
        for finding in _safely(check):
            findings.append(finding)
            if form == "text":
                streams.show(_line(finding))
    checkup = Checkup(findings=tuple(findings))
    if form == "json":
        streams.show(checkup.model_dump_json(indent=2))
    return checkup


def _safely(check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """Return the findings of a check; an exception in it is a finding too."""
    try:
        return list(check())
    except Exception as error:  # noqa: BLE001 - what breaks here is what a user asks for
        name = check.__name__.strip("_").replace("_", " ")
        advice = "report this with the whole output of plaudit doctor"
        why = f"{type(error).__name__}: {error}"
        return [Finding(name=name, state="fail", text=why, advice=advice)]


def _versions() -> Iterator[Finding]:
    here = f"Plaudit {__version__}, Python {platform.python_version()}, {platform.platform()}"
    yield Finding(name="versions", state="ok", text=here)
    wanted = [line for line in requires("plaudit") or () if "extra ==" not in line]
    names = [line.split(">")[0].split("=")[0].split("<")[0].strip() for line in wanted]
    absent = [name for name in names if _version(name) is None]
    shown = ", ".join(f"{name} {_version(name)}" for name in names if name not in absent)
    yield Finding(name="packages", state="ok", text=shown)
    if absent:
        advice = f"run pip install {' '.join(absent)}"
        yield Finding(
            name="packages", state="fail", text=f"absent: {', '.join(absent)}", advice=advice
        )
    extras = [name for name, package in _EXTRAS.items() if _version(package) is not None]
    others = [name for name in _EXTRAS if name not in extras]
    text = f"installed: {', '.join(extras) or 'none'}; not: {', '.join(others) or 'none'}"
    to_do = "run pip install 'plaudit[NAME]' for one that you need" if others else None
    yield Finding(name="extras", state="ok", text=text, advice=to_do)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _devices() -> Iterator[Finding]:
    import torch

    from plaudit.encoders.device import bfloat16_here

    fast = "with" if bfloat16_here() else "without"
    text = f"cpu: {os.cpu_count()} cores, {torch.get_num_threads()} threads, {fast} bfloat16"
    yield Finding(name="devices", state="ok", text=text)
    for number in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        facts = torch.cuda.get_device_properties(number)
        text = f"cuda:{number}: {facts.name}, {facts.total_memory / 1e9:.0f} GB"
        yield Finding(name="devices", state="ok", text=text)
    if torch.backends.mps.is_available():
        yield Finding(name="devices", state="ok", text="mps")


def _decoders() -> Iterator[Finding]:
    import av

    absent = [name for name in _DECODERS if name not in av.codecs_available]
    if absent:
        advice = "install av from its wheel: pip install --force-reinstall av"
        text = f"av {av.__version__} cannot decode {', '.join(absent)}"
        yield Finding(name="decoders", state="fail", text=text, advice=advice)
    else:
        text = f"av {av.__version__}: {', '.join(_DECODERS)}"
        yield Finding(name="decoders", state="ok", text=text)


def _judges() -> Iterator[Finding]:
    from plaudit.judging.catalogue import list_judges

    for judge in list_judges():
        if judge.card is None:
            advice = f"remove {judge.folder}, and get it again with plaudit judges fetch"
            yield Finding(
                name="judges", state="warn", text=f"{judge.name}: {judge.fault}", advice=advice
            )
        else:
            text = f"{judge.name} {judge.card.version}, {_size(judge.folder)}"
            yield Finding(name="judges", state="ok", text=text)


def _folders() -> Iterator[Finding]:
    from huggingface_hub import constants

    from plaudit.judging.catalogue import judges_folder
    from plaudit.judging.speed import speed_file

    for what, folder in (
        ("judges", judges_folder()),
        ("cache of the model hub", expanded(constants.HF_HUB_CACHE)),
        ("cache of Plaudit", speed_file().parent),
    ):
        there = folder.is_dir()
        text = f"{what}: {folder}, {_size(folder) if there else 'not there yet'}"
        nearest = next(place for place in (folder, *folder.parents) if place.is_dir())
        if os.access(nearest, os.W_OK):
            yield Finding(name="folders", state="ok", text=text)
        else:
            advice = f"make {nearest} writable; what is there can still be read"
            yield Finding(
                name="folders", state="warn", text=f"{text}, cannot be written", advice=advice
            )


def _disk() -> Iterator[Finding]:
    places: Sequence[tuple[str, Path]] = (
        ("here", Path.cwd()), ("temporary files", Path(tempfile.gettempdir())),
    )  # fmt: skip
    for what, place in places:
        free = shutil.disk_usage(place).free / 1e9
        state: State = "ok"
        if free < _ENOUGH_GB:
            state = "fail" if free < _LEAST_GB else "warn"
        advice = None if state == "ok" else f"free some: judges take up to {_ENOUGH_GB:.0f} GB"
        text = f"{what} ({place}): {free:.1f} GB free"
        yield Finding(name="disk", state=state, text=text, advice=advice)


def _score() -> Iterator[Finding]:
    from plaudit.judging.load import load_judge
    from plaudit.synth.song import make_song
    from plaudit.synth.sound.recording import sound_bytes

    song = make_song(0, 10.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.flac"
        path.write_bytes(sound_bytes(song.audio.T, song.sample_rate, "FLAC"))
        judge = load_judge("bundled")
        began = perf_counter()
        row = judge.score(path)
        took = perf_counter() - began
    values = [score.value for score in row.scores.values()]
    shown = ", ".join(f"{axis} {score.value:.2f}" for axis, score in row.scores.items())
    text = f"a composed song of 10 s, by {judge.card.name} in {took:.1f} s: {shown}"
    if all(isfinite(value) for value in values):
        yield Finding(name="score", state="ok", text=text)
    else:
        advice = "report this: a score is no number"
        yield Finding(name="score", state="fail", text=text, advice=advice)


CHECKS = (_versions, _devices, _decoders, _judges, _folders, _disk, _score)
"""What is looked at, in order."""


def _size(folder: Path) -> str:
    files = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    n_bytes = sum(file.stat().st_size for file in files if file.is_file() and not file.is_symlink())
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes > 1e8 else f"{n_bytes / 1e6:.1f} MB"


def _line(finding: Finding) -> str:
    to_do = f"; {finding.advice}" if finding.advice else ""
    return f"{finding.state:<4}  {finding.name:<9} {finding.text}{to_do}."
