"""`plaudit bench speed`: what is timed, what the errors are to, and the table of a record."""

import sys
from pathlib import Path

import pytest

from plaudit.benchmarks.speed import measure
from plaudit.benchmarks.speed.formula import write_formula_judge
from plaudit.benchmarks.speed.limit import limit_of, this_machine
from plaudit.benchmarks.speed.measure import measure_encoder, measure_processes
from plaudit.benchmarks.speed.record import Measured, SpeedResult, ratio, result_text
from plaudit.core.axes import AXES
from plaudit.core.settings import read_json
from plaudit.encoders.mert_network import MertShape
from plaudit.judging.record import JudgeId
from plaudit.model.folder import read_card
from typed_command import plaudit


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
    limit = limit_of(shape, 8000)
    products = convolutions + n * 8 * 32 + positions + 2 * layer
    assert limit.gflop == pytest.approx(2e-9 * products, rel=1e-12)
    assert limit.gflop_per_cpu_s["float32"] > 1
    assert limit.least_cpu_s("float32") > 0


def test_errors_are_to_the_published_procedure(quick_apex: Path) -> None:
    limit, rows = measure_encoder(quick_apex, 2, quiet)
    assert limit is not None
    named = {row.name: row for row in rows}
    assert next(iter(named)) == "published procedure, 30 s segment"
    assert named.keys() >= {"exact, 30 s segment", "exact, 10 s clip"}
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


def test_processes_are_timed_from_outside(quick_apex: Path, tmp_path: Path) -> None:
    rows = measure_processes(str(quick_apex), quick_apex, ("start",), 1, 4, tmp_path, quiet)
    names = [row.name for row in rows]
    assert names[0] == "published procedure, imports and loads"
    assert names[1:] == [f"start to the score of 1 s, {p}" for p in ("exact", "fast")]
    for row in rows:
        assert row.cpu_s[0] > 0.1
        assert row.peak_mib is not None
        assert row.peak_mib > 50
    with pytest.raises(measure.ProcessError, match="no such song"):
        measure._run([sys.executable, "-c", "raise SystemExit('no such song')"])


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
    assert "1.00" not in lines["published procedure, 30 s segment"]  # no ratio to itself


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
