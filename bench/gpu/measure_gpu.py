"""Measure a GPU with MERT in some eight minutes: its limit, what the encoder reaches, and errors.

Weights are made by a formula at the size of MERT-v1-95M, which changes no speed; errors on trained
weights are others, so give a judge of yours with ``--judge``. Each part has a share of the time and
ends when that is over; what is measured so far is always in the two files. Nobody has run this on a
GPU yet: what it prints there is the first word.

Run: .venv/bin/python bench/gpu/measure_gpu.py --out gpu.json
(also writes gpu.md; --device cpu --quick tries every part in less than a minute, with a tiny
network, on a way that a CPU takes for nothing else: those figures say nothing)
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from plaudit.audio.song import open_song
from plaudit.benchmarks.speed.formula import write_formula_judge
from plaudit.benchmarks.speed.limit import gflop_of, this_machine
from plaudit.benchmarks.speed.published import PublishedMert
from plaudit.core.axes import AXIS
from plaudit.core.pool import cores
from plaudit.encoders.device import choose_device, whole_float32
from plaudit.encoders.mert import MertEncoder
from plaudit.encoders.mert_network import MertShape
from plaudit.encoders.promise import Encoder
from plaudit.encoders.weights import read_tensors
from plaudit.model.folder import ENCODER, load_folder
from plaudit.synth.song import make_song

TINY = MertShape(
    hidden_size=32, num_hidden_layers=9, num_attention_heads=2, intermediate_size=64,
    conv_dim=(16,) * 7, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4,
)  # fmt: skip
SHARES = {
    "rates": 0.08, "encoder": 0.3, "errors": 0.17, "company": 0.1, "feed": 0.1, "embed": 0.25,
}  # fmt: skip


class Row(NamedTuple):
    part: str
    measured: str
    value: float | str
    unit: str = ""
    note: str = ""


@dataclass
class Bench:
    """What all parts share."""

    device: torch.device
    folder: Path  #: Of the judge.
    place: Path  #: For files.
    quick: bool
    deadline: float = 0.0  #: Of the part at work.
    tflops: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        card = load_folder(self.folder, device="cpu").card
        self.axes, self.rule = card.recipe.heads.axes, card.recipe.segment
        if self.quick:
            self.rule = self.rule.model_copy(update={"length_s": 2.0})
        self.rate = card.encoder.sample_rate
        self.n_samples = round(self.rule.length_s * self.rate)

    def encoder(self, precision: str, size: int | None = None) -> MertEncoder:
        encoder = load_folder(self.folder, device=self.device.type, precision=precision).encoder
        if not isinstance(encoder, MertEncoder):
            sys.exit(f"Expected a judge with MERT, got one with '{encoder.spec.kind}'.")
        if size is not None:
            # Not by its setting, which a CPU refuses: here a CPU goes the way of a GPU on trial.
            encoder._batch = size
        return encoder

    def segments(self, number: int, seed: int = 0) -> NDArray[np.float32]:
        rng = np.random.default_rng(seed)
        return rng.normal(0, 0.1, (number, self.n_samples)).astype(np.float32)

    def gflop(self, encoder: MertEncoder) -> float:
        return gflop_of(encoder.shape, self.rule.length_s, self.rate)

    def sync(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        elif self.device.type == "mps":
            torch.mps.synchronize()

    def seconds(self, work: Callable[[], object], least_s: float = 1.0) -> float:
        """The median of repeats, after two to warm up, each to its end on the device."""
        took: list[float] = []
        for _ in range(2):
            work()
        self.sync()
        began = time.perf_counter()
        while len(took) < 3 or time.perf_counter() - began < (0.02 if self.quick else least_s):
            started = time.perf_counter()
            work()
            self.sync()
            took.append(time.perf_counter() - started)
        return float(np.median(took))

    @property
    def over(self) -> bool:
        return time.monotonic() > self.deadline


def machine(bench: Bench) -> Iterator[Row]:
    here = this_machine()
    yield Row("machine", "processor", f"{here.processor}, {here.cores} cores")
    yield Row("machine", "versions", ", ".join(f"{k} {v}" for k, v in here.versions.items()))
    yield Row("machine", "device", bench.device.type)
    if bench.device.type == "cuda":
        facts = torch.cuda.get_device_properties(bench.device)
        yield Row("machine", "GPU", facts.name, "", f"capability {facts.major}.{facts.minor}")
        yield Row("machine", "memory", facts.total_memory / 1e9, "GB")
        yield Row("machine", "multiprocessors", facts.multi_processor_count)
        yield Row("machine", "CUDA", str(torch.version.cuda))
        if shutil.which("nvidia-smi"):
            asked = "driver_version,power.limit,clocks.max.sm,clocks.max.memory"
            command = ["nvidia-smi", f"--query-gpu={asked}", "--format=csv,noheader"]
            with suppress(subprocess.SubprocessError):
                text = subprocess.check_output(command, text=True, timeout=20)
                yield Row("machine", asked, text.splitlines()[0])


def rates(bench: Bench) -> Iterator[Row]:
    n, k, m = (256, 64, 256) if bench.quick else (16 * 2249, 768, 3072)
    x = torch.randn(n, k, device=bench.device)
    weight = torch.randn(m, k, device=bench.device)
    kinds: list[tuple[str, torch.dtype, str]] = [("float32", torch.float32, "highest")]
    if bench.device.type == "cuda":
        kinds.append(("TF32", torch.float32, "high"))
    kinds.append(("bfloat16", torch.bfloat16, "highest"))
    before = torch.get_float32_matmul_precision()
    for name, dtype, allowed in kinds:
        torch.set_float32_matmul_precision(allowed)
        a, b = x.to(dtype), weight.to(dtype)
        took = bench.seconds(lambda a=a, b=b: torch.nn.functional.linear(a, b))  # type: ignore[misc]
        torch.set_float32_matmul_precision(before)
        bench.tflops[name] = 2e-12 * n * k * m / took
        yield Row("rates", f"product {n} x {k} x {m}, {name}", bench.tflops[name], "TFLOP/s")
    source = torch.ones((1 << 16) if bench.quick else (1 << 28), device=bench.device)
    took = bench.seconds(source.clone)
    yield Row("rates", "copy, read and written", 8e-9 * len(source) / took, "GB/s")


def encoder(bench: Bench) -> Iterator[Row]:
    for precision in ("fast", "exact"):
        opened = bench.encoder(precision)
        limit = bench.tflops.get("bfloat16" if opened.precision == "fast" else "float32")
        gflop = bench.gflop(opened)
        for size in (1, 2) if bench.quick else (1, 4, 16, 32, 8, 64):
            if bench.over:
                return
            opened._batch = size
            x = bench.segments(size)
            name = f"{opened.precision}, batches of {size}"
            try:
                if bench.device.type == "cuda":
                    torch.cuda.reset_peak_memory_stats()
                took = bench.seconds(lambda x=x, opened=opened: opened.encode(x)) / size  # type: ignore[misc]
            except torch.OutOfMemoryError:
                yield Row("encoder", name, "does not fit into memory")
                continue
            share = "" if limit is None else f"{gflop / took / 1e3 / limit:.1%} of the product rate"
            yield Row("encoder", name, took * 1e3, "ms a segment", share)
            if bench.device.type == "cuda":
                peak = torch.cuda.max_memory_allocated() / 1e9
                yield Row("encoder", f"{name}: peak memory", peak, "GB")
        opened._batch = 2 if bench.quick else 16
        waves = torch.tensor(bench.segments(opened.batch_size), device=bench.device)
        queued: list[float] = []

        def queue(
            waves: torch.Tensor = waves,
            opened: MertEncoder = opened,
            queued: list[float] = queued,
        ) -> None:
            started = time.perf_counter()
            with torch.inference_mode(), whole_float32(), opened._autocast():
                opened._means_of_batch(waves)
            queued.append(time.perf_counter() - started)

        took = bench.seconds(queue)
        share = f"{np.median(queued) / took:.1%} of it to queue the kernels"
        note = f"{share}: near 100 %, CUDA graphs would pay"
        name = f"{opened.precision}: network alone, a batch of {opened.batch_size}"
        yield Row("encoder", name, took * 1e3, "ms", note)


def errors(bench: Bench) -> Iterator[Row]:
    """Largest distance from float64 on the CPU, over the largest value."""
    parts = load_folder(bench.folder, device="cpu")
    x = bench.segments(2, seed=5)
    double = PublishedMert(parts.card.encoder, read_tensors(bench.folder / ENCODER))
    layers = parts.card.encoder.layers
    network = cast("Any", double.network).double()
    means = []
    for wave in x:
        with torch.inference_mode():
            states = network(torch.tensor(wave[None]).double(), output_hidden_states=True)
        means.append(torch.stack([states.hidden_states[layer][0].mean(0) for layer in layers]))
    right = torch.stack(means).numpy()
    weights = torch.full((len(x),), 1 / len(x))
    ranges = np.array([AXIS[axis].high - AXIS[axis].low for axis in bench.axes])

    def scores(values: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(parts.network.score(torch.tensor(values).float(), weights).song)

    cases: list[tuple[str, Encoder]] = [("CPU, exact", parts.encoder)]
    for precision in ("exact", "fast"):
        opened = bench.encoder(precision, 2)
        cases.append((f"{bench.device.type} in batches, {opened.precision}", opened))
    for name, case in cases:
        made = case.encode(x)
        off = float(np.abs(made - right).max() / np.abs(right).max())
        yield Row("errors", f"{name}: embedding", off, "of the largest value", "against float64")
        off = float((np.abs(scores(made) - scores(right)) / ranges).max())
        yield Row("errors", f"{name}: scores", off, "of the range", "against float64")


def company(bench: Bench) -> Iterator[Row]:
    """The same segments with others beside them, and at other places of the batch."""
    size = 4 if bench.quick else 16
    x, others = bench.segments(size), bench.segments(size, seed=1)
    for precision in ("exact", "fast"):
        opened = bench.encoder(precision, size)
        first = opened.encode(x)
        largest = np.abs(first).max()
        same, moved, again = 0.0, 0.0, 0.0
        again = float(np.abs(opened.encode(x) - first).max() / largest)
        for place in range(0, size, max(1, size // 4)):
            if bench.over:
                return
            mixed = others.copy()
            mixed[place] = x[place]
            same = max(same, float(np.abs(opened.encode(mixed)[place] - first[place]).max()))
            mixed[place] = x[0]
            moved = max(moved, float(np.abs(opened.encode(mixed)[place] - first[0]).max()))
        unit = "of the largest value"
        yield Row("company", f"{opened.precision}: the same batch again", again, unit)
        yield Row("company", f"{opened.precision}: other company", float(same / largest), unit)
        yield Row("company", f"{opened.precision}: another place", float(moved / largest), unit)


def songs_of(bench: Bench) -> list[Path]:
    """MP3s that differ: one composition from other moments on."""
    number, seconds = (4, 4) if bench.quick else (96, 180)
    folder = bench.place / "songs"
    if not folder.exists():
        folder.mkdir()
        made = make_song(1, seconds + 10.0, {})

        def write(song: int) -> None:
            start = song * made.sample_rate // 10
            sound = made.audio[:, start : start + seconds * made.sample_rate].T
            soundfile.write(folder / f"{song:03d}.mp3", sound, made.sample_rate, format="MP3")

        with ThreadPoolExecutor(cores()) as pool:
            list(pool.map(write, range(number)))
    return sorted(folder.iterdir())


def feed(bench: Bench) -> Iterator[Row]:
    songs = songs_of(bench)

    def read(path: Path) -> int:
        with open_song(path, bench.rate, bench.rule) as opened:
            return sum(1 for _ in opened)

    for workers in sorted({1, 4, min(cores(), 16)}):
        if bench.over:
            return
        heard = songs[: 2 * workers]
        started = time.perf_counter()
        with ThreadPoolExecutor(workers) as pool:
            segments = sum(pool.map(read, heard))
        took = time.perf_counter() - started
        name = f"decode and resample, {workers} songs at a time"
        yield Row("feed", name, segments / took, "segments/s", f"{len(heard) / took:.2g} songs/s")


def embed(bench: Bench) -> Iterator[Row]:
    songs = songs_of(bench)
    some = bench.place / "one"
    some.mkdir()
    shutil.copy(songs[0], some)
    gflop = bench.gflop(bench.encoder("exact"))
    each = -(-soundfile.info(songs[0]).duration // bench.rule.length_s)
    for precision in ("fast",) if bench.quick else ("fast", "exact"):
        took = []
        for folder in (some, songs[0].parent):
            if bench.over:
                return
            out = bench.place / f"store-{precision}-{folder.name}"
            command = [
                *(sys.executable, "-m", "plaudit", "embed", folder, "--encoder", bench.folder),
                *("--out", out, "--device", bench.device.type, "--precision", precision),
                *("--segment-s", bench.rule.length_s),
                *(("--workers", 1) if bench.quick else ()),
            ]
            most_s = max(60.0, bench.deadline - time.monotonic() + 30)
            started = time.perf_counter()
            subprocess.run(
                [*map(str, command)], check=True, stdout=subprocess.DEVNULL, timeout=most_s
            )
            took.append(time.perf_counter() - started)
        number = (len(songs) - 1) * each
        rate = number / max(took[1] - took[0], 1e-3)
        limit = bench.tflops.get("bfloat16" if precision == "fast" else "float32")
        share = "" if limit is None else f"{rate * gflop / 1e3 / limit:.1%} of the product rate"
        yield Row("embed", f"plaudit embed, {precision}: one song", took[0], "s", "the start")
        name = f"plaudit embed, {precision}: {len(songs)} songs"
        yield Row("embed", name, took[1], "s")
        yield Row("embed", f"{name}, beyond the start", rate, "segments/s", share)


def markdown(rows: list[Row]) -> str:
    """One table of all rows."""
    lines = ["| part | measured | value | unit | note |", "|---|---|---|---|---|"]
    for row in rows:
        value = row.value if isinstance(row.value, str) else f"{row.value:.3g}"
        lines.append(f"| {row.part} | {row.measured} | {value} | {row.unit} | {row.note} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--device", default="cuda", choices=("cuda", "mps", "cpu"))
    parser.add_argument("--judge", type=Path, help="a judge folder with MERT; else by formula")
    parser.add_argument("--minutes", type=float, default=8.0, help="for all parts together")
    parser.add_argument("--parts", nargs="+", choices=SHARES, default=list(SHARES))
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to try the script")
    parser.add_argument("--out", type=Path, default=Path("gpu.json"), metavar="FILE.json")
    options = parser.parse_args()
    rows: list[Row] = []
    failed = False

    def add(row: Row) -> None:
        rows.append(row)
        print(markdown([row]).splitlines()[-1], flush=True)
        options.out.write_text(json.dumps([row._asdict() for row in rows], indent=1) + "\n")
        options.out.with_suffix(".md").write_text(markdown(rows))

    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        shape = TINY if options.quick else MertShape()
        folder = options.judge or write_formula_judge(place / "formula", shape)
        bench = Bench(choose_device(options.device), folder, place, options.quick)
        end = began + 60 * options.minutes
        named: dict[str, Callable[[Bench], Iterator[Row]]] = {
            "rates": rates, "encoder": encoder, "errors": errors, "company": company,
            "feed": feed, "embed": embed,
        }  # fmt: skip
        for row in machine(bench):
            add(row)
        left = list(options.parts)
        while left:
            part = left[0]
            share = SHARES[part] / sum(SHARES[other] for other in left)
            bench.deadline = time.monotonic() + share * (end - time.monotonic())
            started = time.monotonic()
            try:
                for row in named[part](bench):
                    add(row)
            except Exception as error:  # noqa: BLE001 - the other parts are measured all the same
                failed = True
                add(Row(part, "failed", type(error).__name__, "", " ".join(str(error).split())))
            late = "its time was over; " if bench.over else ""
            add(Row(part, "took", time.monotonic() - started, "s", late + "wall"))
            left.pop(0)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
