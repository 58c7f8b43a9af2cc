"""A record of every former schema version still loads, with the same values under today's keys."""

import json
from pathlib import Path
from typing import Any

import pytest

from plaudit.benchmarks.evaluation.record import Evaluation
from plaudit.benchmarks.preference.record import StudyResult
from plaudit.benchmarks.suites.damage_record import DamageResult
from plaudit.benchmarks.suites.record import SuiteResult
from plaudit.core.settings import Record, read_json

FOLDER = Path(__file__).parent / "former"
SUITE = {
    "items": "n_items",
    "answered": "n_predicted",
    "answers": "predictions",
    "said": "predicted",
    "true": "observed",
    "used": "score",
    "beside": "baselines",
}
# Each file was written by the version in its name; former keys and today's.
FORMER: dict[str, tuple[type[Record], dict[str, str]]] = {
    "evaluation-1": (
        Evaluation,
        {"said": "predicted", "true": "observed", "promised": "nominal", "observed": "empirical"},
    ),
    "study-1": (
        StudyResult,
        {
            "said": "predicted",
            "true": "observed",
            "asked": "n_items",
            "measured": "predictors",
            "chance": "power",
            "word": "finding",
            "words": "summary",
            "printed": "published",
            "printed_lower": "published_lower",
            "printed_measure": "published_measure",
        },
    ),
    "suite-songs-1": (SuiteResult, SUITE),
    "suite-pairs-1": (SuiteResult, SUITE),
    "suite-damage-1": (SuiteResult, SUITE),
    "damage-1": (
        DamageResult,
        {
            "falls": "lowered",
            "falls_low": "lowered_low",
            "falls_high": "lowered_high",
            "moved": "max_change",
            "above": "above_not_music",
        },
    ),
}
VALUES = {"beside": "baseline"}


def renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [renamed(part, names) for part in value]
    if isinstance(value, dict):
        return {
            names.get(key, key): part if key == "detail" else renamed(part, names)
            for key, part in value.items()
        }
    return VALUES.get(value, value) if isinstance(value, str) else value


ADDED: dict[str, Any] = {"contamination": None, "clean": [], "copies": 0, "controls": []}
WITHIN = ("reason", "drop_low", "drop_high")  # later fields of parts, null in a former record


def without_later(value: Any, expected: Any) -> Any:
    """Return a record without the later fields of its parts that the former one lacks."""
    if isinstance(value, list):
        return [without_later(a, b) for a, b in zip(value, expected, strict=True)]
    if isinstance(value, dict) and isinstance(expected, dict):
        return {
            key: without_later(part, expected.get(key))
            for key, part in value.items()
            if key in expected or key not in WITHIN or part is not None
        }
    return value


@pytest.mark.parametrize("name", FORMER)
def test_a_former_record_loads(name: str) -> None:
    model, names = FORMER[name]
    text = (FOLDER / f"{name}.json").read_text()
    loaded = json.loads(read_json(model, text, name).model_dump_json())
    expected = renamed(json.loads(text), names)
    assert loaded.pop("schema_version") == model.model_fields["schema_version"].default
    assert expected.pop("schema_version") == 1
    # Fields that came later say that nothing is known.
    assert {key: loaded.pop(key) for key in ADDED if key in loaded and key not in expected} == {
        key: value for key, value in ADDED.items() if key in model.model_fields
    }
    loaded = without_later(loaded, expected)
    assert loaded == expected
    assert list(loaded) == list(expected)
