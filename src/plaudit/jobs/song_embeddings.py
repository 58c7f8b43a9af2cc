"""Embeddings of judged songs, for a model of preference that reads them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.embeddings.store.mean import mean_embeddings, store_hash
from plaudit.judging.record import SongScores
from plaudit.model.preference import Preference


def check_store(preference: Preference | None, store: Path | None) -> None:
    """Refuse embeddings that nothing reads, or that are not of the kind a model learned from."""
    learned = None if preference is None else preference.card.embeddings
    if store is not None and learned is None:
        raise InputError(
            "--embeddings is for a model that learned from embeddings; give one with --model, or"
            " leave --embeddings out."
        )
    if store is not None and learned is not None and store_hash(store) != learned.sha256:
        raise InputError(
            f"The store {store} is of another encoder or other settings than {learned.name}, which"
            " the model learned from; embed the songs with the same encoder and settings."
        )


def embeddings_of(rows: Sequence[SongScores], store: Path | None) -> NDArray[np.float64] | None:
    """Return embeddings (n_songs, dim) from a store that calls songs by path, name or stem."""
    if store is None:
        return None
    paths = [str(row.path) for row in rows]
    names = [(path, Path(path).name, Path(path).stem) for path in paths]
    flat = list(dict.fromkeys(name for three in names for name in three))
    stored = dict(zip(flat, mean_embeddings(store, flat), strict=True))
    return np.stack(
        [
            next((stored[n] for n in three if not np.isnan(stored[n]).any()), stored[three[0]])
            for three in names
        ]
    )
