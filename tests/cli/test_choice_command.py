"""``plaudit compare``, ``rank`` and ``train-preference`` as a user types them."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from plaudit.core.axes import AXES
from typed_command import plaudit

ALL = [axis.name for axis in AXES]


@pytest.fixture(scope="module")
def votes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with battles.csv, scores.csv and a model that was trained on them."""
    folder = tmp_path_factory.mktemp("votes")
    rng = np.random.default_rng(3)
    worth = rng.normal(size=60)
    with (folder / "scores.csv").open("w") as file:
        rows = csv.writer(file)
        rows.writerow(["song_id", *ALL])
        for k, quality in enumerate(worth):
            aesthetics = np.clip(3 + 0.6 * quality + 0.3 * rng.normal(size=5), 1, 5)
            rows.writerow([f"s{k}", *(50 + 8 * quality + 5 * rng.normal(size=2)), *aesthetics])
    with (folder / "battles.csv").open("w") as file:
        rows = csv.writer(file)
        rows.writerow(["first", "second", "outcome", "prompt"])
        for k in range(200):
            prompt = k % 20
            a, b = 3 * prompt + rng.choice(3, 2, replace=False)
            first = rng.random() < 1 / (1 + np.exp(-2 * (worth[a] - worth[b])))
            outcome = "tie" if k % 25 == 0 else "first" if first else "second"
            rows.writerow([f"s{a}", f"s{b}", outcome, f"p{prompt}"])
    plaudit(
        *("train-preference", "--battles", folder / "battles.csv"),
        *("--scores", folder / "scores.csv", "--out", folder / "model"),
    )
    return folder


def test_swapping_two_songs_gives_exactly_one_minus(songs: Path) -> None:
    a, b = songs / "a.wav", songs / "b.wav"
    there = json.loads(plaudit("compare", a, b, "-f", "json").stdout)
    back = json.loads(plaudit("compare", b, a, "-f", "json").stdout)
    assert there["probability"] == 1 - back["probability"]
    assert there["margin"] == -back["margin"]
    assert there["basis"] == "intervals"
    assert [axis["axis"] for axis in there["axes"]] == ALL
    assert there["first"]["path"] == str(a)


def test_a_comparison_is_written_for_people(songs: Path, votes: Path) -> None:
    same = plaudit("compare", songs / "a.wav", songs / "a.wav").stdout
    assert "cannot tell: a chance of 0.50 for A (sure from 0.75 on)" in same
    assert "no vote of people has calibrated it" in same
    voted = plaudit("compare", songs / "a.wav", songs / "b.wav", "--model", votes / "model").stdout
    assert "by a logistic model of 192 battles (battles.csv)" in voted


def test_a_comparison_names_every_song_that_cannot_be_judged(songs: Path, tmp_path: Path) -> None:
    (tmp_path / "text.mp3").write_text("la la la\n" * 100)
    done = plaudit("compare", tmp_path / "text.mp3", tmp_path / "gone.wav", status=1)
    assert done.stdout == ""
    assert "text.mp3" in done.stderr
    assert "gone.wav" in done.stderr
    done = plaudit("compare", songs / "a.wav", songs / "b.wav", "--model", tmp_path, status=1)
    assert "make one with plaudit train-preference" in done.stderr
    done = plaudit("compare", songs / "a.wav", songs / "b.wav", "--sure", "1.5", status=1)
    assert "above .5 and below 1" in done.stderr


def test_a_folder_is_ranked_and_a_broken_file_costs_nobody(songs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "takes"
    shutil.copytree(songs, folder)
    (folder / "bad.mp3").write_text("not a song " * 100)
    done = plaudit("rank", folder, "-f", "json", status=1)
    rows = json.loads(done.stdout)
    ranked = [row for row in rows if row["status"] == "ok"]
    assert [row["rank"] for row in ranked] == [1, 2, 3]
    values = [row["value"] for row in ranked]
    assert values == sorted(values, reverse=True)
    assert all(1 <= row["rank_low"] <= row["rank"] <= row["rank_high"] <= 3 for row in ranked)
    assert [Path(row["path"]).name for row in rows if row["status"] == "error"] == ["bad.mp3"]
    assert "Not judged (1)" in done.stderr
    alone = json.loads(plaudit("rank", songs, "-f", "json").stdout)
    assert [(row["sha256"], row["value"]) for row in alone] == [
        (row["sha256"], row["value"]) for row in ranked
    ]


def test_the_best_of_each_prompt_without_judging_again(songs: Path, tmp_path: Path) -> None:
    scores, table = tmp_path / "scores.jsonl", tmp_path / "manifest.csv"
    plaudit("score", songs, "-f", "jsonl", "-o", scores)
    table.write_text("path,prompt\na.wav,one\nb.wav,one\nc.wav,two\n")
    target = tmp_path / "best.csv"
    done = plaudit(
        *("rank", "--scores", scores, "--group-by", "prompt", "--manifest", table),
        *("--keep", "1", "-f", "csv", "-o", target, "--by", "mean"),
    )
    assert "Kept 2" in done.stderr
    with target.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["group"] for row in rows] == ["one", "two"]
    assert all(row["kept"] == "true" and row["rank"] == "1" for row in rows)
    shown = plaudit("rank", "--scores", scores, "--by", "clarity").stdout
    assert shown.startswith("place ")
    table.write_text("path,prompt\na.wav,one\n")
    done = plaudit(
        "rank", "--scores", scores, "--group-by", "prompt", "--manifest", table, status=1
    )
    assert "2 of 3 songs are not in" in done.stderr


def test_what_is_learned_from_embeddings_reads_them_again_to_rank_and_compare(
    songs: Path, votes: Path, tmp_path: Path
) -> None:
    store, battles, both = tmp_path / "store", tmp_path / "battles.csv", tmp_path / "both"
    shutil.copytree(songs, both)
    for name in "abc":  # again, quieter: songs of another prompt
        sound, rate = soundfile.read(songs / f"{name}.wav")
        soundfile.write(both / f"quiet-{name}.wav", 0.5 * sound, rate)
    plaudit("embed", both, "--out", store, "--workers", 1)
    # People like a better than b, and b better than c, eight times of nine.
    rows = [
        (
            f"{quiet}{'abc'[k % 3]}.wav",
            f"{quiet}{'bca'[k % 3]}.wav",
            "second" if (k % 3 == 2) != (k % 9 == 4) else "first",
        )
        for quiet in ("", "quiet-")
        for k in range(18)
    ]
    with battles.open("w") as file:
        csv.writer(file).writerows([("first", "second", "outcome"), *rows])
    learned = plaudit(
        *("train-preference", "--battles", battles, "--embeddings", store),
        *("--out", tmp_path / "model"),
    )
    assert "36 battles decided" in learned.stdout
    model = ("--model", tmp_path / "model", "--embeddings", store)
    ranked = json.loads(plaudit("rank", songs, *model, "-f", "json").stdout)
    assert [Path(row["path"]).name for row in ranked] == ["a.wav", "b.wav", "c.wav"]
    a, c = songs / "a.wav", songs / "c.wav"
    there = json.loads(plaudit("compare", a, c, *model, "-f", "json").stdout)
    back = json.loads(plaudit("compare", c, a, *model, "-f", "json").stdout)
    assert there["probability"] == 1 - back["probability"] > 0.5

    done = plaudit("rank", a, "--model", tmp_path / "model", status=1)
    assert "--embeddings" in done.stderr
    done = plaudit("rank", a, "--by", "mean", "--model", votes / "model", status=1)
    assert "--model ranks by preference, not by mean" in done.stderr
    done = plaudit("rank", a, "--embeddings", store, status=1)
    assert "--embeddings is for a model that learned from embeddings" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.wav", "--by", "coherense"], "did you mean 'coherence'"),
        (["a.wav", "--group-by", "prompt"], "give it with --manifest FILE"),
        (["a.wav", "--manifest", "songs.csv"], "add --group-by"),
        ([], "--manifest with a table of them"),
        (["a.wav", "--scores", "x.jsonl"], "one of the two"),
        (["--scores", "gone.jsonl"], "gone.jsonl is not there"),
    ],
)
def test_a_wrong_call_to_rank_says_what_to_do(arguments: list[str], message: str) -> None:
    done = plaudit("rank", *arguments, status=1)
    assert message in done.stderr
    assert done.stdout == ""


def test_training_says_what_it_learned_and_how_well(votes: Path, tmp_path: Path) -> None:
    given = ("train-preference", "--battles", votes / "battles.csv")
    scores = ("--scores", votes / "scores.csv")
    done = plaudit(*given, *scores, "--out", tmp_path / "trees", "--model", "trees")
    assert "192 battles decided, 8 ties and 0 answered neither left out" in done.stdout
    card = json.loads((tmp_path / "trees" / "card.json").read_text())
    auc = next(metric for metric in card["metrics"] if metric["measure"] == "auc")
    assert auc["low"] > auc["constant"] == 0.5
    assert card["n_groups"] == 20
    plaudit(*given, *scores, "--out", tmp_path / "trees")  # an older model is replaced
    assert json.loads((tmp_path / "trees" / "card.json").read_text()) != card
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.json").write_text('{"name": "a judge"}')
    done = plaudit(*given, *scores, "--out", tmp_path / "mine", status=1)
    assert "than a model of preference" in done.stderr
    done = plaudit(*given, "--out", tmp_path / "none", status=1)
    assert "--scores or --embeddings" in done.stderr
    few = tmp_path / "few.csv"
    few.write_text("first,second,outcome\ns0,s1,first\ns2,s99,first\n")
    done = plaudit("train-preference", "--battles", few, *scores, "--out", tmp_path / "f", status=1)
    assert "at least 20 battles" in done.stderr
    assert "a song has no numbers: 1" in done.stderr


def test_a_chance_has_an_interval_and_no_more_than_its_battles_support(
    songs: Path, votes: Path, tmp_path: Path
) -> None:
    card = json.loads((votes / "model" / "card.json").read_text())
    assert card["format_version"] == 2
    largest = card["calibrated"]["largest"]
    assert largest["low"] < largest["chance"] < 1 - 1 / 194
    assert card["calibrated"]["reason"] is None
    assert 20 < card["calibrated"]["n_effective"] < 192  # twenty prompts
    model = ("--model", votes / "model")
    first, second = songs / "a.wav", songs / "b.wav"
    there = json.loads(plaudit("compare", first, second, *model, "-f", "json").stdout)
    back = json.loads(plaudit("compare", second, first, *model, "-f", "json").stdout)
    assert there["probability_low"] < there["probability"] < there["probability_high"]
    assert back["probability_low"] == pytest.approx(1 - there["probability_high"])
    logit = np.log(there["probability"] / (1 - there["probability"]))
    assert there["margin"] == pytest.approx(logit)
    assert sum(axis["part"] for axis in there["axes"]) == pytest.approx(logit)
    low, high = there["probability_low"], there["probability_high"]
    text = plaudit("compare", first, second, *model).stdout
    assert f"95 % interval {low:.2f} to {high:.2f}" in text
    ranked = json.loads(plaudit("rank", songs, *model, "-f", "json").stdout)
    assert all(0 <= row["low"] <= row["value"] <= row["high"] <= 1 for row in ranked)


def test_a_model_that_is_not_calibrated_says_so_wherever_it_answers(
    songs: Path, votes: Path, tmp_path: Path
) -> None:
    battles = (votes / "battles.csv").read_text().splitlines()
    few = tmp_path / "few.csv"
    few.write_text("\n".join([battles[0], *battles[2:24]]))
    made = plaudit(
        *("train-preference", "--battles", few, "--scores", votes / "scores.csv"),
        *("--out", tmp_path / "model", "--model", "trees"),
    )
    said = "Not calibrated: fitted to the other battles, the model favoured neither song"
    assert said in made.stdout
    model = ("--model", tmp_path / "model")
    text = plaudit("compare", songs / "a.wav", songs / "b.wav", *model).stdout
    assert said in text
    assert "cannot tell: a chance of 0.50 for A, 95 % interval 0.00 to 1.00" in text
    assert said in plaudit("rank", songs, *model).stderr


def test_the_order_of_votes_and_of_songs_changes_no_digit(votes: Path, tmp_path: Path) -> None:
    with (votes / "battles.csv").open() as file:
        rows = list(csv.DictReader(file))
    turned = {"first": "second", "second": "first"}
    with (tmp_path / "other.csv").open("w") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for k, row in enumerate(reversed(rows)):
            if k % 3:
                row |= {
                    "first": row["second"],
                    "second": row["first"],
                    "outcome": turned.get(row["outcome"], row["outcome"]),
                }
            writer.writerow(row)
    plaudit(
        *("train-preference", "--battles", tmp_path / "other.csv"),
        *("--scores", votes / "scores.csv", "--out", tmp_path / "model"),
    )
    cards = [
        json.loads((folder / "model" / "card.json").read_text()) for folder in (votes, tmp_path)
    ]
    for key in ("metrics", "calibrated", "weights_sha256"):
        assert cards[0][key] == cards[1][key]
