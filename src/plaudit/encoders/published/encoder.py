"""Published networks as encoders: MuQ, CLAP, WavLM and MuQ-MuLan, frozen, by their own tensors.

Each segment is heard alone, so that company never changes a digit; what is heard of it says
`plaudit.encoders.published.listener`.
"""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import JsonValue

from plaudit.core.errors import InputError
from plaudit.encoders.device import check_precision, choose_device, whole_float32
from plaudit.encoders.promise import EncoderFacts, WeightsError
from plaudit.encoders.published.listener import LISTENERS, Listener
from plaudit.encoders.spec import EncoderKind, EncoderSpec
from plaudit.encoders.weights import digest


class PublishedEncoder(EncoderFacts):
    """A published network that keeps the encoder promise.

    Parameters
    ----------
    kind : {"muq", "clap", "wavlm", "mulan"}
        Which network.
    config : dict
        Its published configuration; not needed for CLAP and WavLM.
    tensors : dict of str to Tensor
        By published name, those of the audio side alone that count.
    where : str
        Source of the weights, for messages.
    name : str
        Name for the card.
    layers : tuple of int, optional
        Hidden states to deliver, from 0; negative ones count from the end of the published
        network. By default those that are usual for it.
    device : {"auto", "cpu", "cuda", "cuda:N", "mps"}
        Where to run.
    precision : {"exact", "fast"}
        Makes no difference: these encoders are always "exact".

    Raises
    ------
    WeightsError
        A tensor or an entry of the configuration is missing or does not fit; it is named.
    InputError
        A layer does not exist.
    """

    def __init__(
        self,
        kind: EncoderKind,
        config: dict[str, JsonValue],
        tensors: dict[str, torch.Tensor],
        *,
        where: str,
        name: str,
        layers: tuple[int, ...] | None = None,
        device: str = "auto",
        precision: str = "exact",
    ) -> None:
        check_precision(precision)
        self._device = choose_device(device)
        made = LISTENERS[kind]
        others = sorted(n for n in tensors if not n.startswith(made.KEEPS))
        if others:
            raise WeightsError(
                f"The weights in {where} do not fit; unexpected: {', '.join(others[:12])}."
            )
        self._listener = made(tensors, config, where, self._device)
        chosen = self._listener.usual if layers is None else layers
        self._states = _states(chosen, self._listener, name)
        self._spec = EncoderSpec(
            kind=kind,
            name=name,
            hash=digest(self._listener.tensors()),
            sample_rate=made.RATE,
            layers=chosen,
            dim=self._listener.dim,
            licence=made.LICENCE,
            config=self._listener.config,
        )

    @torch.inference_mode()
    def encode(self, segments: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the layer means (n, n_layers, dim) of segments (n, n_samples), mono."""
        whole = np.ascontiguousarray(segments, dtype=np.float32)
        with whole_float32():
            rows = [self._listener.means(segment, self._states) for segment in whole]
        return cast("NDArray[np.float32]", torch.stack(rows).float().cpu().numpy())

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return every tensor of the audio side that counts, by published name, on the CPU."""
        return {name: value.detach().cpu() for name, value in self._listener.tensors().items()}


def _states(layers: tuple[int, ...], listener: Listener, name: str) -> list[int]:
    """Return the numbers of hidden states, from 0, that layers name."""
    states = [layer + listener.n_states if layer < 0 else layer for layer in layers]
    pairs = zip(layers, states, strict=True)
    wrong = [layer for layer, state in pairs if not 0 <= state < listener.n_held]
    if wrong or not layers:
        some = listener.n_held < listener.n_states
        held = f" here, of 0 to {listener.n_states - 1} as published" if some else ""
        raise InputError(
            f"{name} has hidden states 0 to {listener.n_held - 1}{held}; layers"
            f" {wrong or list(layers)} do not exist."
        )
    return states
