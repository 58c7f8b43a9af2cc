"""``plaudit bench report``: a result read and drawn as a page."""

from pathlib import Path

from plaudit.benchmarks.suites.record import SuiteResult
from plaudit.core.errors import MissingFileError
from plaudit.core.settings import load_json
from plaudit.jobs.output.overwrite import check_output, write_output
from plaudit.jobs.output.streams import Streams
from plaudit.reports.suites.page import result_page


def write_report(result: Path, out: Path, streams: Streams) -> None:
    """Draw a result as one page that works offline."""
    record = read_result(result)
    check_output(out, [result])
    write_output(out, result_page(record))
    streams.show(f"Wrote {out}")


def read_result(path: Path) -> SuiteResult:
    """Read what ``plaudit bench run --out`` wrote, or raise an error that says what is wrong."""
    if not path.is_file():
        raise MissingFileError(f"Expected a result of plaudit bench run, but {path} is not there.")
    return load_json(SuiteResult, path)
