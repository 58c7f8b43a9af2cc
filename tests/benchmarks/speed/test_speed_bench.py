"""`plaudit bench speed`: what is timed, what the errors are to, and the table of a record."""

import runpy
import sys
from importlib import import_module
from pathlib import Path

import pytest

from plaudit.benchmarks.speed import limit, measure
from plaudit.benchmarks.speed.formula import write_formula_judge
from plaudit.benchmarks.speed.limit import limit_of, this_machine
from plaudit.benchmarks.speed.measure import measure_encoder, measure_processes
from plaudit.benchmarks.speed.record import (
    Measured,
    SpeedPart,
    SpeedResult,
    ratio,
    result_markdown,
    result_text,
)
from plaudit.core.axes import AXES
from plaudit.core.settings import read_json
from plaudit.encoders.mert_network import MertShape
from plaudit.judging.record import JudgeId
from plaudit.model.folder import read_card
from typed_command import plaudit


@pytest.fixture(autouse=True)
def small_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure the machine on products of a moment."""
    monkeypatch.setattr(limit, "_SHAPE", (64, 32, 32))
    monkeypatch.setattr(limit, "_COPIED", 1 << 12)


def quiet(_: str) -> None:
    pass


def test_a_segment_of_mert_is_counted() -> None:
    """By hand, from the shapes; the published network of 95M has 812 GFLOP for 30 s."""
    shape = MertShape(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
        conv_dim=(16, 8),
        conv_kernel=(10, 3),
        conv_stride=(5, 2),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
    )
    first = (8000 - 10) // 5 + 1
    n = (first - 3) // 2 + 1
    convolutions = first * 16 * 10 + n * 8 * 16 * 3
    positions = (n + 1) * 32 * 8 * 16
    layer = 4 * n * 32 * 32 + 2 * n * 32 * 48 + 2 * n * n * 32
    counted = limit_of(shape, 0.5, 16_000)
    products = convolutions + n * 8 * 32 + positions + 2 * layer
    assert counted.gflop == pytest.approx(2e-9 * products, rel=1e-12)
    assert counted.gflop_per_cpu_s["float32"] > 0
    # The longer of computing and of reading the weights.
    rates = {"gflop_per_cpu_s": {"float32": 1e9}, "copied_gb_per_cpu_s": 0.5}
    read_s = 4 * counted.weights_gb
    assert counted.model_copy(update=rates).least_cpu_s("float32") == pytest.approx(read_s)
    rates = {"gflop_per_cpu_s": {"float32": 2.0}, "copied_gb_per_cpu_s": 1e9}
    assert counted.model_copy(update=rates).least_cpu_s("float32") == counted.gflop / 2


def test_errors_are_to_the_published_procedure(quick_apex: Path) -> None:
    asked, rows = measure_encoder(quick_apex, 2, quiet)
    assert asked is not None
    assert asked.segment_s == 3.0
    named = {row.name: row for row in rows}
    assert next(iter(named)) == "published procedure, 3 s segment"
    assert named.keys() >= {"exact, 3 s segment", "exact, 1 s clip"}
    for name, row in named.items():
        assert len(row.wall_s) == len(row.cpu_s) == 2
        if name.startswith("exact"):
            assert row.embedding_error is not None
            assert row.embedding_error < 1e-5
            assert row.score_error is not None
            assert row.score_error < 1e-4
        if name.startswith("fast"):
            assert row.embedding_error is not None
            assert 1e-5 < row.embedding_error < 0.05


def test_starts_commands_and_memory_are_measured(
    quick_apex: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command runs, here without a process of its own."""
    ran: list[list[str]] = []

    def run(command: list[str]) -> tuple[measure.Took, float]:
        assert command[0] == sys.executable
        ran.append(command)
        how, what = command[1:3]
        monkeypatch.setattr(sys, "argv", command[2:])
        if (how, what) == ("-m", "plaudit"):
            plaudit(*command[3:])
        elif how == "-m":
            runpy.run_path(str(import_module(what).__file__), run_name="__main__")
        else:
            assert how == "-c"
            exec(what, {})  # noqa: S102 - our own lines
        return measure.Took(1.0, float(len(ran))), 100.0 + len(ran)

    monkeypatch.setattr(measure, "_run", run)
    monkeypatch.setattr(measure, "SONG_S", 4.0)
    monkeypatch.setattr(measure, "SHORT_MIN", 1)
    judge, both = str(quick_apex), ("exact", "fast")
    parts: tuple[SpeedPart, ...] = ("start", "command", "memory")
    rows = measure_processes(judge, both, quick_apex, parts, 1, 2, tmp_path, quiet)
    assert [(row.name, row.cpu_s, row.peak_mib, row.baseline) for row in rows] == [
        ("published procedure, imports and loads", (1,), 101, None),
        ("start to the score of 1 s, exact", (2,), 102, rows[0].name),
        ("start to the score of 1 s, fast", (3,), 103, rows[0].name),
        ("published procedure, 3 min MP3", (4,), 104, None),
        ("plaudit score, 3 min MP3, exact", (5,), 105, rows[3].name),
        ("plaudit score, 3 min MP3, fast", (6,), 106, rows[3].name),
        ("a song of 1 min", (7,), 107, None),
        ("a song of 2 min", (8,), 108, rows[6].name),
    ]
    ran.clear()
    alone = measure_processes(judge, both[:1], None, ("start",), 2, 2, tmp_path, quiet)
    assert [row.name for row in alone] == ["start to the score of 1 s, exact"]
    assert alone[0].cpu_s == (1, 2)


def test_a_process_is_timed_from_outside() -> None:
    work = "x = b'1' * 300_000_000\nimport time\nwhile time.process_time() < 0.3: pass"
    took, peak = measure._run([sys.executable, "-S", "-c", work])
    assert took.cpu_s >= 0.3
    assert took.wall_s >= took.cpu_s - 0.05
    assert 290 < peak < 340  # not that of this process, which is larger
    with pytest.raises(measure.ProcessError, match="no such song"):
        measure._run([sys.executable, "-S", "-c", "raise SystemExit('no such song')"])


def test_a_record_draws_its_table(quick_apex: Path, tmp_path: Path) -> None:
    out = tmp_path / "speed.json"
    words = ["--parts", "encoder", "--rounds", "1", "--out", str(out)]
    shown = plaudit("bench", "speed", "--judge", str(quick_apex), *words).stdout
    result = read_json(SpeedResult, out.read_text(), "out")
    assert result_text(result) in shown
    assert "GFLOP" in shown
    assert result.judge.name == "apex"
    assert not result.formula
    assert result.machine.cores > 0
    lines = {line.split("  ")[0]: line for line in shown.splitlines()}
    assert "1.00" not in lines["published procedure, 3 s segment"]  # no ratio to itself


def test_ratios_are_of_processor_seconds_and_of_memory() -> None:
    def row(name: str, cpu: float, base: str | None, peak: float | None = None) -> Measured:
        return Measured(
            part="encoder" if peak is None else "memory",
            name=name,
            wall_s=(9.0, 9.0, 99.0),
            cpu_s=(cpu, cpu, 99.0),
            baseline=base,
            peak_mib=peak,
        )

    rows = (row("a", 6.0, None), row("b", 2.0, "a"), row("m", 1, None, 100), row("n", 9, "m", 110))
    result = SpeedResult(
        plaudit="0",
        judge=JudgeId(name="j", version="1", hash="0"),
        formula=True,
        machine=this_machine(),
        limit=None,
        measured=rows,
    )
    assert [ratio(result, each) for each in rows] == [None, 3.0, None, 1.1]
    assert "| b | 2.00 | 2.00-99.00 | 9.00 | 3.00 |  |  |  |  |" in result_markdown(result)
    b = next(line for line in result_text(result).splitlines() if line.startswith("b "))
    assert b.split() == ["b", "2.00", "2.00-99.00", "9.00", "3.00"]


def test_an_unknown_part_and_a_judge_beside_the_formula_are_refused(quick_apex: Path) -> None:
    assert "memory" in plaudit("bench", "speed", "--parts", "memroy", status=1).stderr
    both = plaudit("bench", "speed", "--formula", "--judge", str(quick_apex), status=1)
    assert "leave out --judge" in both.stderr


def test_a_judge_by_formula_has_all_axes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = MertShape(hidden_size=768, num_hidden_layers=8, intermediate_size=4,
                      conv_dim=(4,) * 7, num_conv_pos_embeddings=2)  # fmt: skip
    monkeypatch.setattr("plaudit.benchmarks.speed.formula.SHAPE", small)
    axes = read_card(write_formula_judge(tmp_path / "new")).recipe.heads.axes
    assert axes == tuple(axis.name for axis in AXES)
