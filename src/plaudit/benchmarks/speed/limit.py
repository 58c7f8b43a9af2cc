"""The operations of a network, counted, and the rate of the machine, measured."""

import os
import platform
import re
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from plaudit.benchmarks.speed.record import Limit, Machine
from plaudit.encoders.arithmetic import product
from plaudit.encoders.device import bfloat16_here
from plaudit.encoders.mert_network import MertNetwork, MertShape

_INSTRUCTIONS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16")
_SHAPE = (2249, 768, 3072)  # the largest product of MERT-v1-95M
_COPIED = 32 << 20  # floats, 128 MiB: more than most caches hold


def this_machine() -> Machine:
    """Describe this machine and what runs on it."""
    listed = Path("/proc/cpuinfo")
    text = listed.read_text(encoding="utf-8") if listed.exists() else ""
    facts = dict(re.findall(r"^([\w ]+?)\s*: (.*)$", text, re.MULTILINE))
    words = set((facts.get("flags") or facts.get("Features") or "").split())
    family = f" family {facts['cpu family']}" if "cpu family" in facts else ""
    return Machine(
        processor=facts.get("model name", platform.processor() or platform.machine()) + family,
        instructions=tuple(name for name in _INSTRUCTIONS if name in words),
        cores=os.cpu_count() or 1,
        threads=torch.get_num_threads(),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan"),
        versions={"python": platform.python_version(), "torch": version("torch")},
    )


@torch.inference_mode()
def gflop_of(shape: MertShape, segment_s: float, sample_rate: int) -> float:
    """Count the operations of a segment, multiplications and additions, in 10^9."""
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        network = MertNetwork(shape)
        # Its weight normalisation has no shape-only form; the convolution is the same without.
        positions = network.encoder.pos_conv_embed
        width, kernel = shape.hidden_size, shape.num_conv_pos_embeddings
        positions.conv = nn.Conv1d(
            width, width, kernel, padding=kernel // 2, groups=shape.num_conv_pos_embedding_groups
        )
        counter = FlopCounterMode(display=False)
        with counter:
            list(network(torch.empty(1, round(segment_s * sample_rate))))
    return counter.get_total_flops() / 1e9


@torch.inference_mode()
def limit_of(shape: MertShape, segment_s: float, sample_rate: int) -> Limit:
    """Count the operations of a segment and measure the rates of this machine, on one thread."""
    with torch.device("meta"):
        weights = sum(value.numel() for value in MertNetwork(shape).parameters())
    n, k, m = _SHAPE
    x, weight = torch.randn(n, k), torch.randn(m, k)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rates = {"float32": 2e-9 * n * k * m / _cpu_s(lambda: product(x, weight, None))}
        if bfloat16_here():
            half, rounded = x.bfloat16(), weight.bfloat16()
            rates["bfloat16"] = 2e-9 * n * k * m / _cpu_s(lambda: functional.linear(half, rounded))
        source, target = torch.ones(_COPIED), torch.ones(_COPIED)
        copied = 8e-9 * _COPIED / _cpu_s(lambda: target.copy_(source))
    finally:
        torch.set_num_threads(threads)
    return Limit(
        segment_s=segment_s,
        gflop=gflop_of(shape, segment_s, sample_rate),
        weights_gb=4e-9 * weights,
        gflop_per_cpu_s=rates,
        copied_gb_per_cpu_s=copied,
    )


def _cpu_s(work: Callable[[], object]) -> float:
    """The least of five, after one to warm up: what the machine can do at most."""
    work()
    took = []
    for _ in range(5):
        started = time.process_time()
        work()
        took.append(time.process_time() - started)
    return min(took)
