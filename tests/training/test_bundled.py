"""The command that makes the bundled judge, on few and short songs."""

import json
from pathlib import Path

import numpy as np
import pytest

import plaudit
from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXES
from plaudit.core.errors import InputError
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.folder import read_card
from plaudit.training.bundled import train_bundled
from plaudit.training.corpus import make_example, make_examples

ALL = [axis.name for axis in AXES]
SHORT = (10.0, 12.0)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    for name, workers in (("one", 1), ("two", 2)):
        said: list[str] = []
        train_bundled(
            folder / name, n_songs=60, seed=5, workers=workers, duration_s=SHORT, say=said.append
        )
        assert "60 of 60 songs" in said[0]
    return folder


def test_the_number_of_workers_changes_nothing(trained: Path) -> None:
    one, two = (json.loads((trained / name / "card.json").read_text()) for name in ("one", "two"))
    assert one["weights_hash"] == two["weights_hash"]
    assert one == two


def test_what_comes_out_is_a_judge(trained: Path, songs: Path) -> None:
    row = plaudit.load_judge(trained / "one").score(songs / "a.wav")
    assert list(row.scores) == ALL


def test_the_card_says_what_was_measured(trained: Path) -> None:
    card = read_card(trained / "one")
    assert "simulated" in card.training_data
    measures = {(metric.measure, metric.axis) for metric in card.metrics}
    assert len(measures) == 3 * len(ALL)
    for metric in card.metrics:
        assert metric.low is not None
        assert metric.high is not None
        assert metric.low <= metric.value <= metric.high
        assert metric.baseline is not None


def test_a_recording_depends_on_its_seed_alone() -> None:
    seeds = np.random.SeedSequence(8).spawn(4)
    alone = make_example(seeds[2], SegmentRule(), SHORT)
    among = make_examples(4, 8, SegmentRule(), 1, lambda _: None, SHORT)[2]
    np.testing.assert_array_equal(alone.segments, among.segments)
    assert alone.targets == among.targets


def test_too_few_songs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 60 songs"):
        train_bundled(tmp_path, n_songs=10)


def test_the_bundled_judge_is_small_and_its_card_complete() -> None:
    assert sum(path.stat().st_size for path in BUNDLED.iterdir()) < 20 * 2**20
    card = read_card(BUNDLED)
    spearman = {m.axis: m for m in card.metrics if m.measure == "Spearman"}
    for axis in ("coherence", "musicality", "clarity", "naturalness"):
        assert (spearman[axis].low or 0) > 0.2
    assert card.interval is not None
    assert set(card.interval.half_width) == set(ALL)
