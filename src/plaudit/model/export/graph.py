"""A plan written as an ONNX file, and the file compared with torch."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from plaudit.core.errors import PlauditError
from plaudit.core.optional import require
from plaudit.model.export.plan import Plan
from plaudit.model.export.record import Check, Port
from plaudit.model.published.card import AxisRecord

OPSET = 18
"""Of ONNX: the one torch writes without a conversion; onnxruntime has it since 1.14 (2023)."""
LIMIT = 1e-4
"""Largest difference of a score that is accepted, as a share of the range of its axis."""
PURPOSE = "Exporting a judge to ONNX"
_LEAST_SAMPLES = 800  # two frames of MERT: sizes above that are one graph


class ExportError(PlauditError, ValueError):
    """No ONNX file of a judge: it cannot be exported, or the export gives other scores."""


def check_packages() -> None:
    """Make sure that what an export needs is installed; else `MissingPackageError`."""
    require("onnx", "export", PURPOSE)
    require("onnxscript", "export", PURPOSE)
    require("onnxruntime", "export", PURPOSE)


def write_graph(plan: Plan, path: Path) -> None:
    """Write the file; weights of more than 2 GB lie beside it, in a file of their own.

    Raises
    ------
    ExportError
        Torch cannot make one graph of it.
    """
    check_packages()
    sizes: dict[str, object] = {}
    shapes = tuple(_dynamic(port, sizes) for port in plan.inputs)
    example = next(iter(plan.songs.values()))
    with _quiet(), torch.no_grad():
        try:
            program = torch.export.export(plan.module, example, dynamic_shapes=shapes, strict=False)
            _drop_idle_squeezes(program)
            made = torch.onnx.export(
                program,
                dynamo=True,
                input_names=[port.name for port in plan.inputs],
                output_names=[port.name for port in plan.outputs],
                opset_version=OPSET,
                verbose=False,
            )
        except RuntimeError as error:  # torch's own errors are of this kind
            reason = str(error).strip().split("\n")[0]
            raise ExportError(f"Torch makes no graph of this judge: {reason}") from error
        assert made is not None  # noqa: S101 - it is for dynamo=True
        made.save(path)


def _drop_idle_squeezes(program: torch.export.ExportedProgram) -> None:
    """Remove squeezes of a size other than 1: torch lets them pass, ONNX refuses them."""
    graph = program.graph_module.graph
    for node in list(graph.nodes):
        if node.target is torch.ops.aten.squeeze.dim:
            size = node.args[0].meta["val"].shape[node.args[1]]
            if isinstance(size, int) and size != 1:
                node.replace_all_uses_with(node.args[0])
                graph.erase_node(node)
    program.graph_module.recompile()


def compare(plan: Plan, path: Path, axes: Sequence[AxisRecord]) -> Check:
    """Run the file on every song of the plan and return how far it is from torch.

    Raises
    ------
    ExportError
        A score differs by more than `LIMIT` of the range of its axis, or is not finite.
    """
    session = _session(path)
    names = [port.name for port in plan.outputs]
    ranges = np.array([_range(axis) for axis in axes])
    largest = dict.fromkeys(names, 0.0)
    share = 0.0
    for title, song in plan.songs.items():
        feed = {p.name: t.numpy() for p, t in zip(plan.inputs, song, strict=True)}
        given = dict(zip(names, session.run(names, feed), strict=True))
        expected = dict(zip(names, plan.expected(song), strict=True))
        for name, value in expected.items():
            difference = np.abs(given[name].astype(np.float64) - value.double().numpy())
            if not np.isfinite(difference).all():
                raise ExportError(f"The exported file gives no finite {name} for {title}.")
            largest[name] = max(largest[name], float(difference.max()))
            if name in ("scores", "segment_scores"):
                share = max(share, float((difference / ranges).max()))
    if share > LIMIT:
        raise ExportError(
            f"The exported file differs from this judge by {share:.2g} of the range of an axis,"
            f" and {LIMIT:g} is accepted; nothing was written."
        )
    return Check(songs=tuple(plan.songs), largest=largest, share_of_axis=share, limit=LIMIT)


def _range(axis: AxisRecord) -> float:
    return 1.0 if axis.low is None or axis.high is None else axis.high - axis.low


def _session(path: Path) -> Any:
    runtime = require("onnxruntime", "export", PURPOSE)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    return runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _dynamic(port: Port, sizes: dict[str, object]) -> dict[int, object]:
    """Return the sizes of a port that may differ, by dimension; one name is one size."""
    least = {"n_samples": _LEAST_SAMPLES}
    return {
        place: sizes.setdefault(name, torch.export.Dim(name, min=least.get(name, 1)))
        for place, name in enumerate(port.shape)
        if isinstance(name, str)
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep torch's notes on its own insides from the terminal."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
