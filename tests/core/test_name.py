"""Names of another Unicode normal form are found; names that are apart stay apart."""

import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from plaudit.benchmarks.suites.prediction import PredictionFile
from plaudit.benchmarks.suites.promise import Item, Losses
from plaudit.core.name import NameMap, existing, respelled
from typed_command import plaudit

NFC, NFD = (unicodedata.normalize(form, "Caf\u00e9 \u304c") for form in ("NFC", "NFD"))


@given(st.lists(st.text(max_size=8), unique=True), st.text(max_size=8))
def test_it_is_a_dict_that_knows_forms(names: list[str], wanted: str) -> None:
    known = NameMap({name: k for k, name in enumerate(names)})
    for k, name in enumerate(names):
        assert known[name] == k
    form = unicodedata.normalize("NFC", wanted)
    alike = [name for name in names if unicodedata.normalize("NFC", name) == form]
    found = wanted in names or (len(alike) == 1 and not wanted.isascii())
    assert (wanted in known) == found
    assert (known.get(wanted) is not None) == found
    assert known.respelled == ({wanted} if found and wanted not in names else set())


def test_forms_that_are_apart_stay_apart() -> None:
    known = NameMap({NFC: 1, NFD: 2})
    assert (known[NFC], known[NFD]) == (1, 2)
    assert respelled("a.csv", known) == []
    with pytest.raises(KeyError):
        known["Caf\u00e8"]
    known = NameMap({NFD: 2})
    assert known[NFC] == 2
    (sentence,) = respelled("a.csv", known)
    assert sentence.startswith("Names that stand in a.csv in another Unicode normal form")
    assert "matched: 1, such as" in sentence


def test_files_are_found(tmp_path: Path) -> None:
    (tmp_path / NFD).write_text("")
    wanted = [tmp_path / NFC, tmp_path / NFD, tmp_path / "caf", tmp_path / "no" / NFC]
    assert list(existing(wanted)) == [tmp_path / NFD, tmp_path / NFD, *wanted[2:]]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scores in form D; truth, votes, groups and predictions in form C."""
    folder, rng = tmp_path_factory.mktemp("forms"), np.random.default_rng(1)
    names = [f"{NFC} {k}" for k in range(40)]

    def rows(name: str, *lines: tuple[object, ...]) -> None:
        (folder / name).write_text("".join(f"{','.join(map(str, line))}\n" for line in lines))

    rows("scores.csv", ("path", "streams", "clarity"),
         *((unicodedata.normalize("NFD", n), *rng.uniform(1, 5, 2)) for n in names))  # fmt: skip
    rows("truth.csv", ("song_id", "path", "split", "group", "clarity"),
         *((n, n, "test", "g", rng.uniform(1, 5)) for n in names))  # fmt: skip
    votes = [
        (names[2 * (k % 20)], names[2 * (k % 20) + 1], ("first", "second")[k % 2], f"p{k % 20}")
        for k in range(60)
    ]
    rows("votes.csv", ("first", "second", "outcome", "prompt"), *votes)
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ("evaluate", "scores.csv", "truth.csv", "--split", "all"),
        ("study", "preference", "--battles", "votes.csv", "--scores", "scores.csv",
         "--out", "study", "--models", "logistic"),
        ("train-preference", "--battles", "votes.csv", "--scores", "scores.csv", "--out", "p"),
        ("rank", "--scores", "scores.csv", "--by", "clarity", "--group-by", "group",
         "--manifest", "truth.csv"),
        ("compare", f"{NFC} 1", f"{NFC} 2", "--scores", "scores.csv"),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_commands_match_and_say_so(
    tables: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tables)
    output = plaudit(*words)
    assert "another Unicode normal form" in output.stdout + output.stderr


def test_suites_match_and_say_so(tables: Path) -> None:
    predictions = PredictionFile(tables / "scores.csv")
    items = {f"{NFC} {k}": Item(f"{NFC} {k}") for k in range(40)}
    assert set(predictions.predict(items, Losses()).scores) == set(items)
    assert "matched: 40," in predictions.notes[0]


def test_songs_of_a_table_and_a_store(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    soundfile.write(tmp_path / f"{NFD}.wav", 0.1 * rng.normal(size=16_000), 8_000)
    (tmp_path / "songs.csv").write_text(f"song_id,path\n{NFC}.wav,{NFC}.wav\n")
    plaudit("embed", tmp_path / "songs.csv", "--out", tmp_path / "store", "--workers", "1")
