"""Contact sheets: which songs they show, that all can be drawn, and what is said when not."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from plaudit.core.errors import InputError, MissingFileError
from plaudit.reports.corpus.columns import Table, read_corpus
from plaudit.reports.corpus.contact import (
    contact_png,
    corpus_contact,
    draw_songs,
    exhibit_of,
    sample_of,
)
from plaudit.synth.song import make_song
from small_corpus import write_corpus

systems = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=80)


def table(names: list[str]) -> Table:
    ids = [f"s{k:06d}" for k in range(len(names))]
    roles = [{"a": "training", "d": "falsification"}.get(name, "held-out") for name in names]
    columns = {"song_id": ids, "system": names, "role": roles}
    return Table({name: np.array(values, object) for name, values in columns.items()})


@given(names=systems, size=st.integers(1, 40))
def test_a_sample_gives_every_system_its_share(names: list[str], size: int) -> None:
    rows = sample_of(table(names), size)
    assert len(set(rows.tolist())) == len(rows) == min(size, len(names))
    shown = [names[row] for row in rows]
    counts = {name: shown.count(name) for name in set(names)}
    for name, count in counts.items():
        # No system has fewer than another unless it has no more songs.
        assert count == names.count(name) or count >= max(counts.values()) - 1


@given(names=systems, seed=st.integers(0, 99))
def test_a_sample_does_not_hang_on_the_order_of_rows(names: list[str], seed: int) -> None:
    songs = table(names)
    order = np.random.default_rng(seed).permutation(len(names))
    mixed = Table({name: column[order] for name, column in songs.columns.items()})
    ids = [each["song_id"][sample_of(each, 10)].tolist() for each in (songs, mixed)]
    assert ids[0] == ids[1]


def test_a_sheet_of_composed_songs(tmp_path: Path) -> None:
    songs = [make_song(seed, 10.0, {"clarity": 0.3 * seed}) for seed in (1, 2, 3)]
    draw_songs(songs, tmp_path / "a.png", "Three $songs", 2)
    draw_songs(songs, tmp_path / "b.png", "Three $songs", 2)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as image:
        assert image.width == 1161
    assert exhibit_of(songs[0]).knobs["clarity"] == 0.3
    assert exhibit_of(songs[0], bars=False).knobs == {}
    with pytest.raises(InputError, match="at least one song"):
        contact_png([], "", 5)


def test_a_sheet_of_a_corpus_tells_how_far_it_is(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path, 4, 0, 0)
    corpus, told = read_corpus(folder), []
    sheet = corpus_contact(folder, corpus.songs, lambda done, every: told.append((done, every)))
    assert sheet.startswith(b"\x89PNG")
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    (folder / str(corpus.songs["file"][0])).unlink()
    with pytest.raises(MissingFileError, match="s000000"):
        corpus_contact(folder, corpus.songs)
