"""In pieces or at once, the convolutions of a HuBERT network give the same frames."""

import numpy as np
import pytest
import torch
from transformers import HubertConfig, HubertModel

from filled import song
from plaudit.encoders.wave_frames import wave_frames


@pytest.mark.parametrize("norm", ["group", "layer"])
@pytest.mark.parametrize("n_samples", [24_000, 24_079, 100_001])
@torch.inference_mode()
def test_pieces_are_the_whole(norm: str, n_samples: int) -> None:
    settings = HubertConfig(
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        conv_dim=[8] * 7,
        feat_extract_norm=norm,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
    )
    torch.manual_seed(3)
    extractor = HubertModel(settings).train(False).feature_extractor
    samples = torch.from_numpy(song(n_samples / 24_000)) + 0.1
    whole = extractor(samples[None])[0]
    for piece in (1, 7, 50):
        frames = wave_frames(extractor, samples, piece)
        assert frames.shape == whole.shape
        scale = whole.abs().max()
        np.testing.assert_allclose(frames / scale, whole / scale, atol=2e-6)
    np.testing.assert_array_equal(wave_frames(extractor, samples), whole)
