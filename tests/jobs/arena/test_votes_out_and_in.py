"""The loop, through the real commands: out of a test, into other commands, and back into a test."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pyarrow import csv

from planted_songs import planted, write_files
from plaudit.arena.results.publication import METADATA, SUMS
from plaudit.arena.results.record import ArenaBoard
from plaudit.arena.results.row import Check, VoteRow, speeds_of
from plaudit.arena.results.stored import read_answers
from plaudit.benchmarks.standings.record import Standings
from plaudit.core.file import sha256_of
from plaudit.core.outcome import Outcome
from plaudit.core.settings import load_json
from plaudit.datasets.corpora.music_arena import _Battle
from typed_command import plaudit
from voting_rows import STRENGTH, SYSTEMS, battle, honest, listening_test, mushra, rating


@pytest.fixture(scope="module")
def rows() -> list[VoteRow]:
    votes = honest(14, 24, np.random.default_rng(0))
    votes += [
        battle(k, "friend", Outcome.FIRST, ("gamma", "alpha"), prompt=f"p{k % 12}")
        for k in range(30)
    ]
    votes.append(
        battle(99, "v00", Outcome.TIE, ("alpha", "alpha"), check=Check(kind="damaged", passed=True))
    )
    votes[0] = votes[0].model_copy(update={"comment": '=HYPERLINK("x") <b>ü</b>'})
    return votes


@pytest.fixture(scope="module")
def test_file(rows: list[VoteRow], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return listening_test(tmp_path_factory.mktemp("arena"), rows)


@pytest.fixture(scope="module")
def exported(test_file: Path) -> Path:
    out = test_file.parent / "out"
    said = plaudit("arena", "export", test_file, "--out", out)
    assert "366 votes of 15 voters; 1 voters are flagged" in said.stderr
    return out


@pytest.mark.parametrize(
    ("file", "analysis"), [("battles.csv", "everyone"), ("battles-kept.csv", "kept")]
)
def test_the_board_is_what_bench_standings_says_of_the_exported_file(
    test_file: Path, exported: Path, tmp_path: Path, file: str, analysis: str
) -> None:
    board, standings = tmp_path / "board.json", tmp_path / "standings.json"
    plaudit("arena", "board", test_file, "--draws", 20, "--out", board)
    plaudit("bench", "standings", exported / file, "--draws", 20, "--out", standings)
    whole, theirs = load_json(ArenaBoard, board), load_json(Standings, standings)
    ours = getattr(whole, analysis).standings
    assert whole.option_sources["draws"] == theirs.option_sources["draws"] == "command line"
    apart = {"data": theirs.data, "option_sources": theirs.option_sources}
    assert ours.model_copy(update=apart) == theirs
    assert ours.resampling.of_each == {"voter": 15 if analysis == "everyone" else 14, "prompt": 12}


def scores_of(rows: list[VoteRow], path: Path) -> Path:
    """Scores that know the systems, a little."""
    rng = np.random.default_rng(3)
    songs = sorted({(side.song, side.system) for row in rows for side in row.sides})
    lines = []
    for song, system in songs:
        axes = ("coherence", "musicality", "memorability", "clarity", "naturalness")
        quality = 3 + STRENGTH[SYSTEMS.index(system)] + rng.normal(0, 0.3, 6)
        cells = {axis: float(np.clip(v, 1, 5)) for axis, v in zip(axes, quality, strict=False)}
        lines.append(json.dumps({"song_id": song, **cells, "streams": 50.0 + 10 * quality[5],
                                 "likes": 50.0, "duration_s": 12.0}))  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_study_and_a_model_of_preference_read_the_exported_file(
    rows: list[VoteRow], exported: Path, tmp_path: Path
) -> None:
    scores = scores_of(rows, tmp_path / "scores.jsonl")
    words = ["--models", "logistic", "--schemes", "prompt", "--draws", 20, "--no-acoustics"]
    plaudit("study", "preference", "--battles", exported / "battles-kept.csv", "--scores", scores,
            "--out", tmp_path / "study", *words)  # fmt: skip
    said = plaudit("train-preference", "--battles", exported / "battles-kept.csv", "--scores",
                   scores, "--out", tmp_path / "judge")  # fmt: skip
    assert (tmp_path / "judge" / "card.json").is_file()
    assert "decided" in said.stdout


def test_a_judge_is_trained_on_the_exported_battles(tmp_path: Path) -> None:
    data = planted(40, validation=0.4)
    write_files(data, tmp_path)
    splits = {"train": 24, "validation": 16}
    songs = [str(song) for song in data.song_ids]
    votes, start, rng = [], 0, np.random.default_rng(0)
    for split, n in splits.items():
        for number in range(60):
            a, b = (start + rng.choice(n, 2, replace=False)).tolist()
            outcome = Outcome.FIRST if data.targets[a, 1] > data.targets[b, 1] else Outcome.SECOND
            row = battle(number, f"{split}-{number % 6}", outcome, prompt=f"{split}-{number % 8}")
            sides = [
                side.model_copy(update={"song": songs[song]})
                for side, song in zip(row.sides, (a, b), strict=True)
            ]
            votes.append(row.model_copy(update={"sides": tuple(sides)}))
        start += n
    test = listening_test(tmp_path / "arena", votes)
    plaudit("arena", "export", test, "--out", tmp_path / "out")
    config = tmp_path / "judge.toml"
    settings = [
        f'manifest = "{tmp_path}/songs.parquet"', f'store = "{tmp_path}/store"',
        f'battles = "{tmp_path}/out/battles-kept.csv"', 'objective = "battles"', 'mix = "mean"',
        "epochs = 1", "batch = 16", "shared_dims = [8]", "branch_dims = []", 'device = "cpu"',
    ]  # fmt: skip
    config.write_text("\n".join(settings) + "\n")
    said = plaudit("train", config, "--out", tmp_path / "run")
    assert (tmp_path / "run" / "result.json").is_file()
    assert "60" in said.stdout + said.stderr  # battles that taught, and those that decided


def test_a_judge_stands_beside_people(rows: list[VoteRow], test_file: Path, tmp_path: Path) -> None:
    scores = scores_of(rows, tmp_path / "scores.jsonl")
    out = tmp_path / "board.json"
    plaudit("arena", "board", test_file, "--draws", 0, "--scores", scores, "--out", out)
    judges = load_json(ArenaBoard, out).kept.judges
    musicality = next(each for each in judges if each.score == "musicality")
    accuracy = next(m for m in musicality.measures if m.measure == "accuracy")
    assert accuracy.value is not None
    assert accuracy.value > 0.6
    assert {"constant A", "constant B", "system identity"} <= set(accuracy.baselines)
    assert [name for name, _ in musicality.ranking] == ["alpha", "beta", "gamma"]
    assert musicality.order.value == 1.0
    assert (musicality.scored, musicality.songs) == (36, 36)
    likes = next(each for each in judges if each.score == "likes")  # all songs alike
    assert next(m for m in likes.measures if m.measure == "accuracy").value == 0.5
    text = plaudit("arena", "board", test_file, "--draws", 0, "--scores", scores).stdout
    assert "would have put: alpha" in text


@pytest.mark.parametrize("form", ["music-arena", "music-arena-log"])
def test_votes_go_out_as_music_arena_and_come_back(
    form: str, rows: list[VoteRow], test_file: Path, tmp_path: Path
) -> None:
    few = [row for row in rows if row.voter in ("v00", "v01", "friend")]
    source = listening_test(tmp_path / "few", few)
    out = tmp_path / "out"
    plaudit("arena", "export", source, "--as", form, "--out", out)
    empty = tmp_path / "other.toml"
    empty.write_text('name = "other"\ntitle = "Other"\nkind = "battle"\n')
    plaudit("arena", "import", empty, out)
    answers = read_answers(empty)
    speeds = speeds_of(answers.songs.values())
    assert [each.system for each in speeds] == list(SYSTEMS)
    assert {(each.seconds, each.real_time) for each in speeds} == {(3.0, 4.0)}
    back = {row.task: row for row in answers.rows}
    votes = {row.task: row for row in few if row.counts}
    assert back.keys() == votes.keys()
    for task, row in votes.items():
        came = back[task]
        assert (came.outcome, came.voter, came.received) == (row.outcome, row.voter, row.received)
        assert [side.system for side in came.sides] == [side.system for side in row.sides]
        if form == "music-arena":
            assert came.heard_s == row.heard_s
    # And plaudit bench standings reads them too.
    plaudit("bench", "standings", out, "--draws", 0, "--method", "music-arena")
    again = plaudit("arena", "import", empty, out)
    assert "Known already" in again.stderr
    assert len(read_answers(empty).rows) == len(votes)


def test_a_released_row_has_the_columns_of_the_release(test_file: Path, tmp_path: Path) -> None:
    plaudit("arena", "export", test_file, "--as", "music-arena", "--out", tmp_path / "out")
    first = json.loads((tmp_path / "out" / "battles.jsonl").read_text().splitlines()[0])
    assert first.keys() == _Battle.model_fields.keys()
    assert first["preference"] in ("A", "B", "TIE", "BOTH_BAD")
    assert first["audio_a"].endswith(".wav")
    assert not Path(first["audio_a"]).is_absolute()


def test_all_there_is_comes_back_as_it_was(
    rows: list[VoteRow], exported: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "again.toml"
    empty.write_text('name = "again"\ntitle = "Again"\nkind = "battle"\n')
    plaudit("arena", "import", empty, exported)
    answers = read_answers(empty)
    assert list(answers.rows) == rows
    assert answers.songs["p0-alpha"].prompt_id == "p0"
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('name = "wrong"\ntitle = "Wrong"\nkind = "mushra"\n')
    said = plaudit("arena", "import", wrong, exported, status=1)
    assert "Expected votes of the kind mushra" in said.stderr


def test_a_publication_points_to_nobody_and_counts_everything(
    rows: list[VoteRow], test_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "published"
    words = ["arena", "export", test_file, "--as", "publication", "--out", out, "--draws", 0]
    assert "needs --licence" in plaudit(*words, status=1).stderr
    plaudit(*words, "--licence", "CC-BY-4.0", "--creator", "A Lab", "--creator", "B Lab")
    text = "".join(path.read_text() for path in out.iterdir())
    assert "friend" not in text
    assert "HYPERLINK" not in text
    assert str(test_file.parent) not in text
    card = (out / "README.md").read_text()
    assert "1 of 15 voters are flagged as careless, with 30 of 366 votes" in card
    assert "| checks with a damaged copy | 1 |" in card
    assert "Licence: CC-BY-4.0" in card
    metadata = json.loads((out / METADATA).read_text())
    assert [each["name"] for each in metadata["creators"]] == ["A Lab", "B Lab"]
    assert metadata["types"]["resourceTypeGeneral"] == "Dataset"
    for line in (out / SUMS).read_text().splitlines():
        digest, name = line.split("  ")
        assert sha256_of(out / name) == digest
    assert {path.name for path in out.iterdir()} == {
        SUMS, *(line.split("  ")[1] for line in (out / SUMS).read_text().splitlines())
    }  # fmt: skip
    # The data are whole: the board made from them is the board of the test.
    again = tmp_path / "again.toml"
    again.write_text('name = "again"\ntitle = "Again"\nkind = "battle"\n')
    plaudit("arena", "import", again, out)
    boards = []
    for test in (again, test_file):
        plaudit("arena", "board", test, "--draws", 0, "--out", tmp_path / f"{test.stem}.json")
        boards.append(load_json(ArenaBoard, tmp_path / f"{test.stem}.json"))
    ratings = [{s.system: s.rating for s in board.kept.standings.systems} for board in boards]  # type: ignore[union-attr]
    assert ratings[0] == pytest.approx(ratings[1])
    plaudit(*words, "--licence", "CC-BY-4.0", "--creator", "A Lab", "--comments")
    assert "HYPERLINK" in (out / "votes.jsonl").read_text()


def test_ratings_become_a_table_of_songs_that_a_judge_is_trained_on(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    made = [
        rating(f"v{v}", f"s{s}", SYSTEMS[s % 3], f"p{s // 3}",
               {"musicality": float(rng.integers(1, 6)), "groove": 2.0}, 10 * s)
        for v in range(4)
        for s in range(6)
    ]  # fmt: skip
    test = listening_test(tmp_path, made, "rating")
    for song in range(6):
        path = tmp_path / "songs" / f"s{song}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, np.random.default_rng(song).normal(0, 0.1, 22_050), 22_050)
    plaudit("arena", "export", test, "--out", tmp_path / "out")
    table = csv.read_csv(tmp_path / "out" / "songs.csv").to_pylist()
    mean = np.mean([row.ratings["musicality"] for row in made if row.sides[0].song == "s0"])
    assert next(r for r in table if r["song_id"] == "s0")["musicality"] == pytest.approx(mean)
    assert "groove" not in table[0]  # no axis of Plaudit; it is in ratings.csv
    values = csv.read_csv(tmp_path / "out" / "ratings.csv").to_pylist()
    assert {row["axis"] for row in values} == {"musicality", "groove"}
    assert len(values) == 48
    plaudit("data", "prepare", "csv", tmp_path / "out" / "songs.csv", "--out",
            tmp_path / "manifest.parquet", "--shares", "1,0,0")  # fmt: skip


def test_a_table_of_battles_says_who_named_the_quietest_tone(exported: Path) -> None:
    rows = csv.read_csv(exported / "battles.csv").to_pylist()
    assert {row["headphones"] for row in rows} == {"right"}


def test_scores_of_mushra_go_out_as_numbers_and_not_as_battles(tmp_path: Path) -> None:
    made = [mushra("v", f"p{k}", [("contestant", "alpha", 50.0 + k)]) for k in range(3)]
    test = listening_test(tmp_path, made, "mushra")
    plaudit("arena", "export", test, "--out", tmp_path / "out")
    assert not (tmp_path / "out" / "battles.csv").exists()
    values = csv.read_csv(tmp_path / "out" / "ratings.csv").to_pylist()
    assert [row["value"] for row in values] == [50.0, 51.0, 52.0]
    said = plaudit(
        "arena", "export", test, "--as", "music-arena", "--out", tmp_path / "x", status=1
    )
    assert "export it as plaudit" in said.stderr


def test_careless_voters_can_be_left_out_of_everything(test_file: Path, tmp_path: Path) -> None:
    plaudit("arena", "export", test_file, "--without-careless", "--out", tmp_path / "out")
    assert "friend" not in (tmp_path / "out" / "votes.jsonl").read_text()
    flags = csv.read_csv(tmp_path / "out" / "careless.csv").to_pylist()
    assert {(row["voter"], row["rule"]) for row in flags} >= {("friend", "one system")}
    assert {row["voter"] for row in flags} == {"friend"}


def test_a_test_without_votes_says_what_to_do(tmp_path: Path) -> None:
    test = tmp_path / "new.toml"
    test.write_text('name = "new"\ntitle = "New"\nkind = "battle"\n')
    for verb in (["export", test, "--out", tmp_path / "out"], ["board", test]):
        assert "`plaudit arena serve`" in plaudit("arena", *verb, status=1).stderr
