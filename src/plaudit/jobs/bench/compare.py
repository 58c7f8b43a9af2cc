"""``plaudit bench compare``: several results of one suite in one table."""

from collections.abc import Sequence
from pathlib import Path

from plaudit.benchmarks.suites.leaderboard import Leaderboard, compare_results
from plaudit.core.choice import ResultForm
from plaudit.jobs.bench.report import read_result
from plaudit.jobs.output.overwrite import check_output, write_output
from plaudit.jobs.output.streams import Streams
from plaudit.reports.suites.page import comparison_page
from plaudit.reports.suites.table import comparison_text


def compare_benches(
    results: Sequence[Path], html: Path | None, form: ResultForm, streams: Streams
) -> Leaderboard:
    """Compare results with the first of them, pair by pair; show the table, write the page."""
    comparison = compare_results([read_result(path) for path in results])
    if html is not None:
        check_output(html, results)
        write_output(html, comparison_page(comparison))
    as_json = form == "json"
    streams.show(comparison.model_dump_json(indent=2) if as_json else comparison_text(comparison))
    return comparison
