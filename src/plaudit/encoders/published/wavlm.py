"""WavLM (arXiv 2110.13900), base size, as Audiobox Aesthetics was published with.

`transformers.WavLMModel` computes it; the published tensors have the names of the original code.
A frame is padding if all samples of its chunk of 320 are; transformers counts one frame fewer, so
it is given a mask that leads to the published count.

Conventions: a wave is float32 (n_samples,) mono at 16 kHz, without normalisation; hidden state 0 is
the input of the first layer, after its norm, and i the output of layer i.
"""

import re
import warnings
from collections.abc import Mapping

import torch

from plaudit.encoders.promise import WeightsError
from plaudit.encoders.shared_pass import once
from plaudit.encoders.weights import assign

SAMPLE_RATE = 16_000
_HOP, _FIELD = 320, 400  # samples that the front end moves by, and that a frame sees
_STRIDES = (5, 2, 2, 2, 2, 2, 2)  # of the convolutions, whatever their width
_PUBLISHED = {
    "feature_projection.layer_norm.": "layer_norm.",
    "feature_projection.projection.": "post_extract_proj.",
    "encoder.pos_conv_embed.conv.parametrizations.weight.original0": "encoder.pos_conv.0.weight_g",
    "encoder.pos_conv_embed.conv.parametrizations.weight.original1": "encoder.pos_conv.0.weight_v",
    "encoder.pos_conv_embed.conv.bias": "encoder.pos_conv.0.bias",
    ".attention.gru_rel_pos_const": ".self_attn.grep_a",
    ".attention.gru_rel_pos_linear.": ".self_attn.grep_linear.",
    ".attention.rel_attn_embed.": ".self_attn.relative_attention_bias.",
    ".attention.": ".self_attn.",
    ".feed_forward.intermediate_dense.": ".fc1.",
    ".feed_forward.output_dense.": ".fc2.",
}
NO_EFFECT = (r"mask_emb", r"encoder\.layers\.\d+\.self_attn\.k_proj\.bias")
"""The softmax does not see a bias of keys."""


class WavLm:
    """A frozen WavLM network from tensors under their published names; sizes are theirs.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        Without those of `NO_EFFECT`.
    prefix : str
        Stands before their names in the file, for messages.
    where : str
        Source of the weights, for messages.
    device : torch.device
        Where to run.

    Raises
    ------
    WeightsError
        A tensor is missing, unexpected, of a wrong shape or not finite.
    """

    def __init__(
        self, tensors: Mapping[str, torch.Tensor], prefix: str, where: str, device: torch.device
    ) -> None:
        from transformers import WavLMConfig, WavLMModel

        with torch.device("meta"):
            network = WavLMModel(WavLMConfig.from_dict(_sizes(tensors, prefix, where)))
        network.register_parameter("masked_spec_embed", None)  # of training alone
        names = {name: _published(name) for name in network.state_dict()}
        absent = [n for n, published in names.items() if published.endswith("k_proj.bias")]
        given = {prefix + name: value for name, value in tensors.items()}
        for name in absent:
            given[prefix + names[name]] = torch.zeros(network.get_parameter(name).shape)
        published = {name: prefix + names[name] for name in names}
        assign(network, given, where, published, frozen_on=device)
        self.network = network.train(False).to(device)
        self._names = {n: p for n, p in names.items() if n not in absent}
        self.n_layers: int = network.config.num_hidden_layers
        self.dim: int = network.config.hidden_size

    def layer_means(self, window: torch.Tensor, n_samples: int) -> torch.Tensor:
        """Return the mean of each hidden state over the frames that hold music.

        Parameters
        ----------
        window : Tensor, shape (n,)
            A wave of which the first ``n_samples`` are music, and the rest zeros.
        n_samples : int
            From 1 to n.

        Returns
        -------
        Tensor, shape (n_layers + 1, dim)
            Means over ``ceil(n_samples / 320)`` frames, or as many as there are.
        """
        return once([self.network], n_samples, window, lambda: self._means(window, n_samples))

    def _means(self, window: torch.Tensor, n_samples: int) -> torch.Tensor:
        n_frames = (len(window) - _FIELD) // _HOP + 1
        valid = min(-(-n_samples // _HOP), n_frames)
        mask = torch.zeros(1, len(window), dtype=torch.long, device=window.device)
        mask[:, : _HOP * (valid - 1) + _FIELD] = 1
        with warnings.catch_warnings():  # on two kinds of masks, both of them transformers' own
            warnings.filterwarnings("ignore", "Support for mismatched key_padding_mask")
            out = self.network(window[None], attention_mask=mask, output_hidden_states=True)
        return torch.stack([state[0, :valid].mean(dim=0) for state in out.hidden_states])

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the tensors that count, by published name without the prefix."""
        state = self.network.state_dict()
        return {published: state[name] for name, published in self._names.items()}


def _published(name: str) -> str:
    """Return the published name of a tensor of transformers' network."""
    conv = re.fullmatch(r"feature_extractor\.conv_layers\.(\d+)\.(conv|layer_norm)\.(.*)", name)
    if conv is not None:
        place = {"conv": "0", "layer_norm": "2"}[conv[2]]
        return f"feature_extractor.conv_layers.{conv[1]}.{place}.{conv[3]}"
    for here, there in _PUBLISHED.items():
        if here in name:
            return name.replace(here, there)
    return name.replace(".layer_norm.", ".self_attn_layer_norm.") if ".layers." in name else name


def _sizes(tensors: Mapping[str, torch.Tensor], prefix: str, where: str) -> dict[str, object]:
    """Return the sizes that the shapes of the tensors state, in the names of ``WavLMConfig``."""

    def shape(name: str, n_dims: int) -> tuple[int, ...]:
        if name not in tensors or tensors[name].dim() != n_dims:
            raise WeightsError(
                f"The weights in {where} do not fit: expected {prefix}{name} with {n_dims}"
                " dimensions."
            )
        return tuple(tensors[name].shape)

    first = "encoder.layers.0."
    conv = [f"feature_extractor.conv_layers.{place}.0.weight" for place in range(len(_STRIDES))]
    layers = {match[1] for n in tensors if (match := re.match(r"encoder\.layers\.(\d+)\.", n))}
    dim, grouped, kernel = shape("encoder.pos_conv.0.weight_v", 3)
    buckets, heads = shape(f"{first}self_attn.relative_attention_bias.weight", 2)
    hidden = shape(f"{first}fc1.weight", 2)[0]
    if dim % heads or dim % grouped:
        raise WeightsError(
            f"The weights in {where} do not fit: a network {dim} wide has no {heads} heads."
        )
    return {
        "hidden_size": dim,
        "num_hidden_layers": len(layers),
        "num_attention_heads": heads,
        "intermediate_size": hidden,
        "num_buckets": buckets,
        "conv_dim": [shape(name, 3)[0] for name in conv],
        "conv_kernel": [shape(name, 3)[2] for name in conv],
        "conv_stride": list(_STRIDES),
        "num_conv_pos_embeddings": kernel,
        "num_conv_pos_embedding_groups": dim // grouped,
    }
