"""The protocol of the published notebook, so that its numbers and ours can be compared.

The arena notebook of APEX (arXiv 2605.03395, code github AMAAI-Lab/apex) fits five classifiers on
1,259 decided battles of 11 systems. Its features of a battle are ``a - b`` and ``a / b`` for each
score, ``is_instrumental``, and ``(a - b) * is_instrumental``; its ten folds are grouped neither by
prompt nor by system; its printed results are for popularity only. Its rules predict that the song
with the LOWER score wins.

Its numbers cannot settle the claim: the features are not antisymmetric, so a prediction can change
when the songs change places; songs of one prompt are on both sides of a fold; there is no interval,
no baseline and no test.

Our choices: the settings of its classifiers are not published, so these are scikit-learn's
defaults, with scores standardised for the logistic and the support vector machine; gradient
boosting replaces XGBoost. A battle counts as sung where it is unknown whether it was instrumental.
A second score of 0 is replaced by 1e-9 in the ratio.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from plaudit.metrics.measurement import or_none
from plaudit.metrics.probability import auc

Floats = NDArray[np.float64]
FOLDS = 10
_DECIDED = 1259  # battles of the notebook
_SETS = {
    "popularity": ("popularity",),
    "aesthetics": ("aesthetics",),
    "both": ("popularity", "aesthetics"),
}
# Its name for a model, its printed AUC for popularity only, and our most similar model.
_PUBLISHED: dict[str, tuple[float, str | None]] = {
    "logistic": (0.600, "logistic"),
    "forest": (0.558, "trees"),
    "boosting": (0.562, "trees"),
    "adaboost": (0.540, "trees"),
    "svm": (0.614, "svm"),
}
# AUC (or accuracy) of its rules, in the direction in which it applies them: lower wins.
_RULES: dict[str, tuple[float, str]] = {
    "likes": (1 - 0.482, "auc"),
    "streams": (1 - 0.443, "auc"),
    "all scores": (1 - 0.465, "auc"),
    "all scores, equal weight": (1 - 0.454, "accuracy"),
}
_TINY = 1e-9


def published_features(first: Floats, second: Floats, instrumental: NDArray[np.bool_]) -> Floats:
    """Return the notebook's features of each battle, (n, 3 d + 1).

    They are differences, ratios, whether the battle is ``instrumental`` (n,), and the differences
    of instrumental battles; ``first`` and ``second`` (n, d) are scores of both songs.

    Examples
    --------
    >>> published_features(np.array([[4.0]]), np.array([[2.0]]), np.array([True])).tolist()
    [[2.0, 2.0, 1.0, 2.0]]
    """
    difference = first - second
    ratio = first / np.where(second == 0, _TINY, second)
    mute = instrumental.astype(np.float64)[:, None]
    return np.concatenate([difference, ratio, mute, difference * mute], axis=1)


def published_protocol(
    data: StudyData, won: Floats, ours: Sequence[SchemeResult], settings: StudySettings
) -> Notebook:
    """Return the results of the notebook's protocol on these battles, beside our own results.

    ``won`` (n,) is 1 or 0; ties (nan) are left out, as in the notebook.

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
    mute = np.array([instrumental is True for instrumental in data.instrumental[decided]], bool)
    sides = {}
    for name, families in _SETS.items():
        parts = [data.sides(family) for family in families]
        first, second = (np.concatenate([part[k] for part in parts], axis=1) for k in (0, 1))
        sides[name] = first[decided], second[decided]
    rows = []
    for name, (first, second) in sides.items():
        x = published_features(first, second, mute)
        for model, (published, like) in _PUBLISHED.items():
            predicted, mean = _folds(model, x, first_won, settings.seed)
            rows.append(
                NotebookRow(
                    features=name,
                    model=model,
                    auc=or_none(auc(predicted, first_won)),
                    mean=mean,
                    published=published if name == "popularity" else None,
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
            f"The printed numbers are of {_DECIDED:,} other battles: they show the protocol, not"
            " these songs.",
            "Ties are left out; folds are dealt at random, balanced by outcome, and grouped by"
            " nothing.",
            "Settings of the classifiers are scikit-learn's own, since those of the notebook are"
            " not published; gradient boosting stands for XGBoost.",
        ),
    )


def _folds(model: str, x: Floats, first_won: NDArray[np.bool_], seed: int) -> tuple[Floats, float]:
    """Return the predictions of all folds, and the mean of their AUC."""
    selection = require("sklearn.model_selection", "train", "The published protocol")
    folds = selection.StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    predicted = np.zeros(len(x))
    aucs = []
    for train, test in folds.split(x, first_won):
        ready = _classifier(model, seed).fit(x[train], first_won[train])
        if hasattr(ready, "decision_function"):
            predicted[test] = ready.decision_function(x[test])
        else:
            predicted[test] = ready.predict_proba(x[test])[:, 1]
        aucs.append(auc(predicted[test], first_won[test]))
    return predicted, float(np.nanmean(aucs))


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


def _ours(results: Sequence[SchemeResult], features: str, model: str | None) -> float | None:
    return next(
        (measures.auc.value for result in results if result.scheme == "prompt"
         for measures in result.predictors
         if (measures.features, measures.model) == (features, model)),
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
    difference = every[0] - every[1]
    spread = difference.std(axis=0)
    margins = {name: (popular[0] - popular[1])[:, k] for k, name in enumerate(names)}
    margins["all scores"] = (difference / np.where(spread > 0, spread, 1.0)).mean(axis=1)
    margins["all scores, equal weight"] = np.sign(difference).sum(axis=1)
    rows = []
    for rule, margin in margins.items():
        published = _RULES.get(rule)
        higher = or_none(auc(margin, first_won))
        right = np.where(margin == 0, 0.5, (margin > 0) == first_won)
        accuracy = float(right.mean())
        kind = None if published is None else published[1]
        rows.append(
            RuleRow(
                rule=rule,
                auc_lower=None if higher is None else 1 - higher,
                auc_higher=higher,
                accuracy_lower=1 - accuracy,
                accuracy_higher=accuracy,
                published_lower=None if published is None else published[0],
                published_measure="auc" if kind == "auc" else "accuracy" if kind else None,
            )
        )
    return rows
