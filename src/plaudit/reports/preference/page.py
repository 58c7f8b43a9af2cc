"""A study of preference as one HTML page: words, plots, tables, settings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plaudit.benchmarks.preference.record import (
    BattleSlice,
    FeatureSetMeasures,
    Finding,
    Need,
    PairedTest,
    Scheme,
    SliceBy,
    StudyResult,
)
from plaudit.benchmarks.preference.verdict import WHERE, p_text
from plaudit.benchmarks.scores.contamination import first_lines
from plaudit.reports.look.number import Cell, Row, cell, number, share_text
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import safe_text
from plaudit.reports.preference.plot import study_plots
from plaudit.reports.preference.table import (
    QUESTIONS,
    SCHEME_TITLES,
    TITLES,
    need_text,
    rule_cells,
    rule_lines,
    scheme_line,
    unavailable_lines,
)

_GROUPS_AT_MOST = 60
_COLUMNS_AT_MOST = 24
_ROLES = {
    "claim": "The claim",
    "controlled": "With all that is known besides",
    "baseline": "What needs no judge",
    "unfitted": "Scores as they are: the higher mean wins, nothing is fitted",
}
_FINDINGS: dict[Finding, str] = {
    "supported": "Supported",
    "explained": "Better, but not beyond what else is known",
    "reversed": "Better, for another reason",
    "worse": "No help, and a small cost",
    "not shown": "Not shown",
    "not tested": "Not tested",
}
_SLICES: dict[SliceBy, str] = {
    "taught": "Songs that taught the judge, and new ones",
    "vocals": "With and without singing",
    "month": "Month by month",
    "system": "Each system, when it is unknown",
    "systems": "Pairs of systems",
}


@dataclass(frozen=True)
class _Block:
    """Rows that belong together, with a heading."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class _Table:
    """A table with the sentences above and beneath it."""

    id: str
    title: str
    lede: str
    heads: list[str]
    blocks: list[_Block]
    rest: str = ""


def study_page(result: StudyResult) -> str:
    """Return a study as one HTML file; its bytes depend on the record alone."""
    judge = result.judge
    tables = [*_scheme_tables(result), _test_table(result), _need_table(result)]
    tables += [*_slice_tables(result), *_notebook_tables(result)]
    return html_page(
        "preference",
        title="Do aesthetics help to predict preference?",
        judge="" if judge is None else safe_text(f"{judge.name} {judge.version}"),
        result=result,
        summary=" ".join(first_lines(result.contamination, result.summary)),
        verdicts=_verdicts(result),
        counts=_counts(result),
        lines=[*rule_lines(result), *unavailable_lines(result)],
        plots=study_plots(result),
        tables=[table for table in tables if table.blocks],
        features=[
            (
                name,
                len(columns),
                ", ".join(map(safe_text, columns[:_COLUMNS_AT_MOST])),
                len(columns) > _COLUMNS_AT_MOST,
            )
            for name, columns in result.features.items()
        ],
        sources=[(safe_text(source.name), source.sha256[:16]) for source in result.sources],
    )


def _verdicts(result: StudyResult) -> list[tuple[str, str, str, str]]:
    """Return for each scheme its title, finding, finding with controls, and class."""
    controlled = {v.scheme: v.finding for v in result.verdicts if v.controlled}
    verdicts: list[tuple[str, str, str, str]] = []
    for verdict in result.verdicts:
        if verdict.controlled:
            continue
        held = controlled.get(verdict.scheme, "not tested")
        with_controls = "" if held == "not tested" else f"with controls: {_FINDINGS[held].lower()}"
        title = SCHEME_TITLES[verdict.scheme]
        verdicts.append((title, _FINDINGS[verdict.finding], with_controls, verdict.finding))
    return verdicts


def _counts(result: StudyResult) -> list[tuple[str, str, str]]:
    counts = result.counts
    shown = [
        (f"{counts.decided:,}", "decided battles", f"{counts.ties:,} more are tied"),
        (share_text(counts.neither_rate.value, 1), "found both bad", "in no measure, and no tie"),
        (f"{counts.prompts:,}", "prompts", f"{counts.voters:,} voters"),
        (f"{counts.systems:,}", "systems", f"{counts.songs:,} songs"),
    ]
    for test in result.comparisons:
        if test.question == "claim" and test.auc.value:
            gain = number(test.auc.value, 3, signed=True)
            detail = f"{test.model}, {WHERE[test.scheme]}"
            return [*shown, (gain, "AUC from aesthetics", detail)]
    return shown


def _scheme_tables(result: StudyResult) -> list[_Table]:
    tables = []
    for scheme in result.schemes:
        blocks = []
        for role, title in _ROLES.items():
            rows = [_measured_row(each) for each in scheme.predictors if each.role == role]
            if rows:
                blocks.append(_Block(title, rows))
        lede = (
            f"{scheme_line(scheme)}. AUC, accuracy and F1 are better high, Brier and ECE better"
            " low."
        )
        name, heads = scheme.scheme, list(TITLES.values())
        title, rest = SCHEME_TITLES[name], " ".join(scheme.notes)
        tables.append(_Table(f"scheme-{name}", title, lede, heads, blocks, rest))
    return tables


def _measured_row(measured: FeatureSetMeasures) -> Row:
    cells = [cell(getattr(measured, name), 3) for name in TITLES]
    kind = "judge" if measured.features == "both" else ""
    return Row(measured.features, measured.model or "", cells, kind)


def _test_table(result: StudyResult) -> _Table:
    level, blocks = result.settings.level, []
    for question, title in QUESTIONS.items():
        rows = [_test_row(test, level) for test in result.comparisons if test.question == question]
        if rows:
            blocks.append(_Block(title, rows))
    lede = (
        "Paired differences on the same resamples. p is corrected by Holm's method over the tests"
        " of one question; effect is the difference in standard deviations of one cluster."
    )
    heads = ["AUC", "accuracy", "p", "corrected p", "effect"]
    return _Table("tests", "Tests", lede, heads, blocks)


def _test_row(test: PairedTest, level: float) -> Row:
    remark = test.model if test.question != "baseline" else f"both minus {test.b}"
    clear = test.p_corrected is not None and test.p_corrected < level
    cells = [
        cell(test.auc, 3, signed=True),
        cell(test.accuracy, 3, signed=True),
        Cell(p_text(test.p)),
        Cell(p_text(test.p_corrected)),
        Cell(number(test.effect, 2, signed=True)),
    ]
    return Row(SCHEME_TITLES[test.scheme], remark, cells, "judge" if clear else "")


def _by_scheme(rows: Iterable[tuple[Scheme, Row]]) -> list[_Block]:
    """Return a block for each scheme, in the order in which schemes come."""
    blocks: dict[Scheme, list[Row]] = {}
    for scheme, row in rows:
        blocks.setdefault(scheme, []).append(row)
    return [_Block(SCHEME_TITLES[scheme], own) for scheme, own in blocks.items()]


def _need_table(result: StudyResult) -> _Table:
    model = result.settings.models[0]
    lede = (
        f"Decided battles that find a gain in AUC, from the spread of the paired difference"
        f" ({model}). That a number is needed for the gain seen here does not make the gain true."
    )
    heads = ["chance with these battles", "found 80 times in 100", "found 90 times in 100"]
    rows = [(need.scheme, _need_row(need)) for need in result.needs if need.model == model]
    return _Table("needed", "How many battles it takes", lede, heads, _by_scheme(rows))


def _need_row(need: Need) -> Row:
    texts = (share_text(need.power, 0), need_text(need.battles_80), need_text(need.battles_90))
    name = number(need.difference, 3, signed=True)
    return Row(name, "seen here" if need.observed else "", [Cell(text) for text in texts])


def _slice_tables(result: StudyResult) -> list[_Table]:
    heads = ["AUC, popularity", "AUC, both", "gain", "accuracy, popularity", "accuracy, both"]
    lede = (
        f"The model {result.settings.models[0]}. Groups of fewer than {result.settings.small}"
        " decided battles are pale; among many groups some look special by chance."
    )
    tables = []
    for by, title in _SLICES.items():
        rows = [(part.scheme, _slice_row(part)) for part in result.slices if part.by == by]
        blocks = [_Block(b.title, b.rows[:_GROUPS_AT_MOST]) for b in _by_scheme(rows)]
        tables.append(_Table(f"by-{by}", title, lede, heads, blocks))
    return tables


def _slice_row(part: BattleSlice) -> Row:
    cells = [
        cell(part.popularity, 3),
        cell(part.both, 3),
        cell(part.difference, 3, signed=True),
        Cell(number(part.accuracy_popularity, 3)),
        Cell(number(part.accuracy_both, 3)),
    ]
    kind = "small" if part.small else ""
    return Row(safe_text(part.group), f"{part.decided:,} decided", cells, kind)


def _notebook_tables(result: StudyResult) -> Sequence[_Table]:
    book = result.notebook
    if book is None:
        return ()
    rows = [
        Row(
            f"{row.features}, {row.model}",
            "",
            [
                Cell(number(row.auc, 3)),
                Cell(number(row.mean, 3)),
                Cell("" if row.published is None else number(row.published, 3)),
                Cell("" if row.ours is None else number(row.ours, 3), row.ours_model or ""),
            ],
        )
        for row in book.rows
    ]
    rules = []
    for rule in book.rules:
        measure, texts = rule_cells(rule)
        rules.append(Row(rule.rule, measure, [Cell(text) for text in texts]))
    return (
        _Table(
            "notebook",
            "The published notebook's protocol",
            " ".join(book.notes),
            ["AUC, all folds", "mean of folds", "printed", "ours, by prompt"],
            [_Block(f"{book.decided:,} decided battles", rows)],
        ),
        _Table(
            "rules",
            "Its rules, both ways round",
            "The notebook predicts that the song with the lower score wins; beside it the natural"
            " direction.",
            ["lower wins", "higher wins", "printed, lower wins"],
            [_Block("", rules)],
        ),
    )
