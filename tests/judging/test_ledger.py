"""Rows survive a stop, and only rows of the same judge, precision and audio count."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from other_process import held_by_another
from plaudit.core.choice import Precision
from plaudit.core.errors import InputError
from plaudit.core.note import Note
from plaudit.judging.ledger import Ledger
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores, Span

JUDGE = JudgeId(name="j", version="1", hash="a" * 64)
OTHER = JudgeId(name="j", version="1", hash="b" * 64)


def row(name: str, *, timeline: bool = True) -> SongScores:
    return SongScores(
        path=name,
        sha256=name * 64,
        judge=JUDGE,
        precision="exact",
        duration_s=30.0,
        scores={"streams": Score(value=50.0)},
        timeline=(Span(start_s=0, end_s=30, scores={"streams": 50.0}),) if timeline else None,
    )


def opened(
    output: Path,
    *,
    resume: bool,
    judge: JudgeId = JUDGE,
    precision: Precision = "exact",
    timeline: bool = False,
) -> Ledger:
    return Ledger(output, judge, precision, resume=resume, timeline=timeline)


def stopped_job(output: Path) -> None:
    ledger = opened(output, resume=False)
    ledger.add(row("a"))
    ledger.add(SongFailure(path="x", error=Note(type="NotAudioError", message="no")))
    ledger.add(row("b"))
    ledger.close()


def test_a_stopped_job_goes_on(tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    stopped_job(output)
    with (tmp_path / "out.csv.partial.jsonl").open("ab") as file:
        file.write(b'{"schema_version":1,"path":"c","sha')  # cut short by kill -9
    ledger = opened(output, resume=True)
    assert ledger.n_known == 2
    assert ledger.known("a" * 64) == row("a")
    assert ledger.known("x" * 64) is None
    ledger.add(row("c"))
    ledger.add(row("a"))
    assert [r.path for r in ledger.rows()] == ["c", "a"]
    ledger.remove()
    ledger.close()
    assert not list(tmp_path.iterdir())


def test_nothing_is_thrown_away_by_accident(tmp_path: Path) -> None:
    stopped_job(tmp_path / "out.csv")
    with pytest.raises(InputError, match="add --resume to continue"):
        opened(tmp_path / "out.csv", resume=False)


def test_another_judge_or_precision_starts_anew(tmp_path: Path) -> None:
    stopped_job(tmp_path / "out.csv")
    other = opened(tmp_path / "out.csv", resume=True, judge=OTHER)
    assert other.n_known == 0
    other.close()
    fast = opened(tmp_path / "out.csv", resume=True, precision="fast")
    assert fast.n_known == 0
    fast.close()


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_a_finished_output_is_taken_over(tmp_path: Path, kind: str) -> None:
    output = tmp_path / f"out.{kind}"
    lines = [row("a").model_dump_json(), row("b", timeline=False).model_dump_json()]
    output.write_text("[\n" + ",\n".join(lines) + "\n]\n" if kind == "json" else "\n".join(lines))
    ledger = opened(output, resume=True)
    assert ledger.n_known == 2
    ledger.remove()
    ledger.close()
    with_timeline = opened(output, resume=True, timeline=True)
    assert with_timeline.n_known == 1
    with_timeline.close()


def test_a_timeline_of_the_first_version_is_not_taken_over(tmp_path: Path) -> None:
    """Its last entry may have been heard with padding; the scores were the same."""
    old = row("a").model_copy(update={"schema_version": 1}).model_dump_json()
    (tmp_path / "out.jsonl").write_text(old + "\n")
    for timeline, n_known in ((False, 1), (True, 0)):
        ledger = opened(tmp_path / "out.jsonl", resume=True, timeline=timeline)
        assert ledger.n_known == n_known
        ledger.remove()
        ledger.close()


def test_readers_on_threads_get_their_own_rows_while_others_are_added(tmp_path: Path) -> None:
    """A resumed job asks from several threads while it writes: no song may get another's row."""
    output = tmp_path / "out.jsonl"
    ledger = opened(output, resume=False)
    digests = [f"{number:064x}" for number in range(300)]
    for digest in digests:
        ledger.add(row("a").model_copy(update={"sha256": digest}))
    ledger.close()
    ledger = opened(output, resume=True)

    def own(digest: str) -> bool:
        known = ledger.known(digest)
        return known is not None and known.sha256 == digest

    with ThreadPoolExecutor(4) as threads:
        results = threads.map(own, digests * 4)
        for _ in range(100):
            ledger.add(row("b"))
        assert all(results)
    assert [r.sha256 for r in ledger.rows() if isinstance(r, SongScores)] == ["b" * 64] * 100
    ledger.close()


@pytest.mark.parametrize("resume", [False, True])
def test_a_second_job_on_one_output_is_refused_while_the_first_lives(
    resume: bool, tmp_path: Path
) -> None:
    output = tmp_path / "out.csv"
    first = opened(output, resume=False)
    first.add(row("a"))
    first.close()
    with held_by_another(output):
        refused = r"Another process, started at 2.* writes .*out\.csv"
        with pytest.raises(InputError, match=refused) as e:
            opened(output, resume=resume)
        assert "delete" not in str(e.value)
    again = opened(output, resume=True)
    assert again.n_known == 1
    again.close()


def test_a_job_stopped_before_its_first_row_leaves_nothing(tmp_path: Path) -> None:
    opened(tmp_path / "out.csv", resume=False).close()
    assert not list(tmp_path.iterdir())


def test_an_output_may_have_the_longest_of_names(tmp_path: Path) -> None:
    ledger = opened(tmp_path / ("n" * 255), resume=False)
    ledger.add(row("a"))
    assert len(ledger.path.name) == 255
    ledger.close()


def test_rows_are_in_the_file_at_once_and_forced_to_the_disk_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[int] = []
    monkeypatch.setattr("os.fsync", forced.append)
    clock = [100.0]
    monkeypatch.setattr("plaudit.judging.ledger.time.monotonic", lambda: clock[0])
    ledger = opened(tmp_path / "rows.jsonl", resume=False)
    for number in range(10):
        ledger.add(row(str(number)))
        assert ledger.path.read_bytes().count(b"\n") == number + 1
        clock[0] += 0.2
    ledger.close()
    assert len(forced) == 4
