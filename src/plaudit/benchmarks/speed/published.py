"""The published procedure: one file, one 30 s segment at a time, float32, padded.

The network is HuBERT as transformers computes it, with attention written out, as in the code that
MERT and APEX were published with. Songs are decoded, resampled and cut as everywhere in Plaudit,
which costs the procedure nothing: its own way takes longer.

Run as a module it is a process of its own: ``python -m plaudit.benchmarks.speed.published JUDGE``
imports and loads, and with a song after it scores that song.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.encoders.spec import EncoderSpec
from plaudit.encoders.weights import read_tensors
from plaudit.model.folder import ENCODER, read_card


class PublishedMert:
    """Layer means of segments as the published code gives them."""

    def __init__(self, spec: EncoderSpec, tensors: dict[str, torch.Tensor]) -> None:
        from transformers import HubertConfig, HubertModel

        config = HubertConfig.from_dict(
            {key: value for key, value in spec.config.items() if key != "do_normalize"}
        )
        config._attn_implementation = "eager"
        with torch.device("meta"):
            network = HubertModel(config)
        network.load_state_dict(tensors, strict=True, assign=True)
        self.network = network.train(False)
        self._layers = spec.layers
        self._normalize = bool(spec.config["do_normalize"])

    @torch.inference_mode()
    def encode(self, segments: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return layer means (n, n_layers, dim) of segments (n, n_samples)."""
        samples = torch.tensor(segments)
        if self._normalize:
            variance, mean = torch.var_mean(samples, dim=-1, correction=0, keepdim=True)
            samples = (samples - mean) / torch.sqrt(variance + 1e-7)
        states = self.network(samples, output_hidden_states=True).hidden_states
        means = torch.stack([states[layer].mean(dim=1) for layer in self._layers], dim=1)
        return np.asarray(means)


def main(folder: Path, song: str | None) -> None:
    """Load the encoder of a judge, and score a song with it if one is named."""
    card = read_card(folder)
    published = PublishedMert(card.encoder, read_tensors(folder / ENCODER))
    if song is None:
        return
    from plaudit.audio.song import open_song
    from plaudit.model.folder import load_folder

    opened = open_song(Path(song), card.encoder.sample_rate, card.recipe.segment)
    means = np.concatenate([published.encode(segment.samples[None]) for segment in opened])
    network = load_folder(folder, device="cpu").network
    print(network.score(torch.tensor(means), torch.ones(len(means)) / len(means)).song.tolist())  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
