"""Microsoft's CLAP of 2023 (arXiv 2309.05767): sounds and texts in one space.

The audio tower is HTS-AT (`plaudit.encoders.published.htsat`), the text tower GPT-2, each with a
projection of its own: ``e = W1 x``, then the norm of ``e + W2 gelu(e)``. Both towers are computed
with the classes of `transformers`; the weights are the published checkpoint, under its own names,
each tensor accounted for.

Conventions: a clip is mono float32 at 44,100 Hz. The published spectrogram has frames of 320
samples and mel bands made for 32,000 Hz, though the audio is at 44,100 Hz: so a band that is meant
for 1,000 Hz hears 1,378 Hz. The network learned it so, and we keep it.

A text is read by its last token, which sees those before it; the published padding after it changes
nothing and is left out. Source: ``CLAP_weights_2023.pth``. Sizes come from the tensors, because it
has no configuration; attention heads of the text tower, which no tensor shows, are 64 wide.
"""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.htsat import NO_EFFECT, LogMel, own_state, published_state, tower
from plaudit.encoders.published.size import agreed_size, count_blocks, count_heads
from plaudit.encoders.shared_pass import once
from plaudit.encoders.weights import assign, check_fit

SAMPLE_RATE = 44_100
_BANDS_RATE = 32_000
_HOP = 320
_MAX_TOKENS = 77
_HTSAT, _GPT = "audio_encoder.base.htsat.", "caption_encoder.base."
# GPT-2, whose rows no other tensor confirms.
_GPT_WIDTH, _GPT_VOCABULARY, _GPT_POSITIONS = 768, 50_257, 1024

#: Published tensors that change no score (`re.fullmatch`).
MSCLAP_NO_EFFECT = (
    r"audio_encoder\.base\.htsat\.(" + NO_EFFECT + ")",
    r"caption_encoder\.base\.h\.\d+\.attn\.(masked_)?bias",
)


class MsClapEncoder:
    """Both towers of a checkpoint, frozen.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        Weights by published name, without `MSCLAP_NO_EFFECT`.
    where : str
        Source of the weights, for messages.
    device : torch.device
        Where to run; log-mel is computed on the CPU.
    """

    def __init__(
        self, tensors: Mapping[str, torch.Tensor], where: str, device: torch.device
    ) -> None:
        network = _Network(tensors, where)
        state = network.state_dict()
        audio = published_state(network.htsat)
        check_fit(
            {n: v for n, v in state.items() if not n.startswith(_HTSAT)}
            | {f"{_HTSAT}{n}": v for n, v in audio.items()},
            tensors,
            where,
        )
        published = {n.removeprefix(_HTSAT): t for n, t in tensors.items() if n.startswith(_HTSAT)}
        own = own_state(network.htsat, published)
        others = {n: t for n, t in tensors.items() if not n.startswith(_HTSAT)}
        named = others | {f"{_HTSAT}{n}": t for n, t in own.items()}
        assign(network, named, where, frozen_on=device)
        self._network = network.train(False).to(device)
        self._device = device
        self._where = where
        self._log_mel = LogMel(_HOP, _BANDS_RATE)
        self.scale = float(network.logit_scale.exp())  #: Factor of a cosine before a softmax.

    @torch.inference_mode()
    def hear(self, clip: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the embedding (dim,) of unit length of a clip (n_samples,): 7 s, as published."""

        def embedding() -> NDArray[np.float64]:
            latent = self._network.htsat(self._log_mel(clip).to(self._device)).pooler_output
            return _unit(self._network.audio_encoder["projection"](latent))

        return once([self._network.audio_encoder], "audio", clip, embedding)

    @torch.inference_mode()
    def read(self, ids: list[int]) -> NDArray[np.float64]:
        """Return the embedding (dim,) of unit length of a text, from its token ids with their end.

        Raises
        ------
        WeightsError
            An id is beyond the vocabulary of the weights, or there are none.
        """
        gpt = cast("Any", self._network.caption_encoder["base"])
        kept = ids[:_MAX_TOKENS]
        if not kept or max(kept) >= gpt.config.vocab_size:
            raise WeightsError(
                f"The tokenizer gave the ids {kept[:_MAX_TOKENS]}, but {self._where} knows"
                f" {gpt.config.vocab_size} tokens; put the tokenizer.json of gpt2 beside it."
            )
        states = gpt(torch.tensor([kept], device=self._device), use_cache=False).last_hidden_state
        return _unit(self._network.caption_encoder["projection"](states[:, -1]))


class _Projection(torch.nn.Module):
    def __init__(self, dim: int, joint: int) -> None:
        super().__init__()
        self.linear1 = torch.nn.Linear(dim, joint, bias=False)
        self.linear2 = torch.nn.Linear(joint, joint, bias=False)
        self.layer_norm = torch.nn.LayerNorm(joint)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = self.linear1(x)
        second = self.linear2(torch.nn.functional.gelu(first))
        return cast("torch.Tensor", self.layer_norm(first + second))


class _Network(torch.nn.Module):
    """All parts under their published names, on the meta device."""

    def __init__(self, tensors: Mapping[str, torch.Tensor], where: str) -> None:
        super().__init__()
        htsat = tower(tensors, _HTSAT, where)
        gpt = _gpt(tensors, where)
        joint = agreed_size(
            tensors,
            [
                (f"{side}_encoder.projection.layer_norm.{n}", 0)
                for side in ("audio", "caption")
                for n in ("weight", "bias")
            ],
            where,
        )
        with torch.device("meta"):
            self.logit_scale = torch.nn.Parameter(torch.empty(()))
            self.audio_encoder = torch.nn.ModuleDict(
                {
                    "base": torch.nn.ModuleDict({"htsat": htsat}),
                    "projection": _Projection(htsat.num_features, joint),
                }
            )
            self.caption_encoder = torch.nn.ModuleDict(
                {"base": gpt, "projection": _Projection(gpt.config.n_embd, joint)}
            )

    @property
    def htsat(self) -> Any:
        return cast("Any", self.audio_encoder["base"])["htsat"]


def _gpt(tensors: Mapping[str, torch.Tensor], where: str) -> Any:
    from transformers import GPT2Config, GPT2Model

    layers = count_blocks(tensors, f"{_GPT}h", where)
    norms = [f"{_GPT}ln_f", *(f"{_GPT}h.{i}.ln_1" for i in range(layers))]
    width = agreed_size(
        tensors, [(f"{n}.{kind}", 0) for n in norms for kind in ("weight", "bias")], where
    )
    inner = [
        (f"{_GPT}h.{i}.mlp.c_fc.{n}", dim)
        for i in range(layers)
        for n, dim in (("bias", 0), ("weight", 1))
    ]
    known = width == _GPT_WIDTH
    rows = {n: agreed_size(tensors, [(f"{_GPT}{n}.weight", 0)], where) for n in ("wte", "wpe")}
    settings = GPT2Config(
        vocab_size=_GPT_VOCABULARY if known else rows["wte"],
        n_positions=_GPT_POSITIONS if known else rows["wpe"],
        n_embd=width,
        n_layer=layers,
        n_head=count_heads(width, where),
        n_inner=agreed_size(tensors, inner, where),
        bos_token_id=None,
        eos_token_id=None,
    )
    with torch.device("meta"):
        return GPT2Model(settings)


def _unit(embedding: torch.Tensor) -> NDArray[np.float64]:
    values = embedding[0].cpu().numpy().astype(np.float64)
    return values / np.linalg.norm(values)
