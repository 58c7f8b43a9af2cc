"""Songs sent to a real server come back as the rows that the library makes."""

from pathlib import Path

import httpx
import pytest

from plaudit.client import ServerError
from plaudit.judging.load import load_judge
from plaudit.judging.record import SongScores
from served import Served


def test_rows_are_those_of_the_judge(server: Served, songs: Path, quick_apex: Path) -> None:
    judge = load_judge(quick_apex)
    paths = [songs / "a.wav", songs / "b.wav", songs / "c.wav"]
    with server.client() as client:
        sent = client.score(paths)
        comparison = client.compare(paths[0], paths[1])
        ranked = client.rank(paths, keep=1)
    for song, path in zip(sent, paths, strict=True):
        assert (song.name, song.state, song.error) == (path.name, "done", None)
        [row] = song.rows
        assert row == judge.score(path).model_copy(update={"path": path.name})
    rows = [row for song in sent for row in song.rows if isinstance(row, SongScores)]
    assert comparison == judge.compare(rows[0], rows[1])
    assert ranked == judge.rank(rows, keep=1)


def test_a_bad_file_costs_no_other_and_names_no_place_of_the_server(
    server: Served, songs: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "words.mp3"
    bad.write_text("no music at all")
    with server.client() as client:
        first, second = client.score([bad, songs / "a.wav"])
    assert (first.state, second.state) == ("failed", "done")
    assert first.error is not None
    assert "words.mp3" in first.error
    assert str(server.data) not in first.error


def test_a_song_is_judged_once_and_found_again(server: Served, songs: Path) -> None:
    with server.client() as client:
        [one] = client.score([songs / "a.wav"])
        [two] = client.score([songs / "a.wav"])
        assert one.sha256 is not None
        found = client.song(one.sha256)
    assert one.rows == two.rows
    assert len(found["rows"]) == 1
    assert found["rows"][0]["timeline"]


def test_what_was_removed_is_gone(server: Served, tmp_path: Path, songs: Path) -> None:
    own = tmp_path / "own.wav"
    own.write_bytes((songs / "c.wav").read_bytes() + b"tail")
    with server.client() as client:
        [song] = client.score([own])
        assert song.sha256 is not None
        client.remove(song.sha256)
        with pytest.raises(ServerError, match="no such song"):
            client.song(song.sha256)
        with pytest.raises(ServerError, match="no such song"):
            client.compare(song.sha256, song.sha256)


def new_songs(folder: Path, songs: Path, n: int) -> list[Path]:
    """Write songs that no server has."""
    paths = [folder / f"{number}.wav" for number in range(n)]
    for number, path in enumerate(paths):
        old = songs / f"{'abc'[number]}.wav"
        path.write_bytes(old.read_bytes() + folder.name.encode())
    return paths


def test_songs_are_sent_scored_and_compared_in_one(
    server: Served, songs: Path, quick_apex: Path, tmp_path: Path
) -> None:
    first, second, third = new_songs(tmp_path, songs, 3)
    bad = tmp_path / "words.wav"
    bad.write_text("no music")
    judge = load_judge(quick_apex)
    with server.client() as client:
        comparison = client.compare(first, second)
        ranked = client.rank([third, bad, first], groups=["x", "x", "y"], keep=1)
        with pytest.raises(ServerError, match=r"words.wav"):
            client.compare(first, bad)
    rows = [judge.score(path).model_copy(update={"path": path.name})
            for path in (first, second, third)]  # fmt: skip
    assert comparison == judge.compare(rows[0], rows[1])
    assert ranked[:2] == judge.rank([rows[2], rows[0]], groups=["x", "y"], keep=1)
    [failure] = ranked.failures
    assert failure.path == "words.wav"


def test_a_form_of_two_songs_is_a_job_first_and_then_a_comparison(
    server: Served, songs: Path, tmp_path: Path
) -> None:
    def ask(http: httpx.Client) -> httpx.Response:
        files = [("files", (path.name, path.read_bytes())) for path in paths]
        return http.post("/v1/compare", files=files, data={"sure": "0.9"})

    paths = new_songs(tmp_path, songs, 2)
    with httpx.Client(base_url=server.url) as http, server.client() as client:
        later = ask(http)
        assert later.status_code == 202
        job = later.json()["id"]
        assert later.headers["location"] == f"/v1/jobs/{job}"
        again = ask(http)
        assert again.status_code == 200 or again.json()["id"] == job, "it is asked for once"
        client.wait(job)
        now = ask(http)
        assert now.status_code == 200
        assert now.json()["sure"] == 0.9
        assert [now.json()[side]["path"] for side in ("first", "second")] == ["0.wav", "1.wav"]
        for fields in ({"sure": "much"}, {"judge": "nobody"}):
            files = [("files", path.read_bytes()) for path in paths]
            assert http.post("/v1/compare", files=files, data=fields).status_code == 422
        assert http.post("/v1/compare", files=files[:1]).status_code == 422
