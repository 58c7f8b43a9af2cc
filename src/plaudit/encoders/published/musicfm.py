"""MusicFM-25Hz (arXiv 2311.03318, trained on the Million Song Dataset): MuQ's network, own weights.

Published as ``pretrained_msd.pt``, with mean and deviation of the mel spectrogram beside it in
``msd_stats.json``. No file states its sizes: widths are read from the tensors; heads, feed-forward
width and positions are those of ``facebook/wav2vec2-conformer-rope-large-960h-ft``, on which MuQ is
built as well and which MuQ's ``config.json`` repeats (``w2v2_config``).
"""

from collections.abc import Mapping
from dataclasses import replace

import torch
from pydantic import JsonValue

from plaudit.encoders.published.muq import MelStated, MuqSettings, check_heads, no_effect
from plaudit.encoders.published.size import agreed_size
from plaudit.encoders.published.stated import read_stated

_DEPTH = 12


def musicfm_settings(
    tensors: Mapping[str, torch.Tensor],
    stats: Mapping[str, JsonValue],
    muq: MuqSettings,
    where: str,
) -> MuqSettings:
    """Return the settings of MusicFM: its tensors, ``msd_stats.json`` and those shared with MuQ.

    Raises
    ------
    WeightsError
        A number of ``msd_stats.json`` is absent (named), or the tensors are not MusicFM's.
    """
    first = "conformer.layers.0."
    mel = read_stated(MelStated, stats, where)
    widths = [(f"{first}{name}", 0) for name in ("ffn1_layer_norm.weight", "final_layer_norm.bias")]
    convolutions = [
        (f"conv.conv.{i}.{name}", 0) for i in (0, 1) for name in ("bn1.bias", "bn3.weight")
    ]
    dim = agreed_size(tensors, [*widths, ("conv.linear.bias", 0)], where)
    check_heads(dim, muq.heads, where)
    return replace(
        muq,
        dim=dim,
        depth=_DEPTH,
        conv_dim=agreed_size(tensors, convolutions, where),
        mean=mel.melspec_2048_mean,
        std=mel.melspec_2048_std,
    )


def musicfm_no_effect(depth: int) -> tuple[str, ...]:
    """Return patterns of published tensors that change nothing in hidden states 0 to ``depth``.

    They match names with and without the ``model.`` that the published file puts before them.
    """
    return no_effect("", depth, key_bias=True) + no_effect("model.", depth, key_bias=True)
