"""XLM-RoBERTa (arXiv 1911.02116): the text encoder of MuQ-MuLan, as transformers computes it.

Conventions: token ids of one text, with ``<s>`` before and ``</s>`` after it; states are float32
(n_tokens, dim), the output of the last layer. The pooler is never computed. Sizes are those of the
tensors, because MuQ-MuLan publishes the text encoder's weights but not its configuration.
"""

import re
from collections.abc import Mapping, Sequence

import torch

from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.size import count_blocks, count_heads, shape_of

EMPTY = (0, 2)  # <s></s>: the ids of an empty text
_PAD = 1
_UNUSED = 2  # positions: those before the first token, which has the number after _PAD
_NORM_EPSILON = 1e-5  # of xlm-roberta-base
_WORDS = "embeddings.word_embeddings.weight"
_POSITIONS = "embeddings.position_embeddings.weight"
# A bias of keys moves all weights of an attention alike, which its softmax does not see.
_KEY_BIAS = r"encoder\.layer\.\d+\.attention\.self\.key\.bias"


def no_effect(prefix: str) -> tuple[str, ...]:
    """Return patterns of the published tensors that change nothing, with ``prefix`` before them."""
    patterns = (r"pooler\..*", r"embeddings\.position_ids", _KEY_BIAS)
    return tuple(re.escape(prefix) + pattern for pattern in patterns)


def build_xlm_roberta(
    tensors: Mapping[str, torch.Tensor], prefix: str, dim: int, where: str
) -> torch.nn.Module:
    """Return the network that fits tensors, without values: they are assigned afterwards.

    ``prefix`` stands before the names of ``tensors``; ``dim`` is the width of the network.

    Raises
    ------
    WeightsError
        A tensor that decides a size is missing, or the width does not divide into heads.
    """
    # Seconds of import, only for judges that read texts.
    from transformers import XLMRobertaConfig, XLMRobertaModel

    vocabulary, _ = shape_of(tensors, prefix + _WORDS, 2, where)
    positions, _ = shape_of(tensors, prefix + _POSITIONS, 2, where)
    wide = f"{prefix}encoder.layer.0.output.dense.weight"
    heads = count_heads(dim, where)
    if positions <= _UNUSED + len(EMPTY):
        raise WeightsError(
            f"The weights in {where} do not fit: a text encoder of {positions} positions reads"
            " no text."
        )
    settings = XLMRobertaConfig(
        vocab_size=vocabulary,
        hidden_size=dim,
        num_hidden_layers=count_blocks(tensors, f"{prefix}encoder.layer", where),
        num_attention_heads=heads,
        intermediate_size=shape_of(tensors, wide, 2, where)[1],
        max_position_embeddings=positions,
        type_vocab_size=1,
        layer_norm_eps=_NORM_EPSILON,
        pad_token_id=_PAD,
    )
    settings._attn_implementation = "sdpa"
    with torch.device("meta"):
        network = XLMRobertaModel(settings, add_pooling_layer=False)
    # Neither is in the weights: positions are counted from the ids, and all ids are of one type.
    counted, kind = torch.arange(positions)[None], torch.zeros((1, positions), dtype=torch.long)
    network.embeddings.position_ids = torch.nn.Buffer(counted, persistent=False)
    network.embeddings.token_type_ids = torch.nn.Buffer(kind, persistent=False)
    built: torch.nn.Module = network
    return built


def zero_biases(network: torch.nn.Module, prefix: str) -> dict[str, torch.Tensor]:
    """Return zeros for the biases of keys, which transformers' class has, by published name."""
    return {
        prefix + name: torch.zeros(value.shape)
        for name, value in network.state_dict().items()
        if re.fullmatch(_KEY_BIAS, name)
    }


def longest_text(network: torch.nn.Module) -> int:
    """Return how many tokens a text may have, with its ends."""
    return int(network.get_parameter(_POSITIONS).shape[0]) - _UNUSED


def text_states(network: torch.nn.Module, ids: Sequence[int]) -> torch.Tensor:
    """Return the last states (n_tokens, dim) of one text.

    Raises
    ------
    InputError
        The text has more tokens than the network has positions.
    WeightsError
        An id is beyond the vocabulary: the tokenizer is that of another model.
    """
    words = network.get_parameter(_WORDS)
    if max(ids) >= words.shape[0]:
        raise WeightsError(
            f"The tokenizer gave the token {max(ids)}, but the text encoder knows"
            f" {words.shape[0]}; import the judge again with the tokenizer.json that belongs to it."
        )
    if len(ids) > longest_text(network):
        raise InputError(
            f"The text has {len(ids)} tokens, but the judge reads at most"
            f" {longest_text(network)}; shorten it."
        )
    states: torch.Tensor = network(torch.tensor([ids], device=words.device)).last_hidden_state
    return states[0]
