"""SongEval against the vectors of the published toolkit, at small size."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import filled
from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.model.published import songeval
from plaudit.model.published.procedure import Conditions, Part
from plaudit.model.published.songeval import SongEval
from published_part import tenths

CPU = torch.device("cpu")
CONFORMER = {
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "hidden_act": "swish",
    "position_embeddings_type": "rotary",
    "rotary_embedding_base": 10000,
    "conv_depthwise_kernel_size": 31,
    "layer_norm_eps": 1e-5,
}
ENCODER: dict[str, Any] = {
    "encoder_dim": 64,
    "encoder_depth": 8,
    "conv_dim": 8,
    "stat": {"melspec_2048_mean": 6.768444971712967, "melspec_2048_std": 18.417922652295623},
    "w2v2_config": CONFORMER,
}
HEAD: dict[str, Any] = {
    "in_features": 64,
    "ffd_hidden_size": 128,
    "num_classes": 5,
    "attn_layer_num": 2,
}
ROWS = filled.table("songeval")
PUBLISHED = filled.tensors(ROWS)
NO_EFFECT = SongEval.PARTS["encoder"].no_effect


def _parts() -> dict[str, Part]:
    encoder = {
        name: value
        for name, value in filled.part_of(PUBLISHED, "muq").items()
        if not any(re.fullmatch(pattern, name) for pattern in NO_EFFECT)
    }
    return {
        "encoder": Part(encoder, "muq", ENCODER),
        "head": Part(filled.part_of(PUBLISHED, "songeval"), "head", {"generator": HEAD}),
    }


def _score(judge: SongEval, signal: NDArray[np.float32]) -> NDArray[np.float64]:
    return judge.score({24_000: signal[None]}, Conditions()).scores


@pytest.mark.parametrize("case", filled.golden("songeval")["cases"])
def test_scores_are_those_of_the_published_toolkit(case: str) -> None:
    kind, duration = case.split("_")
    signal = {"song": filled.song, "other": filled.other_song}[kind](float(duration))
    judge = SongEval(_parts(), CPU)
    scores = _score(judge, signal)
    expected = filled.golden("songeval")["cases"][case]["scores"]
    np.testing.assert_allclose(scores, expected, atol=1e-5, rtol=0)
    np.testing.assert_array_equal(_score(judge, signal), scores)
    heard = judge.score({24_000: signal[None]}, Conditions(prompt="a waltz"))
    np.testing.assert_array_equal(heard.scores, scores)
    assert heard.windows == ()


def test_axes_are_the_published_ones_in_their_order() -> None:
    axes = SongEval(_parts(), CPU).axes
    assert [a.name for a in axes] == [n.lower() for n in filled.golden("songeval")["axes"]]
    assert {(a.low, a.high, a.better) for a in axes} == {(1.0, 5.0, "higher")}


def test_patterns_cover_what_the_table_says_and_nothing_else() -> None:
    kept = {f"{part}/{name}" for part, front in (("muq", "encoder"), ("songeval", "head"))
            for name in _parts()[front].tensors}  # fmt: skip
    for row in ROWS:
        assert (row.name in kept) == (row.has_effect and not row.fill.startswith("kept")), row.name


@pytest.mark.parametrize("part", ["encoder", "head"])
def test_every_tensor_is_demanded_by_its_published_name(part: str) -> None:
    parts = _parts()
    tensors = dict(parts[part].tensors)
    for names in tenths(name for name in tensors if not re.search(r"layers\.[1-4]", name)):
        rest = {n: t for n, t in tensors.items() if n not in names}
        with pytest.raises(WeightsError, match=re.escape(f"missing: {', '.join(names)}.")):
            SongEval(parts | {part: replace(parts[part], tensors=rest)}, CPU)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("encoder", "model.conv.linear.bias"),
        ("encoder", "model.conformer.layers.5.final_layer_norm.weight"),
        ("head", "attn.1.in_proj_weight"),
        ("head", "fc.weight"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(part: str, name: str) -> None:
    parts = _parts()

    def build(tensors: dict[str, torch.Tensor]) -> None:
        SongEval(parts | {part: replace(parts[part], tensors=tensors)}, CPU)

    tensors = dict(parts[part].tensors)
    with pytest.raises(WeightsError, match=re.escape(f"wrong shape: {name} is")):
        build(tensors | {name: torch.zeros(2, *tensors[name].shape)})
    with pytest.raises(WeightsError, match=re.escape(f"not finite: {name}")):
        build(tensors | {name: tensors[name] * torch.nan})
    renamed = {f"{n}_x" if n == name else n: t for n, t in tensors.items()}
    with pytest.raises(WeightsError, match=re.escape(f"missing: {name}; unexpected: {name}_x")):
        build(renamed)


@pytest.mark.parametrize(
    ("part", "config", "words"),
    [
        ("encoder", ENCODER | {"encoder_depth": 6}, "encoder_depth"),
        ("encoder", {k: v for k, v in ENCODER.items() if k != "stat"}, "lacks 'stat'"),
        ("encoder", ENCODER | {"conv_dim": 16}, "wrong shape"),
        ("head", {}, "lacks 'in_features'"),
        ("head", {"generator": HEAD | {"in_features": 128}}, "in_features 128"),
        ("head", {"generator": HEAD | {"num_classes": 4}}, "num_classes 4"),
        ("head", {"generator": HEAD | {"ffd_hidden_size": 0}}, "ffd_hidden_size"),
        ("head", {"generator": HEAD | {"attn_layer_num": 3}}, "missing: attn.2"),
    ],
)
def test_a_wrong_configuration_is_named(part: str, config: dict[str, Any], words: str) -> None:
    parts = _parts()
    with pytest.raises(WeightsError, match=words):
        SongEval(parts | {part: replace(parts[part], config=config)}, CPU)


def test_rows_of_the_head_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    judge, song = SongEval(_parts(), CPU), filled.song(3)
    whole = _score(judge, song)
    monkeypatch.setattr(songeval, "_ROWS", 7)
    np.testing.assert_allclose(_score(judge, song), whole, atol=1e-5, rtol=0)


def test_settings_of_the_head_may_stand_at_the_top() -> None:
    parts = _parts()
    flat = SongEval(parts | {"head": replace(parts["head"], config=HEAD)}, CPU)
    song = filled.song(0.8)
    np.testing.assert_array_equal(_score(flat, song), _score(SongEval(parts, CPU), song))


def test_windows_are_scored_alone_and_weighted_by_duration() -> None:
    song = filled.song(10)
    whole, cut = SongEval(_parts(), CPU), SongEval(_parts(), CPU, window_s=4)
    heard = cut.score({24_000: song[None]}, Conditions())
    assert [(w.start_s, w.end_s) for w in heard.windows] == [(0, 4), (4, 8), (8, 10)]
    for window in heard.windows:
        alone = song[round(window.start_s * 24_000) : round(window.end_s * 24_000)]
        np.testing.assert_array_equal(window.scores, _score(whole, alone))
    expected = sum(w.scores * (w.end_s - w.start_s) for w in heard.windows) / 10
    np.testing.assert_allclose(heard.scores, expected, atol=1e-12)
    assert np.abs(heard.scores - _score(whole, song)).max() > 1e-3


def test_a_song_of_one_window_is_heard_whole_and_a_rest_of_43_ms_is_left_out() -> None:
    song = filled.song(4.04)
    whole, cut = SongEval(_parts(), CPU), SongEval(_parts(), CPU, window_s=4)
    heard = cut.score({24_000: song[None]}, Conditions())
    assert [(w.start_s, w.end_s) for w in heard.windows] == [(0, 4)]
    np.testing.assert_array_equal(heard.scores, _score(whole, song[:96_000]))
    assert cut.score({24_000: song[None, :96_000]}, Conditions()).windows == ()


def test_too_short_songs_and_windows_are_refused() -> None:
    judge = SongEval(_parts(), CPU)
    with pytest.raises(InputError, match="at least 1,025 samples"):
        _score(judge, np.zeros(1_024, np.float32))
    assert np.isfinite(_score(judge, np.zeros(1_025, np.float32))).all()
    for window_s in (0.04, 0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="windows of at least"):
            SongEval(_parts(), CPU, window_s=window_s)


def test_a_song_too_long_for_memory_is_refused_with_windows_offered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(songeval, "MEMORY_LIMIT_BYTES", 1_005_000_000)
    song = filled.song(20)
    with pytest.raises(InputError, match=r"minutes need more than .*window_s = 60"):
        _score(SongEval(_parts(), CPU), song)
    assert len(_score(SongEval(_parts(), CPU), song[:72_000])) == 5
    assert len(_score(SongEval(_parts(), CPU, window_s=5), song)) == 5
