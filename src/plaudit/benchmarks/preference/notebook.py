"""The published notebook's own protocol, so that its numbers and ours can be put side by side.

The arena notebook of APEX (arXiv 2605.03395, code github AMAAI-Lab/apex) fits five classifiers on
1,259 decided battles of 11 systems. Its features of a battle are ``a - b`` and ``a / b`` for each
score, ``is_instrumental``, and ``(a - b) * is_instrumental``; its ten folds are grouped neither by
prompt nor by system; what it printed is for popularity only. Its rules predict that the song with
the LOWER score wins.

What makes these numbers different from ours, and why they cannot settle the claim: the features are
not antisymmetric, so an answer can change when the songs change places; songs of one prompt are on
both sides of a fold; there is no interval, no baseline and no test.

Where we had to choose: the notebook's settings of its classifiers are not published, so these are
scikit-learn's own, with scores standardised for the logistic and the support vector machine; and
gradient boosting stands for XGBoost. A battle of which it is not known whether it was instrumental
counts as sung. Where a score of the second song is 0, 1e-9 divides instead.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.measure import MEASURES, Asked, measure
from plaudit.benchmarks.preference.record import (
    Notebook,
    NotebookRow,
    RuleRow,
    SchemeResult,
    StudySettings,
)
from plaudit.benchmarks.preference.study_data import StudyData
from plaudit.core.errors import InputError
from plaudit.core.optional import require

Floats = NDArray[np.float64]
FOLDS = 10
DECIDED = 1259  # battles of the notebook
SETS = {
    "popularity": ("popularity",),
    "aesthetics": ("aesthetics",),
    "both": ("popularity", "aesthetics"),
}
# Its name for a model, the AUC it printed for popularity only, and our model that is most like it.
PRINTED: dict[str, tuple[float, str | None]] = {
    "logistic": (0.600, "logistic"),
    "forest": (0.558, "trees"),
    "boosting": (0.562, "trees"),
    "adaboost": (0.540, "trees"),
    "svm": (0.614, "svm"),
}
# AUC (or accuracy) of its rules, turned to the direction in which it applies them: lower wins.
RULES: dict[str, tuple[float, str]] = {
    "likes": (1 - 0.482, "auc"),
    "streams": (1 - 0.443, "auc"),
    "all scores": (1 - 0.465, "auc"),
    "all scores, equal weight": (1 - 0.454, "accuracy"),
}
_TINY = 1e-9


def published_features(first: Floats, second: Floats, instrumental: NDArray[np.bool_]) -> Floats:
    """Return the notebook's features of each battle.

    Parameters
    ----------
    first, second : ndarray of float64, (n, d)
        Scores of both songs.
    instrumental : ndarray of bool, (n,)
        Whether nobody was to sing.

    Returns
    -------
    ndarray of float64, (n, 3 d + 1)
        Differences, ratios, whether instrumental, and differences of instrumentals.

    Examples
    --------
    >>> published_features(np.array([[4.0]]), np.array([[2.0]]), np.array([True])).tolist()
    [[2.0, 2.0, 1.0, 2.0]]
    """
    moved = first - second
    ratio = first / np.where(second == 0, _TINY, second)
    mute = instrumental.astype(np.float64)[:, None]
    return np.concatenate([moved, ratio, mute, moved * mute], axis=1)


def published_protocol(
    data: StudyData, won: Floats, ours: Sequence[SchemeResult], settings: StudySettings
) -> Notebook:
    """Follow the notebook on these battles.

    Parameters
    ----------
    data : StudyData
        Battles and scores.
    won : ndarray of float64, (n,)
        1 or 0; ties (nan) are left out, as it does.
    ours : sequence of SchemeResult
        Our own numbers, to stand beside.
    settings : StudySettings
        The seed.

    Returns
    -------
    Notebook
        The record.

    Raises
    ------
    InputError
        There are too few decided battles for ten folds.
    MissingPackageError
        scikit-learn is not installed.
    """
    decided = np.flatnonzero(~np.isnan(won))
    first_won = won[decided] == 1
    least = int(min(first_won.sum(), (~first_won).sum()))
    if least < FOLDS:
        raise InputError(
            f"Expected at least {FOLDS} battles won by either side for the published protocol, got"
            f" {least}; leave out --variant."
        )
    mute = np.array([one is True for one in data.instrumental[decided]], bool)
    sides = {}
    for name, families in SETS.items():
        parts = [data.sides(family) for family in families]
        first, second = (np.concatenate([one[k] for one in parts], axis=1) for k in (0, 1))
        sides[name] = first[decided], second[decided]
    rows = []
    for name, (first, second) in sides.items():
        x = published_features(first, second, mute)
        for model, (printed, like) in PRINTED.items():
            said, mean = _folds(model, x, first_won, settings.seed)
            rows.append(
                NotebookRow(
                    features=name,
                    model=model,
                    auc=_auc(said, first_won),
                    mean=mean,
                    printed=printed if name == "popularity" else None,
                    ours=_ours(ours, name, like),
                    ours_model=like if _ours(ours, name, like) is not None else None,
                )
            )
    return Notebook(
        folds=FOLDS,
        decided=len(decided),
        rows=tuple(rows),
        rules=tuple(_rules(data, sides, first_won)),
        notes=(
            f"The printed numbers are of {DECIDED:,} other battles: they show the protocol, not"
            " these songs.",
            "Ties are left out; folds are dealt at random, balanced by outcome, and grouped by"
            " nothing.",
            "Settings of the classifiers are scikit-learn's own, since those of the notebook are"
            " not published; gradient boosting stands for XGBoost.",
        ),
    )


def _folds(model: str, x: Floats, first_won: NDArray[np.bool_], seed: int) -> tuple[Floats, float]:
    """Return the answers of all folds, and the mean of their AUC."""
    selection = require("sklearn.model_selection", "train", "The published protocol")
    folds = selection.StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    said = np.zeros(len(x))
    each = []
    for train, test in folds.split(x, first_won):
        ready = _classifier(model, seed).fit(x[train], first_won[train])
        if hasattr(ready, "decision_function"):
            said[test] = ready.decision_function(x[test])
        else:
            said[test] = ready.predict_proba(x[test])[:, 1]
        each.append(_auc(said[test], first_won[test]) or math.nan)
    return said, float(np.nanmean(each))


def _classifier(model: str, seed: int) -> Any:
    purpose = "The published protocol"
    ensemble = require("sklearn.ensemble", "train", purpose)
    linear = require("sklearn.linear_model", "train", purpose)
    vector = require("sklearn.svm", "train", purpose)
    pipeline = require("sklearn.pipeline", "train", purpose)
    scaling = require("sklearn.preprocessing", "train", purpose)
    makers: dict[str, Callable[[], Any]] = {
        "logistic": lambda: pipeline.make_pipeline(
            scaling.StandardScaler(), linear.LogisticRegression(max_iter=1000)
        ),
        "forest": lambda: ensemble.RandomForestClassifier(random_state=seed),
        "boosting": lambda: ensemble.GradientBoostingClassifier(random_state=seed),
        "adaboost": lambda: ensemble.AdaBoostClassifier(random_state=seed),
        "svm": lambda: pipeline.make_pipeline(scaling.StandardScaler(), vector.SVC()),
    }
    return makers[model]()


def _auc(said: Floats, first_won: NDArray[np.bool_]) -> float | None:
    asked = Asked(first_won.astype(np.float64), np.arange(len(first_won)))
    value = float(measure(said, asked, probability=False)[MEASURES.index("auc")])
    return None if math.isnan(value) else value


def _ours(results: Sequence[SchemeResult], features: str, model: str | None) -> float | None:
    return next(
        (one.auc.value for result in results if result.scheme == "prompt"
         for one in result.measured if (one.features, one.model) == (features, model)),
        None,
    )  # fmt: skip


def _rules(
    data: StudyData,
    sides: dict[str, tuple[Floats, Floats]],
    first_won: NDArray[np.bool_],
) -> list[RuleRow]:
    """Return the notebook's rules: a score, their sum, and their votes of equal weight."""
    names = data.numbers.columns["popularity"][0]
    popular, every = sides["popularity"], sides["both"]
    moved = every[0] - every[1]
    spread = moved.std(axis=0)
    margins = {name: (popular[0] - popular[1])[:, k] for k, name in enumerate(names)}
    margins["all scores"] = (moved / np.where(spread > 0, spread, 1.0)).mean(axis=1)
    margins["all scores, equal weight"] = np.sign(moved).sum(axis=1)
    found = []
    for rule, margin in margins.items():
        printed = RULES.get(rule)
        auc = _auc(margin, first_won)
        right = np.where(margin == 0, 0.5, (margin > 0) == first_won)
        accuracy = float(right.mean())
        kind = None if printed is None else printed[1]
        found.append(
            RuleRow(
                rule=rule,
                auc_lower=None if auc is None else 1 - auc,
                auc_higher=auc,
                accuracy_lower=1 - accuracy,
                accuracy_higher=accuracy,
                printed_lower=None if printed is None else printed[0],
                printed_measure="auc" if kind == "auc" else "accuracy" if kind else None,
            )
        )
    return found
