"""Our network of MERT is transformers' HuBERT, on every path that computes it."""

import numpy as np
import pytest
import torch
from pydantic import JsonValue
from torch import Tensor
from transformers import HubertConfig, HubertModel

from filled import song
from formula import TINY
from plaudit.encoders import arithmetic
from plaudit.encoders.mert import MertEncoder, architecture_of
from plaudit.encoders.mert_network import MertNetwork, MertShape
from plaudit.encoders.padding import Padding

EVERY = tuple(range(9))
LARGE = {"do_stable_layer_norm": True, "feat_extract_norm": "layer", "conv_bias": True}


def published(changes: dict[str, object], seed: int = 0) -> HubertModel:
    torch.manual_seed(seed)
    config = HubertConfig.from_dict({**TINY, **changes})
    config._attn_implementation = "eager"
    network: HubertModel = HubertModel(config).train(False).requires_grad_(False)
    for value in network.parameters():  # biases are zero in a new one, and norms do nothing
        value.add_(0.05 * torch.randn_like(value))
    return network


def ours(network: HubertModel, precision: str = "exact", **options: JsonValue) -> MertEncoder:
    config = architecture_of(network.config.to_dict(), do_normalize=False) | options
    tensors = {name: value.clone() for name, value in network.state_dict().items()}
    return MertEncoder(
        config, tensors, where="x", name="x", layers=EVERY, device="cpu", precision=precision
    )


@torch.inference_mode()
def states(network: HubertModel, samples: np.ndarray) -> np.ndarray:
    """Means over time, (n, n_states, dim)."""
    out = network(torch.from_numpy(samples), output_hidden_states=True).hidden_states
    return np.asarray(torch.stack([state.mean(dim=1) for state in out], dim=1))


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max() / np.abs(b).max())


@pytest.fixture(params=[{}, LARGE, {"num_conv_pos_embeddings": 15}], ids=["95M", "330M", "odd"])
def network(request: pytest.FixtureRequest) -> HubertModel:
    return published(request.param)


@pytest.fixture
def sound() -> np.ndarray:
    return np.stack([song(4.0), song(4.0)[::-1]])


def test_states_are_those_of_hubert(network: HubertModel, sound: np.ndarray) -> None:
    encoder, expected = ours(network), states(network, sound)
    assert apart(encoder.encode(sound), expected) < 1e-5
    with torch.enable_grad():  # the path of training and of a GPU
        assert apart(encoder.layer_means(torch.from_numpy(sound)).numpy(), expected) < 1e-5
    assert 1e-5 < apart(ours(network, "fast").encode(sound), expected) < 0.02


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("heard_s", [0.0, 0.1, 1.3, 3.9, 4.0])
def test_padding_heard_once_is_padding_heard(
    network: HubertModel, sound: np.ndarray, heard_s: float, normalize: bool
) -> None:
    sound[:, int(heard_s * 24_000) :] = 0.0
    expected = sound
    if normalize:
        mean, spread = sound.mean(1, keepdims=True), np.sqrt(sound.var(1, keepdims=True) + 1e-7)
        expected = (sound - mean) / spread
    means = ours(network, do_normalize=normalize).encode(sound)
    assert apart(means, states(network, expected)) < 1e-5


def test_a_short_song_is_computed_on_few_tokens(
    monkeypatch: pytest.MonkeyPatch, sound: np.ndarray
) -> None:
    seen: list[int] = []

    def attend(q: Tensor, k: Tensor, v: Tensor, count: Tensor | None) -> Tensor:
        seen.append(q.shape[2])
        return plain(q, k, v, count)

    plain = arithmetic.attend
    monkeypatch.setattr("plaudit.encoders.mert_network.attend", attend)
    encoder = ours(published({}))
    encoder.encode(sound[:1])
    assert set(seen) == {299}
    seen.clear()
    sound[:, 24_000:] = 0.0
    encoder.encode(sound[:1])
    assert set(seen) == {75 + TINY["num_conv_pos_embeddings"]}  # type: ignore[operator]


def test_padding_counts_every_token_once() -> None:
    samples = torch.zeros(24_000)
    samples[:3201] = 0.1
    padding = Padding.of(samples, 320, 74, 16)
    assert padding is not None
    assert padding.at == 11 + 8
    assert padding.counts(74 - padding.n_left_out).sum() == 74
    assert Padding.of(torch.ones(24_000), 320, 74, 16) is None


@torch.inference_mode()
def test_attention_to_a_key_that_stands_for_twenty() -> None:
    torch.manual_seed(1)
    q, k, v = (torch.randn(2, 3, 700, 8) for _ in range(3))
    twenty = torch.tensor([*range(700), *[5] * 19])
    count = torch.ones(700)
    count[5] = 20
    expected = torch.nn.functional.scaled_dot_product_attention(q, k[:, :, twenty], v[:, :, twenty])
    np.testing.assert_allclose(arithmetic.attend(q, k, v, count), expected, atol=1e-5)
    half = arithmetic.attend(q.bfloat16(), k.bfloat16(), v.bfloat16(), count)
    assert half.dtype == torch.bfloat16
    np.testing.assert_allclose(half.float(), expected, atol=0.03)
    assert (arithmetic.attend(q, k, v, None) - expected).abs().max() > 0.1


@torch.inference_mode()
def test_rounded_weights_do_not_move_the_mean() -> None:
    torch.manual_seed(1)
    x, layer = torch.randn(1, 500, 64) + 2, torch.nn.Linear(64, 32)
    count = torch.rand(500) * 10
    mean = (layer(x)[0] * (count / count.sum())[:, None]).sum(0)

    def off(weighed: torch.Tensor | None) -> float:
        y = arithmetic.linear(x, layer, torch.bfloat16, weighed)[0].float()
        return float(((y * (count / count.sum())[:, None]).sum(0) - mean).abs().max())

    rounded = torch.nn.functional.linear(
        x.bfloat16(), layer.weight.bfloat16(), layer.bias.bfloat16()
    )
    plain = (rounded[0].float() * (count / count.sum())[:, None]).sum(0) - mean
    assert off(count) < 0.3 * float(plain.abs().max())


@torch.inference_mode()
def test_away_from_the_cpu_nothing_is_left_on_it() -> None:
    """On the meta device a tensor or a kernel of the CPU would be an error, as on a GPU."""
    with torch.device("meta"):
        network = MertNetwork(MertShape(num_hidden_layers=2))
        # Its weight normalisation has no shape-only form; the convolution is the same without.
        network.encoder.pos_conv_embed.conv = torch.nn.Conv1d(768, 768, 128, padding=64, groups=16)
        *_, last = network(torch.empty(4, 24_000))
    assert network.output(last).device.type == "meta"
    assert last.shape == (4, 74, 768)
