"""Contact sheets: which songs they show, that all can be drawn, and what is said when not."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from plaudit.core.errors import InputError
from plaudit.reports.corpus.columns import Table
from plaudit.reports.corpus.contact import (
    Exhibit,
    cell_pixels,
    contact_png,
    sample_of,
)
from plaudit.reports.look.spectrogram import spectrogram_of
from plaudit.synth.song import make_song

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


def test_a_sheet_with_a_heading_is_as_wide_as_one_without() -> None:
    song = make_song(1, 10.0)
    picture = spectrogram_of(song.audio, song.sample_rate, *cell_pixels(2))
    exhibits = [Exhibit(name, "", {"clarity": 0.3}, picture) for name in "abc"]
    drawn = [contact_png(exhibits, title, 2) for title in ("", "Three $songs", "Three $songs")]
    assert drawn[1] == drawn[2]
    plain, headed = (Image.open(BytesIO(png)) for png in drawn[:2])
    assert plain.width == headed.width == 1161
    assert plain.height < headed.height
    with pytest.raises(InputError, match="at least one song"):
        contact_png([], "", 5)
