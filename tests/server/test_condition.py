"""What songs are to answer: a prompt, lyrics, a reference; rows are those of the command."""

from pathlib import Path
from typing import Any

import pytest
import soundfile

from plaudit.client import Client, ServerError
from plaudit.core.file import sha256_of
from plaudit.judging.given import NAMES, Given
from plaudit.judging.load import load_judge
from plaudit.judging.ranking import RankedSong
from plaudit.judging.record import SongScores
from plaudit.server.condition import digest_of
from served import Served
from small_corpus import sound


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("takes")
    paths = [folder / f"take {number}.wav" for number in range(4)]
    for number, path in enumerate(paths):
        soundfile.write(path, sound(number, 4.0), 22_050)
    return paths


def test_a_digest_is_that_of_what_a_judge_is_given(takes: list[Path]) -> None:
    whole = {"prompt": "a waltz", "lyrics": "la", "reference": sha256_of(takes[0])}
    for given in ({}, {"prompt": "a waltz"}, {"reference": whole["reference"]}, whole):
        own: dict[str, Any] = dict(given)
        if "reference" in own:
            own["reference"] = takes[0]
        for usable in (NAMES, ("prompt",), ()):
            assert digest_of(given, usable) == Given(**own).only(usable).digest()


def test_a_reference_is_an_upload_or_a_file_of_the_folder(
    keyed: Served, asking: Path, takes: list[Path]
) -> None:
    song, other, reference, second = takes
    judge = load_judge(asking)
    folder = keyed.data.parent / "songs"
    for path in (song, second):
        (folder / path.name).write_bytes(path.read_bytes())

    def expected(path: Path, heard: Path | None) -> SongScores:
        given = Given(prompt="a waltz", reference=heard)
        row = judge.score(path, given=given)
        if heard is not None:
            given = given.model_copy(update={"reference": Path(sha256_of(heard))})
        return row.model_copy(update={"path": path.name, "given": given})

    with keyed.client() as client:
        asked: dict[str, Any] = {"judges": ["cmi"], "prompt": "a waltz"}
        [sent] = client.score([song], **asked, reference=reference)
        assert list(sent.rows) == [expected(song, reference)]
        by_hash = client.score([song], **asked, reference=sha256_of(reference))
        assert [own.rows for own in by_hash] == [sent.rows]
        named = asked | {"paths": [song.name], "reference": second.name}
        job = client._ask("POST", "/v1/score", json=named)["id"]
        client.wait(job)
        assert [list(own.rows) for own in client.songs(job)] == [[expected(song, second)]]
        [without] = client.score([song], **asked)
        assert list(without.rows) == [expected(song, None)]
        # Whatever was scored last, a comparison is of rows for what is asked.
        heard: dict[str, Any] = {"judge": "cmi", "prompt": "a waltz", "reference": reference}
        compared = client.compare(song, other, **heard)
        rows = [expected(path, reference) for path in (song, other)]
        assert compared == judge.compare(*rows)
        assert client.rank([song, other], **heard) == judge.rank(rows)
        # In a ranking, what one song is to answer stands before what all are to.
        own = {"sha256": sha256_of(song), "reference": sha256_of(second)}
        two = {"songs": [own, {"sha256": sha256_of(other)}], "judge": "cmi"}
        body = two | {"prompt": "a waltz", "reference": sha256_of(reference)}
        ranked = client._ask("POST", "/v1/rank", json=body)["songs"]
        rows = [expected(song, second), expected(other, reference)]
        assert [RankedSong.model_validate(row) for row in ranked] == judge.rank(rows)
        heard |= {"reference": None}
        assert client.compare(song, other, **heard) != compared


def test_a_reference_has_to_be_the_callers_own(keyed: Served, takes: list[Path]) -> None:
    song, _, _, reference = takes
    with keyed.client() as client:
        client.score([reference])
        for named in ("../data/secret", "nothing.wav"):
            with pytest.raises(ServerError, match="no such file"):
                client._ask("POST", "/v1/score", json={"paths": ["x"], "reference": named})
    other = Client(keyed.url, keyed.made_key("another"))
    with other, pytest.raises(ServerError, match="not yours"):
        other.send([song], reference=sha256_of(reference))


def test_a_reference_that_cannot_be_read_is_named_without_its_place(
    keyed: Served, takes: list[Path], tmp_path: Path
) -> None:
    words = tmp_path / "words.wav"
    words.write_text("no music")
    with keyed.client() as client:
        [song] = client.score(takes[:1], judges=["cmi"], reference=words)
    assert song.error is not None
    assert "The reference" in song.error
    assert str(keyed.data) not in song.error


def test_a_field_that_a_browser_leaves_empty_is_no_reference(
    keyed: Served, takes: list[Path]
) -> None:
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n',
        takes[0].read_bytes(),
        b'\r\n--x\r\nContent-Disposition: form-data; name="reference"; filename=""\r\n\r\n',
        b"\r\n--x--\r\n",
    ]
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    with keyed.client() as client:
        job = client._ask("POST", "/v1/score", content=b"".join(parts), headers=kind)["id"]
        assert client.wait(job)["counts"] == {"done": 1}
    assert list((keyed.data / "incoming").iterdir()) == []
