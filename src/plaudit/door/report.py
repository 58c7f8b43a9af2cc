"""``plaudit.report``: the page of rows, or of a result, as the commands write it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from plaudit.benchmarks.evaluation.record import Evaluation
from plaudit.benchmarks.preference.record import StudyResult
from plaudit.benchmarks.reality.record import RealityResult
from plaudit.benchmarks.standings.record import Standings
from plaudit.benchmarks.suites.leaderboard import Leaderboard
from plaudit.benchmarks.suites.record import SuiteResult
from plaudit.core.errors import InputError
from plaudit.door.keywords import PathLike, paths_of
from plaudit.jobs.output.overwrite import check_output, write_output
from plaudit.judging.record import JudgeId, SongFailure, SongScores

Result = Evaluation | StudyResult | SuiteResult | Leaderboard | RealityResult | Standings


def report(
    result: Result | SongScores | Sequence[SongScores | SongFailure],
    output: PathLike,
    *,
    judge: PathLike | Sequence[PathLike] = "bundled",
) -> Path:
    """Write the page of rows or of a result: one HTML file that works offline.

    Parameters
    ----------
    result : rows, or a record
        Rows of one or several judges (the page plays songs that are still at their paths, and
        draws timelines where rows have them); or what `plaudit.evaluate`, `plaudit.study` or
        `plaudit.bench` returned.
    output : path
        HTML file to write; an existing one is replaced if Plaudit wrote it.
    judge : str or path, or several
        The judges that gave the rows, whose cards the page shows.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    PlauditError
        Rows are of another judge, there is none, or the file may not be replaced.

    Examples
    --------
    >>> import plaudit
    >>> plaudit.report([], "page.html")
    Traceback (most recent call last):
    ...
    plaudit.core.errors.InputError: Expected rows of songs for a page, got none.
    """
    out = Path(output)
    if isinstance(result, Result):
        check_output(out)
        write_output(out, _page_of(result))
        return out
    rows = [result] if isinstance(result, SongScores) else list(result)
    wrong = [row for row in rows if not isinstance(row, SongScores | SongFailure)]
    if wrong or not rows:
        got = type(wrong[0]).__name__ if wrong else "none"
        raise InputError(f"Expected rows of songs for a page, got {got}.")
    check_output(out, [Path(row.path) for row in rows if row.path is not None])
    cards = _cards(rows, paths_of(judge))
    from plaudit.jobs.output.preview import write_page, write_panel_page

    if len(cards) == 1:
        write_page(out, rows, *cards.values())
    else:
        write_panel_page(out, rows, cards)
    return out


def _cards(rows: Sequence[SongScores | SongFailure], judges: Sequence[str]) -> dict[JudgeId, Any]:
    """Return the card of each judge of rows."""
    from plaudit.judging.catalogue import find_judge
    from plaudit.model.published.folder import hash_of, read_any_card

    cards = [read_any_card(find_judge(name)) for name in judges]
    known = {JudgeId(name=c.name, version=c.version, hash=hash_of(c)): c for c in cards}
    for row in rows:
        if isinstance(row, SongScores) and row.judge not in known:
            raise InputError(
                f"{row.path or 'A song'} was scored by {row.judge.name} {row.judge.version} (hash"
                f" {row.judge.hash[:8]}), which is none of judge={', '.join(judges)}; name the"
                " judge that gave these rows."
            )
    return known


def _page_of(result: Result) -> str:
    from plaudit.reports.evaluation.page import evaluation_page
    from plaudit.reports.preference.page import study_page
    from plaudit.reports.reality.page import reality_page
    from plaudit.reports.standings.page import standings_page
    from plaudit.reports.suites.page import comparison_page, result_page

    pages: dict[type, Callable[[Any], str]] = {
        Evaluation: evaluation_page,
        StudyResult: study_page,
        SuiteResult: result_page,
        Leaderboard: comparison_page,
        RealityResult: reality_page,
        Standings: standings_page,
    }
    return pages[type(result)](result)
