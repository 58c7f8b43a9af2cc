"""A study as text for a terminal, and the words and numbers that its page shares with it."""

import textwrap
from collections.abc import Sequence

from plaudit.benchmarks.preference.record import (
    TIES_WORDS,
    FeatureSetMeasures,
    Need,
    PairedTest,
    RuleRow,
    SchemeResult,
    StudyResult,
)
from plaudit.benchmarks.preference.verdict import p_text
from plaudit.benchmarks.scores.contamination import first_lines
from plaudit.reports.look.number import bracketed, number, share_text
from plaudit.reports.look.wording import UNDEFINED

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
_CLUSTERS = {"prompt": "prompts", "voter": "voters", "battle": "battles"}
_NAME, _CELL, _TEST, _WIDTH = 34, 22, 58, 100


def study_text(result: StudyResult) -> str:
    """Return a study as lines of about 100 cells, the paragraph in words first."""
    first = first_lines(result.contamination, result.summary)
    lines = [*(textwrap.fill(line, _WIDTH) for line in first), ""]
    lines += [textwrap.fill(line, _WIDTH) for line in rule_lines(result)]
    for scheme in result.schemes:
        lines += ["", f"{SCHEME_TITLES[scheme.scheme]}: {scheme_line(scheme)}"]
        lines += _measured_lines(scheme.predictors)
    for line in unavailable_lines(result):
        lines += ["", line]
    for question, title in QUESTIONS.items():
        tests = [test for test in result.comparisons if test.question == question]
        if tests:
            count = f"p corrected by Holm over {len(tests)} tests"
            lines += ["", f"{title} (difference in AUC; {count})", *map(_comparison_line, tests)]
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
        f" {_CLUSTERS[settings.cluster]} (seed {settings.seed}).",
        *result.notes,
    ]


def unavailable_lines(result: StudyResult) -> list[str]:
    """Return which schemes could not be followed, and why."""
    return [
        f"{SCHEME_TITLES[scheme]}: not followed, {why}."
        for scheme, why in result.unavailable.items()
    ]


def scheme_line(scheme: SchemeResult) -> str:
    """Return how a scheme was followed, in a few words."""
    text = f"{scheme.fits:,} fits, {scheme.battles:,} battles tested"
    if scheme.n_items > scheme.battles:
        text += f" ({scheme.n_items:,} test items)"
    return f"{text}, {scheme.clusters:,} clusters"


def need_text(battles: float | None) -> str:
    """Return a number of battles to three digits; "n/a" where no number would do."""
    if battles is None:
        return UNDEFINED
    if battles > 1e9:
        return "over 1e9"
    digits = max(0, len(str(int(battles))) - 3)
    return f"{int(-(-battles // 10**digits) * 10**digits):,}"


def rule_cells(rule: RuleRow) -> tuple[str, list[str]]:
    """Return the measure of a notebook's rule, and its numbers: lower wins, higher, published."""
    if rule.published_measure == "accuracy":
        measure, pair = "accuracy", (rule.accuracy_lower, rule.accuracy_higher)
    else:
        measure, pair = "AUC", (rule.auc_lower, rule.auc_higher)
    return measure, [number(value, 3) for value in (*pair, rule.published_lower)]


def _measured_lines(measured: Sequence[FeatureSetMeasures]) -> list[str]:
    lines = [f"  {'':<{_NAME}}" + _cells(list(TITLES.values()), _CELL)]
    for each in measured:
        name = each.features if each.model is None else f"{each.features}, {each.model}"
        cells = _cells([bracketed(getattr(each, title), 3) for title in TITLES], _CELL)
        lines.append(f"  {name:<{_NAME}}{cells}".rstrip())
    return lines


def _cells(texts: Sequence[str], width: int) -> str:
    return "".join(f"{text:<{width}}" for text in texts)


def _comparison_line(test: PairedTest) -> str:
    name = f"{test.scheme}, {test.model}"
    if test.question == "baseline":
        name += f", minus {test.b}"
    effect = UNDEFINED if test.effect is None else f"{test.effect:+.2f}"
    return (
        f"  {name:<{_TEST}}{bracketed(test.auc, 3, signed=True):<25} p {p_text(test.p):<8}"
        f" corrected {p_text(test.p_corrected):<8} effect {effect}"
    )


def _need_lines(result: StudyResult) -> list[str]:
    model = result.settings.models[0]
    needs = [need for need in result.needs if need.model == model]
    if not needs:
        return []
    head = _cells(("chance with these", "80 times in 100", "90 times in 100"), 20)
    return [
        "",
        f"Decided battles that find a difference in AUC, {model}",
        f"  {'':<{_TEST}}{head}".rstrip(),
        *map(_need_line, needs),
    ]


def _need_line(need: Need) -> str:
    seen = " (seen here)" if need.observed else ""
    name = f"{need.scheme}, {number(need.difference, 3, signed=True)}{seen}"
    texts = (share_text(need.power, 0), need_text(need.battles_80), need_text(need.battles_90))
    return f"  {name:<{_TEST}}{_cells(texts, 20)}".rstrip()


def _notebook_lines(result: StudyResult) -> list[str]:
    book = result.notebook
    if book is None:
        return []
    lines = ["", f"The published notebook's protocol, {book.decided:,} battles (AUC)"]
    lines.append(f"  {'':<36}" + _cells(("all folds", "mean fold", "printed", "ours"), 12))
    for row in book.rows:
        name = f"{row.features}, {row.model}"
        like = f" ({row.ours_model})" if row.ours and row.ours_model is not None else ""
        cells = _cells([number(value, 3) for value in (row.auc, row.mean, row.published)], 12)
        lines.append(f"  {name:<36}{cells}{number(row.ours, 3)}{like}")
    lines.append(f"  {'rules':<36}" + _cells(("lower wins", "higher", "printed, lower wins"), 12))
    for rule in book.rules:
        measure, texts = rule_cells(rule)
        lines.append(f"  {f'{rule.rule} ({measure})':<36}{_cells(texts, 12)}".rstrip())
    return lines + [textwrap.fill(f"  {note}", _WIDTH) for note in book.notes]
