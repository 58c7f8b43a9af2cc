"""LoRA: a few trained matrices beside the frozen ones of an encoder (arXiv 2106.09685).

Each chosen projection ``W x`` becomes ``W x + (alpha / rank) B A x``, with ``A`` (rank, n_in) drawn
at random and ``B`` (n_out, rank) zero: at the start the encoder is bit for bit the frozen one. When
it is finished, ``W + (alpha / rank) B A`` is written as plain weights: an encoder like any other,
with a hash of its own, that loads without peft.
"""

import json
from pathlib import Path
from typing import Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from plaudit.core.errors import InputError
from plaudit.core.file import write_atomic
from plaudit.core.optional import require
from plaudit.core.settings import Record
from plaudit.encoders.mert import MertEncoder
from plaudit.encoders.spec import EncoderSpec

Target = Literal["q_proj", "k_proj", "v_proj", "out_proj"]
_ADAPTER = "lora_"
_BASE = ".base_layer."


class LoraSettings(Record):
    """The table ``[lora]`` of a training run: how its encoder is adapted to the songs first."""

    rank: int = Field(default=8, ge=1, description="Rank of the trained matrices.")
    alpha: float = Field(default=16.0, gt=0, description="Their weight is alpha / rank.")
    dropout: float = Field(default=0.05, ge=0, lt=1, description="Dropout before them.")
    targets: tuple[Target, ...] = Field(
        default=("q_proj", "v_proj"), description="Projections of attention that are adapted."
    )
    layers: tuple[int, ...] = Field(
        default=(2, 5, 8, -1), description="Hidden states that are learned from and then kept."
    )
    epochs: int = Field(default=5, ge=1, description="Epochs: one excerpt of each song in each.")
    batch: int = Field(default=8, ge=1, description="Excerpts of a step.")
    learning_rate: float = Field(default=2e-4, gt=0, description="Of the adapters, at the start.")
    head_learning_rate: float = Field(
        default=2e-3, gt=0, description="Of the layer mix and the linear heads that guide them."
    )
    weight_decay: float = Field(default=0.01, ge=0, description="Of AdamW.")
    clip: float = Field(default=1.0, gt=0, description="Largest norm of the gradient.")
    excerpt_s: float = Field(default=30.0, ge=1, description="Seconds of an excerpt.")

    @model_validator(mode="after")
    def _said_once(self) -> "LoraSettings":
        for name in ("targets", "layers"):
            said = getattr(self, name)
            if not said or len(set(said)) < len(said):
                raise ValueError(f"{name} must name at least one, each once")
        return self


def attach(encoder: MertEncoder, settings: LoraSettings, seed: int) -> list[nn.Parameter]:
    """Put adapters into an encoder, in place; what it says stays the same to the last bit.

    Parameters
    ----------
    encoder : MertEncoder
        To be adapted.
    settings : LoraSettings
        Rank, alpha, dropout and targets.
    seed : int
        Seed of the matrices ``A``.

    Returns
    -------
    list of Parameter
        The matrices to train; everything else stays frozen.

    Raises
    ------
    MissingPackageError
        peft is not installed.
    InputError
        The encoder has adapters already.
    """
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
    """Switch the dropout of adapters; the network itself stays in evaluation mode.

    HuBERT's own training mode would mask frames and skip layers at random, which suits learning
    from nothing and not a small corpus.

    Parameters
    ----------
    encoder : MertEncoder
        With adapters.
    on : bool
        Whether they drop.
    """
    for name, module in encoder.network.named_modules():
        if name.rpartition(".")[0].endswith("lora_dropout"):
            module.train(on)


def merged_tensors(encoder: MertEncoder) -> dict[str, Tensor]:
    """Return the plain weights that compute what an adapted encoder computes.

    Parameters
    ----------
    encoder : MertEncoder
        With adapters, or without any: then its tensors as they are. It is not changed.

    Returns
    -------
    dict of str to Tensor
        By canonical name, on the CPU.
    """
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
    """Return an encoder of plain weights that says what an adapted one says.

    Parameters
    ----------
    encoder : MertEncoder
        With adapters; it is not changed.
    name : str
        Name of the new one, for cards.

    Returns
    -------
    MertEncoder
        On the CPU, exact, with a hash of its own.
    """
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
    """Write an encoder as a folder of weights, as the hub holds MERT: any command takes it.

    Parameters
    ----------
    encoder : MertEncoder
        Without adapters.
    folder : Path
        Where; ``config.json`` goes last, so that a folder that has one is whole.
    """
    from safetensors.torch import save

    spec: EncoderSpec = encoder.spec
    config = {k: v for k, v in spec.config.items() if k != "do_normalize"}
    asked = {"do_normalize": spec.config["do_normalize"], "sampling_rate": spec.sample_rate}
    tensors = {k: v.contiguous() for k, v in encoder.tensors().items()}
    write_atomic(folder / "model.safetensors", save(tensors))
    write_atomic(folder / "preprocessor_config.json", json.dumps(asked, indent=1) + "\n")
    config["model_type"] = "hubert"
    write_atomic(folder / "config.json", json.dumps(config, indent=1) + "\n")
