"""The public doors say what each input is; other docstrings may stop at a sentence."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest
from numpydoc.validate import validate

import plaudit
from plaudit.judging.judge import Judge

PROMISES = (
    "plaudit.encoders.promise",
    "plaudit.datasets.reading.promise",
    "plaudit.benchmarks.suites.promise",
)


def doors() -> Iterator[str]:
    """Full names of what researchers call from Python."""
    yield "plaudit.judging.load.load_judge"
    for name, member in inspect.getmembers(Judge, inspect.isfunction):
        if not name.startswith("_"):
            yield f"{Judge.__module__}.Judge.{member.__name__}"
    folder = importlib.import_module("plaudit.metrics").__path__
    modules = [f"plaudit.metrics.{info.name}" for info in pkgutil.iter_modules(folder)]
    for name in (*modules, *PROMISES):
        module = importlib.import_module(name)
        for function, member in inspect.getmembers(module, inspect.isfunction):
            if member.__module__ == name and not function.startswith("_"):
                yield f"{name}.{function}"


def test_there_are_doors() -> None:
    assert plaudit.load_judge.__name__ == "load_judge"
    assert len(list(doors())) > 30


@pytest.mark.parametrize("name", list(doors()))
def test_a_public_door_says_what_each_input_is(name: str) -> None:
    report = validate(name)
    assert report["docstring"]
    if "\n" in report["docstring"].strip():  # one line may name its inputs in the sentence
        assert not [text for code, text in report["errors"] if code == "PR01"]
