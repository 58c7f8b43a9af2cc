"""What single readers do beyond the promise: the odd corners of each corpus."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.datasets.corpora.arena_log import listened_s, took_s
from plaudit.datasets.corpora.catalogue import READERS, read_corpus
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.promise import open_source
from plaudit.datasets.reading.row import BattleRow, SongRow
from plaudit.datasets.reading.spelling import moment_of, outcome_of, prompt_key
from plaudit.datasets.reading.unpack import unpack


def read(name: str, folder: Path) -> tuple[dict[str, SongRow], dict[str, BattleRow], Account]:
    account = Account(strict=False)
    songs: dict[str, SongRow] = {}
    battles: dict[str, BattleRow] = {}
    for row in read_corpus(name, folder, account):
        if isinstance(row, SongRow):
            songs[row.song_id] = row
        else:
            battles[row.battle_id] = row
    return songs, battles, account


def lines(path: Path, *rows: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def sampled(name: str, folder: Path) -> Path:
    READERS[name].sample(folder, np.random.default_rng(0))
    return folder


def test_aes_leaves_sound_effects_out_and_joins_stems(tmp_path: Path) -> None:
    songs, _, account = read("audiobox-aes", sampled("audiobox-aes", tmp_path))
    assert account.left_out == {"sound effects of PAM, not music": 1}
    stems = [song for song in songs.values() if song.artist == "Nobody"]
    assert len(stems) == 2
    assert len({stem.prompt_id for stem in stems}) == 1
    pam = [song for song in songs.values() if song.system]
    assert {song.system for song in pam} == {"made_up", "invented"}
    assert len({song.prompt_id for song in pam}) == 1


def test_both_forms_of_the_arena(tmp_path: Path) -> None:
    folder = sampled("music-arena", tmp_path)
    songs, battles, _ = read("music-arena", folder)
    votes = [battles[f"made-up-{k}"].outcome for k in range(4)]
    assert votes == [Outcome.FIRST, Outcome.SECOND, Outcome.TIE, Outcome.NEITHER]
    withheld = songs["made-up-0/b"]
    assert (withheld.path, withheld.withheld) == (None, "the audio of this system is withheld")
    log = battles["log-0"]
    assert (log.outcome, log.listened_first_s, log.voter) == (Outcome.SECOND, 5.0, "y")
    assert battles["log-1"].outcome is None
    assert songs["log-0/a"].system == "invented:initial"
    released = json.loads((folder / "2025_09.jsonl").read_text().splitlines()[0])
    made = json.loads((folder / "log" / "log-0.json").read_text())["b_metadata"]
    took = made["system_time_completed"] - made["system_time_started"]
    assert songs["made-up-0/a"].made_in_s == released["system_time_a"]
    assert songs["made-up-0/b"].made_in_s == released["system_time_b"]
    assert songs["log-0/b"].made_in_s == took > 0


def test_how_long_a_song_took_is_known_or_not(tmp_path: Path) -> None:
    assert took_s(10.0, 12.5) == 2.5
    assert took_s(None, 12.5) is took_s(10.0, None) is took_s(10.0, 9.0) is None
    folder = sampled("music-arena", tmp_path)
    path = folder / "2025_09.jsonl"
    row = json.loads(path.read_text().splitlines()[0])
    lines(path, row | {"system_time_a": None, "system_time_b": -0.5})
    songs, _, account = read("music-arena", folder)
    assert songs["made-up-0/a"].made_in_s is songs["made-up-0/b"].made_in_s is None
    assert account.n_faults == 0


def test_the_release_is_read_as_it_is(tmp_path: Path) -> None:
    table = sampled("music-arena", tmp_path) / "2025_09.jsonl"
    month = tmp_path / "release" / "battle_data" / "02-2025SEP"
    month.mkdir(parents=True)
    for line in table.read_text().splitlines():
        row = json.loads(line)
        row["date"] = "2025-09-01T23:59:00-04:00"
        row["audio_a"] = f"audio_files/02-2025SEP/{row['battle_uuid']}.mp3"
        (month / f"{row['battle_uuid']}.json").write_text(json.dumps(row))
    (month / "broken.json").write_text('{"battle_uuid": "x"')
    for folder in (tmp_path / "release", month):
        songs, battles, account = read("music-arena", folder)
        assert (len(songs), len(battles), account.n_faults) == (12, 6, 1)
        audio = tmp_path / "release" / "audio_files" / "02-2025SEP" / "made-up-0.mp3"
        assert songs["made-up-0/a"].path == audio
        assert battles["made-up-0"].outcome is Outcome.FIRST


def test_an_unknown_vote_is_a_fault_and_not_a_guess(tmp_path: Path) -> None:
    folder = sampled("music-arena", tmp_path)
    path = folder / "2025_09.jsonl"
    path.write_text(path.read_text().replace('"preference": "TIE"', '"preference": "MAYBE"'))
    _, battles, account = read("music-arena", folder)
    assert "made-up-2" not in battles
    assert str(account.faults[0]).startswith("2025_09.jsonl, line 3: preference: ")
    assert "MAYBE" in str(account.faults[0])


def test_a_parquet_of_the_arena_with_sound_inside(tmp_path: Path) -> None:
    rows = [
        json.loads(line)
        for line in (sampled("music-arena", tmp_path) / "2025_09.jsonl").read_text().splitlines()
    ]
    for row in rows:
        for side in "ab":
            name = row[f"audio_{side}"]
            row[f"audio_{side}"] = {"bytes": b"RIFF", "path": name} if name else None
    folder = tmp_path / "month"
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist(rows), folder / "train.parquet")
    songs, battles, account = read("music-arena", folder)
    assert (len(songs), len(battles), account.n_faults) == (12, 6, 0)
    assert songs["made-up-0/a"].path == folder / "audio/0_a.mp3"
    assert songs["made-up-0/b"].path is None


def test_two_songs_of_one_request_share_a_prompt(tmp_path: Path) -> None:
    songs, _, _ = read("suno", sampled("suno", tmp_path))
    prompts = [song.prompt_id for song in songs.values()]
    assert prompts[0] == prompts[1] != prompts[2]
    assert [song.instrumental for song in songs.values()][:4] == [False, False, True, True]


def test_metadata_of_suno_may_be_text_or_flat(tmp_path: Path) -> None:
    plain = {"id": "a", "created_at": "2024-05-01T00:00:00Z", "play_count": 1, "upvote_count": 0}
    inner = {"tags": "pop", "prompt": "la", "duration": 9.5}
    lines(
        tmp_path / "suno.jsonl",
        plain | {"metadata": inner},
        plain | {"id": "b", "metadata": json.dumps(inner)},
        plain | {"id": "c", **inner},
        plain | {"id": "d", "metadata": None, "status": "streaming"},
        plain | {"id": "e", "play_count": -1},
    )
    songs, _, account = read("suno", tmp_path)
    assert {song.duration_s for song in [songs[k] for k in "abc"]} == {9.5}
    assert len({songs[k].prompt_id for k in "abc"}) == 1
    assert songs["d"].withheld == "its status is streaming"
    assert (account.faults[0].line, "play_count" in account.faults[0].message) == (5, True)


def test_cmi_pref_reads_the_other_spelling_and_skips_the_file_that_repeats(tmp_path: Path) -> None:
    votes = {"preference-musicality": "model_b", "preference-alignment": ""}
    row = {"audio-a": "a.mp3", "audio-b": "b.mp3", "text": "waltz", "user_id": "u", **votes}
    lines(tmp_path / "cmi_train.jsonl", row)
    lines(tmp_path / "cmi_test.jsonl", row | {"audio-a": "c.mp3"})
    lines(tmp_path / "cmi_data.jsonl", row, row)
    songs, battles, account = read("cmi-pref", tmp_path)
    assert account.n_faults == 0
    assert set(songs) == {"a", "b", "c"}
    assert songs["c"].split == "test"
    assert battles["cmi_train/1/musicality"].outcome is Outcome.SECOND
    assert battles["cmi_train/1/alignment"].outcome is None
    assert len(battles) == 4


def test_rewardbench_names_a_source_that_it_does_not_know(tmp_path: Path) -> None:
    folder = sampled("cmi-rewardbench", tmp_path)
    path = folder / "data" / "all_test.jsonl"
    path.write_text(path.read_text() + '{"source": "Radio", "audio-path": "x.wav"}\n')
    _, battles, account = read("cmi-rewardbench", folder)
    assert "source: expected PAM (music), MusicEval" in account.faults[0].message
    by = {battle.criterion: battle for battle in battles.values()}
    assert by["musicality"].confidence == 2.5
    assert by["preference"].outcome is Outcome.SECOND


def test_ids_of_aime_meet_with_and_without_zeros(tmp_path: Path) -> None:
    songs, battles, _ = read("aime", sampled("aime", tmp_path))
    assert "0" in songs
    assert "21" in songs
    assert {battle.criterion for battle in battles.values()} == {"music quality", "text alignment"}
    folder = tmp_path / "survey only"
    folder.mkdir()
    (tmp_path / "AIME-survey/data/train-00000-of-00001.parquet").rename(folder / "s.parquet")
    songs, battles, _ = read("aime", folder)
    assert {b.first for b in battles.values()} | {b.second for b in battles.values()} == set(songs)


def test_segments_of_a_song_must_agree(tmp_path: Path) -> None:
    folder = sampled("apex", tmp_path)
    table = pq.read_table(folder / "embeddings.parquet").to_pylist()
    table[1]["score_likes"] = 99.5
    table[2]["songeval_scores"] = table[3]["songeval_scores"] = None
    pq.write_table(pa.Table.from_pylist(table), folder / "embeddings.parquet")
    songs, _, account = read("apex", folder)
    assert len(songs) == 4
    assert account.faults[0].line == 2
    assert "labels of its first segment" in account.faults[0].message
    assert set(songs["made-up-1"].scores) == {"streams", "likes"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("u 3 4", "expected 1 score .* or 5"),
        ("u high", "expected numbers"),
        ("u 5.5", "expected scores in 1-5"),
        ("u nan", "expected scores in 1-5"),
        ("utt0000 3.0", "expected one line for utt0000"),
    ],
)
def test_odd_lines_of_asae(tmp_path: Path, line: str, message: str) -> None:
    folder = sampled("asae", tmp_path)
    path = folder / "track1.scp"
    path.write_text(path.read_text() + line + "\n")
    _, _, account = read("asae", folder)
    assert account.n_faults == 1
    with pytest.raises(InputError, match=f"track1.scp, line 6: .*{message}"):
        list(read_corpus("asae", folder))


def test_the_proving_ground_tells_a_battle_about_nobody(tmp_path: Path) -> None:
    folder = sampled("proving-ground", tmp_path)
    battles = pq.read_table(folder / "battles.parquet").to_pylist()
    battles[0]["second"] = "nobody"
    pq.write_table(pa.Table.from_pylist(battles), folder / "battles.parquet")
    _, _, account = read("proving-ground", folder)
    assert "song nobody is not in songs.parquet" in account.faults[0].message


def test_sound_is_unpacked_once_and_stays_inside(tmp_path: Path) -> None:
    folder = tmp_path / "musiceval"
    (folder / "data").mkdir(parents=True)
    rows = [
        {"audio": {"bytes": b"RIFF1", "path": "x-S001_P002.wav"}, "overall quality": 3.0},
        {"audio": {"bytes": b"fLaC2", "path": None}, "overall quality": 2.0},
    ]
    table = pa.Table.from_pylist([row | {"textual alignment": 1.0} for row in rows])
    pq.write_table(table, folder / "data" / "test-0.parquet")
    source = open_source(folder, READERS["musiceval"].facts)
    before, _, _ = read("musiceval", folder)
    assert "inside the Parquet file" in str(before["x-S001_P002"].withheld)
    assert unpack(source, lambda _: None) == (2, 0)
    assert unpack(source, lambda _: None) == (0, 2)
    assert (folder / "audio" / "x-S001_P002.wav").read_bytes() == b"RIFF1"
    after, _, _ = read("musiceval", folder)
    song = after["x-S001_P002"]
    assert (song.withheld, song.system, song.prompt_id, song.split) == (
        None,
        "S001",
        "P002",
        "test",
    )
    mine = folder / "audio" / "x-S001_P002.wav"
    mine.write_bytes(b"MINE!")  # as long as the corpus's, and longer ones
    said: list[str] = []
    assert unpack(source, said.append) == (0, 1)
    assert mine.read_bytes() == b"MINE!"
    assert f"1 files hold something else than the corpus and stay as they are: {mine}" in said[-1]
    mine.unlink()
    mine.symlink_to(tmp_path / "nowhere.wav")
    assert unpack(source, said.append) == (0, 1)
    assert not (tmp_path / "nowhere.wav").exists()
    rows[0]["audio"] = {"bytes": b"RIFF1", "path": "link/out.wav"}
    table = pa.Table.from_pylist([row | {"textual alignment": 1.0} for row in rows])
    pq.write_table(table, folder / "data" / "test-0.parquet")
    (folder / "audio" / "link").symlink_to(tmp_path)
    with pytest.raises(InputError, match="link is a link, and nothing is written through it"):
        unpack(source, said.append)
    assert not (tmp_path / "out.wav").exists()
    rows[0]["audio"] = {"bytes": b"RIFF1", "path": "../../out.wav"}
    table = pa.Table.from_pylist([row | {"textual alignment": 1.0} for row in rows])
    pq.write_table(table, folder / "data" / "test-0.parquet")
    with pytest.raises(InputError, match="do not trust this copy"):
        unpack(source, lambda _: None)
    READERS["songeval"].sample(tmp_path / "songeval", np.random.default_rng(0))
    other = open_source(tmp_path / "songeval", READERS["songeval"].facts)
    with pytest.raises(InputError, match="no Parquet file with sound"):
        unpack(other, lambda _: None)


def test_votes_moments_and_prompts_have_one_reading() -> None:
    assert [outcome_of(vote) for vote in ("A", "model_b", 1, "both", "neither", "", None)] == [
        Outcome.FIRST,
        Outcome.SECOND,
        Outcome.FIRST,
        Outcome.TIE,
        Outcome.NEITHER,
        None,
        None,
    ]
    for vote in (0, "C", "left", True):
        with pytest.raises(ValueError, match="expected a vote"):
            outcome_of(vote)
    assert moment_of("2025-09-01") == moment_of("2025-09-01T02:00:00+02:00")
    assert moment_of("") is None
    for moment in ("soon", 1e30, [2025]):
        with pytest.raises(ValueError, match=r"."):
            moment_of(moment)
    assert prompt_key("a", None) != prompt_key(None, "a")
    assert prompt_key("", " ") is None


def test_listening_is_counted_between_play_and_pause() -> None:
    assert listened_s([]) == 0
    assert listened_s(None) is None
    assert listened_s([["PAUSE", 5.0], ["PLAY", 6.0], ["TICK", 7.0], ["STOP", 9.0]]) == 3
    assert listened_s([["PLAY", 1.0], ["PLAY", 2.0], ["PAUSE", 3.0], ["PAUSE", 8.0]]) == 2
    assert listened_s([["PLAY", "x"]]) is None
