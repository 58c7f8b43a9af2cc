"""MuQ's hidden states against the published ones, and against transformers' own Conformer."""

import re
from typing import Any

import numpy as np
import pytest
import torch

import filled
from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published import conformer, muq
from plaudit.encoders.published.muq import Muq, load_muq, muq_settings, no_effect
from published_part import tenths

CONFIG: dict[str, Any] = {
    "encoder_dim": 64,
    "encoder_depth": 8,
    "conv_dim": 8,
    "stat": {"melspec_2048_mean": 6.768444971712967, "melspec_2048_std": 18.417922652295623},
    "w2v2_config": {
        "num_attention_heads": 4,
        "intermediate_size": 96,
        "hidden_act": "swish",
        "position_embeddings_type": "rotary",
        "rotary_embedding_base": 10000,
    },
}
PUBLISHED = filled.part_of(filled.tensors(filled.table("songeval")), "muq")


def _kept(depth: int | None, *, key_bias: bool = False) -> dict[str, torch.Tensor]:
    patterns = no_effect("model.", depth, key_bias=key_bias)
    return {
        name: value
        for name, value in PUBLISHED.items()
        if not any(re.fullmatch(pattern, name) for pattern in patterns)
    }


def _network(depth: int | None, *, key_bias: bool = False) -> Muq:
    return load_muq(
        _kept(depth, key_bias=key_bias),
        muq_settings(CONFIG, "muq"),
        "muq",
        device=torch.device("cpu"),
        depth=depth,
        key_bias=key_bias,
    )


def _song(duration_s: float) -> torch.Tensor:
    return torch.from_numpy(filled.song(duration_s))[None]


@pytest.mark.parametrize("case", filled.golden("songeval")["cases"])
@torch.inference_mode()
def test_hidden_states_are_the_published_ones(case: str) -> None:
    kind, duration = case.split("_")
    signal = {"song": filled.song, "other": filled.other_song}[kind](float(duration))
    first, sixth = _network(6).states(torch.from_numpy(signal)[None], [0, 6])
    with np.load(filled.JUDGES / "songeval" / "small.npz") as published:
        some = [0, 1, first.shape[1] - 1]
        np.testing.assert_allclose(first[0, some], published[f"{case}/hidden0_frames"], atol=1e-4)
        np.testing.assert_allclose(sixth[0, some], published[f"{case}/hidden6_frames"], atol=1e-4)
        np.testing.assert_allclose(sixth[0].mean(0), published[f"{case}/hidden6_mean"], atol=1e-5)


@pytest.mark.parametrize("real", [None, 61])
@torch.inference_mode()
def test_the_last_state_is_that_of_transformers_with_and_without_a_mask(real: int | None) -> None:
    from transformers import Wav2Vec2ConformerConfig
    from transformers.models.wav2vec2_conformer import modeling_wav2vec2_conformer as theirs

    settings = Wav2Vec2ConformerConfig(
        **CONFIG["w2v2_config"],
        hidden_size=64,
        num_hidden_layers=8,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
    )
    settings._attn_implementation = "eager"
    published: Any = theirs.Wav2Vec2ConformerEncoder
    encoder = published(settings).train(False)
    front = "model.conformer."
    encoder.load_state_dict(
        {n.removeprefix(front): t for n, t in PUBLISHED.items() if n.startswith(front)}
        | {"embed_positions.inv_freq": encoder.embed_positions.inv_freq}
    )
    network = _network(None)
    wave = _song(3)
    mask = None if real is None else (torch.arange(75) < real)[None]
    ours = network.state(wave, mask=mask)
    expected = encoder(network.state(wave, 0), attention_mask=mask).last_hidden_state
    torch.testing.assert_close(ours[:, :real], expected[:, :real], atol=1e-5, rtol=0)
    if real is not None:
        longer = network.state(wave)
        assert (longer[:, :real] - ours[:, :real]).abs().max() > 1e-3


@torch.inference_mode()
def test_chunks_of_the_convolutions_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    network, wave = _network(6), _song(10.03)
    whole = network.states(wave, [0, 6])
    for size in (1, 17, 1000):
        monkeypatch.setattr(muq, "_CHUNK", size)
        for state, expected in zip(network.states(wave, [0, 6]), whole, strict=True):
            torch.testing.assert_close(state, expected, atol=1e-5, rtol=0)


@torch.inference_mode()
def test_rows_of_the_feed_forward_parts_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    network, wave = _network(6), _song(3)
    whole = network.state(wave)
    monkeypatch.setattr(conformer, "_ROWS", 7)
    torch.testing.assert_close(network.state(wave), whole, atol=1e-5, rtol=0)


def test_twenty_minutes_at_full_size_fit_in_the_memory_that_judges_take() -> None:
    full = CONFIG | {"encoder_dim": 1024, "encoder_depth": 12, "conv_dim": 512}
    full["w2v2_config"] = CONFIG["w2v2_config"] | {
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    }
    with torch.device("meta"):
        network = Muq(muq_settings(full, "muq"), 10)
    minute = 60 * muq.SAMPLE_RATE
    assert network.peak_bytes(20 * minute) < 0.6 * muq.MEMORY_LIMIT_BYTES
    assert network.peak_bytes(90 * minute) > muq.MEMORY_LIMIT_BYTES


@torch.inference_mode()
def test_a_batch_has_the_states_of_its_members() -> None:
    network = _network(6)
    waves = torch.from_numpy(np.stack([filled.song(3), filled.other_song(3)]))
    together = network.state(waves)
    for alone, wave in zip(together, waves, strict=True):
        torch.testing.assert_close(alone, network.state(wave[None])[0], atol=1e-5, rtol=0)


@torch.inference_mode()
def test_a_lower_state_is_the_same_however_deep_the_network_is_loaded() -> None:
    wave = _song(0.8)
    assert torch.equal(_network(6).state(wave), _network(None).state(wave, 6))


@torch.inference_mode()
def test_a_bias_of_keys_has_no_effect() -> None:
    wave = _song(3)
    difference = _network(6).state(wave) - _network(6, key_bias=True).state(wave)
    assert difference.abs().max() < 2e-5


def test_what_has_no_effect_is_what_the_table_says() -> None:
    kept = _kept(6)
    for row in filled.table("songeval"):
        if row.name.startswith("muq/"):
            left_out = row.name.removeprefix("muq/") not in kept
            assert left_out == (not row.has_effect or row.fill.startswith("kept")), row.name


def _load(tensors: dict[str, torch.Tensor]) -> None:
    load_muq(tensors, muq_settings(CONFIG, "x"), "x", device=torch.device("cpu"))


def test_every_tensor_is_demanded_by_its_published_name() -> None:
    kept = _kept(None)
    names = [name for name in kept if not re.search(r"layers\.[1-6]", name)]
    assert len(names) > 80
    for some in tenths(names):
        with pytest.raises(WeightsError, match=re.escape(f"missing: {', '.join(some)}.")):
            _load({n: t for n, t in kept.items() if n not in some})


@pytest.mark.parametrize(
    "name",
    [
        "model.conv.conv.1.bn2.running_var",
        "model.conv.linear.weight",
        "model.conformer.layers.3.conv_module.depthwise_conv.weight",
        "model.conformer.layer_norm.bias",
    ],
)
def test_a_tensor_that_does_not_fit_is_named(name: str) -> None:
    kept = _kept(None)
    with pytest.raises(WeightsError, match=re.escape(f"wrong shape: {name} is")):
        _load(kept | {name: torch.zeros(3, *kept[name].shape)})
    with pytest.raises(WeightsError, match=re.escape(f"unexpected: {name}_x")):
        _load(kept | {f"{name}_x": kept[name]})


def test_too_short_a_sound_and_a_state_that_is_not_there_are_refused() -> None:
    network = _network(6)
    with pytest.raises(InputError, match="at least 1,025 samples"):
        network.state(torch.zeros(1, 1024))
    assert network.state(torch.zeros(1, 1025)).shape == (1, 1, 64)
    with pytest.raises(InputError, match="0 to 6"):
        network.state(_song(1), 7)
    with pytest.raises(InputError, match="0 to 8"):
        Muq(muq_settings(CONFIG, "x"), 9)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("encoder_dim", None),
        ("encoder_depth", 0),
        ("stat", {"melspec_2048_mean": 1.0}),
        ("n_mels", 80),
        ("hop_length", 320),
        ("w2v2_config", CONFIG["w2v2_config"] | {"position_embeddings_type": "relative"}),
        ("w2v2_config", CONFIG["w2v2_config"] | {"hidden_act": "gelu"}),
        ("w2v2_config", {"hidden_act": "swish", "position_embeddings_type": "rotary"}),
        ("encoder_dim", 65),
    ],
)
def test_a_wrong_configuration_is_named(key: str, value: object) -> None:
    with pytest.raises(WeightsError, match=key if value != 65 else "num_attention_heads 4"):
        muq_settings(CONFIG | {key: value}, "muq")


@pytest.mark.parametrize("key", ["encoder_dim", "encoder_depth", "conv_dim", "stat", "w2v2_config"])
def test_an_absent_key_is_named(key: str) -> None:
    with pytest.raises(WeightsError, match=f"lacks '{key}'"):
        muq_settings({k: v for k, v in CONFIG.items() if k != key}, "muq")


@torch.inference_mode()
@pytest.mark.parametrize(
    "change",
    [
        {"stat": {"melspec_2048_mean": 7.0, "melspec_2048_std": 18.417922652295623}},
        {"stat": {"melspec_2048_mean": 6.768444971712967, "melspec_2048_std": 19.0}},
        {"w2v2_config": CONFIG["w2v2_config"] | {"num_attention_heads": 8}},
        {"w2v2_config": CONFIG["w2v2_config"] | {"rotary_embedding_base": 100}},
        {"w2v2_config": CONFIG["w2v2_config"] | {"layer_norm_eps": 0.1}},
    ],
)
def test_every_setting_that_no_shape_shows_changes_the_numbers(change: dict[str, Any]) -> None:
    wave = _song(0.8)
    settings = muq_settings(CONFIG | change, "muq")
    other = load_muq(_kept(None), settings, "muq", device=torch.device("cpu"))
    assert (other.state(wave) - _network(None).state(wave)).abs().max() > 1e-3
