"""Failures of many songs in a few lines."""

import io

from plaudit.core.note import Note
from plaudit.jobs.output.streams import Streams
from plaudit.judging.failure import failure_lines
from plaudit.judging.record import SongFailure


def failed(n: int) -> list[tuple[str, str]]:
    return [
        (f"s/{k}.mp3", f"NotAudioError: Expected a song, but s/{k}.mp3 is not.") for k in range(n)
    ]


def test_few_have_a_line_each() -> None:
    assert failure_lines([]) == []
    assert failure_lines(failed(10)) == [reason for _, reason in failed(10)]


def test_many_are_counted_by_reason() -> None:
    short = [(f"{k}.wav", f"TooShortError: {k}.wav holds 0.{k} s.") for k in range(1, 4)]
    assert failure_lines([*short, *failed(9997)]) == [
        "9,997 times, such as NotAudioError: Expected a song, but s/0.mp3 is not.",
        "  (s/0.mp3, s/1.mp3, s/2.mp3 and 9,994 more)",
        "3 times, such as TooShortError: 1.wav holds 0.1 s.",
        "  (1.wav, 2.wav, 3.wav)",
    ]


def test_many_reasons_still_fit() -> None:
    lines = failure_lines([(f"{k}.wav", f"Error: {chr(65 + k)}") for k in range(26)])
    assert len(lines) == 13
    assert lines[-1] == "20 for 20 other reasons, which their rows give."


def test_the_end_of_a_job_with_ten_thousand_bad_files_fits_a_screen() -> None:
    rows = [
        SongFailure(path=path, error=Note(type="NotAudioError", message=reason[15:]))
        for path, reason in failed(10_000)
    ]
    err = io.StringIO()
    Streams(io.StringIO(), err).note_end(["Judge"], [], rows)
    lines = err.getvalue().splitlines()
    assert lines[1] == "Not judged (10,000):"
    assert "10,000 times, such as NotAudioError: Expected a song, but s/0.mp3" in lines[2]
    assert len(lines) < 24
