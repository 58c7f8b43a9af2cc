"""A timeline hears music only: no entry rests on padding where the song fills a segment."""

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import plaudit
from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.core.axes import AESTHETICS
from plaudit.core.choice import Precision
from plaudit.encoders.spec import EncoderSpec
from plaudit.judging.interval import scores_of
from plaudit.judging.judge import Judge
from plaudit.judging.record import SongScores
from plaudit.model.card import Card, HeadSpec, Pooling, Recipe
from plaudit.model.network import Network
from plaudit.model.pooling import segment_weights
from plaudit.synth.song import Song, make_song

RATE = 4000
SPEC = EncoderSpec(
    kind="measured",
    name="level",
    hash="ab" * 32,
    sample_rate=RATE,
    layers=(0, 1),
    dim=3,
    licence="Apache-2.0",
    config={},
)


@dataclass
class Level:
    """An encoder of level and extremes that keeps the segments it encoded."""

    batch_size: int = 1
    encoded: list[NDArray[np.float32]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    spec: EncoderSpec = SPEC
    precision: Precision = "exact"
    device: str = "cpu"

    def encode(self, segments: NDArray[np.float32]) -> NDArray[np.float32]:
        self.encoded.extend(segments)
        self.sizes.append(len(segments))
        level = np.sqrt(np.mean(np.square(segments), axis=1))
        row = np.stack([level, segments.max(axis=1), segments.min(axis=1)], axis=1)
        return np.stack([row, 2 * row], axis=1).astype(np.float32)

    def tensors(self) -> dict[str, torch.Tensor]:
        return {}


def judge_of(recipe: Recipe, encoder: Level) -> Judge:
    torch.manual_seed(3)
    card = Card(
        name="level", version="1", summary="", encoder=SPEC, recipe=recipe, weights_hash="",
        training_data="", licence="", citation="", intended_uses=(), forbidden_uses=(),
    )  # fmt: skip
    return Judge(card, Network(recipe, len(SPEC.layers)).eval(), encoder)


def sound(n: int) -> NDArray[np.float32]:
    """Return n samples that grow louder, none of them zero."""
    noise = np.random.default_rng(n).uniform(0.01, 1.0, n) * np.linspace(0.1, 1.0, n)
    return noise.astype(np.float32)


ways = st.tuples(
    st.sampled_from(["mean", "duration", "music", "attention"]),
    st.sampled_from(["song", "segment"]),
).filter(lambda way: way != ("attention", "segment"))  # which is refused
recipes = st.builds(
    lambda way, **given: Recipe(pooling=way[0], level=way[1], **given),
    ways,
    segment=st.builds(
        SegmentRule,
        # Whole samples, so that a song can end exactly with a segment.
        length_s=st.integers(RATE // 4, 6 * RATE).map(lambda n: n / RATE),
        tail=st.sampled_from(["pad", "drop"]),
        min_tail_s=st.floats(0, 4),
    ),
    heads=st.just(HeadSpec(axes=AESTHETICS, input_dim=3, shared_dims=(8,), branch_dims=(4,))),
    members=st.sampled_from([1, 2]),
)


@given(n=st.integers(RATE, 13 * RATE), recipe=recipes, batch_size=st.sampled_from([1, 2, 16]))
def test_no_entry_rests_on_padding_and_no_score_changes(
    n: int, recipe: Recipe, batch_size: int
) -> None:
    x, encoder = sound(n), Level(batch_size)
    judge = judge_of(recipe, encoder)
    row = judge.score(x, RATE)
    size = round(recipe.segment.length_s * RATE)
    spans = row.timeline
    assert spans is not None

    starts, ends = [s.start_s for s in spans], [s.end_s for s in spans]
    assert starts[0] == 0
    assert np.all(np.diff(starts) > 0)
    assert np.all(np.diff(ends) > 0)
    if recipe.segment.tail == "pad":
        assert ends[-1] == row.duration_s
    else:
        # A tail that the judge does not hear is in neither the score nor the timeline.
        assert row.duration_s - ends[-1] < min(recipe.segment.min_tail_s, size / RATE) + 1 / RATE

    for span in spans:
        excerpt = x[round(span.start_s * RATE) : round(span.end_s * RATE)]
        assert len(excerpt) == min(n, size)
        padded = np.pad(excerpt, (0, size - len(excerpt)))
        assert any(np.array_equal(padded, segment) for segment in encoder.encoded)
        if len(excerpt) >= RATE:  # shorter ones are no songs
            alone = judge.score(excerpt, RATE)
            for axis in AESTHETICS:
                assert span.scores[axis] == pytest.approx(alone[axis].value, abs=1e-5)

    assert row.scores == judge.score(x, RATE, timeline=False).scores
    assert row.scores == padded_scores(judge, x).scores


def padded_scores(judge: Judge, x: NDArray[np.float32]) -> SongScores:
    """Return the scores as they follow from the padded segments: written out once more."""
    recipe = judge.card.recipe
    segments = list(open_song((x, RATE), RATE, recipe.segment))
    pooling: Pooling = recipe.prior if recipe.pooling == "attention" else recipe.pooling
    weights = segment_weights(
        pooling, [s.end_s - s.start_s for s in segments], [s.music_s for s in segments]
    )
    means = Level().encode(np.stack([s.samples for s in segments]))
    out = judge._network.score(torch.tensor(means), weights)
    row = judge.score(x, RATE, timeline=False)
    return row.model_copy(update={"scores": scores_of(judge.card.interval, judge.axes, out)})


@given(tail=st.integers(0, 2 * RATE - 1), full=st.integers(0, 4), timeline=st.booleans())
def test_a_timeline_costs_at_most_one_more_segment(tail: int, full: int, timeline: bool) -> None:
    n = 2 * RATE * full + tail
    if n < RATE:
        return
    encoder = Level()
    recipe = Recipe(
        segment=SegmentRule(length_s=2.0), heads=HeadSpec(axes=("clarity",), input_dim=3)
    )
    row = judge_of(recipe, encoder).score(sound(n), RATE, timeline=timeline)
    assert len(encoder.encoded) == math.ceil(n / (2 * RATE)) + (timeline and full > 0 and tail > 0)
    assert (row.timeline is not None) == timeline


def test_files_and_streams_have_the_timeline_of_the_array(tmp_path: Path) -> None:
    recipe = Recipe(
        segment=SegmentRule(length_s=2.0), heads=HeadSpec(axes=("clarity",), input_dim=3)
    )
    judge, x = judge_of(recipe, Level()), sound(9 * RATE // 2)
    soundfile.write(tmp_path / "a.wav", x, RATE, subtype="FLOAT")
    row = judge.score(x, RATE)
    assert row.timeline is not None
    assert [(s.start_s, s.end_s) for s in row.timeline] == [(0, 2), (2, 4), (2.5, 4.5)]
    assert judge.score(tmp_path / "a.wav").timeline == row.timeline
    (streamed,) = judge.stream([tmp_path / "a.wav"])
    assert isinstance(streamed, SongScores)
    assert streamed.timeline == row.timeline
    (bare,) = judge.stream([tmp_path / "a.wav"], timeline=False)
    assert isinstance(bare, SongScores)
    assert bare.timeline is None
    assert bare.scores == row.scores


def test_on_a_gpu_songs_share_batches_and_keep_their_rows(tmp_path: Path) -> None:
    """Three segments and a last full window a song, five songs: 20 segments in batches of 3."""
    recipe = Recipe(
        segment=SegmentRule(length_s=2.0), heads=HeadSpec(axes=("clarity",), input_dim=3)
    )
    songs = [tmp_path / f"{k}.wav" for k in range(5)]
    for k, path in enumerate(songs):
        soundfile.write(path, sound(9 * RATE // 2 + k), RATE, subtype="FLOAT")
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no song")
    gpu = Level(batch_size=3, device="cuda")
    alone = [judge_of(recipe, Level()).score(path) for path in songs]
    rows = list(judge_of(recipe, gpu).stream([*songs[:2], bad, *songs[2:]]))
    assert [row for row in rows if isinstance(row, SongScores)] == alone
    assert [Path(row.path or "").name for row in rows if not isinstance(row, SongScores)] == [
        "bad.wav"
    ]
    assert gpu.sizes == [3, 3, 3, 3, 3, 3, 2]


@pytest.fixture(scope="module")
def minute() -> Song:
    return make_song(3, 60.0)


@pytest.mark.parametrize("tail_s", [0.2, 4.0, 29.9])
def test_the_bundled_judge_hears_no_fall_at_the_end(tail_s: float, minute: Song) -> None:
    """A steady song scores in its last entry about what it scores before, whatever is left over."""
    song = minute
    n = round((30.0 + tail_s) * song.sample_rate)
    row = plaudit.load_judge().score(song.audio[..., :n], song.sample_rate)
    assert row.timeline is not None
    first, last = row.timeline
    assert last.end_s - last.start_s == pytest.approx(30.0)
    assert last.end_s == pytest.approx(30.0 + tail_s)
    assert np.mean([abs(last.scores[a] - first.scores[a]) for a in AESTHETICS]) < 0.6
