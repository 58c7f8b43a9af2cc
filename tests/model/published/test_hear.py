"""HEAR against the vectors of the published code, at small size."""

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
from plaudit.encoders.published.muq import load_muq, muq_settings
from plaudit.encoders.published.musicfm import musicfm_settings
from plaudit.model.published import hear
from plaudit.model.published.hear import Hear
from plaudit.model.published.procedure import Conditions, Part
from published_part import tenths

CPU = torch.device("cpu")
STATS: dict[str, Any] = {
    "melspec_2048_cnt": 14282760192,
    "melspec_2048_mean": 6.768444971712967,
    "melspec_2048_std": 18.417922652295623,
}
MUQ: dict[str, Any] = {
    "encoder_dim": 64,
    "encoder_depth": 12,
    "conv_dim": 8,
    "stat": STATS,
    "w2v2_config": {
        "num_attention_heads": 4,
        "intermediate_size": 96,
        "hidden_act": "swish",
        "position_embeddings_type": "rotary",
        "rotary_embedding_base": 10000,
    },
}
GOLDEN = filled.golden("hear")


def _muq_rows() -> list[filled.Row]:
    """Return MuQ's tensors with 12 layers, each layer as the first of SongEval's table."""
    rows = [r for r in filled.table("songeval") if r.name.startswith("muq/")]
    others = [r for r in rows if ".layers." not in r.name]
    layer = [r for r in rows if ".layers.0." in r.name]
    return others + [
        row._replace(name=row.name.replace(".layers.0.", f".layers.{index}."))
        for index in range(12)
        for row in layer
    ]


ROWS = filled.table("hear")
PUBLISHED = filled.tensors(_muq_rows()) | filled.tensors(ROWS)


def _parts() -> dict[str, Part]:
    parts = {}
    for name, published, config in (
        ("muq", "muq", MUQ),
        ("musicfm", "musicfm", STATS),
        ("head", "hear", {}),
    ):
        kept = {
            tensor: value
            for tensor, value in filled.part_of(PUBLISHED, published).items()
            if not any(re.fullmatch(p, tensor) for p in Hear.PARTS[name].no_effect)
        }
        parts[name] = Part(kept, name, config)
    return parts


@pytest.fixture(scope="module")
def judge() -> Hear:
    return Hear(_parts(), CPU)


def _score(judge: Hear, signal: NDArray[np.float32]) -> NDArray[np.float64]:
    return judge.score({24_000: signal[None]}, Conditions()).scores


# A song below a segment, and one whose last segment is too short to be heard.
@pytest.mark.parametrize("case", ["song_3.0", "other_10.0", "song_60.02"])
def test_scores_are_those_of_the_published_code(case: str, judge: Hear) -> None:
    kind, duration = case.split("_")
    signal = {"song": filled.song, "other": filled.other_song}[kind](float(duration))
    scores = _score(judge, signal)
    np.testing.assert_allclose(scores, GOLDEN["cases"][case]["scores"], atol=5e-5, rtol=0)
    np.testing.assert_array_equal(_score(judge, signal), scores)
    with np.load(filled.JUDGES / "hear" / "small.npz") as published, torch.inference_mode():
        features = judge._features(torch.from_numpy(signal)[None])[0].numpy()
        assert len(features) == GOLDEN["cases"][case]["frames"]
        np.testing.assert_allclose(features.mean(0), published[f"{case}/feature_mean"], atol=1e-5)


def test_track_two_has_five_axes_and_track_one_has_musicality_alone(judge: Hear) -> None:
    assert [a.name for a in judge.axes] == [n.lower() for n in GOLDEN["axes"]]
    parts = _parts()
    tensors = dict(parts["head"].tensors)
    for name in ("model.fc.weight", "model.fc.bias"):
        tensors[name] = tensors[name][1:2]
    one = Hear(parts | {"head": replace(parts["head"], tensors=tensors)}, CPU)
    assert [a.name for a in one.axes] == ["musicality"]
    song = filled.song(3)
    np.testing.assert_allclose(_score(one, song), _score(judge, song)[1:2], atol=1e-6)


def test_full_head_has_the_published_names_and_shapes() -> None:
    rows = filled.table("hear", "tensors-head-full.tsv")
    (no_effect,) = Hear.PARTS["head"].no_effect
    tensors = {
        row.name: torch.empty(row.shape, device="meta")
        for row in rows
        if not re.fullmatch(no_effect, row.name)
    }
    assert len(tensors) == len(rows) - 16
    with torch.device("meta"):
        head = hear._Head(4096, 2048, 1024, 4096, 4, 5)
    expected = {name: value.shape for name, value in head.state_dict().items()}
    assert {name: value.shape for name, value in tensors.items()} == expected


def test_patterns_cover_what_the_table_says_and_nothing_else() -> None:
    kept = set(_parts()["musicfm"].tensors)
    for row in ROWS:
        if row.name.startswith("musicfm/"):
            name = row.name.removeprefix("musicfm/")
            used = row.has_effect and not row.fill.startswith("kept")
            assert (name in kept) == used, name
            patterns = Hear.PARTS["musicfm"].no_effect
            assert any(re.fullmatch(p, f"model.{name}") for p in patterns) != used, name


def test_what_is_left_out_of_the_head_moves_nothing() -> None:
    """The table measured rounding for the biases before a softmax over time."""
    left_out = [
        row
        for row in ROWS
        if row.name.startswith("hear/")
        and row.name.removeprefix("hear/") not in _parts()["head"].tensors
    ]
    assert len(left_out) == 16
    sizes = [float(row.role.split("(")[1].rstrip(")")) for row in left_out if row.has_effect]
    assert max(sizes, default=0) < 3e-6


def test_every_tensor_of_musicfm_is_demanded_by_its_published_name() -> None:
    part = _parts()["musicfm"]
    muq = muq_settings(MUQ, "muq")
    for names in tenths(name for name in part.tensors if not re.search(r"layers\.[1-8]", name)):
        rest = {n: t for n, t in part.tensors.items() if n not in names}
        settings = musicfm_settings(rest, STATS, muq, "x")
        with pytest.raises(WeightsError, match=re.escape(f"missing: {', '.join(names)}.")):
            load_muq(rest, settings, "x", device=CPU, prefix="", depth=10, key_bias=True)


def test_every_tensor_of_the_head_is_demanded_by_its_published_name() -> None:
    part = _parts()["head"]
    for name in part.tensors:
        rest = {n: t for n, t in part.tensors.items() if n != name}
        with pytest.raises(WeightsError, match=re.escape(f"missing: {name}.")):
            hear._head(replace(part, tensors=rest), 256)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("muq", "model.conv.linear.bias"),
        ("musicfm", "conv.linear.bias"),
        ("musicfm", "conv.conv.0.bn1.bias"),
        ("musicfm", "conformer.layers.0.final_layer_norm.bias"),
        ("musicfm", "conformer.layers.9.self_attn.linear_k.bias"),
        ("head", "model.ln_ffd.weight"),
        ("head", "model.ffd.0.weight"),
        ("head", "input_norm.bias"),
        ("head", "mixed_win_downsample.weight"),
        ("head", "down_sample_conv.depthwise_conv.weight"),
        ("head", "model.attn.1.in_proj_weight"),
        ("head", "model.mqmhastp.n_query.1.heads_att_trans.7.att_0.bias"),
        ("head", "model.fc.weight"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(part: str, name: str) -> None:
    parts = _parts()

    def build(tensors: dict[str, torch.Tensor]) -> None:
        Hear(parts | {part: replace(parts[part], tensors=tensors)}, CPU)

    tensors = dict(parts[part].tensors)
    with pytest.raises(WeightsError, match=re.escape(f"wrong shape: {name} is")):
        build(tensors | {name: torch.cat([tensors[name]] * 2)})
    with pytest.raises(WeightsError, match=re.escape(f"not finite: {name}")):
        build(tensors | {name: tensors[name] * torch.nan})
    renamed = {f"{n}_x" if n == name else n: t for n, t in tensors.items()}
    with pytest.raises(WeightsError, match=re.escape(f"missing: {name}; unexpected: {name}_x")):
        build(renamed)


@pytest.mark.parametrize(
    ("part", "config", "words"),
    [
        ("muq", MUQ | {"encoder_depth": 10}, "encoder_depth"),
        ("muq", MUQ | {"encoder_dim": 128}, "wrong shape"),
        ("musicfm", {"melspec_2048_mean": 6.7}, "lacks 'melspec_2048_std'"),
        ("musicfm", STATS | {"melspec_2048_std": 0}, "melspec_2048_std"),
    ],
)
def test_a_wrong_configuration_is_named(part: str, config: dict[str, Any], words: str) -> None:
    parts = _parts()
    with pytest.raises(WeightsError, match=words):
        Hear(parts | {part: replace(parts[part], config=config)}, CPU)


def test_a_head_of_another_number_of_scores_is_refused() -> None:
    parts = _parts()
    tensors = dict(parts["head"].tensors)
    for name in ("model.fc.weight", "model.fc.bias"):
        tensors[name] = tensors[name][:3]
    with pytest.raises(WeightsError, match="gives 3 scores"):
        Hear(parts | {"head": replace(parts["head"], tensors=tensors)}, CPU)


@pytest.mark.parametrize("key", ["melspec_2048_mean", "melspec_2048_std"])
@pytest.mark.parametrize("part", ["muq", "musicfm"])
def test_each_encoder_reads_its_own_statistics(part: str, key: str, judge: Hear) -> None:
    parts, song = _parts(), filled.song(3)
    changed = STATS | {key: STATS[key] * 1.1}
    config = changed if part == "musicfm" else MUQ | {"stat": changed}
    other = Hear(parts | {part: replace(parts[part], config=config)}, CPU)
    assert np.abs(_score(other, song) - _score(judge, song)).max() > 1e-4


def test_too_short_and_too_long_songs_are_refused(
    judge: Hear, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="at least 2,160 samples"):
        _score(judge, np.zeros(2_159, np.float32))
    assert np.isfinite(_score(judge, np.zeros(2_160, np.float32))).all()
    monkeypatch.setattr(hear, "MEMORY_LIMIT_BYTES", 1_010_000_000)
    with pytest.raises(InputError, match=r"minutes need more than .* cut the song"):
        _score(judge, filled.song(60))
    assert np.isfinite(_score(judge, filled.song(3))).all()
