"""From a corpus to a manifest: targets, splits, what is refused, and what is written."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.datasets.corpora.catalogue import READERS
from plaudit.datasets.inspect.text import prepared_text
from plaudit.datasets.manifest.prepare import LeakError, Prepared, prepare, read_recipe
from plaudit.datasets.manifest.songs import Manifest, read_manifest

BY_KEYS = "artist,prompt"


def made(folder: Path, name: str) -> Path:
    place = folder / name
    READERS[name].sample(place, np.random.default_rng(3))
    return place


def run(place: Path, name: str, out: Path, **options: Any) -> tuple[Prepared, Manifest]:
    recipe = read_recipe(**({"split_by": BY_KEYS, "shares": "1,0,0"} | options))
    progress: list[str] = []
    prepared = prepare(name, place, out, recipe, workers=1, on_progress=progress.append)
    return prepared, read_manifest(out)


def test_means_of_raters_become_targets_with_their_reliability(tmp_path: Path) -> None:
    place = made(tmp_path, "songeval")
    _, manifest = run(place, "songeval", tmp_path / "songs.parquet")
    lines = [json.loads(line) for line in (place / "metadata.jsonl").read_text().splitlines()]
    for axis in AESTHETICS:
        points = [[rating[axis.capitalize()] for rating in line["annotation"]] for line in lines]
        np.testing.assert_allclose(manifest.column(axis), np.mean(points, axis=1))
        assert manifest.about["reliability"][axis]["raters"] == 4
    assert manifest.about["licence"] == "CC-BY-NC-SA-4.0"
    assert manifest.about["label_files"]["files"] == 1


def test_the_proving_ground_gives_truth_where_asked(tmp_path: Path) -> None:
    place = made(tmp_path, "proving-ground")
    options = {"smallest": 2, "split_by": "prompt", "shares": ".5,.5,0", "seed": 4}
    _, rated = run(place, "proving-ground", tmp_path / "a.parquet", **options)
    _, true = run(place, "proving-ground", tmp_path / "b.parquet", target="expected", **options)
    songs = pq.read_table(place / "songs.parquet").to_pylist()
    expected = [song["expected_clarity"] for song in songs]
    np.testing.assert_allclose(true.column("clarity"), expected)
    assert not np.allclose(rated.column("clarity"), expected, equal_nan=True)
    for manifest in (rated, true):
        split = manifest.column("split")
        held_out = np.array([song["role"] != "training" for song in songs])
        assert (split[held_out] == "test").all()
        assert not (split[~held_out] == "test").any()
        assert np.isnan(manifest.column("streams")[held_out]).all()
        np.testing.assert_allclose(
            manifest.column("knob_clarity"), [song["knob_clarity"] for song in songs]
        )


def test_plays_are_told_against_the_training_songs_alone(tmp_path: Path) -> None:
    place = made(tmp_path, "fma")
    lines = (place / "fma_popularity.csv").read_text().splitlines()
    options = {"smallest": 2, "split_by": "song", "shares": ".6,0,.4", "seed": 1}
    _, before = run(place, "fma", tmp_path / "a.parquet", **options)
    split, ids = before.column("split"), before.column("song_id").tolist()
    assert set(split) == {"train", "test"}
    place_in_table = ids.index(ids[int(np.flatnonzero(split == "test")[0])])
    fields = lines[place_in_table + 1].split(",")
    fields[4] = "99999999"
    lines[place_in_table + 1] = ",".join(fields)
    (place / "fma_popularity.csv").write_text("\n".join(lines) + "\n")
    _, after = run(place, "fma", tmp_path / "b.parquet", **options)
    others = np.arange(len(ids)) != place_in_table
    np.testing.assert_array_equal(before.column("streams")[others], after.column("streams")[others])
    assert after.column("count_plays")[place_in_table] == 99999999
    assert after.column("streams")[place_in_table] == 100


def test_the_exponent_bends_the_scores(tmp_path: Path) -> None:
    place = made(tmp_path, "fma")
    _, plain = run(place, "fma", tmp_path / "a.parquet", smallest=2, exponent=1.0)
    _, bent = run(place, "fma", tmp_path / "b.parquet", smallest=2, exponent=0.5)
    straight = plain.column("streams")
    np.testing.assert_allclose(bent.column("streams"), 100 * np.sqrt(straight / 100))


def test_a_label_of_another_name_may_be_taken_for_an_axis(tmp_path: Path) -> None:
    place = made(tmp_path, "musiceval")
    options: dict[str, Any] = {"own": False}
    _, plain = run(place, "musiceval", tmp_path / "a.parquet", **options)
    assert np.isnan(plain.column("musicality")).all()
    options["axes"] = ["musicality=overall_quality"]
    _, taken = run(place, "musiceval", tmp_path / "b.parquet", **options)
    np.testing.assert_array_equal(taken.column("musicality"), plain.column("overall_quality"))
    for wrong, message in (
        ("musicalty=overall_quality", "did you mean 'musicality'"),
        ("musicality=quality", "no label 'quality'"),
    ):
        with pytest.raises(InputError, match=message):
            run(place, "musiceval", tmp_path / "c.parquet", own=False, axes=[wrong])


def test_a_split_of_the_corpus_that_leaks_is_refused(tmp_path: Path) -> None:
    place = made(tmp_path, "musiceval")
    path = place / "sets" / "test_mos_list.txt"
    path.write_text("audiomos2025-track1-S009_P000.wav,3.0,3.0\n" + path.read_text())
    out = tmp_path / "songs.parquet"
    with pytest.raises(LeakError, match=r"leaks, so .* was not written: 1 prompt .*: P000"):
        run(place, "musiceval", out)
    assert not out.exists()
    run(place, "musiceval", out, own=False)
    prepared, _ = run(place, "musiceval", out, split_by="song")
    assert [leak.key for leak in prepared.other_leaks] == ["prompt"]


def test_copies_of_a_song_stay_together_and_paths_are_relative(tmp_path: Path) -> None:
    place = made(tmp_path, "songeval")
    rng = np.random.default_rng(0)
    t = np.arange(8 * 22_050) / 22_050
    pitch = 330 * 2.0 ** (rng.integers(0, 12, 64) / 12)
    tune = 0.3 * np.sin(2 * np.pi * pitch[(4 * t).astype(int)] * t) * np.exp(-(4 * t % 1))
    (place / "mp3").mkdir()
    for number in (0, 3):  # the second as a FLAC of its own loudness, in the name of an mp3
        sound = (tune * (1 if number else 0.4)).astype(np.float32)
        soundfile.write(place / "mp3" / f"{number}.mp3", sound, 22_050, format="FLAC")
    prepared, manifest = run(
        place, "songeval", place / "songs.parquet", split_by="near-duplicate", shares=".5,.5,0"
    )
    assert (prepared.near_duplicates, prepared.without_audio) == (2, 4)
    assert manifest.column("path").tolist() == ["mp3/0.mp3", None, None, "mp3/3.mp3", None, None]
    assert manifest.column("near_duplicate").tolist() == ["0", None, None, "0", None, None]
    split = manifest.column("split")
    assert split[0] == split[3]
    shutil.copy(place / "mp3" / "3.mp3", place / "mp3" / "5.mp3")
    other, manifest = run(
        place, "songeval", place / "songs.parquet", split_by="artist", shares=".5,.5,0"
    )
    assert (other.near_duplicates, other.copies) == (3, 1)
    assert len({manifest.column("split")[k] for k in (0, 3, 5)}) == 1
    assert "Songs whose file another song has too: 1" in prepared_text(other, "here")


def test_a_song_of_a_corpus_that_is_there_twice_is_an_error(tmp_path: Path) -> None:
    place = made(tmp_path, "songeval")
    path = place / "metadata.jsonl"
    path.write_text(path.read_text() + path.read_text().splitlines()[0] + "\n")
    with pytest.raises(InputError, match="two songs '0'"):
        run(place, "songeval", tmp_path / "songs.parquet")


def test_only_the_proving_ground_knows_the_truth(tmp_path: Path) -> None:
    place = made(tmp_path, "songeval")
    with pytest.raises(InputError, match="Only the proving ground"):
        run(place, "songeval", tmp_path / "songs.parquet", target="expected")
    with pytest.raises(InputError, match="Expected an exponent above 0"):
        read_recipe(split_by="song", exponent=0.0)
    with pytest.raises(InputError, match="Expected shares such as"):
        read_recipe(split_by="song", shares="a lot")
