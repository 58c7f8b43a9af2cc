"""A model of preference comes back from its folder as it was, and nothing in it is executed."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load, save
from sklearn.ensemble import HistGradientBoostingClassifier

from plaudit.core.choice import CALIBRATIONS
from plaudit.core.errors import InputError, MissingFileError
from plaudit.model.preference import (
    CARD,
    MODELS,
    WEIGHTS,
    PreferenceCard,
    PreferenceData,
    PreferenceModel,
    load_preference,
    write_preference,
)
from plaudit.training.preference_fit import fit_preference, fit_uncalibrated

Floats = NDArray[np.float64]
FEATURES = ("streams", "coherence", "musicality")


def battles(n: int, seed: int = 0) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n, 3))
    won = rng.random(n) < 1 / (1 + np.exp(-(a - b) @ np.array([0.2, 1.0, 2.0])))
    return a, b, won


def fitted(model: str, calibration: str = "none", n: int = 400) -> PreferenceModel:
    a, b, won = battles(n)
    rng = np.random.default_rng(1)
    return fit_preference(a, b, won, model=model, rng=rng, calibration=calibration)


def card(model: str, calibration: str = "none") -> PreferenceCard:
    made = PreferenceData(name="made.csv", sha256="0" * 64)
    return PreferenceCard.model_validate(
        {"plaudit": "0", "model": model, "calibration": calibration, "features": FEATURES,
         "judge": None, "battles": made, "scores": made, "n_decided": 400, "n_ties": 0,
         "n_neither": 0, "dropped": {}, "groups": "battle", "n_groups": 400, "seed": 1,
         "metrics": ()}
    )  # fmt: skip


@pytest.mark.parametrize("calibration", CALIBRATIONS)
@pytest.mark.parametrize("model", MODELS)
def test_what_is_loaded_answers_as_what_was_fitted(
    model: str, calibration: str, tmp_path: Path
) -> None:
    ready = fitted(model, calibration)
    written = write_preference(tmp_path / "made", card(model, calibration), ready)
    back = load_preference(tmp_path / "made")
    assert back.card == written
    a, b, _ = battles(100, seed=5)
    assert np.array_equal(back.model.probability(a, b), ready.probability(a, b))
    assert np.array_equal(back.model.interval(a, b), ready.interval(a, b))
    assert back.card.calibrated == back.model.calibrated == ready.calibrated


@pytest.mark.parametrize("model", MODELS)
def test_parts_are_odd_and_of_a_logistic_regression_add_up(model: str) -> None:
    ready = fitted(model)
    a, b, _ = battles(1, seed=9)
    parts = ready.parts(a[0], b[0])
    assert np.array_equal(parts, -ready.parts(b[0], a[0]))
    if model == "logistic":
        assert parts.sum() == pytest.approx(ready.margin(a, b)[0])
    alike = a[0].copy()
    assert np.allclose(ready.parts(alike, alike), 0)


def test_trees_are_what_scikit_learn_grew() -> None:
    a, b, won = battles(600)
    x = (a - b) / np.sqrt(np.mean((a - b) ** 2, axis=0))
    rng = np.random.default_rng(1)
    ready = fit_uncalibrated(a, b, won, model="trees", rng=rng)
    fitting, _ = np.random.default_rng(1).spawn(2)
    theirs = HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=40,
        l2_regularization=1.0, early_stopping=False, random_state=int(fitting.integers(2**31)),
    ).fit(np.vstack([x, -x]), np.r_[won, ~won])  # fmt: skip
    new = (battles(200, 3)[0] - battles(200, 3)[1]) / ready.scale
    expected = (theirs.decision_function(new) - theirs.decision_function(-new)) / 2
    np.testing.assert_allclose(ready.margin(new * ready.scale, np.zeros_like(new)), expected)


@pytest.mark.parametrize("steps", [True, False])
def test_a_model_of_the_former_version_answers_and_says_what_it_lacks(
    steps: bool, tmp_path: Path
) -> None:
    ready = fitted("logistic", "isotonic")
    write_preference(tmp_path, card("logistic", "isotonic"), ready)
    tensors = load((tmp_path / WEIGHTS).read_bytes())
    kept = ("model.weight", "scale", "slope", *(("steps.margin", "steps.chance") if steps else ()))
    content = save({name: tensors[name] for name in kept})
    (tmp_path / WEIGHTS).write_bytes(content)
    values = json.loads((tmp_path / CARD).read_text())
    del values["calibrated"]
    values |= {"format_version": 1, "weights_sha256": hashlib.sha256(content).hexdigest()}
    (tmp_path / CARD).write_text(json.dumps(values))
    back = load_preference(tmp_path)
    a, b, _ = battles(50, seed=5)
    p = back.model.probability(a, b)
    if steps:
        np.testing.assert_array_equal(p, ready.probability(a, b))
    else:
        np.testing.assert_allclose(p, 1 / (1 + np.exp(-back.model.margin(a, b))))
    assert np.isnan(back.model.interval(a, b)).all()
    assert "a former version trained it; train it again" in back.card.doubt


def test_a_folder_that_is_no_model_or_was_changed_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="make one with plaudit train-preference"):
        load_preference(tmp_path)
    write_preference(tmp_path, card("logistic"), fitted("logistic"))
    content = (tmp_path / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).write_bytes(content[:-8] + bytes(8))
    with pytest.raises(InputError, match="is not what its card names"):
        load_preference(tmp_path)
    (tmp_path / CARD).write_text("{}")
    with pytest.raises(InputError):
        load_preference(tmp_path)


@pytest.mark.parametrize("model", MODELS)
def test_a_pair_is_told_alone_as_among_others(model: str) -> None:
    ready = fitted(model)
    a, b, _ = battles(257, seed=4)
    alone = [ready.margin(a[k : k + 1], b[k : k + 1])[0] for k in range(0, 257, 32)]
    assert alone == ready.margin(a, b)[::32].tolist()
