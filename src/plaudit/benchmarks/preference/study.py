"""The study of preference: what aesthetic scores add when people choose between two songs.

Each feature set (`plaudit.benchmarks.preference.feature`) is given to each model of preference,
under each scheme of folds (`study_fold`), and its answers to battles that it did not learn from are
measured (`study_measure`), with intervals from one set of resamples of prompts or voters. The claim
is tested as "both families against popularity only", paired and corrected (`study_comparison`), and
again with all that is known of the songs besides. `study_verdict` says in words what came out.

What the claim cannot be: everything is conditional on these songs, listeners and judge; models are
antisymmetric, so a liking for whatever is played second helps nobody.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.feature import FeatureSet, feature_sets, unfitted
from plaudit.benchmarks.preference.fit import Fit, Task, answer_all, fitted, teachable
from plaudit.benchmarks.preference.fold import (
    Split,
    blocks_of,
    newcomers,
    prompt_splits,
    system_splits,
)
from plaudit.benchmarks.preference.measure import Asked
from plaudit.benchmarks.preference.question import comparisons_of, needs_of
from plaudit.benchmarks.preference.record import (
    SCHEMES,
    Comparison,
    Counts,
    Measure,
    Scheme,
    SchemeResult,
    StudyResult,
    StudySettings,
    Verdict,
)
from plaudit.benchmarks.preference.scheme import Answer, scheme_result
from plaudit.benchmarks.preference.slice import slices_of
from plaudit.benchmarks.preference.study_data import StudyData
from plaudit.benchmarks.preference.verdict import paragraph, verdict
from plaudit.core.errors import InputError
from plaudit.datasets.reading.origin import Origin
from plaudit.judging.record import JudgeId
from plaudit.metrics.share import wilson

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Told = Callable[[int, int], None]
FOLDS, DRAWS, COIN, FITS, SHUFFLE = range(5)  # what a generator is for, in its seed


@dataclass(frozen=True, eq=False)
class Followed:
    """A scheme with its answers.

    Parameters
    ----------
    scheme : str
        Which.
    rows : ndarray of int, (n_asked,)
        Battle that each question is about.
    system : ndarray of object, (n_asked,)
        System that the fit did not know; None under folds of prompts.
    first_won : ndarray of float64, (n_battles,)
        What happened in each battle; by a coin where that was asked for.
    answers : tuple of Answer
        One a feature set and model.
    """

    scheme: Scheme
    rows: Places
    system: NDArray[np.object_]
    first_won: Floats
    answers: tuple[Answer, ...]


def study_preference(
    data: StudyData,
    settings: StudySettings,
    *,
    sources: Sequence[Origin] = (),
    judge: JudgeId | None = None,
    notes: Sequence[str] = (),
    fit: Fit = fitted,
    workers: int = 1,
    told: Told | None = None,
) -> tuple[StudyResult, list[Followed]]:
    """Study battles.

    Parameters
    ----------
    data : StudyData
        Battles and the numbers of their songs.
    settings : StudySettings
        What to do; ``seed`` makes every generator.
    sources : sequence of Origin
        Files that were read, for the record.
    judge : JudgeId, optional
        Whose scores they are.
    notes : sequence of str
        Sentences to keep.
    fit : callable, optional
        Fits a model; that of `plaudit.training.preference_fit` when not given.
    workers : int, default 1
        Processes that fit; the result does not depend on how many.
    told : callable, optional
        Called with (feature sets and models done, in all).

    Returns
    -------
    (StudyResult, list of Followed)
        The record, and every answer behind it.

    Raises
    ------
    InputError
        No scheme can be followed: all battles are on one prompt, and of two systems.
    """
    won = _outcomes(data, settings)
    sets = feature_sets(data, np.random.default_rng([settings.seed, SHUFFLE]))
    block = blocks_of(data.prompt, data.first, data.second)
    cluster = _clusters(data, block, settings)
    schemes, unavailable = _schemes(data, block, won, settings)
    work = _work(sets, settings)
    tasks = [
        Task(
            features, won, tuple(splits), model,
            (settings.seed, FITS, SCHEMES.index(scheme), _stable(model)), settings.components, fit,
        )
        for scheme, splits in schemes.items() for features, model in work
    ]  # fmt: skip
    told_of = iter(zip(tasks, answer_all(tasks, workers, told), strict=True))
    followed: list[Followed] = []
    results = []
    resamples = []
    for scheme, splits in schemes.items():
        rows = np.concatenate([split.test for split in splits])
        own = np.concatenate([np.full(len(split.test), split.system, object) for split in splits])
        answers = [
            Answer(task.features.name, task.features.role, task.model, said)
            for task, said in islice(told_of, len(work))
        ]
        share = float(np.nanmean(won[rows]))
        answers.append(Answer("constant", "beside", None, np.full(len(rows), share)))
        for name, values in unfitted(data).items():
            answers.append(Answer(name, "unfitted", None, values[rows], probability=False))
        _, numbered = np.unique(cluster[rows], return_inverse=True)
        asked = Asked(won[rows], np.asarray(numbered, np.intp))
        rng = np.random.default_rng([settings.seed, DRAWS])
        result, drawn = scheme_result(
            scheme, splits, len(np.unique(rows)), asked, answers, settings, rng
        )
        results.append(result)
        resamples.append(drawn)
        followed.append(Followed(scheme, rows, own, won, tuple(answers)))
    comparisons = comparisons_of(results, resamples, settings)
    needs = needs_of(comparisons, results, settings)
    slices = [
        one
        for part, asked in zip(followed, resamples, strict=True)
        for one in slices_of(data, part.scheme, part.rows, part.system, part.answers, asked.asked,
                             settings)
    ]  # fmt: skip
    verdicts = tuple(_verdicts(settings, results, comparisons, unavailable))
    counts = _counts(data, won)
    notebook = None
    if settings.variant == "published-notebook":
        from plaudit.benchmarks.preference.notebook import published_protocol

        notebook = published_protocol(data, won, results, settings)
    record = StudyResult(
        plaudit=version("plaudit"),
        sources=tuple(sources),
        judge=judge,
        settings=settings,
        counts=counts,
        features={one.name: one.columns for one in sets},
        schemes=tuple(results),
        unavailable=unavailable,
        comparisons=tuple(comparisons),
        needs=tuple(needs),
        slices=tuple(slices),
        notebook=notebook,
        verdicts=verdicts,
        words=paragraph(settings, counts, results, comparisons, needs, verdicts),
        notes=(*notes, *data.notes),
    )
    return record, followed


def _outcomes(data: StudyData, settings: StudySettings) -> Floats:
    """Return who won, by a coin where a study of nothing was asked for."""
    if not settings.permuted:
        return data.first_won
    coin = np.random.default_rng([settings.seed, COIN]).integers(2, size=len(data.first_won))
    return np.where(data.decided, coin.astype(np.float64), np.nan)


def _clusters(data: StudyData, block: Places, settings: StudySettings) -> NDArray[np.object_]:
    """Return what each battle is resampled together with; what is unknown is one of its own."""
    if settings.cluster == "prompt":
        return np.array([f"{one}" for one in block], object)
    if settings.cluster == "battle":
        return np.array([f"{k}" for k in range(len(block))], object)
    if all(one is None for one in data.voter):
        raise InputError(
            "The battles name no voter, so they cannot be drawn together by voter; use --cluster"
            " prompt."
        )
    return np.array(
        [f"battle {k}" if one is None else f"voter {one}" for k, one in enumerate(data.voter)],
        object,
    )


def _schemes(
    data: StudyData, block: Places, won: Floats, settings: StudySettings
) -> tuple[dict[Scheme, list[Split]], dict[str, str]]:
    """Return the splits of each scheme that can be followed, and why others cannot."""
    found: dict[Scheme, list[Split]] = {}
    unavailable: dict[str, str] = {}
    used = np.flatnonzero(data.decided) if settings.ties == "drop" else np.arange(len(won))
    systems = (data.first_system[used], data.second_system[used])
    for scheme in settings.schemes:
        rng = np.random.default_rng([settings.seed, FOLDS])
        try:
            if scheme == "prompt":
                splits = prompt_splits(block[used], settings.folds, rng)
            elif scheme == "leave-one-system-out":
                splits = system_splits(systems, block[used], settings.parts, rng)
            else:
                only, before = _late(systems, data.day[used], settings)
                splits = system_splits(
                    systems, block[used], settings.parts, rng, only=only, teaches=before
                )
        except InputError as error:
            if len(settings.schemes) == 1:
                raise
            unavailable[scheme] = str(error).rstrip(".")
            continue
        splits = [Split(used[split.train], used[split.test], split.system) for split in splits]
        splits = [split for split in splits if teachable(split, won)]
        if splits and np.any(~np.isnan(won[np.concatenate([s.test for s in splits])])):
            found[scheme] = splits
        else:
            unavailable[scheme] = "too few decided battles are left to learn from"
    if not found:
        raise InputError(
            "Expected battles that can be divided into taught and asked, and no scheme can: "
            + "; ".join(f"{scheme}: {why}" for scheme, why in unavailable.items())
            + "."
        )
    return found, unavailable


def _late(
    systems: tuple[NDArray[np.object_], NDArray[np.object_]],
    day: Floats,
    settings: StudySettings,
) -> tuple[list[str], dict[str, NDArray[np.bool_]]]:
    """Return the systems that come last, and which battles were there before each."""
    if settings.new_system is not None:
        name = settings.new_system
        known = sorted({str(one) for side in systems for one in side if one is not None})
        if name not in known:
            raise InputError(
                f"--new-system names '{name}', which is in no battle; there are"
                f" {', '.join(known) or 'no systems'}."
            )
        return [name], {name: np.ones(len(day), bool)}
    before = newcomers(systems, day)
    if not before:
        raise InputError(
            "dates tell of no system that came later than the others; name it with --new-system"
        )
    return list(before), before


def _work(sets: Sequence[FeatureSet], settings: StudySettings) -> list[tuple[FeatureSet, str]]:
    """Return which model is fitted to which features: all to the claim, one to what is beside."""
    plain = "logistic" if "logistic" in settings.models else settings.models[0]
    found = []
    for features in sets:
        beside = features.role == "beside" or features.name == "controls"
        found += [(features, model) for model in ((plain,) if beside else settings.models)]
    return found


def _stable(model: str) -> int:
    """Return a number of a model's name, the same whatever other models are asked for."""
    return int.from_bytes(model.encode()[:7])


def _verdicts(
    settings: StudySettings,
    results: Sequence[SchemeResult],
    comparisons: Sequence[Comparison],
    unavailable: dict[str, str],
) -> Iterator[Verdict]:
    """Yield what is said of each scheme, without controls and with them."""
    known = {one.scheme: one for one in results}
    for controlled in (False, True):
        question = "controlled" if controlled else "claim"
        for scheme in settings.schemes:
            wanted = (question, scheme, settings.models[0])
            tests = (c for c in comparisons if (c.question, c.scheme, c.model) == wanted)
            test = next(tests, None)
            why = unavailable.get(scheme, "")
            yield verdict(
                scheme, known.get(scheme), test, settings.level, controlled=controlled, why=why
            )


def _counts(data: StudyData, won: Floats) -> Counts:
    decided = ~np.isnan(won)
    n, ties = int(decided.sum()), int((~decided).sum())

    def rate(count: int, of: int) -> Measure:
        if not of:
            return Measure(value=None)
        low, high = wilson(count, of)
        return Measure(value=count / of, low=low, high=high)

    def distinct(*columns: NDArray[np.object_]) -> int:
        return len({one for column in columns for one in column if one is not None})

    every = n + ties + data.neither
    songs = np.unique(np.concatenate([data.first, data.second]))
    return Counts(
        read=data.read,
        dropped=dict(data.dropped),
        decided=n,
        first_won=int(np.nansum(won)),
        ties=ties,
        neither=data.neither,
        tie_rate=rate(ties, every),
        neither_rate=rate(data.neither, every),
        songs=len(songs),
        prompts=distinct(data.prompt),
        voters=distinct(data.voter),
        systems=distinct(data.first_system, data.second_system),
    )
