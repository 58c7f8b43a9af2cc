"""MERT (arXiv 2306.00107): the music encoder APEX was published with, loaded without remote code.

MERT-v1 is a HuBERT network trained on music at 24 kHz; `plaudit.encoders.mert_network` is that
network. The published loader is not used: it runs code from the hub, and under some versions of
transformers it leaves every tensor at random and goes on. Here each tensor is accounted for.

Conventions: segments (n, n_samples) float32 mono at 24 kHz, without normalisation unless the
model's preprocessor file asks for it; hidden state 0 is the input of the first transformer layer,
-1 the output of the last. Layer means are means over time frames (2,249 in 30 s). In MERT-v1-330M
a norm follows the last layer: the network's output is not hidden state -1.

``attention_relax`` of a configuration is used by the published code only together with
``deepnorm``: MERT-v1-330M states 32.0 and is computed as if it stated nothing.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import JsonValue

from plaudit.core.errors import InputError
from plaudit.core.parse import load_values
from plaudit.core.settings import read_record
from plaudit.encoders.device import bfloat16_here, check_precision, choose_device, whole_float32
from plaudit.encoders.fixed_batch import MOST_SEGMENTS, batch_that_fits, in_batches
from plaudit.encoders.lone_thread import lone_threads, side_by_side
from plaudit.encoders.mert_network import MertNetwork, MertShape
from plaudit.encoders.padding import Padding, time_mean
from plaudit.encoders.promise import EncoderFacts, WeightsError
from plaudit.encoders.shared_pass import once
from plaudit.encoders.spec import EncoderSpec
from plaudit.encoders.wave_frames import frame_count, frame_step, wave_frames
from plaudit.encoders.weights import (
    WEIGHT_FILES,
    assign,
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
_COPIES = 3.2  # of what the first convolution makes, alive at a time with its norm and activation
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
    device : {"auto", "cpu", "cuda", "cuda:N", "mps"}
        Where to run.
    precision : {"exact", "fast"}
        "exact" is float32 throughout, whatever the program around has allowed torch to round;
        "fast" runs matrix products in bfloat16. On a CPU without instructions for bfloat16 it is
        "exact" in any case, which is quicker there.
    batch_segments : int, optional
        Segments of a batch on a GPU (`plaudit.encoders.fixed_batch`); as many as fit, and 16 at
        most, when not given.
    assumed : tuple of str
        Assumptions that the published files left open, a sentence each, for the card.

    Raises
    ------
    InputError
        A layer does not exist, or a batch does not fit into memory.
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
        batch_segments: int | None = None,
        assumed: tuple[str, ...] = (),
    ) -> None:
        self._precision = check_precision(precision)
        self._device = choose_device(device)
        if self._device.type == "cpu" and not bfloat16_here():
            self._precision = "exact"
        self._dtype = torch.bfloat16 if self._precision == "fast" else torch.float32
        self._normalize = bool(config["do_normalize"])
        architecture = {k: v for k, v in config.items() if k != "do_normalize"}
        shape = _shape(architecture, f"The configuration of {where}")
        with torch.device("meta"):
            network = MertNetwork(shape)
        assign(network, tensors, where, _names_in(tensors), frozen_on=self._device)
        self.assumed = assumed
        self.shape = shape
        self._network = network.train(False).to(self._device)
        depth = shape.num_hidden_layers + 1
        wrong = [layer for layer in layers if not -depth <= layer < depth]
        if wrong or not layers:
            raise InputError(
                f"{name} has hidden states 0 to {depth - 1}; layers {list(layers)} do not exist."
            )
        self._batch = batch_that_fits(batch_segments, _segment_bytes(shape), self._device)
        self._settings = (str(config), self._precision, self._batch)
        self._spec = EncoderSpec(
            kind="mert",
            name=name,
            hash=digest(_canonical(tensors)),
            sample_rate=_SAMPLE_RATE,
            layers=layers,
            dim=shape.hidden_size,
            licence=_LICENCE,
            config=config,
        )

    @property
    def batch_size(self) -> int:
        """Segments of a batch: on a GPU always so many, on a CPU one for each thread."""
        return self._batch or min(torch.get_num_threads(), MOST_SEGMENTS)

    def encode(self, segments: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mean over time of each chosen hidden state, (n, n_layers, dim).

        ``segments`` are (n, n_samples), mono at 24 kHz, in [-1, 1].
        """
        states = self._all_means(segments)[:, :-1]
        means = torch.stack([states[:, layer] for layer in self._spec.layers], 1)
        return cast("NDArray[np.float32]", means.cpu().numpy())

    def layer_means(self, segments: torch.Tensor) -> torch.Tensor:
        """Return what `encode` returns, as a float32 tensor that gradients flow through.

        ``segments`` are (n, n_samples) float32 on the encoder's device.
        """
        with self._autocast():
            states = list(self._network(self._prepared(segments), self._dtype))
        return torch.stack([time_mean(states[layer]) for layer in self._spec.layers], 1)

    def output_mean(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mean over time of the network's output for a whole recording, (dim,).

        ``samples`` are (n_samples,), mono at 24 kHz, in [-1, 1]. The output is the last hidden
        state after the network's own last norm. Convolutions of more than 30 s run in pieces, so
        that a song of some minutes fits into memory; attention sees the whole song.
        """
        return cast("NDArray[np.float32]", self._all_means(samples[None])[0, -1].cpu().numpy())

    @torch.inference_mode()
    def _all_means(self, waves: NDArray[np.float32]) -> torch.Tensor:
        """Return the mean over time of every hidden state and of the output, for all judges."""
        whole = np.ascontiguousarray(waves, dtype=np.float32)  # torch takes no reversed view
        if self._batch is None and len(whole) > 1 and torch.get_num_threads() > 1:
            # A wave alone has all threads, and gives the same numbers.
            with whole_float32():  # until the last is done: it holds for all threads
                return torch.cat(side_by_side(self._threads, self._all_means, whole[:, None]))

        def means() -> torch.Tensor:
            samples = torch.tensor(whole)
            with whole_float32(), self._autocast():
                if self._batch is None or samples.shape[1] > _AT_ONCE:
                    there = samples.to(self._device)
                    return torch.stack([self._means_in_pieces(each) for each in there])
                return in_batches(samples, self._batch, self._device, self._means_of_batch)

        return once([self._network], self._settings, whole, means)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return lone_threads(self.batch_size)

    def _means_of_batch(self, samples: torch.Tensor) -> torch.Tensor:
        return self._means_of(self._network(self._prepared(samples), self._dtype))

    def _means_in_pieces(self, samples: torch.Tensor) -> torch.Tensor:
        """What `_means_of` gives for one recording: convolved in pieces, equal tokens once."""
        network, prepared = self._network, self._prepared(samples)
        convolutions = network.feature_extractor
        n_frames = frame_count(convolutions, len(samples))
        kernel = network.encoder.pos_conv_embed.conv.kernel_size[0]
        padding = count = None
        if samples.device.type == "cpu":  # a weight in attention would cost a GPU its quick kernel
            padding = Padding.of(samples, frame_step(convolutions), n_frames, kernel)
        if padding is not None:
            n_frames -= padding.n_left_out
            count = padding.counts(n_frames)
        frames = wave_frames(convolutions, prepared, n_frames, self._dtype)
        return self._means_of(network.hidden(frames[None], self._dtype, count), padding)[0]

    def _means_of(
        self, states: Iterable[torch.Tensor], padding: Padding | None = None
    ) -> torch.Tensor:
        """Return the means (n, n_states + 1, dim) of hidden states and of the output."""
        means = []
        for state in states:
            means.append(time_mean(state, padding))
            last = state
        output = time_mean(self._network.output(last), padding)
        return torch.stack([*means, output], 1)

    def _prepared(self, segments: torch.Tensor) -> torch.Tensor:
        if not self._normalize:
            return segments
        variance, mean = torch.var_mean(segments, dim=-1, correction=0, keepdim=True)
        return (segments - mean) / torch.sqrt(variance + _NORMALIZE_EPSILON)

    def _autocast(self) -> torch.autocast:
        # On a CPU each product is told its type: autocast would cast all weights again and again.
        fast = self._precision == "fast" and self._device.type != "cpu"
        return torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=fast)

    @property
    def network(self) -> MertNetwork:
        """The network, frozen and in evaluation mode; fine-tuning attaches to it."""
        return self._network

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
    """Return the settings of the network in a published configuration.

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


def architecture_of(raw: Mapping[str, object], *, do_normalize: bool) -> dict[str, JsonValue]:
    """Return the part of a HuBERT configuration that decides the numbers."""
    known = {key: value for key, value in raw.items() if key in MertShape.model_fields}
    shape = _shape(known, "The configuration of a MERT")
    return {"do_normalize": do_normalize, **shape.model_dump(mode="json")}


def _shape(values: dict[str, Any], where: str) -> MertShape:
    try:
        return read_record(MertShape, values, where)
    except InputError as error:
        raise WeightsError(f"Expected a network of MERT: {error}") from error


def _segment_bytes(shape: MertShape) -> int:
    """Return the peak memory of 30 s on a device, reached after the first convolution."""
    n_frames = (_AT_ONCE - shape.conv_kernel[0]) // shape.conv_stride[0] + 1
    return int(_COPIES * 4 * n_frames * shape.conv_dim[0])


def _names_in(tensors: Mapping[str, torch.Tensor]) -> dict[str, str]:
    """Return the names that a file has for tensors of the network: old ones, or none."""
    if any(name in tensors for name in _RENAMED.values()):
        return {}
    return {new: old for old, new in _RENAMED.items()}


def _canonical(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {_RENAMED.get(name, name): value for name, value in tensors.items()}
