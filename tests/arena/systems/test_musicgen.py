"""MusicGen through transformers, with a tiny model of random weights."""

import io
import json
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import soundfile
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    EncodecConfig,
    EncodecModel,
    MusicgenConfig,
    MusicgenDecoderConfig,
    MusicgenForConditionalGeneration,
    PreTrainedTokenizerFast,
    T5Config,
)

from plaudit.arena.systems import musicgen
from plaudit.arena.systems.request import Request

WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2, "a": 3, "slow": 4, "song": 5}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("musicgen")
    text = T5Config(
        vocab_size=len(WORDS), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2,
    )  # fmt: skip
    codec = EncodecConfig(
        sampling_rate=8000, target_bandwidths=[1.0], upsampling_ratios=[8, 5], num_filters=4,
        hidden_size=16, codebook_size=32, codebook_dim=16, num_lstm_layers=1, audio_channels=1,
    )  # fmt: skip
    decoder = MusicgenDecoderConfig(
        vocab_size=32, hidden_size=16, ffn_dim=16, num_hidden_layers=1, num_attention_heads=2,
        num_codebooks=EncodecModel(codec).config.num_quantizers, pad_token_id=32, bos_token_id=32,
    )  # fmt: skip
    config = MusicgenConfig(text_encoder=text, audio_encoder=codec, decoder=decoder)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        made: Any = MusicgenForConditionalGeneration(config)
        for layer in made.audio_encoder.quantizer.layers:
            layer.codebook.embed.normal_()  # all zeros otherwise
    made.generation_config.decoder_start_token_id = 32
    made.generation_config.pad_token_id = 32
    made.generation_config.bos_token_id = 32
    made.save_pretrained(folder)
    words = Tokenizer(models.WordLevel(WORDS, unk_token="<unk>"))  # noqa: S106 - no password
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    special: Any = dict(zip(("pad_token", "eos_token", "unk_token"), WORDS, strict=False))
    tokenizer: Any = PreTrainedTokenizerFast
    tokenizer(tokenizer_object=words, **special).save_pretrained(folder)
    return folder


def test_a_request_becomes_a_song(model: Path, tmp_path: Path) -> None:
    contents = []
    for seed in (1, 1, 2):
        out = tmp_path / "song.audio"
        request = Request(
            system="musicgen", prompt_id="p", prompt="a slow song", lyrics=None, instrumental=None,
            duration_s=0.5, seed=seed, out=str(out),
        )  # fmt: skip
        asked, said = io.StringIO(request.model_dump_json()), io.StringIO()
        with (
            patch.object(sys, "argv", ["musicgen", str(model)]),
            patch.object(sys, "stdin", asked),
            patch.object(sys, "stdout", said),
        ):
            musicgen.main()
        assert json.loads(said.getvalue())["model"] == str(model)
        audio, rate = soundfile.read(out)
        assert rate == 8000
        assert len(audio) / rate == pytest.approx(0.5, abs=0.1)
        contents.append(audio)
    np.testing.assert_array_equal(contents[0], contents[1])
    assert contents[2].shape != contents[0].shape or (contents[2] != contents[0]).any()
