"""Songs of a store as one vector each, weighted by music; stores of one kind share a hash."""

from pathlib import Path

import numpy as np
import pytest

from planted_songs import planted, write_files
from plaudit.core.errors import InputError
from plaudit.embeddings.store.mean import mean_embeddings, store_hash


def test_a_song_is_the_mean_of_its_segments_by_music(tmp_path: Path) -> None:
    data = planted(12, n_layers=2, dim=3)
    _, store = write_files(data, tmp_path)
    ids = [str(song_id) for song_id in data.song_ids[[5, 2]]]
    means = mean_embeddings(store, [*ids, "nobody"])
    assert means.shape == (3, 6)
    assert np.isnan(means[2]).all()
    for row, place in zip(means, (5, 2), strict=False):
        part = slice(int(data.offsets[place]), int(data.offsets[place + 1]))
        weight = data.music_s[part].astype(np.float64)
        values = data.values[part].reshape(-1, 6).astype(np.float64)
        np.testing.assert_allclose(row, weight @ values / weight.sum(), rtol=1e-4)
    with pytest.raises(InputError, match="got none of 1"):
        mean_embeddings(store, ["nobody"])


def test_the_hash_is_of_the_kind_of_store_and_not_of_its_songs(tmp_path: Path) -> None:
    stores = []
    for name, settings in (("a", {"seed": 0}), ("b", {"seed": 1}), ("c", {"dim": 7})):
        (tmp_path / name).mkdir()
        stores.append(write_files(planted(6, **settings), tmp_path / name)[1])
    first, same_kind, other = map(store_hash, stores)
    assert first == same_kind != other
