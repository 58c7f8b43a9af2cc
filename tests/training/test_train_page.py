"""docs/train.md says what the code says."""

import json
from pathlib import Path

from plaudit.training.condition import CONDITIONS
from plaudit.training.preset import PRESETS
from plaudit.training.settings import TrainSettings
from plaudit.training.sweep.execution import IMPROVEMENTS

PAGE = Path(__file__).parents[2] / "docs" / "train.md"


def cell(value: object) -> str:
    if value is None:
        return "not set"
    return f"`{json.dumps(value)}`"


def settings_table() -> str:
    """The table of settings as the page has it; print it to renew the page."""
    better = PRESETS["plaudit"]
    lines = ["| key | default | preset plaudit | |", "|---|---|---|---|"]
    for name, field in TrainSettings.model_fields.items():
        own = cell(better[name]) if name in better else ""
        default = "" if field.is_required() else cell(field.default)
        lines.append(f"| `{name}` | {default} | {own} | {field.description} |")
    return "\n".join(lines)


def preset_table() -> str:
    """The table of the recipes of other judges as the page has it."""
    lines = ["| preset | what it sets |", "|---|---|"]
    for name, values in PRESETS.items():
        if name not in ("apex", "plaudit"):
            told = ", ".join(f"`{key} = {json.dumps(value)}`" for key, value in values.items())
            lines.append(f"| `{name}` | {told} |")
    return "\n".join(lines)


def test_the_recipes_on_the_page_are_the_presets() -> None:
    assert preset_table() in PAGE.read_text(encoding="utf-8")


def test_the_settings_on_the_page_are_those_of_the_record() -> None:
    assert settings_table() in PAGE.read_text(encoding="utf-8")


def test_conditions_and_improvements_on_the_page_exist() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "song-full-uncertainty-2" in CONDITIONS
    for name, keys in IMPROVEMENTS.items():
        row = f"| {name} | {', '.join(f'`{key}`' for key in keys)} |"
        assert row in text, row
