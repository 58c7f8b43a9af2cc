"""A function is its command: the same settings and defaults, each of which reaches the job."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from unittest.mock import patch

import pytest
import typer

import plaudit
from plaudit.cli.app import app
from plaudit.core.errors import InputError

# A command, its function, and the job that both call.
TWINS = {
    "score": ("score", "plaudit.jobs.score.score_songs"),
    "compare": ("compare", "plaudit.jobs.compare.compare_songs"),
    "rank": ("rank", "plaudit.jobs.rank.rank_songs"),
    "evaluate": ("evaluate", "plaudit.jobs.evaluate.evaluate_judge"),
    "study preference": ("study", "plaudit.jobs.study.run_study"),
    "bench run": ("bench", "plaudit.jobs.bench.run.run_bench"),
    "train": ("train", "plaudit.jobs.train.train_judge"),
}
# What only a command line needs, and why.
ONLY_TYPED = {
    "from_file": "a list of paths is given as it is",
    "format": "a function prints nothing; score and rank have it for the file that they write",
    "predictions": "evaluate takes a file of scores as its judge",
}
GIVEN = {
    "score": {"paths": "a.mp3"}, "compare": {"first": "a.mp3", "second": "b.mp3"},
    "rank": {"paths": "a.mp3"}, "evaluate": {"judge": "bundled", "manifest": "songs.csv"},
    "study": {"battles": "b.csv", "scores": "s.csv", "out": "o"},
    "bench": {"suite": "cmi-pref"}, "train": {"config": "c.toml"},
}  # fmt: skip
OTHER: dict[str, Any] = {
    "models": "svm", "schemes": ["prompt"], "by": "system", "baselines": ["constant"], "level": 0.5,
    "class_args": {"a": 1}, "judge": "other", "systems": "a,b", "sure": 0.9,
}  # fmt: skip


def command_of(words: str) -> Any:
    command: Any = typer.main.get_command(app)
    for word in words.split():
        command = command.commands[word]
    return command


def options_of(words: str) -> dict[str, Any]:
    """Options of a command by the name that a function gives them."""
    named = {}
    for option in command_of(words).params:
        longest = max(option.opts, key=len)
        name = longest[2:].replace("-", "_") if longest.startswith("--") else option.name
        named[name] = option
    return named


def function_of(words: str) -> Any:
    return getattr(plaudit, TWINS[words][0])


def plain(value: object) -> object:
    """A default, whether it is written as for a command or for a function."""
    several = isinstance(value, list | tuple)
    return (value[0] if len(value) else None) if several else value  # type: ignore[index, arg-type]


def choices(function: Any, name: str) -> set[str]:
    hint = get_type_hints(function, vars(inspect.getmodule(function)) | records()).get(name)
    kinds = [hint, *get_args(hint)]
    return {word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)}


def records() -> dict[str, Any]:
    """Records that a function returns, which are imported only to be checked."""
    names = ("Evaluation", "StudyResult", "SuiteResult", "RunResult")
    return dict.fromkeys(names, object)


@pytest.mark.parametrize("words", TWINS)
def test_a_function_has_the_settings_of_its_command(words: str) -> None:
    function, options = function_of(words), options_of(words)
    parameters = inspect.signature(function).parameters
    assert set(parameters) <= set(options), "the command has no such option"
    missing = set(options) - set(parameters) - set(ONLY_TYPED)
    assert not missing, f"add {sorted(missing)} to plaudit.{function.__name__}"
    callback = inspect.unwrap(command_of(words).callback)
    for name, parameter in parameters.items():
        option = options[name]
        own = choices(function, name)
        assert own == choices(callback, option.name), f"choices of {name}"
        if parameter.default is inspect.Parameter.empty:
            assert option.required or words == "evaluate", f"{name} has a default"
        elif name not in ("format", "class_args"):  # None there leaves the command its default
            assert plain(parameter.default) == plain(option.default), f"default of {name}"


def test_what_a_function_lacks_is_an_option() -> None:
    assert choices(plaudit.score, "precision") == {"exact", "fast"}
    assert set(ONLY_TYPED) <= {name for words in TWINS for name in options_of(words)}


def settings() -> Iterator[tuple[str, str]]:
    for words in TWINS:
        function = function_of(words)
        given = GIVEN[function.__name__]
        yield from ((words, name) for name in inspect.signature(function).parameters
                    if name not in given)  # fmt: skip


def changed(function: Any, name: str) -> object:
    """Another value than the default."""
    default = inspect.signature(function).parameters[name].default
    words = choices(function, name) - {default}
    if words:
        return min(words)
    if name in OTHER:
        return OTHER[name]
    if isinstance(default, bool):
        return not default
    if isinstance(default, int | float):
        return default + 5
    kinds = {str(kind) for kind in get_args(get_type_hints(function, None, records())[name])}
    return 7 if kinds & {"<class 'int'>", "<class 'float'>"} else "x"


@pytest.mark.parametrize(("words", "name"), list(settings()))
def test_each_setting_reaches_the_job(words: str, name: str) -> None:
    name_, job = TWINS[words]
    function = function_of(words)
    with patch(job, side_effect=RuntimeError) as called:
        for more in ({}, {name: changed(function, name)}):
            with pytest.raises(RuntimeError):
                function(**GIVEN[name_], **more)
    before, after = ([arg for arg in call.args if "Streams" not in str(type(arg))]
                     for call in called.call_args_list)  # fmt: skip
    assert before != after


def test_a_wrong_value_is_named() -> None:
    with pytest.raises(InputError, match=r"plaudit\.score: precision: Input should be 'exact'"):
        plaudit.score("a.mp3", precision="slow")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"plaudit\.rank: limit"):
        plaudit.rank("a.mp3", limit=0)


def test_the_package_completes_and_says_its_types() -> None:
    source = Path(plaudit.__file__).read_text(encoding="utf-8")
    [typed] = [node for node in ast.parse(source).body if isinstance(node, ast.If)]
    names = {
        alias.name: f"{node.module}"
        for node in typed.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert names == {name: f"plaudit.{place}" for name, place in plaudit._PLACES.items()}
    assert set(plaudit.__all__) == {*names, "__version__"}
    assert set(plaudit.__all__) <= set(dir(plaudit))
    for name in names:
        assert inspect.getdoc(getattr(plaudit, name))
    with pytest.raises(AttributeError, match="no attribute 'scores'"):
        plaudit.scores  # noqa: B018
