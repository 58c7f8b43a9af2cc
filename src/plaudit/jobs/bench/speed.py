"""``plaudit bench speed``: the time that a judge takes on this machine, shown and written."""

import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import get_args

from pydantic import Field

from plaudit.benchmarks.speed.formula import write_formula_judge
from plaudit.benchmarks.speed.limit import this_machine
from plaudit.benchmarks.speed.measure import measure_encoder, measure_processes
from plaudit.benchmarks.speed.record import (
    Limit,
    Measured,
    SpeedPart,
    SpeedResult,
    result_markdown,
    result_text,
)
from plaudit.core.choice import PRECISIONS, SpeedForm
from plaudit.core.errors import InputError
from plaudit.core.option_source import sourced
from plaudit.core.settings import Record, read_names
from plaudit.jobs.output.overwrite import check_outputs, write_output
from plaudit.jobs.output.streams import Streams
from plaudit.judging.catalogue import find_judge, local_judge
from plaudit.judging.load import load_judge
from plaudit.model.folder import is_published, read_card

_PARTS: tuple[SpeedPart, ...] = get_args(SpeedPart)


class SpeedSettings(Record):
    """What is measured, and what is written."""

    judge: str = "bundled"  #: Name, folder or hub id.
    formula: bool = False  #: A judge of the size of APEX with weights from a formula instead.
    parts: str = "all"  #: Names with commas between them.
    rounds: int = Field(default=3, ge=1)
    minutes: int = Field(default=60, ge=4)  #: Length of the song for memory.
    form: SpeedForm = "table"  #: What is shown.
    out: Path | None = None  #: JSON file for the record.


def bench_speed(settings: SpeedSettings, streams: Streams) -> SpeedResult:
    """Measure a judge beside the published procedure and the limit of this machine.

    Raises
    ------
    InputError
        A part is unknown, or a judge is named beside the formula.
    """
    named = read_names(settings.parts, _PARTS, "--parts")
    parts = tuple(part for part in _PARTS if part in named)
    if settings.formula and settings.judge != "bundled":
        raise InputError("--formula makes a judge of its own; leave out --judge.")
    check_outputs([settings.out], [local_judge(settings.judge)])

    def note(line: str) -> None:
        streams.note(f"Measuring {line}.")

    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        judge = str(write_formula_judge(place / "formula")) if settings.formula else settings.judge
        folder = find_judge(judge)
        ours = not is_published(folder)
        mert = ours and read_card(folder).encoder.kind == "mert"
        limit: Limit | None = None
        rows: list[Measured] = []
        if "encoder" in parts and ours:
            limit, rows = measure_encoder(folder, settings.rounds, note)
        # Asked for fast, a judge that has no such precision here says that it is exact.
        opened = load_judge(judge, device="cpu", precision="fast")
        precisions: tuple[str, ...] = PRECISIONS if opened.precision == "fast" else ("exact",)
        rows += measure_processes(
            judge,
            precisions,
            folder if mert else None,
            parts,
            settings.rounds,
            settings.minutes,
            place,
            note,
        )
    result = SpeedResult(
        plaudit=version("plaudit"),
        judge=opened.id,
        formula=settings.formula,
        machine=this_machine(),
        limit=limit,
        measured=tuple(rows),
    )
    result = sourced(result)
    record = result.model_dump_json(indent=2)
    if settings.out is not None:
        write_output(settings.out, record + "\n")
    shown = {"json": record, "markdown": result_markdown(result), "table": result_text(result)}
    streams.show(shown[settings.form])
    return result
