"""MERT (arXiv 2306.00107): the music encoder APEX was published with, loaded without remote code.

MERT-v1 is a HuBERT network trained on music at 24 kHz, so `transformers.HubertModel` computes it.
Its published loader is not used: it runs code from the hub, and under some versions of
transformers it leaves every tensor at random and goes on. Here each tensor is accounted for.

Conventions: segments (n, n_samples) float32 mono at 24 kHz, without normalisation unless the
model's preprocessor file asks for it; hidden state 0 is the input of the first transformer layer,
-1 the output of the last. Layer means are means over time frames (2,249 in 30 s). In MERT-v1-330M
a norm follows the last layer: the network's output is not hidden state -1.

``attention_relax`` of a configuration is used by the published code only together with
``deepnorm``: MERT-v1-330M states 32.0 and is computed as if it stated nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import JsonValue

from plaudit.core.errors import InputError
from plaudit.core.parse import load_values
from plaudit.encoders.device import check_precision, choose_device
from plaudit.encoders.promise import EncoderFacts, WeightsError
from plaudit.encoders.shared_pass import current, once
from plaudit.encoders.spec import EncoderSpec
from plaudit.encoders.wave_frames import wave_frames
from plaudit.encoders.weights import (
    WEIGHT_FILES,
    assign,
    check_fit,
    digest,
    find_folder,
    read_config,
    read_tensors,
    weight_file,
)

_DEFAULT_SOURCE = "m-a-p/MERT-v1-95M"
APEX_LAYERS = (2, 5, 8, -1)
_SAMPLE_RATE = 24_000
_LICENCE = "CC-BY-NC-4.0"
_PREPROCESSOR = "preprocessor_config.json"
NOT_NORMALIZED = f"No {_PREPROCESSOR}: do_normalize was assumed false."
_AT_ONCE = 30 * _SAMPLE_RATE
_NORMALIZE_EPSILON = 1e-7  # as in the published Wav2Vec2FeatureExtractor

# Weight normalisation of the positional convolution was renamed by torch 2; both are in use.
_RENAMED = {
    "encoder.pos_conv_embed.conv.weight_g": (
        "encoder.pos_conv_embed.conv.parametrizations.weight.original0"
    ),
    "encoder.pos_conv_embed.conv.weight_v": (
        "encoder.pos_conv_embed.conv.parametrizations.weight.original1"
    ),
}
# What decides the shape and the arithmetic of the network; training-time settings do not travel.
_CONFIG_KEYS = (
    "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act",
    "layer_norm_eps", "conv_dim", "conv_kernel", "conv_stride", "conv_bias", "feat_extract_norm",
    "feat_extract_activation", "feat_proj_layer_norm", "do_stable_layer_norm",
    "num_conv_pos_embeddings", "num_conv_pos_embedding_groups", "conv_pos_batch_norm",
)  # fmt: skip


class MertEncoder(EncoderFacts):
    """A frozen MERT network that keeps the encoder promise.

    Parameters
    ----------
    config : dict
        Architecture, in the names of ``HubertConfig``, plus ``do_normalize``.
    tensors : dict of str to Tensor
        Weights under old or new names of the positional convolution.
    where : str
        Source of the weights, for messages.
    name : str
        Name for the card.
    layers : tuple of int
        Hidden states to deliver; negative counts from the end.
    device : {"auto", "cpu", "cuda", "mps"}
        Where to run.
    precision : {"exact", "fast"}
        "exact" is float32 throughout; "fast" runs matrix products in bfloat16.
    assumed : tuple of str
        What the published files left open, a sentence each, for the card.
    """

    def __init__(
        self,
        config: dict[str, JsonValue],
        tensors: dict[str, torch.Tensor],
        *,
        where: str,
        name: str,
        layers: tuple[int, ...] = APEX_LAYERS,
        device: str = "auto",
        precision: str = "exact",
        assumed: tuple[str, ...] = (),
    ) -> None:
        # Two seconds of import, only for a MERT judge.
        from transformers import HubertConfig, HubertModel

        self._precision = check_precision(precision)
        self._device = choose_device(device)
        self._normalize = bool(config["do_normalize"])
        settings = HubertConfig.from_dict({k: config[k] for k in _CONFIG_KEYS})
        settings._attn_implementation = "sdpa"
        canonical = _canonical(tensors)
        try:
            with torch.device("meta"):
                network = HubertModel(settings)
        except ValueError as error:
            raise WeightsError(f"The configuration of {where} makes no network: {error}") from error
        check_fit(_published(network.state_dict(), tensors), tensors, where)
        assign(network, canonical, where, frozen_on=self._device)
        self.assumed = assumed
        self._network = network.train(False).to(self._device)
        depth = int(settings.num_hidden_layers) + 1
        wrong = [layer for layer in layers if not -depth <= layer < depth]
        if wrong or not layers:
            raise InputError(
                f"{name} has hidden states 0 to {depth - 1}; layers {list(layers)} do not exist."
            )
        self._settings = (str(config), self._precision)
        self._spec = EncoderSpec(
            kind="mert",
            name=name,
            hash=digest(canonical),
            sample_rate=_SAMPLE_RATE,
            layers=layers,
            dim=int(settings.hidden_size),
            licence=_LICENCE,
            config=config,
        )

    @property
    def batch_size(self) -> int:
        """Segments per call: batching pays on a GPU and gives nothing on a CPU."""
        return 1 if self._device.type == "cpu" else 16

    @torch.inference_mode()
    def encode(self, segments: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mean over time of each chosen hidden state, (n, n_layers, dim).

        ``segments`` are (n, n_samples), mono at 24 kHz, in [-1, 1].
        """
        whole = np.ascontiguousarray(segments, dtype=np.float32)  # torch takes no reversed view
        if current() is None:
            means = self.layer_means(torch.tensor(whole, device=self._device))
        else:
            states = self._all_means(whole)[:, :-1]
            means = torch.stack([states[:, layer] for layer in self._spec.layers], 1)
        return cast("NDArray[np.float32]", means.cpu().numpy())

    def layer_means(self, segments: torch.Tensor) -> torch.Tensor:
        """Return what `encode` returns, as a float32 tensor that gradients flow through.

        ``segments`` are (n, n_samples) float32 on the encoder's device.
        """
        with self._autocast():
            states = self._network(
                self._prepared(segments), output_hidden_states=True
            ).hidden_states
        return torch.stack([states[layer].float().mean(dim=1) for layer in self._spec.layers], 1)

    def _all_means(self, waves: NDArray[np.float32]) -> torch.Tensor:
        """Return the mean over time of every hidden state and of the output, for all judges."""

        def means() -> torch.Tensor:
            with self._autocast():
                prepared = self._prepared(torch.tensor(waves, device=self._device))
                out = self._network(prepared, output_hidden_states=True)
            states = [*out.hidden_states, out.last_hidden_state]
            return torch.stack([state.float().mean(dim=1) for state in states], 1)

        return once([self._network], self._settings, waves, means)

    @torch.inference_mode()
    def output_mean(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mean over time of the network's output for a whole recording, (dim,).

        ``samples`` are (n_samples,), mono at 24 kHz, in [-1, 1]. The output is the last hidden
        state after the network's own last norm. Convolutions of more than 30 s run in pieces, so
        that a song of some minutes fits into memory; attention sees the whole song.
        """
        whole = np.ascontiguousarray(samples, dtype=np.float32)
        if len(whole) <= _AT_ONCE:
            mean = self._all_means(whole[None])[0, -1]
        else:
            mean = once([self._network], self._settings, whole, lambda: self._mean_in_pieces(whole))
        return cast("NDArray[np.float32]", mean.cpu().numpy())

    def _mean_in_pieces(self, samples: NDArray[np.float32]) -> torch.Tensor:
        with self._autocast():
            prepared = self._prepared(torch.tensor(samples, device=self._device))
            frames = wave_frames(self._network.feature_extractor, prepared)
            projected = self._network.feature_projection(frames.T[None])
            output: torch.Tensor = self._network.encoder(projected).last_hidden_state
        return output[0].float().mean(dim=0)

    def _prepared(self, segments: torch.Tensor) -> torch.Tensor:
        if not self._normalize:
            return segments
        variance, mean = torch.var_mean(segments, dim=-1, correction=0, keepdim=True)
        return (segments - mean) / torch.sqrt(variance + _NORMALIZE_EPSILON)

    def _autocast(self) -> torch.autocast:
        fast = self._precision == "fast"
        return torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=fast)

    @property
    def network(self) -> torch.nn.Module:
        """The HuBERT network, frozen and in evaluation mode; fine-tuning attaches to it."""
        return cast("torch.nn.Module", self._network)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return every tensor by canonical (new) name, on the CPU."""
        return {k: v.detach().cpu() for k, v in self._network.state_dict().items()}


def load_mert(
    source: str | Path = _DEFAULT_SOURCE,
    *,
    layers: tuple[int, ...] = APEX_LAYERS,
    device: str = "auto",
    precision: str = "exact",
) -> MertEncoder:
    """Load MERT-v1-95M or -330M from a hub id or a local folder.

    Raises
    ------
    WeightsNotFoundError
        Neither local nor cached, and the hub cannot be reached.
    WeightsError
        A tensor is missing, unexpected, of a wrong shape or not finite, or the configuration asks
        for something HuBERT does not compute.
    UnsafeWeightsError
        The weight file would run code when loaded.
    """
    folder = find_folder(str(source), ("config.json", f"{_PREPROCESSOR}?"), WEIGHT_FILES)
    do_normalize = _do_normalize(folder)
    config = published_architecture(
        read_config(folder), str(folder / "config.json"), do_normalize=bool(do_normalize)
    )
    path = weight_file(folder)
    return MertEncoder(
        config,
        read_tensors(path),
        where=str(path),
        name=str(source).split("/")[-1].split("@")[0] or folder.resolve().name,
        layers=layers,
        device=device,
        precision=precision,
        assumed=(NOT_NORMALIZED,) if do_normalize is None else (),
    )


def published_architecture(
    raw: Mapping[str, object], where: str, *, do_normalize: bool
) -> dict[str, JsonValue]:
    """Return what decides the network of a published configuration.

    Raises
    ------
    WeightsError
        It is not that of a HuBERT network, or asks for what HuBERT does not compute.
    """
    kind = raw.get("model_type")
    if kind not in ("mert_model", "hubert"):
        raise WeightsError(
            f"{where} describes a '{kind}' model (model_type);"
            " expected 'mert_model' (MERT v1) or 'hubert'."
        )
    refused = [key for key in ("feature_extractor_cqt", "deepnorm") if raw.get(key)]
    if refused:
        raise WeightsError(
            f"{where} is that of a MERT variant with constant-Q input or deepnorm"
            f" ({' and '.join(refused)}), which this loader does not compute; MERT-v1-95M and -330M"
            " have neither."
        )
    return architecture_of(dict(raw), do_normalize=do_normalize)


def _do_normalize(folder: Path) -> bool | None:
    """What the preprocessor file says; None where it says nothing."""
    preprocessor = folder / _PREPROCESSOR
    settings = load_values(preprocessor) if preprocessor.is_file() else {}
    return checked_normalize(settings, str(preprocessor))


def checked_normalize(settings: Mapping[str, object], where: str) -> bool | None:
    """Return ``do_normalize`` of the settings of a preprocessor, None if they do not state it.

    Raises
    ------
    WeightsError
        It is no truth value, or the settings ask for another sample rate than MERT's.
    """
    rate = settings.get("sampling_rate", _SAMPLE_RATE)
    if rate != _SAMPLE_RATE:
        raise WeightsError(
            f"{where} asks for {rate} Hz (sampling_rate); MERT v1 takes {_SAMPLE_RATE} Hz."
        )
    stated = settings.get("do_normalize")
    if stated is not None and not isinstance(stated, bool):
        raise WeightsError(f"{where} says do_normalize {stated!r}; expected true or false.")
    return stated


def architecture_of(raw: dict[str, object], *, do_normalize: bool) -> dict[str, JsonValue]:
    """Return the part of a HuBERT configuration that decides the numbers."""
    from huggingface_hub.errors import StrictDataclassError
    from transformers import HubertConfig

    try:
        known = HubertConfig.from_dict({k: v for k, v in raw.items() if k in _CONFIG_KEYS})
    except StrictDataclassError as error:
        raise WeightsError(f"The configuration of a MERT has a wrong entry: {error}") from error
    config: dict[str, JsonValue] = {"do_normalize": do_normalize}
    for key in _CONFIG_KEYS:
        value = getattr(known, key)
        config[key] = list(value) if isinstance(value, tuple | list) else value
    return config


def _published(
    state: Mapping[str, torch.Tensor], tensors: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """What the network holds, under the names of the file: old ones, or new ones if it has any."""
    if any(name in tensors for name in _RENAMED.values()):
        return dict(state)
    old = {new: name for name, new in _RENAMED.items()}
    return {old.get(name, name): value for name, value in state.items()}


def _canonical(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {_RENAMED.get(name, name): value for name, value in tensors.items()}
