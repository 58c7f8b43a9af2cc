"""LoRA: a few trained matrices beside the frozen ones of an encoder (arXiv 2106.09685).

Each chosen projection ``W x`` becomes ``W x + (alpha / rank) B A x``, with ``A`` (rank, n_in) drawn
at random and ``B`` (n_out, rank) zero: at the start the encoder is bit for bit the frozen one. In
the end ``W + (alpha / rank) B A`` is written as plain weights: an encoder like any other, with its
own hash, that loads without peft.
"""

import json
from pathlib import Path

import torch
from torch import Tensor, nn

from plaudit.core.errors import InputError
from plaudit.core.folder import whole_folder
from plaudit.core.optional import require
from plaudit.encoders.mert import MertEncoder
from plaudit.encoders.spec import EncoderSpec
from plaudit.training.lora.settings import LoraSettings

_ADAPTER = "lora_"
_BASE = ".base_layer."


def attach(encoder: MertEncoder, settings: LoraSettings, seed: int) -> list[nn.Parameter]:
    """Put adapters into an encoder, whose output stays the same, and return their matrices."""
    if any(_ADAPTER in name for name, _ in encoder.network.named_parameters()):
        raise InputError("This encoder has LoRA adapters already; open it anew.")
    peft = require("peft", "train", "LoRA")
    config = peft.LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(settings.targets),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        peft.inject_adapter_in_model(config, encoder.network)
    encoder.network.train(False)  # new modules come in training mode
    return adapters(encoder)


def adapters(encoder: MertEncoder) -> list[nn.Parameter]:
    """Return the matrices that are trained."""
    return [p for name, p in encoder.network.named_parameters() if _ADAPTER in name]


def dropout_on(encoder: MertEncoder, on: bool) -> None:
    """Switch the dropout of adapters; the network itself stays in evaluation mode."""
    # HuBERT's training mode would mask frames and skip layers at random: too much for a small
    # corpus.
    for name, module in encoder.network.named_modules():
        if name.rpartition(".")[0].endswith("lora_dropout"):
            module.train(on)


def merged_tensors(encoder: MertEncoder) -> dict[str, Tensor]:
    """Return plain weights, on the CPU, that compute what an encoder with adapters computes."""
    state = {k: v.detach().cpu() for k, v in encoder.network.state_dict().items()}
    plain = {
        name.replace(_BASE, "."): value for name, value in state.items() if _ADAPTER not in name
    }
    for name, module in encoder.network.named_modules():
        scaling = getattr(module, "scaling", None)
        if isinstance(scaling, dict):
            for adapter, weight in scaling.items():
                a, b = (state[f"{name}.{_ADAPTER}{part}.{adapter}.weight"] for part in "AB")
                # In float64: the sum is rounded once, not twice.
                delta = weight * (b.double() @ a.double())
                whole = plain[f"{name}.weight"].double() + delta
                plain[f"{name}.weight"] = whole.float()
    return plain


def merged(encoder: MertEncoder, name: str) -> MertEncoder:
    """Return an encoder of plain weights, on the CPU, with the output of one with adapters."""
    spec = encoder.spec
    return MertEncoder(
        spec.config,
        merged_tensors(encoder),
        where="the adapted encoder",
        name=name,
        layers=spec.layers,
        device="cpu",
    )


def write_weights(encoder: MertEncoder, folder: Path) -> None:
    """Write an encoder without adapters as a folder of weights, as the hub holds MERT."""
    from safetensors.torch import save

    spec: EncoderSpec = encoder.spec
    config = {k: v for k, v in spec.config.items() if k != "do_normalize"}
    preprocessor = {"do_normalize": spec.config["do_normalize"], "sampling_rate": spec.sample_rate}
    tensors = {k: v.contiguous() for k, v in encoder.tensors().items()}
    config["model_type"] = "hubert"
    with whole_folder(folder) as new:
        (new / "model.safetensors").write_bytes(save(tensors))
        (new / "preprocessor_config.json").write_text(json.dumps(preprocessor, indent=1) + "\n")
        (new / "config.json").write_text(json.dumps(config, indent=1) + "\n")
