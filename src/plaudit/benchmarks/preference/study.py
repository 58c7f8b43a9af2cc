"""The study of preference: what aesthetic scores add when people choose between two songs.

Each model of preference is fitted on each feature set (``feature``) under each scheme of folds
(``fold``), and its predictions of test battles are measured (``measure``), with intervals from one
set of resamples of prompts or voters. The claim is tested as "both families against popularity
only", paired and corrected (``paired_test``), and again with the controls on both sides.
``verdict`` puts the findings into words.

All results are conditional on these songs, listeners and judge. Models are antisymmetric, so a
preference for the song that is played second helps no feature set.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.feature import FeatureSet, controls_of, feature_sets, unfitted
from plaudit.benchmarks.preference.fit import Fit, Task, can_fit, fitted, predict_all
from plaudit.benchmarks.preference.fold import (
    Split,
    blocks_of,
    newcomers,
    prompt_splits,
    system_splits,
)
from plaudit.benchmarks.preference.measure import Observed
from plaudit.benchmarks.preference.paragraph import Facts, paragraph
from plaudit.benchmarks.preference.question import comparisons_of, needs_of
from plaudit.benchmarks.preference.record import (
    SCHEMES,
    Counts,
    PairedTest,
    Scheme,
    SchemeResult,
    StudyResult,
    StudySettings,
    Verdict,
)
from plaudit.benchmarks.preference.scheme import Prediction, scheme_result
from plaudit.benchmarks.preference.slice import slices_of
from plaudit.benchmarks.preference.study_data import StudyData
from plaudit.benchmarks.preference.verdict import Evidence, find, verdict
from plaudit.core.errors import InputError
from plaudit.datasets.reading.origin import Origin
from plaudit.judging.record import JudgeId
from plaudit.metrics.measurement import Measurement
from plaudit.metrics.share import share_of

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
_OnProgress = Callable[[int, int], None]
_FOLDS, _DRAWS, _COIN, _FITS, _SHUFFLE = range(5)  # part of a seed: the purpose of the generator


@dataclass(frozen=True, eq=False)
class SchemePredictions:
    """All predictions under one scheme."""

    scheme: Scheme  #: Name of the scheme.
    rows: Places  #: Battle of each test item, (n_items,).
    #: System that was left out of training, (n_items,); None under folds of prompts.
    system: NDArray[np.object_]
    #: Whether the first won each battle, (n_battles,); by a coin where the settings say so.
    first_won: Floats
    predictions: tuple[Prediction, ...]  #: One for each feature set and model.


def study_preference(
    data: StudyData,
    settings: StudySettings,
    *,
    sources: Sequence[Origin] = (),
    judge: JudgeId | None = None,
    notes: Sequence[str] = (),
    fit: Fit = fitted,
    workers: int = 1,
    on_progress: _OnProgress | None = None,
) -> tuple[StudyResult, list[SchemePredictions]]:
    """Study battles; return the record, and every prediction behind it.

    Parameters
    ----------
    data, settings : StudyData, StudySettings
        Battles with the features of their songs, and what to do; ``seed`` makes every generator.
    sources, judge, notes : sequence of Origin, JudgeId, sequence of str
        For the record: files that were read, judge of the scores, and sentences.
    fit : callable, optional
        Fits a model; by default `plaudit.training.preference_fit.fit_uncalibrated`.
    workers : int, default 1
        Processes that fit; the result does not depend on their number.
    on_progress : callable, optional
        Called with (feature sets and models done, in all).

    Raises
    ------
    InputError
        No scheme is possible: all battles are on one prompt, and of two systems.
    """
    won = _outcomes(data, settings)
    voted, voted_won = data.as_voted(won)
    sets = feature_sets(data, np.random.default_rng([settings.seed, _SHUFFLE]))
    block = blocks_of(data.prompt, data.recording[data.first], data.recording[data.second])
    cluster = _clusters(data, block, settings)
    schemes, unavailable = _schemes(data, block, won, settings)
    work = _work(sets, settings)
    tasks = [
        Task(
            features, won, tuple(splits), model,
            (settings.seed, _FITS, SCHEMES.index(scheme), _stable(model)), settings.components, fit,
        )
        for scheme, splits in schemes.items() for features, model in work
    ]  # fmt: skip
    fits = iter(zip(tasks, predict_all(tasks, workers, on_progress), strict=True))
    every: list[SchemePredictions] = []
    results = []
    resampled = []
    for scheme, splits in schemes.items():
        rows = np.concatenate([split.test for split in splits])
        own = np.concatenate([np.full(len(split.test), split.system, object) for split in splits])
        predictions = [
            Prediction(task.features.name, task.features.role, task.model, predicted)
            for task, predicted in islice(fits, len(work))
        ]
        share = float(np.nanmean(won[rows]))
        predictions.append(Prediction("constant", "baseline", None, np.full(len(rows), share)))
        for name, values in unfitted(data).items():
            predictions.append(Prediction(name, "unfitted", None, values[rows], probability=False))
        _, numbered = np.unique(cluster[rows], return_inverse=True)
        observed = Observed(won[rows], np.asarray(numbered, np.intp))
        rng = np.random.default_rng([settings.seed, _DRAWS])
        result, draws = scheme_result(scheme, splits, rows, predictions, observed, settings, rng)
        results.append(result)
        resampled.append(draws)
        every.append(SchemePredictions(scheme, rows, own, won, tuple(predictions)))
    comparisons = comparisons_of(results, resampled, sets, settings)
    needs = needs_of(comparisons, results, settings)
    slices = [
        group
        for part, draws in zip(every, resampled, strict=True)
        for group in slices_of(
            data, part.scheme, part.rows, part.system, part.predictions, draws.observed, settings
        )
    ]
    controls = controls_of(data)
    verdicts = tuple(_verdicts(settings, results, comparisons, unavailable, controls))
    counts = _counts(data, voted_won, settings)
    notebook = None
    if settings.variant == "published-notebook":
        from plaudit.benchmarks.preference.notebook import published_protocol

        notebook = published_protocol(voted, voted_won, results, settings)
    record = StudyResult(
        plaudit=version("plaudit"),
        sources=tuple(sources),
        judge=judge,
        settings=settings,
        contamination=data.numbers.contamination,
        counts=counts,
        features={features.name: features.columns for features in sets},
        controls=controls,
        schemes=tuple(results),
        unavailable=unavailable,
        comparisons=tuple(comparisons),
        needs=tuple(needs),
        slices=tuple(slices),
        notebook=notebook,
        verdicts=verdicts,
        summary=paragraph(Facts(settings, counts, results, comparisons, needs, verdicts, controls)),
        notes=(*notes, *data.notes),
    )
    return record, every


def _outcomes(data: StudyData, settings: StudySettings) -> Floats:
    """Return whether the first won each battle, by a coin where the settings say so."""
    if not settings.permuted:
        return data.first_won
    coin = np.random.default_rng([settings.seed, _COIN]).integers(2, size=len(data.first_won))
    return np.where(data.decided, coin.astype(np.float64), np.nan)


def _clusters(data: StudyData, block: Places, settings: StudySettings) -> NDArray[np.object_]:
    """Return the cluster that each battle is resampled with; an unknown voter is its own."""
    if settings.cluster == "prompt":
        return np.array([f"{number}" for number in block], object)
    if settings.cluster == "battle":
        return np.array([f"{k}" for k in range(len(block))], object)
    if all(voter is None for voter in data.voter):
        raise InputError(
            "The battles name no voter, so they cannot be drawn together by voter; use --cluster"
            " prompt."
        )
    return np.array(
        [
            f"battle {k}" if voter is None else f"voter {voter}"
            for k, voter in enumerate(data.voter)
        ],
        object,
    )


def _schemes(
    data: StudyData, block: Places, won: Floats, settings: StudySettings
) -> tuple[dict[Scheme, list[Split]], dict[str, str]]:
    """Return the splits of each possible scheme, and for the others the reason."""
    possible: dict[Scheme, list[Split]] = {}
    unavailable: dict[str, str] = {}
    used = np.flatnonzero(data.decided) if settings.ties == "drop" else np.arange(len(won))
    systems = (data.first_system[used], data.second_system[used])
    for scheme in settings.schemes:
        rng = np.random.default_rng([settings.seed, _FOLDS])
        try:
            if scheme == "prompt":
                splits = prompt_splits(block[used], settings.folds, rng)
            elif scheme == "leave-one-system-out":
                splits = system_splits(systems, block[used], settings.parts, rng)
            else:
                only, before = _late(systems, data.day[used], settings)
                splits = system_splits(
                    systems, block[used], settings.parts, rng, only=only, allowed=before
                )
        except InputError as error:
            if len(settings.schemes) == 1:
                raise
            unavailable[scheme] = str(error).rstrip(".")
            continue
        splits = [Split(used[split.train], used[split.test], split.system) for split in splits]
        splits = [split for split in splits if can_fit(split, won)]
        if splits and np.any(~np.isnan(won[np.concatenate([s.test for s in splits])])):
            possible[scheme] = splits
        else:
            unavailable[scheme] = "too few decided battles are left for training"
    if not possible:
        raise InputError(
            "Expected battles that can be divided into training and test, but no scheme can: "
            + "; ".join(f"{scheme}: {why}" for scheme, why in unavailable.items())
            + "."
        )
    return possible, unavailable


def _late(
    systems: tuple[NDArray[np.object_], NDArray[np.object_]],
    day: Floats,
    settings: StudySettings,
) -> tuple[list[str], dict[str, NDArray[np.bool_]]]:
    """Return the systems that come last, and the battles before each."""
    if settings.new_system is not None:
        name = settings.new_system
        known = sorted({str(system) for side in systems for system in side if system is not None})
        if name not in known:
            raise InputError(
                f"--new-system names '{name}', which is in no battle; there are"
                f" {', '.join(known) or 'no systems'}."
            )
        return [name], {name: np.ones(len(day), bool)}
    before = newcomers(systems, day)
    if not before:
        raise InputError(
            "the dates show no system that came later than the others; name it with --new-system"
        )
    return list(before), before


def _work(sets: Sequence[FeatureSet], settings: StudySettings) -> list[tuple[FeatureSet, str]]:
    """Return the fits: all models on the sets of the claim, one on baselines and controls."""
    plain = "logistic" if "logistic" in settings.models else settings.models[0]
    work: list[tuple[FeatureSet, str]] = []
    for features in sets:
        once = features.role == "baseline" or features.name == "controls"
        work += [(features, model) for model in ((plain,) if once else settings.models)]
    return work


def _stable(model: str) -> int:
    """Return a number for a model that does not depend on the other models."""
    return int.from_bytes(model.encode()[:7])


def _verdicts(
    settings: StudySettings,
    results: Sequence[SchemeResult],
    comparisons: Sequence[PairedTest],
    unavailable: dict[str, str],
    controls: tuple[str, ...],
) -> Iterator[Verdict]:
    """Yield the verdict on each scheme, without controls and with them."""
    tests = {(c.question, c.scheme): c for c in comparisons if c.model == settings.models[0]}
    known = {result.scheme: find(result, "aesthetics as they are") for result in results}
    for controlled in (False, True):
        for scheme in settings.schemes:
            straight, beyond = known.get(scheme), tests.get(("controlled", scheme))
            why = unavailable.get(scheme, "")
            if controlled and not controls:
                why = "nothing was known to control for"
            yield verdict(
                Evidence(
                    scheme,
                    beyond if controlled else tests.get(("claim", scheme)),
                    None if straight is None else straight.auc,
                    settings.level,
                    controlled,
                    beyond,
                    controls,
                    why,
                )
            )


def _counts(data: StudyData, won: Floats, settings: StudySettings) -> Counts:
    decided = ~np.isnan(won)
    n, ties, bad = int(decided.sum()), int((~decided).sum()), len(data.neither[0])
    kinds = np.concatenate([np.where(decided, "decided", "tie"), np.full(bad, "neither")])
    names = {"prompt": (data.prompt, data.neither[0]), "voter": (data.voter, data.neither[1])}
    known = np.concatenate(names.get(settings.cluster, (np.full(len(kinds), None, object),)))
    cluster = [f"battle {k}" if name is None else f"of {name}" for k, name in enumerate(known)]

    def rate(kind: str) -> Measurement:
        share = share_of(kinds == kind, cluster, confidence=settings.confidence)
        return Measurement.of(share.value, share.low, share.high, reason=share.reason)

    def distinct(*columns: NDArray[np.object_]) -> int:
        return len({name for column in columns for name in column if name is not None})

    songs = np.unique(np.concatenate([data.first, data.second]))
    return Counts(
        read=data.read,
        dropped=dict(data.dropped),
        decided=n,
        first_won=int(np.nansum(won)),
        ties=ties,
        neither=bad,
        tie_rate=rate("tie"),
        neither_rate=rate("neither"),
        songs=len(songs),
        prompts=distinct(data.prompt),
        voters=distinct(data.voter),
        systems=distinct(data.first_system, data.second_system),
    )
