"""Splits: groups stay whole, added songs move nobody, shares are met on average, leaks are told."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.errors import InputError
from plaudit.datasets.manifest.group import draws, groups
from plaudit.datasets.manifest.leak import KEYS, Key, leaks, leaks_of
from plaudit.datasets.manifest.songs import Manifest
from plaudit.datasets.manifest.split import SplitRule, read_rule, split_songs

NAMES = st.one_of(st.none(), st.sampled_from("abcdefgh"))
Columns = dict[Key, Any]


def objects(values: list[Any]) -> Any:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def ids(n: int) -> Any:
    return objects([f"s{number:04d}" for number in range(n)])


def slow_groups(columns: list[list[str | None]]) -> list[int]:
    """Join songs one pair at a time: the same thing, written so that it is plain."""
    n = len(columns[0])
    group = list(range(n))
    for column in columns:
        for a in range(n):
            for b in range(a):
                if column[a] is not None and column[a] == column[b]:
                    old, new = group[a], group[b]
                    group = [new if g == old else g for g in group]
    return group


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=14))
def test_groups_are_those_found_pair_by_pair(songs: list[tuple[str | None, str | None]]) -> None:
    artists, prompts = (list(column) for column in zip(*songs, strict=True))
    fast = groups({"artist": objects(artists), "prompt": objects(prompts)})
    slow = slow_groups([artists, prompts])
    same_fast = fast[:, None] == fast[None, :]
    same_slow = np.array(slow)[:, None] == np.array(slow)[None, :]
    np.testing.assert_array_equal(same_fast, same_slow)


@given(st.lists(st.tuples(NAMES, NAMES, NAMES), min_size=1, max_size=20), st.integers(0, 99))
def test_a_split_never_leaks(songs: list[tuple[str | None, ...]], seed: int) -> None:
    artist, prompt, alike = (objects(list(column)) for column in zip(*songs, strict=True))
    columns: Columns = {"artist": artist, "prompt": prompt, "near-duplicate": alike}
    rule = SplitRule(seed=seed, shares=(1.0, 0.0, 0.0))
    # Shares are asked for in a rule that cannot fail; the draw itself is what may leak.
    try:
        sides = split_songs(ids(len(songs)), columns, SplitRule(seed=seed)).sides
    except InputError:
        sides = split_songs(ids(len(songs)), columns, rule).sides
    assert leaks_of(sides, columns) == []


def test_songs_that_are_added_move_nobody() -> None:
    rng = np.random.default_rng(1)
    artist = objects([f"a{k}" for k in rng.integers(0, 150, 600)])
    prompt = objects([f"p{k}" if k < 300 else None for k in rng.integers(0, 600, 600)])
    small: Columns = {"artist": artist[:400]}
    large: Columns = {"artist": artist}
    before = split_songs(ids(400), small, SplitRule()).sides
    after = split_songs(ids(600), large, SplitRule()).sides[:400]
    np.testing.assert_array_equal(before, after)
    # With a second key an added song may join two groups; all others stay where they were.
    small["prompt"], large["prompt"] = prompt[:400], prompt
    before = split_songs(ids(400), small, SplitRule()).sides
    after = split_songs(ids(600), large, SplitRule()).sides[:400]
    old = groups({str(key): column for key, column in small.items()})
    new = groups({str(key): column for key, column in large.items()})[:400]
    joined = {int(g) for g in new if len(set(old[new == g])) > 1}
    kept = ~np.isin(new, list(joined))
    np.testing.assert_array_equal(before[kept], after[kept])


def test_shares_are_met_and_reported() -> None:
    keys: Columns = {"artist": objects([f"a{k // 2}" for k in range(6000)])}
    made = split_songs(ids(6000), keys, read_rule(["artist"], [0.6, 0.3, 0.1]))
    assert made.report.shares is not None
    for side, share in zip(("train", "validation", "test"), (0.6, 0.3, 0.1), strict=True):
        reached = float(np.mean(made.sides == side))
        assert reached == pytest.approx(share, abs=0.03)
        assert made.report.shares[side] == pytest.approx(reached)
    assert (made.report.groups, made.report.largest) == (3000, 2)


def test_large_groups_do_not_all_go_to_one_side() -> None:
    # The smallest draw of many keys is near 0: taken as the place it would always mean training.
    keys: Columns = {
        "artist": objects([f"a{k}" for k in range(8000)]),
        "prompt": objects([f"p{k // 20}" for k in range(8000)]),
    }
    sides = split_songs(ids(8000), keys, SplitRule(shares=(0.5, 0.25, 0.25))).sides
    assert 0.15 < np.mean(sides == "test") < 0.35


def test_seed_and_keys_change_the_split() -> None:
    keys: Columns = {
        "artist": objects([f"a{k % 40}" for k in range(200)]),
        "prompt": objects([f"p{k // 4}" for k in range(200)]),
    }
    plain = split_songs(ids(200), keys, SplitRule(by=("artist",))).sides
    assert (plain != split_songs(ids(200), keys, SplitRule(by=("artist",), seed=1)).sides).any()
    by_prompt = split_songs(ids(200), keys, SplitRule(by=("prompt",))).sides
    assert (plain != by_prompt).any()
    assert leaks_of(by_prompt, {"prompt": keys["prompt"]}) == []
    assert leaks_of(by_prompt, {"artist": keys["artist"]}) != []


def test_a_system_that_is_held_out_takes_its_group_along() -> None:
    system = objects(["old"] * 80 + ["new"] * 20)
    prompt = objects([f"p{k}" for k in range(80)] + [f"p{k}" for k in range(20)])
    rule = SplitRule(by=("prompt",), hold_out=("new",), shares=(0.8, 0.2, 0.0))
    made = split_songs(ids(100), {"prompt": prompt}, rule, systems=system)
    assert (made.sides[system == "new"] == "test").all()
    assert (made.sides[:20] == "test").all()
    assert (made.sides[20:80] != "test").all()
    assert (made.report.fixed, made.report.drawn_along) == (20, 20)
    with pytest.raises(InputError, match="No song is of the system 'nw'; did you mean 'new'"):
        split_songs(ids(100), {}, SplitRule(by=(), hold_out=("nw",)), systems=system)


def test_the_corpus_keeps_its_own_split_unless_told_otherwise() -> None:
    own = objects(["test"] * 10 + [None] * 90)
    keys: Columns = {"artist": objects([f"a{k}" for k in range(100)])}
    rule = SplitRule(shares=(0.8, 0.2, 0.0))
    made = split_songs(ids(100), keys, rule, own=own)
    assert (made.sides[:10] == "test").all()
    assert not (made.sides[10:] == "test").any()
    anew = split_songs(ids(100), keys, SplitRule(own=False), own=own)
    assert not (anew.sides[:10] == "test").all()


def test_what_cannot_be_split_is_said() -> None:
    single_artist: Columns = {"artist": objects(["a"] * 30)}
    with pytest.raises(InputError, match="1 groups of songs that belong together"):
        split_songs(ids(30), single_artist, SplitRule())
    with pytest.raises(InputError, match="cannot be split by 'artists'; did you mean 'artist'"):
        read_rule(["artists"], [0.8, 0.1, 0.1])
    for shares in ([0.8, 0.1], [0.8, 0.3, -0.1], [0.5, 0.1, 0.1]):
        with pytest.raises(InputError, match=r"three shares .* that add up to 1"):
            read_rule(["song"], shares)


def test_leaks_are_found_in_any_manifest() -> None:
    table = pa.table(
        {
            "song_id": ["a", "b", "c", "d", "e"],
            "path": pa.nulls(5, pa.string()),
            "split": ["train", "test", "train", None, "validation"],
            "artist": ["x", "x", "y", "y", "z"],
            "prompt_id": ["p", None, None, None, None],
            "near_duplicate": ["a", None, "q", None, "q"],
        }
    )
    result = leaks(Manifest(table, Path()))
    assert [(leak.key, leak.values, leak.songs, leak.splits) for leak in result] == [
        ("artist", 1, 2, ("train", "test")),
        ("near-duplicate", 1, 2, ("train", "validation")),
    ]
    assert str(result[0]) == "1 artist (2 songs) on more than one side of train, test: x"
    assert leaks(Manifest(table, Path()), ["prompt"]) == []
    assert set(KEYS) >= {leak.key for leak in result}


def test_draws_depend_on_name_and_seed_alone() -> None:
    names = [f"n{k}" for k in range(4000)]
    drawn = draws(names, 0)
    assert draws(names[::-1], 0).tolist() == drawn[::-1].tolist()
    assert (draws(names, 1) != drawn).all()
    # Evenly spread: of 4,000 uniform draws the distance exceeds .03 one time in 700
    assert np.abs(np.sort(drawn) - (np.arange(4000) + 0.5) / 4000).max() < 0.03


def test_free_songs_of_one_recording_stay_together_by_whatever_keys_songs_are_split() -> None:
    same = objects([f"{k // 2}" for k in range(200)])
    for keys in (("artist",), ()):
        for key in ("song", "near-duplicate"):
            columns: Columns = {"artist": objects([None] * 200), key: same}
            made = split_songs(ids(200), columns, SplitRule(by=keys, shares=(0.5, 0.25, 0.25)))
            assert leaks_of(made.sides, {key: same}) == []
            assert made.report.groups == 100
