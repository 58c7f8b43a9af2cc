"""A study of preference as one HTML page that works offline: words, plots, tables, settings.

The page holds no script and asks for nothing; its bytes depend on the record alone.
"""

from dataclasses import dataclass

from plaudit.benchmarks.preference.record import (
    FeatureSetMeasures,
    Finding,
    PairedTest,
    SliceBy,
    StudyResult,
)
from plaudit.benchmarks.preference.verdict import WHERE, p_text
from plaudit.metrics.measurement import Measurement
from plaudit.reports.evaluation.table import number
from plaudit.reports.look.cell import Cell, Row
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import safe_text
from plaudit.reports.preference.plot import study_plots
from plaudit.reports.preference.table import (
    QUESTIONS,
    SCHEME_TITLES,
    TITLES,
    need_text,
    rule_lines,
    scheme_line,
)

GROUPS_AT_MOST = 60
_ROLES = {
    "claim": "The claim",
    "controlled": "With all that is known besides",
    "baseline": "What needs no judge",
    "unfitted": "Scores as they are: the higher mean wins, nothing is fitted",
}
_WORDS: dict[Finding, str] = {
    "supported": "Supported",
    "reversed": "Better, for another reason",
    "worse": "No help, and a small cost",
    "not shown": "Not shown",
    "not tested": "Not tested",
}
_SLICES: dict[SliceBy, str] = {
    "vocals": "With and without singing",
    "month": "Month by month",
    "system": "Each system, when it is unknown",
    "systems": "Pairs of systems",
}


@dataclass(frozen=True)
class Block:
    """Rows that belong together, with a heading."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Table:
    """A table with what is said above and beneath it."""

    id: str
    title: str
    lede: str
    heads: list[str]
    blocks: list[Block]
    rest: str = ""


def study_page(result: StudyResult) -> str:
    """Return a study as one HTML file.

    Parameters
    ----------
    result : StudyResult
        The record.

    Returns
    -------
    str
        HTML, to be written as UTF-8.
    """
    judge = result.judge
    tables = [*_scheme_tables(result), *_test_tables(result), *_need_tables(result)]
    tables += [*_slice_tables(result), *_notebook_tables(result)]
    return html_page(
        "preference",
        title="Do aesthetics help to predict preference?",
        judge="" if judge is None else safe_text(f"{judge.name} {judge.version}"),
        result=result,
        verdicts=_verdicts(result),
        counts=_counts(result),
        lines=[*rule_lines(result), *_unavailable(result)],
        plots=study_plots(result),
        tables=tables,
        features=[(name, len(columns), ", ".join(map(safe_text, columns[:24])), len(columns) > 24)
                  for name, columns in result.features.items()],
        sources=[(safe_text(one.name), one.sha256[:16]) for one in result.sources],
    )  # fmt: skip


def _verdicts(result: StudyResult) -> list[tuple[str, str, str, str]]:
    """Return a line a scheme: how it is called, the word, the word with controls, its class."""
    found: list[tuple[str, str, str, str]] = []
    for one in result.verdicts:
        if one.controlled:
            continue
        held = next((v for v in result.verdicts if v.controlled and v.scheme == one.scheme), None)
        given = ""
        if held is not None and held.finding != "not tested":
            given = f"with controls: {_WORDS[held.finding].lower()}"
        found.append((SCHEME_TITLES[one.scheme], _WORDS[one.finding], given, one.finding))
    return found


def _counts(result: StudyResult) -> list[tuple[str, str, str]]:
    counts = result.counts
    tests = [one for one in result.comparisons if one.question == "claim" and one.auc.value]
    gain = []
    if tests:
        first = tests[0]
        detail = f"{first.model}, {WHERE[first.scheme]}"
        gain = [(number(first.auc.value, 3, signed=True), "AUC from aesthetics", detail)]
    return [
        (f"{counts.decided:,}", "decided battles", f"{counts.ties:,} more are tied"),
        (_percent(counts.neither_rate), "found both bad", "in no measure, and no tie"),
        (f"{counts.prompts:,}", "prompts", f"{counts.voters:,} voters"),
        (f"{counts.systems:,}", "systems", f"{counts.songs:,} songs"),
        *gain,
    ]


def _percent(rate: Measurement) -> str:
    return "n/a" if rate.value is None else f"{100 * rate.value:.1f} %"


def _unavailable(result: StudyResult) -> list[str]:
    return [f"{SCHEME_TITLES[s]}: not followed, {why}." for s, why in result.unavailable.items()]


def _scheme_tables(result: StudyResult) -> list[Table]:
    found = []
    for scheme in result.schemes:
        blocks = []
        for role, title in _ROLES.items():
            rows = [_measured_row(one) for one in scheme.predictors if one.role == role]
            if rows:
                blocks.append(Block(title, rows))
        found.append(
            Table(
                f"scheme-{scheme.scheme}",
                SCHEME_TITLES[scheme.scheme],
                f"{scheme_line(scheme)}. AUC, accuracy and F1 are better high, Brier and ECE"
                " better low.",
                list(TITLES.values()),
                blocks,
                " ".join(scheme.notes),
            )
        )
    return found


def _measured_row(one: FeatureSetMeasures) -> Row:
    cells = [_cell(getattr(one, name)) for name in TITLES]
    kind = "judge" if one.features == "both" else ""
    return Row(one.features, one.model or "", cells, kind)


def _test_tables(result: StudyResult) -> list[Table]:
    blocks = []
    for question, title in QUESTIONS.items():
        tests = [one for one in result.comparisons if one.question == question]
        if tests:
            blocks.append(Block(title, [_test_row(one, result.settings.level) for one in tests]))
    heads = ["AUC", "accuracy", "p", "corrected p", "effect"]
    return [
        Table(
            "tests", "Tests", "Paired differences on the same resamples. p is corrected by Holm's"
            " method over the tests of one question; effect is the difference in standard"
            " deviations of one cluster.", heads, blocks,
        )
    ] if blocks else []  # fmt: skip


def _test_row(one: PairedTest, level: float) -> Row:
    name = SCHEME_TITLES[one.scheme]
    remark = one.model if one.question != "baseline" else f"both minus {one.b}"
    found = one.p_corrected is not None and one.p_corrected < level
    cells = [
        _cell(one.auc, signed=True),
        _cell(one.accuracy, signed=True),
        Cell(p_text(one.p)),
        Cell(p_text(one.p_corrected)),
        Cell(number(one.effect, 2, signed=True)),
    ]
    return Row(name, remark, cells, "judge" if found else "")


def _need_tables(result: StudyResult) -> list[Table]:
    model = result.settings.models[0]
    blocks = []
    for scheme in dict.fromkeys(one.scheme for one in result.needs):
        rows = []
        for one in result.needs:
            if (one.scheme, one.model) == (scheme, model):
                chance = "n/a" if one.power is None else f"{100 * one.power:.0f} %"
                seen = "seen here" if one.observed else ""
                cells = [Cell(chance), Cell(need_text(one.battles_80)),
                         Cell(need_text(one.battles_90))]  # fmt: skip
                rows.append(Row(number(one.difference, 3, signed=True), seen, cells))
        blocks.append(Block(SCHEME_TITLES[scheme], rows))
    heads = ["chance with these battles", "found 80 times in 100", "found 90 times in 100"]
    return [
        Table(
            "needed", "How many battles it takes", "Decided battles that find a gain in AUC, from"
            f" the spread of the paired difference ({model}). That a number is needed for the gain"
            " seen here does not make the gain true.", heads, blocks,
        )
    ] if blocks else []  # fmt: skip


def _slice_tables(result: StudyResult) -> list[Table]:
    found = []
    for by, title in _SLICES.items():
        own = [one for one in result.slices if one.by == by]
        blocks = []
        for scheme in dict.fromkeys(one.scheme for one in own):
            rows = [
                Row(
                    safe_text(one.group),
                    f"{one.decided:,} decided",
                    [
                        _cell(one.popularity),
                        _cell(one.both),
                        _cell(one.difference, signed=True),
                        Cell(number(one.accuracy_popularity, 3)),
                        Cell(number(one.accuracy_both, 3)),
                    ],
                    "small" if one.small else "",
                )
                for one in own
                if one.scheme == scheme
            ]
            blocks.append(Block(SCHEME_TITLES[scheme], rows[:GROUPS_AT_MOST]))
        if blocks:
            heads = ["AUC, popularity", "AUC, both", "gain", "accuracy, popularity",
                     "accuracy, both"]  # fmt: skip
            lede = (
                f"The model {result.settings.models[0]}. Groups of fewer than"
                f" {result.settings.small} decided battles are pale; among many groups some look"
                " special by chance."
            )
            found.append(Table(f"by-{by}", title, lede, heads, blocks))
    return found


def _notebook_tables(result: StudyResult) -> list[Table]:
    book = result.notebook
    if book is None:
        return []
    rows = [
        Row(
            f"{row.features}, {row.model}",
            "",
            [
                Cell(number(row.auc, 3)),
                Cell(number(row.mean, 3)),
                Cell(number(row.published, 3) if row.published is not None else ""),
                Cell(number(row.ours, 3) if row.ours is not None else "", row.ours_model or ""),
            ],
        )
        for row in book.rows
    ]
    heads = ["AUC, all folds", "mean of folds", "printed", "ours, by prompt"]
    learned = Table(
        "notebook", "The published notebook's protocol", " ".join(book.notes), heads,
        [Block(f"{book.decided:,} decided battles", rows)],
    )  # fmt: skip
    rules = []
    for rule in book.rules:
        by_accuracy = rule.published_measure == "accuracy"
        pair = (
            (rule.accuracy_lower, rule.accuracy_higher)
            if by_accuracy
            else (rule.auc_lower, rule.auc_higher)
        )
        cells = [Cell(number(value, 3)) for value in (*pair, rule.published_lower)]
        rules.append(Row(rule.rule, "accuracy" if by_accuracy else "AUC", cells))
    return [
        learned,
        Table(
            "rules", "Its rules, both ways round", "The notebook predicts that the song with the"
            " lower score wins; beside it the natural direction.",
            ["lower wins", "higher wins", "printed, lower wins"], [Block("", rules)],
        ),
    ]  # fmt: skip


def _cell(measure: Measurement, *, signed: bool = False) -> Cell:
    value = number(measure.value, 3, signed=signed)
    if measure.low is None or measure.high is None:
        return Cell(value)
    return Cell(value, f"{number(measure.low, 3)} to {number(measure.high, 3)}")
