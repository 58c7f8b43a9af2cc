"""The record of a measurement of speed, enough to draw its table again.

Times are by the clock (``wall_s``) and of all processors together (``cpu_s``), one value a round.
What else a machine does stretches the first and hardly the second, so ratios are of the second.
"""

from statistics import median
from typing import Literal

from pydantic import Field

from plaudit.core.option_source import OptionSources
from plaudit.core.settings import Record
from plaudit.judging.record import JudgeId

SpeedPart = Literal["encoder", "start", "command", "memory"]
_HEADINGS = (
    *("measured", "CPU s", "spread", "wall s", "ratio", "of the limit"),
    *("peak MiB", "embedding off", "scores off"),
)  # fmt: skip


class Machine(Record):
    """Where it was measured."""

    processor: str
    instructions: tuple[str, ...]  #: Those of vectors and matrices that decide the speed.
    cores: int
    threads: int  #: Of a process.
    load: float  #: Mean number of processes that ran or waited, over the last minute.
    versions: dict[str, str]


class Limit(Record):
    """Operations of the network, and the highest rates of the machine."""

    segment_s: float  #: Length of the judge's segments, in seconds.
    gflop: float  #: Of a segment by the published procedure: multiplications and additions.
    weights_gb: float  #: Read at least once a segment, in float32.
    #: Measured rate of large matrix products on one core: 10^9 operations a processor second.
    gflop_per_cpu_s: dict[str, float]
    copied_gb_per_cpu_s: float  #: Measured rate of reading and writing memory.

    def least_cpu_s(self, dtype: str) -> float:
        """Return the processor seconds that a segment takes at least in a number format."""
        read_s = 2 * self.weights_gb / self.copied_gb_per_cpu_s
        return max(self.gflop / self.gflop_per_cpu_s[dtype], read_s)


class Measured(Record):
    """One thing measured, some times."""

    part: SpeedPart
    name: str
    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...]
    baseline: str | None = None  #: Name of what the ratio is to; None for a baseline.
    dtype: str | None = None  #: Number format, where the limit is that of a whole segment.
    peak_mib: float | None = None
    #: Largest distance of the embedding from the published one, over its largest value.
    embedding_error: float | None = None
    #: Largest distance of a score from the published one, as a share of the range of its axis.
    score_error: float | None = None


class SpeedResult(Record):
    """A run of ``plaudit bench speed``."""

    schema_version: Literal[1] = 1
    plaudit: str
    option_sources: OptionSources = Field(default_factory=dict)
    judge: JudgeId
    formula: bool  #: Whether weights came from a formula, not from training.
    machine: Machine
    limit: Limit | None  #: None for a judge whose network is not that of MERT.
    measured: tuple[Measured, ...]


def result_text(result: SpeedResult) -> str:
    """Return the table of a result, for a terminal."""
    rows = [_HEADINGS, *(_cells(result, row) for row in result.measured)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    table = (
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
    return "\n".join([*_sentences(result), *table])


def result_markdown(result: SpeedResult) -> str:
    """Return the table of a result as Markdown, under the sentences on machine and limit."""
    rows = [
        _HEADINGS,
        ("---", *("---:",) * (len(_HEADINGS) - 1)),
        *(_cells(result, row) for row in result.measured),
    ]
    table = ("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([" ".join(_sentences(result)), "", *table])


def _sentences(result: SpeedResult) -> list[str]:
    machine, limit = result.machine, result.limit
    weights = " with weights from a formula" if result.formula else ""
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    lines = [
        f"Judge {result.judge.name} {result.judge.version}{weights}; {machine.processor},"
        f" {machine.cores} cores, threads {machine.threads}, load {machine.load:.1f};"
        f" {' '.join(machine.instructions) or 'no vector instructions known'};"
        f" plaudit {result.plaudit}, {versions}."
    ]
    if limit is not None:
        rates = ", ".join(f"{name} {rate:.0f}" for name, rate in limit.gflop_per_cpu_s.items())
        lines.append(
            f"A segment of {limit.segment_s:g} s is {limit.gflop:.0f} GFLOP and"
            f" {limit.weights_gb:.2f} GB of weights; a core here computes {rates} GFLOP/s and"
            f" copies {limit.copied_gb_per_cpu_s:.1f} GB/s."
        )
    return lines


def ratio(result: SpeedResult, row: Measured) -> float | None:
    """Return how many times fewer processor seconds a row takes than its baseline.

    For peak memory it is how many times more of it a row takes.
    """
    base = next((other for other in result.measured if other.name == row.baseline), None)
    if base is None:
        return None
    if row.part == "memory":
        return (row.peak_mib or 0.0) / (base.peak_mib or 1.0)
    return median(base.cpu_s) / median(row.cpu_s)


def _cells(result: SpeedResult, row: Measured) -> tuple[str, ...]:
    against = ratio(result, row)
    share = ""
    if result.limit is not None and row.dtype is not None:
        share = f"{result.limit.least_cpu_s(row.dtype) / median(row.cpu_s):.0%}"
    return (
        row.name,
        f"{median(row.cpu_s):.2f}",
        f"{min(row.cpu_s):.2f}-{max(row.cpu_s):.2f}",
        f"{median(row.wall_s):.2f}",
        "" if against is None else f"{against:.2f}",
        share,
        "" if row.peak_mib is None else f"{row.peak_mib:.0f}",
        "" if row.embedding_error is None else f"{row.embedding_error:.1e}",
        "" if row.score_error is None else f"{row.score_error:.1e}",
    )
