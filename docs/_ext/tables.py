"""Tables of the docs that are made from the code: each function returns one as Markdown.

`generated.py` writes them between the markers of the pages.
"""

import importlib
import inspect
import json
import re
from collections.abc import Iterable
from typing import Any

import typer

from listening.correlate import CORRELATES
from plaudit.audio.damage.kinds import DAMAGES
from plaudit.cli.app import app
from plaudit.core.axes import AXES
from plaudit.core.settings import Record
from plaudit.datasets.corpora.catalogue import READERS
from plaudit.datasets.inspect.text import labels_text
from plaudit.datasets.manifest.column import COLUMNS
from plaudit.jobs.about.in_force import markdown
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.music.style import STYLES
from plaudit.synth.public.platform import PLATFORMS
from plaudit.synth.system import SYSTEMS
from plaudit.training.preset import PRESETS
from plaudit.training.settings import TrainSettings


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(c.replace("|", "\\|") for c in line) + " |" for line in lines
    )


def axes() -> str:
    """The seven axes in their order."""
    rows = [
        [
            f"`{axis.name}`",
            f"{axis.low:g} to {axis.high:g}",
            axis.meaning,
            re.sub(r"arXiv (\d+\.\d+)", r"[arXiv \1](https://arxiv.org/abs/\1)", axis.source),
        ]
        for axis in AXES
    ]
    return table(["axis", "range", "what is scored", "source"], rows)


def reads(part: dict[str, Any]) -> str:
    """Say in words what a fragment of a JSON schema accepts."""
    match part:
        case {"$ref": path}:
            words = str(path).rsplit("/", 1)[-1]
        case {"const": value}:
            words = f"always `{json.dumps(value)}`"
        case {"enum": choices}:
            words = " or ".join(f"`{json.dumps(choice)}`" for choice in choices)
        case {"anyOf": choices}:
            words = " or ".join(reads(choice) for choice in choices)
        case {"type": "array", "items": items}:
            words = f"list of {reads(items)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            words = f"object, name to {reads(values)}"
        case _:
            words = str(part.get("type", "any JSON value"))
    return words


def default(part: dict[str, Any]) -> str:
    """Say what stands for a key that is left out."""
    return f"`{json.dumps(part['default'])}`" if "default" in part else "its own defaults"


def fields(name: str, schema: dict[str, Any], docstring: str) -> str:
    """Return one record as Markdown: its sentence and a table of its fields."""
    required = schema.get("required", [])
    rows = [
        [
            f"`{field}`",
            reads(part),
            "" if field in required else default(part),
        ]
        for field, part in schema["properties"].items()
    ]
    text = docstring.replace("``", "`")
    return f"**{name}**\n\n{text}\n\n" + table(["key", "value", "when left out"], rows) + "\n\n"


def records(*names: str) -> str:
    """Fields of the records named in the argument (full names), and of those inside them."""
    shown: dict[str, str] = {}
    for full_name in names:
        module, name = full_name.rsplit(".", 1)
        model: type[Record] = getattr(importlib.import_module(module), name)
        schema = model.model_json_schema()
        parts = {name: schema} | schema.get("$defs", {})
        for part_name, part in parts.items():
            if "properties" in part:
                text = inspect.cleandoc(part.get("description", ""))
                shown.setdefault(part_name, fields(part_name, part, text))
    return "".join(shown.values())


def errors(module_name: str) -> str:
    """Errors that the module named in the argument defines, each with its sentence."""
    module = importlib.import_module(module_name)
    rows = [
        [f"`{name}`", inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("``", "`")]
        for name, kind in vars(module).items()
        if inspect.isclass(kind)
        and issubclass(kind, Exception)
        and kind.__module__ == module.__name__
    ]
    return table(["type", "meaning"], rows)


def faults() -> str:
    """The faults of composed songs."""
    rows = [
        [f"`{fault.axis}`", f"`{fault.name}`", fault.meaning, measured(fault.name)]
        for fault in FAULTS
    ]
    head = ["lowers", "fault", "what is done to the song", "what should move with it"]
    return table(head, rows)


def measured(fault: str) -> str:
    """Say which measure should move with a fault, which way, and what it listens to."""
    correlate = CORRELATES[fault]
    way = "up" if correlate.sign > 0 else "down"
    return f"{correlate.name} ({correlate.listens_to}), {way}"


def damages() -> str:
    """What can be done to a recording, with the parameters of the five strengths."""
    rows = []
    for kind in DAMAGES.values():
        settings = "; ".join(
            f"{name.replace('_', ' ')} ({unit}): "
            + ", ".join(shown(strength[name]) for strength in kind.strengths)
            for name, unit in kind.units.items()
        )
        rows.append([f"`{kind.name}`", kind.meaning, settings])
    return table(["kind", "what one hears", "strength 1 to 5"], rows)


def shown(value: object) -> str:
    """Return a parameter as one would write it."""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def styles() -> str:
    """The styles that songs are composed in."""
    rows = [
        [
            style.name.replace("_", " "),
            f"{style.metre}, {style.bpm[0]:g} to {style.bpm[1]:g}",
            ", ".join(dict.fromkeys(style.modes)),
            spoken((*style.comps, *style.leads, *style.basses)),
        ]
        for style in STYLES.values()
    ]
    head = ["style", "metre, beats per minute", "modes", "band, besides drums and pad"]
    return table(head, rows)


def systems() -> str:
    """The invented generators."""
    rows = [
        [
            f"`{system.name}`",
            system.role,
            system.summary,
            f"{0.5 + sum(system.tilt.values()) / len(system.tilt) / 6:.2f}",
            spoken(system.production.artefacts) or "none",
        ]
        for system in SYSTEMS.values()
    ]
    head = ["system", "for", "what one notices", "mean knob", "traces in the sound"]
    return table(head, rows)


def platforms() -> str:
    """The simulated platforms."""
    homes = {system.platform: system.name for system in SYSTEMS.values() if system.platform}
    rows = [[f"`{p.name}`", f"`{homes[p.name]}`", p.summary] for p in PLATFORMS.values()]
    return table(["platform", "songs of", "what it is like"], rows)


def spoken(names: Iterable[str]) -> str:
    """Return names as words, each once."""
    return ", ".join(dict.fromkeys(name.replace("_", " ") for name in names))


def corpora() -> str:
    """The corpora that can be read."""
    rows = []
    for name, reader in READERS.items():
        facts = reader.facts
        labels = labels_text(facts.labels)
        rows.append([f"`{name}`", facts.rows, facts.licence, facts.audio, labels])
    return table(["name", "what there is", "licence", "audio", "labels"], rows)


def columns() -> str:
    """The columns of a manifest."""
    rows = [[f"`{name}`", column.kind, column.meaning] for name, column in COLUMNS.items()]
    return table(["column", "type", "meaning"], rows)


def train_settings() -> str:
    """The settings of a training run, with the defaults of two presets."""
    better = PRESETS["plaudit"]
    rows = []
    for name, field in TrainSettings.model_fields.items():
        usual = "" if field.is_required() else cell(field.default)
        own = cell(better[name]) if name in better else ""
        rows.append([f"`{name}`", usual, own, field.description or ""])
    return table(["key", "default", "preset plaudit", "meaning"], rows)


def cell(value: object) -> str:
    """Return a value as it is written in TOML, nearly."""
    return "not set" if value is None else f"`{json.dumps(value)}`"


def train_presets() -> str:
    """The presets that follow other judges."""
    rows = [
        [f"`{name}`", ", ".join(f"`{key} = {json.dumps(value)}`" for key, value in values.items())]
        for name, values in PRESETS.items()
        if name not in ("apex", "plaudit")
    ]
    return table(["preset", "what it sets"], rows)


def own_settings() -> str:
    """Every key of ``plaudit.toml``, as ``plaudit settings --format markdown`` prints it."""
    return markdown(typer.main.get_command(app))
