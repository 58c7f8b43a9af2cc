"""A study as text for a terminal, and the words and numbers that its page shares with it."""

import textwrap
from collections.abc import Sequence

from plaudit.benchmarks.preference.record import (
    TIES_WORDS,
    FeatureSetMeasures,
    Need,
    PairedTest,
    SchemeResult,
    StudyResult,
)
from plaudit.benchmarks.preference.verdict import p_text
from plaudit.metrics.measurement import Measurement
from plaudit.reports.evaluation.table import number

TITLES = {"auc": "AUC", "accuracy": "accuracy", "f1": "F1", "brier": "Brier", "ece": "ECE"}
SCHEME_TITLES = {
    "prompt": "Folds of prompts",
    "leave-one-system-out": "Leave one system out",
    "new-system-last": "The new system last",
}
QUESTIONS = {
    "claim": "Both against popularity only",
    "controlled": "The same with controls in both",
    "baseline": "Both against what needs no judge",
}
CLUSTERS = {"prompt": "prompts", "voter": "voters", "battle": "battles"}
_NAME, _CELL, _WIDTH = 34, 22, 100


def study_text(result: StudyResult) -> str:
    """Return a study as text.

    Parameters
    ----------
    result : StudyResult
        The record.

    Returns
    -------
    str
        Lines of about 100 cells, the paragraph in words first.
    """
    lines = [textwrap.fill(result.summary, _WIDTH), ""]
    lines += [textwrap.fill(line, _WIDTH) for line in rule_lines(result)]
    for scheme in result.schemes:
        lines += ["", f"{SCHEME_TITLES[scheme.scheme]}: {scheme_line(scheme)}"]
        lines += _measured_lines(scheme.predictors)
    for scheme_name, why in result.unavailable.items():
        lines += ["", f"{SCHEME_TITLES[scheme_name]}: not followed, {why}."]
    for question, title in QUESTIONS.items():
        tests = [one for one in result.comparisons if one.question == question]
        if tests:
            lines += [
                "",
                f"{title} (difference in AUC; p corrected by Holm over {len(tests)} tests)",
            ]
            lines += [_comparison_line(one) for one in tests]
    lines += _need_lines(result)
    lines += _notebook_lines(result)
    return "\n".join(lines) + "\n"


def rule_lines(result: StudyResult) -> list[str]:
    """Return how it was done and what was left out, in sentences."""
    settings, counts = result.settings, result.counts
    left = ", ".join(f"{why} ({n:,})" for why, n in counts.dropped.items())
    left = f"left out: {left}" if left else "none was left out"
    tests = f"Tie rule: {TIES_WORDS[settings.ties]}."
    if settings.permuted:
        tests = f"Outcomes were dealt by a coin (--permuted). {tests}"
    return [
        f"{counts.read:,} battles were read; {left}."
        f" {counts.decided:,} are decided ({counts.first_won:,} by the first song), {counts.ties:,}"
        f" tied, {counts.neither:,} answered neither; {counts.songs:,} songs, {counts.prompts:,}"
        f" prompts, {counts.voters:,} voters, {counts.systems:,} systems.",
        tests,
        f"Intervals are of {100 * settings.confidence:g} %, from {settings.draws:,} resamples of"
        f" {CLUSTERS[settings.cluster]} (seed {settings.seed}).",
        *result.notes,
    ]


def scheme_line(scheme: SchemeResult) -> str:
    """Return how a scheme was followed, in a few words."""
    asked = f"{scheme.fits:,} fits, {scheme.battles:,} battles asked"
    if scheme.n_items > scheme.battles:
        asked += f" ({scheme.n_items:,} questions)"
    return f"{asked}, {scheme.clusters:,} clusters"


def measure_text(measure: Measurement, places: int = 3, *, signed: bool = False) -> str:
    """Return a measure with its interval, such as "0.612 [0.590, 0.634]"."""
    value = number(measure.value, places, signed=signed)
    if measure.low is None or measure.high is None:
        return value
    return f"{value} [{number(measure.low, places)}, {number(measure.high, places)}]"


def answer_name(one: FeatureSetMeasures) -> str:
    """Return what answered: features, and the model where one was fitted."""
    return one.features if one.model is None else f"{one.features}, {one.model}"


def need_text(battles: float | None) -> str:
    """Return a number of battles to three digits; "n/a" where none would do."""
    if battles is None:
        return "n/a"
    if battles > 1e9:
        return "over 1e9"
    digits = max(0, len(str(int(battles))) - 3)
    return f"{int(-(-battles // 10**digits) * 10**digits):,}"


def _measured_lines(measured: Sequence[FeatureSetMeasures]) -> list[str]:
    lines = [f"  {'':<{_NAME}}" + "".join(f"{title:<{_CELL}}" for title in TITLES.values())]
    for one in measured:
        cells = "".join(f"{measure_text(getattr(one, name)):<{_CELL}}" for name in TITLES)
        lines.append(f"  {answer_name(one):<{_NAME}}{cells}".rstrip())
    return lines


def _comparison_line(one: PairedTest) -> str:
    name = f"{one.scheme}, {one.model}"
    if one.question == "baseline":
        name += f", minus {one.b}"
    effect = "n/a" if one.effect is None else f"{one.effect:+.2f}"
    return (
        f"  {name:<58}{measure_text(one.auc, signed=True):<25} p {p_text(one.p):<8}"
        f" corrected {p_text(one.p_corrected):<8} effect {effect}"
    )


def _need_lines(result: StudyResult) -> list[str]:
    model = result.settings.models[0]
    needs = [one for one in result.needs if one.model == model]
    if not needs:
        return []
    lines = ["", f"Decided battles that find a difference in AUC, {model}"]
    head = ("chance with these", "80 times in 100", "90 times in 100")
    lines.append(f"  {'':<58}" + "".join(f"{one:<20}" for one in head).rstrip())
    return lines + [f"  {_need_line(one)}" for one in needs]


def _need_line(one: Need) -> str:
    seen = " (seen here)" if one.observed else ""
    name = f"{one.scheme}, {one.difference:+.3f}{seen}"
    chance = "n/a" if one.power is None else f"{100 * one.power:.0f} %"
    cells = (chance, need_text(one.battles_80), need_text(one.battles_90))
    return (f"{name:<58}" + "".join(f"{cell:<20}" for cell in cells)).rstrip()


def _notebook_lines(result: StudyResult) -> list[str]:
    book = result.notebook
    if book is None:
        return []
    lines = ["", f"The published notebook's protocol, {book.decided:,} battles (AUC)"]
    lines.append(f"  {'':<36}{'all folds':<12}{'mean fold':<12}{'printed':<12}{'ours':<12}")
    for row in book.rows:
        name = f"{row.features}, {row.model}"
        like = "" if row.ours_model is None else f" ({row.ours_model})"
        cells = "".join(f"{number(v, 3):<12}" for v in (row.auc, row.mean, row.published))
        lines.append(f"  {name:<36}{cells}{number(row.ours, 3)}{like if row.ours else ''}")
    lines.append(f"  {'rules':<36}{'lower wins':<12}{'higher':<12}{'printed, lower wins':<12}")
    for rule in book.rules:
        measured = "accuracy" if rule.published_measure == "accuracy" else "AUC"
        pair = (
            (rule.accuracy_lower, rule.accuracy_higher)
            if measured == "accuracy"
            else (rule.auc_lower, rule.auc_higher)
        )
        cells = "".join(f"{number(v, 3):<12}" for v in (*pair, rule.published_lower))
        lines.append(f"  {f'{rule.rule} ({measured})':<36}{cells}".rstrip())
    return lines + [textwrap.fill(f"  {note}", _WIDTH) for note in book.notes]
