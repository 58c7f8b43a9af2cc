"""Songs like a song: the cosine of what the judge itself calls its embedding."""

from pathlib import Path

import numpy as np
import pytest

from plaudit.judging.judge import Judge
from plaudit.judging.load import load_judge
from served import Served


def test_neighbours_are_those_of_the_embeddings(
    server: Served, songs: Path, quick_apex: Path
) -> None:
    paths = [songs / f"{name}.wav" for name in "abc"]
    judge = load_judge(quick_apex)
    assert isinstance(judge, Judge)
    vectors = [judge.embed(path).astype(np.float64) for path in paths]
    with server.client() as client:
        hashes = [str(song.sha256) for song in client.score(paths)]
        answer = client._ask("GET", f"/v1/songs/{hashes[0]}/similar", params={"limit": 100})
        one = client._ask("GET", f"/v1/songs/{hashes[0]}/similar", params={"limit": 1})
    found = {song["sha256"]: song["similarity"] for song in answer["songs"]}
    assert answer["judge"]["hash"] == judge.id.hash
    assert hashes[0] not in found
    for k in (1, 2):
        product = np.linalg.norm(vectors[0]) * np.linalg.norm(vectors[k])
        assert found[hashes[k]] == pytest.approx(vectors[0] @ vectors[k] / product, abs=1e-6)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert one["songs"] == answer["songs"][:1]
