"""In pieces or at once, the convolutions of MERT give the same frames."""

from typing import Literal

import numpy as np
import pytest
import torch

from filled import song
from plaudit.encoders.mert_network import MertNetwork, MertShape
from plaudit.encoders.wave_frames import frame_count, frame_step, wave_frames


@pytest.mark.parametrize("norm", ["group", "layer"])
@pytest.mark.parametrize("n_samples", [24_000, 24_079, 100_001])
@torch.inference_mode()
def test_pieces_are_the_whole(norm: Literal["group", "layer"], n_samples: int) -> None:
    shape = MertShape(
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        conv_dim=(8,) * 7,
        conv_bias=norm == "layer",
        feat_extract_norm=norm,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
    )
    torch.manual_seed(3)
    extractor = MertNetwork(shape).feature_extractor
    samples = torch.from_numpy(song(n_samples / 24_000)) + 0.1
    whole = extractor(samples[None])[0]
    n_frames = frame_count(extractor, n_samples)
    assert len(whole) == n_frames
    assert frame_step(extractor) == 320
    scale = whole.abs().max()
    for piece in (1, 7, 50, 400):
        frames = wave_frames(extractor, samples, n_frames, piece=piece)
        np.testing.assert_allclose(frames / scale, whole / scale, atol=1e-5)
    # Fewer frames are the first ones: the norm still hears the whole recording.
    np.testing.assert_allclose(
        wave_frames(extractor, samples, 5) / scale, whole[:5] / scale, atol=1e-5
    )
