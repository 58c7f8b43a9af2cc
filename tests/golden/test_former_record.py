"""A record of every former schema version still loads, with the same values under today's keys."""

import json
from pathlib import Path
from typing import Any

import pytest

from plaudit.benchmarks.evaluation.record import Evaluation
from plaudit.benchmarks.preference.record import StudyResult
from plaudit.core.settings import Record, read_json

FOLDER = Path(__file__).parent / "former"
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


@pytest.mark.parametrize("name", FORMER)
def test_a_former_record_loads(name: str) -> None:
    model, names = FORMER[name]
    text = (FOLDER / f"{name}.json").read_text()
    found = json.loads(read_json(model, text, name).model_dump_json())
    expected = renamed(json.loads(text), names)
    assert found.pop("schema_version") == expected.pop("schema_version") + 1
    assert found == expected
    assert list(found) == [key for key in expected if key != "schema_version"]
