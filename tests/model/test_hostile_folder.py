"""Folders from anybody: whatever one field or tensor holds, a load works or says what is wrong."""

import copy
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors import numpy as safe_arrays
from safetensors import torch as safe_tensors

import plaudit
from plaudit.core.errors import InputError, PlauditError
from plaudit.encoders.weights import digest
from plaudit.model.folder import CARD, MODEL, load_folder
from plaudit.model.preference import WEIGHTS, load_preference

BUNDLED = Path(plaudit.__file__).parent / "judging" / "bundled"
VALUES: list[Any] = [None, True, -1, 0, 10**18, 10**80, -1e300, 1e-300, 0.5, "x", "", [], [[]], {}]
MUTATE: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "nan": lambda a: np.full_like(a, np.nan),
    "infinite": lambda a: np.full_like(a, -np.inf),
    "negative": lambda a: -a - 1,
    "huge": lambda a: a + 1e300,
    "half": lambda a: a + 0.5,
    "one": np.ones_like,
    "its place": lambda a: np.broadcast_to(np.arange(a.shape[-1]), a.shape).astype(a.dtype),
    "flat": lambda a: a.reshape(-1),
    "one more axis": lambda a: a[None],
    "short": lambda a: a[:-1],
    "empty": lambda a: a[:0],
    "long": lambda a: np.concatenate([a, a]),
    "int8": lambda a: a.astype(np.int8),
    "yes-no": lambda a: a > 0,
    "half precision": lambda a: a.astype(np.float16),
}


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every value inside a card, those that hold others too."""
    if place:
        yield place
    first = enumerate(value[:2]) if isinstance(value, list) else ()
    for key, part in value.items() if isinstance(value, dict) else first:
        yield from leaves(part, (*place, key))


def with_value(card: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(card)
    at: Any = changed
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return changed


REFUSED = {"nan", "infinite", "short", "empty", "long", "yes-no", "one more axis"}
PREFERENCE = {
    "plaudit": "0", "calibration": "isotonic", "features": ["a", "b"], "judge": None,
    "battles": {"name": "b", "sha256": "0"}, "scores": None, "n_decided": 4, "n_ties": 0,
    "n_neither": 0, "dropped": {"no vote": 1}, "groups": "battle", "n_groups": 4, "seed": 1,
    "metrics": [{"measure": "auc", "value": 0.6, "low": 0.5, "high": 0.7, "constant": 0.5, "n": 4}],
}  # fmt: skip
SHARED = {
    "scale": [1.0, 2.0], "slope": [1.0], "steps.margin": [0.0, 1.0], "steps.chance": [0.5, 0.9],
}  # fmt: skip
ARRAYS: dict[str, dict[str, Any]] = {
    "logistic": {"weight": [1.0, 2.0]},
    "svm": {"waves": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "weight": [1.0, 2.0, 3.0, 4.0, 5.0]},
    "net": {"inner": [[1.0, 2.0], [3.0, 4.0]], "outer": [1.0, 2.0]},
    "trees": {
        "node": [[0, 0.5, 1, 2, 0], [1, 0.0, 3, 4, 0], *[[-1, 0, 0, 0, v] for v in (1, 2, 3)]],
        "start": [0.0, 1.0],
    },
}


def preference(folder: Path, model: str, arrays: dict[str, Any], card: dict[str, Any]) -> Path:
    content = safe_arrays.save({k: np.ascontiguousarray(v) for k, v in arrays.items()})
    (folder / WEIGHTS).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    text = json.dumps({"model": model, "weights_sha256": digest} | card)
    (folder / "card.json").write_text(text)
    return folder


def arrays_of(model: str) -> dict[str, NDArray[np.float64]]:
    named = SHARED | {f"model.{name}": value for name, value in ARRAYS[model].items()}
    return {name: np.array(value, np.float64) for name, value in named.items()}


def judged(folder: Path) -> str:
    """Load a model and use it; return what was wrong, nothing if it works."""
    try:
        model = load_preference(folder).model
        chance = model.probability([[1.0, 2.0]], [[0.0, 5.0]])
    except PlauditError as error:
        assert "\n" not in str(error), "one sentence"  # noqa: PT017
        return str(error)
    assert ((chance >= 0) & (chance <= 1)).all()
    return ""


@pytest.mark.parametrize("model", ARRAYS)
def test_every_array_of_a_model_of_preference_is_checked(model: str, tmp_path: Path) -> None:
    whole = arrays_of(model)
    assert judged(preference(tmp_path, model, whole, PREFERENCE)) == ""
    for name in whole:
        for kind, change in MUTATE.items():
            said = judged(
                preference(tmp_path, model, whole | {name: change(whole[name])}, PREFERENCE)
            )
            free = name == "model.start" and kind in {"short", "long"}  # as many trees as there are
            if kind in REFUSED and not free:
                assert WEIGHTS in said, f"{name}, {kind}"
        less = {other: array for other, array in whole.items() if other != name}
        assert f"lacks {name}" in judged(preference(tmp_path, model, less, PREFERENCE))
        renamed = less | {f"{name}_": whole[name]}
        assert "is damaged: it " in judged(preference(tmp_path, model, renamed, PREFERENCE))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *(((0, 2), value) for value in (0, 5, -1, 1.5)),
        *(((0, 0), value) for value in (2, -2, 0.5)),
        ((0, 3), 0),
        ((1, 2), 0),
    ],
)
def test_trees_that_do_not_end_are_refused(
    tmp_path: Path, place: tuple[int, int], value: float
) -> None:
    arrays = arrays_of("trees")
    arrays["model.node"][place] = value
    said = judged(preference(tmp_path, "trees", arrays, PREFERENCE))
    assert "model.safetensors is damaged: a node of a tree" in said


def test_every_field_of_a_card_of_preference_is_checked(tmp_path: Path) -> None:
    for place in leaves(PREFERENCE):
        for value in VALUES:
            card = with_value(PREFERENCE, place, value)
            judged(preference(tmp_path, "logistic", arrays_of("logistic"), card))
    for place in (("n_decided",), ("dropped", "no vote"), ("metrics", 0, "n")):
        card = with_value(PREFERENCE, place, -1)
        assert "card.json" in judged(preference(tmp_path, "logistic", arrays_of("logistic"), card))


@cache
def bundled() -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    return json.loads((BUNDLED / CARD).read_text()), safe_tensors.load_file(BUNDLED / MODEL)


def load(folder: Path, card: dict[str, Any], tensors: dict[str, torch.Tensor] | None) -> str:
    """Load the bundled judge with another card or other tensors; return what was wrong."""
    if tensors is not None:
        safe_tensors.save_file(tensors, folder / MODEL)
        card = card | {"weights_hash": digest(tensors)}
    (folder / CARD).write_text(json.dumps(card))
    try:
        load_folder(folder)
    except PlauditError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(BUNDLED, tmp_path_factory.mktemp("judge") / "judge"))


@settings(max_examples=40, deadline=20_000, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(leaves(bundled()[0]), key=str)), st.sampled_from(VALUES))
def test_any_field_of_a_judge_card_works_or_is_named(
    judge: Path, place: tuple[Any, ...], value: Any
) -> None:
    card, tensors = bundled()
    said = load(judge, with_value(card, place, value), tensors)
    assert "\n" not in said
    assert not said or str(judge) in said


@settings(max_examples=25, deadline=20_000, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(bundled()[1])), st.sampled_from(sorted(MUTATE)))
def test_any_tensor_of_a_judge_works_or_is_named(judge: Path, name: str, kind: str) -> None:
    card, tensors = bundled()
    with np.errstate(all="ignore"):
        changed = np.ascontiguousarray(MUTATE[kind](np.atleast_1d(tensors[name].numpy())))
    said = load(judge, card, tensors | {name: torch.from_numpy(changed)})
    assert not said or str(judge) in said
    if kind in {"nan", "infinite"} and tensors[name].is_floating_point():
        assert "not finite" in said


@pytest.mark.parametrize(
    ("table", "value"), [("low", 0), ("high", 0), ("low", 10_000), ("high", -1), ("feature", -1)]
)
def test_trees_of_a_judge_lead_to_later_nodes(judge: Path, table: str, value: int) -> None:
    card, tensors = bundled()
    name = next(name for name in tensors if name.endswith(f"trees.{table}"))
    low = tensors[name.replace(table, "low")]
    place = int((low[0, 0] != torch.arange(low.shape[2])).nonzero()[-1])  # the last split
    changed = tensors[name].clone()
    changed[0, 0, place] = value
    said = load(judge, card, tensors | {name: changed})
    assert "model.safetensors are damaged: a split" in said


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("interval", "half_width", "clarity"), -0.1, "greater than or equal to 0"),
        (("interval", "half_width"), {}, "expected a width and a floor"),
        (("recipe", "members"), 10**9, "describes a network that model.safetensors cannot hold"),
        (("recipe", "heads", "axes"), ["clarity", "clarity"], "each once"),
        (("recipe", "heads", "shared_dims"), [-5], "greater than 0"),
        (("recipe", "heads", "shared_dims"), [10**18], "cannot hold"),
    ],
)
def test_what_a_card_may_not_say(
    judge: Path, place: tuple[str, ...], value: Any, message: str
) -> None:
    card, tensors = bundled()
    said = load(judge, with_value(card, place, value), tensors)
    assert message in said
    assert f"{judge / CARD}" in said


def test_an_error_is_an_input_error(tmp_path: Path) -> None:
    folder = preference(tmp_path, "logistic", {"scale": np.ones(2)}, PREFERENCE)
    with pytest.raises(InputError, match="lacks"):
        load_preference(folder)
