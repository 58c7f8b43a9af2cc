"""Directives that print what the code says, so that the pages hold no second copy of it.

``axes-table`` prints the seven axes; ``record-fields`` prints the fields of pydantic records, with
the records they are made of; ``error-table`` prints the errors that a module defines;
``damage-table`` prints what can be done to a recording; ``fault-table``, ``style-table``,
``system-table`` and ``platform-table`` print what composed songs and their audience are made of.
"""

import importlib
import inspect
import json
import re
from collections.abc import Iterable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from listening.correlate import CORRELATES
from plaudit.audio.damage.kinds import DAMAGES
from plaudit.core.axes import AXES
from plaudit.core.settings import Record
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.music.style import STYLES
from plaudit.synth.public.platform import PLATFORMS
from plaudit.synth.system import SYSTEMS


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(c.replace("|", "\\|") for c in line) + " |" for line in lines
    )


class AxesTable(SphinxDirective):
    """The seven axes in their order."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = [
            [
                f"`{axis.name}`",
                f"{axis.low:g} to {axis.high:g}",
                axis.meaning,
                re.sub(r"arXiv (\d+\.\d+)", r"[arXiv \1](https://arxiv.org/abs/\1)", axis.source),
            ]
            for axis in AXES
        ]
        return self.parse_text_to_nodes(table(["axis", "range", "what is scored", "source"], rows))


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


class RecordFields(SphinxDirective):
    """Fields of the records named in the argument (full names), and of those inside them."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return one table per record, each once."""
        shown: dict[str, str] = {}
        for full_name in self.arguments[0].split():
            module, name = full_name.rsplit(".", 1)
            model: type[Record] = getattr(importlib.import_module(module), name)
            schema = model.model_json_schema()
            parts = {name: schema} | schema.get("$defs", {})
            for part_name, part in parts.items():
                if "properties" in part:
                    text = inspect.cleandoc(part.get("description", ""))
                    shown.setdefault(part_name, fields(part_name, part, text))
        return self.parse_text_to_nodes("".join(shown.values()))


class ErrorTable(SphinxDirective):
    """Errors that the module named in the argument defines, each with its sentence."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        module = importlib.import_module(self.arguments[0])
        rows = [
            [f"`{name}`", inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("``", "`")]
            for name, kind in vars(module).items()
            if inspect.isclass(kind)
            and issubclass(kind, Exception)
            and kind.__module__ == module.__name__
        ]
        return self.parse_text_to_nodes(table(["type", "meaning"], rows))


class FaultTable(SphinxDirective):
    """The faults of composed songs."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = [
            [f"`{fault.axis}`", f"`{fault.name}`", fault.meaning, measured(fault.name)]
            for fault in FAULTS
        ]
        head = ["lowers", "fault", "what is done to the song", "what should move with it"]
        return self.parse_text_to_nodes(table(head, rows))


def measured(fault: str) -> str:
    """Say which measure should move with a fault, which way, and what it listens to."""
    correlate = CORRELATES[fault]
    way = "up" if correlate.sign > 0 else "down"
    return f"{correlate.name} ({correlate.listens_to}), {way}"


class DamageTable(SphinxDirective):
    """What can be done to a recording, with the parameters of the five strengths."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = []
        for kind in DAMAGES.values():
            settings = "; ".join(
                f"{name.replace('_', ' ')} ({unit}): "
                + ", ".join(shown(strength[name]) for strength in kind.strengths)
                for name, unit in kind.units.items()
            )
            rows.append([f"`{kind.name}`", kind.meaning, settings])
        return self.parse_text_to_nodes(table(["kind", "what one hears", "strength 1 to 5"], rows))


def shown(value: object) -> str:
    """Return a parameter as one would write it."""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


class StyleTable(SphinxDirective):
    """The styles that songs are composed in."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
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
        return self.parse_text_to_nodes(table(head, rows))


class SystemTable(SphinxDirective):
    """The invented generators."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
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
        return self.parse_text_to_nodes(table(head, rows))


class PlatformTable(SphinxDirective):
    """The simulated platforms."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        homes = {system.platform: system.name for system in SYSTEMS.values() if system.platform}
        rows = [[f"`{p.name}`", f"`{homes[p.name]}`", p.summary] for p in PLATFORMS.values()]
        return self.parse_text_to_nodes(table(["platform", "songs of", "what it is like"], rows))


def spoken(names: Iterable[str]) -> str:
    """Return names as words, each once."""
    return ", ".join(dict.fromkeys(name.replace("_", " ") for name in names))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("axes-table", AxesTable)
    app.add_directive("record-fields", RecordFields)
    app.add_directive("error-table", ErrorTable)
    app.add_directive("fault-table", FaultTable)
    app.add_directive("damage-table", DamageTable)
    app.add_directive("style-table", StyleTable)
    app.add_directive("system-table", SystemTable)
    app.add_directive("platform-table", PlatformTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
