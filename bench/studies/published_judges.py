"""Published judges at full size: the published numbers, time and memory, by the user's commands.

Backs docs/published-judges.md. Weights of full size are filled from the names of tensors,
written as their authors publish them, and imported; then the golden songs are scored, and a song
of 30 s is timed. No published weight is needed, and times do not depend on their values.

Printed by judge: how many published numbers were compared and the largest difference from them;
processor seconds of a song of 30 s on one thread (of a song of 60 s less one of 30 s, so that
loading is not counted), and the peak memory of scoring 30 s. HEAR hears a song of up to 30 s once,
and a longer one twice: it is measured at 60 s and 90 s. With --panel judges are measured alone and
together on a song of 60 s: processor seconds beyond loading, the least of three, and the peak
memory of a process that loads them and scores.

Run: .venv/bin/python bench/studies/published_judges.py [NAME ...]
     .venv/bin/python bench/studies/published_judges.py --panel songeval hear
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

import soundfile
import torch

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from filled import golden, other_song, song, words  # noqa: E402 - of the tests
from published_files import publish, weights_options  # noqa: E402

ROUNDS = 3
TEXT = [0, 10, 57, 33, 8, 2]
LYRICS = golden("cmirm", "full.json")["texts"]["lyrics"]


class Case(NamedTuple):
    """A song, its options, and the published numbers."""

    signal: str
    rate: int
    expected: list[float]
    options: tuple[str, ...] = ()


def cases() -> dict[str, list[Case]]:
    """Return the published numbers of each judge."""
    prompt = ("--prompt", words(TEXT))
    everything = (*prompt, "--lyrics", "lyrics.txt", "--reference", "reference.wav")
    given = {"text": prompt, "all": everything}
    audiobox = golden("audiobox", "full.json")["cases"]
    songeval = golden("songeval", "full.json")["cases"]
    clap = golden("clap", "full.json")["cases"]
    mulan = golden("muqmulan", "full.json")["cases"]
    cmi = golden("cmirm", "full.json")["variants"]["plain"]["single"]
    return {
        "audiobox": [
            Case("_".join(n.split("_")[:2]), c["rate"], list(c["scores"].values()))
            for n, c in audiobox.items()
        ],
        "songeval": [Case(n, 24_000, c["scores"]) for n, c in songeval.items()],
        "clap": [
            Case(n, 48_000, [c["cosine"]["short"]], prompt)
            for n, c in clap.items()
            if c["samples"] <= 480_000
        ],
        "muq-mulan": [
            Case(n, 24_000, [c["similarity"]["short"]], prompt) for n, c in mulan.items()
        ],
        "cmi-rm": [
            Case(signal(n), 24_000, pair, tuple(w for o in n.split("+")[1:] for w in given[o]))
            for n, pair in cmi.items()
        ],
        "pam": [],
        "tunejury": [],
        "tunejury-a1": [],
        "hear": [],
    }


def signal(case: str) -> str:
    """Return ``song_3`` of ``song3+all``."""
    name = case.split("+", maxsplit=1)[0]
    kind = name.rstrip("0123456789.")
    return f"{kind}_{name.removeprefix(kind)}"


def write(path: str, of: str, rate: int) -> None:
    """Write a signal such as ``song_3`` to a file."""
    kind, seconds = of.split("_")[:2]
    make: Callable[[float, int], object] = {"song": song, "other": other_song}[kind]
    soundfile.write(path, make(float(seconds), rate), rate, subtype="FLOAT")


def plaudit(*command: str) -> tuple[str, float, float]:
    """Run a command; return what it printed, its processor seconds and peak memory in GB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    script = (
        "import resource, sys; from plaudit.cli.app import main\n"
        "try: main()\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, seconds, int(done.stderr.split()[-1]) / 1e6


def bring(name: str) -> None:
    """Import a judge of full size into a folder of its name."""
    parts = publish(name, Path("published"), full=True)
    plaudit("judges", "import", name, *weights_options(parts), "--out", name, "--accept-licence")
    shutil.rmtree("published")


def cost(*names: str, shorter_s: int = 30) -> tuple[float, float]:
    """Return what 30 s more of a song cost, in processor seconds, and the peak memory in GB.

    ``shorter_s`` is the song without them, of which the memory is.
    """
    judges = [word for name in names for word in ("-j", name)]
    used = []
    for seconds in (shorter_s, shorter_s + 30):
        write("a.wav", f"song_{seconds}", 24_000)
        used.append(plaudit("score", "a.wav", *judges, *prompt_of(names)))
    return used[1][1] - used[0][1], used[0][2]


def prompt_of(names: Collection[str]) -> tuple[str, ...]:
    """Return the prompt that one of the judges needs."""
    return ("--prompt", words(TEXT)) if {"clap", "muq-mulan"} & {*names} else ()


def measure(name: str, own: list[Case]) -> str:
    """Import a judge, compare its numbers, time it; return its line."""
    bring(name)
    Path("lyrics.txt").write_text(" ".join(f"t{i}" for i in LYRICS.split(",")))
    write("reference.wav", "other_7.3", 24_000)
    worst, n = 0.0, 0
    for case in own:
        write("a.wav", case.signal, case.rate)
        out, _, _ = plaudit("score", "a.wav", "-j", name, "-f", "json", *case.options)
        got = [score["value"] for score in json.loads(out)[0]["scores"].values()]
        worst = max(worst, *(abs(a - b) for a, b in zip(got, case.expected, strict=True)))
        n += len(got)
    took, memory = cost(name, shorter_s=60 if name == "hear" else 30)
    compared = f"{n:>3} numbers, {worst:.1e}" if n else "none of full size"
    return f"{name:<12} {compared:<22} {took:6.1f} s {memory:6.1f} GB"


def measure_panel(names: list[str]) -> None:
    """Print what a song of 60 s costs each judge alone and all together, and the peak memory."""
    from plaudit.judging.given import Given
    from plaudit.judging.load import load_judge
    from plaudit.judging.panel import judged_by_all

    for name in names:
        bring(name)
    write("a.wav", "song_60", 24_000)
    panels = [*([name] for name in names), names]
    memory = [
        plaudit("score", "a.wav", *(w for n in own for w in ("-j", n)), *prompt_of(own))[2]
        for own in panels
    ]
    opened = {name: load_judge(name) for name in names}
    given = Given(prompt=words(TEXT))
    least = [float("inf")] * len(panels)
    for _ in range(ROUNDS):
        for place, own in enumerate(panels):
            before = time.process_time()
            list(judged_by_all([opened[name] for name in own], ["a.wav"], given=[given]))
            least[place] = min(least[place], time.process_time() - before)
    for own, took, most in zip(panels, least, memory, strict=True):
        print(f"{' + '.join(own):<28} {took:6.1f} s {most:6.1f} GB")
    print(f"together, of the sum of each alone: {least[-1] / sum(least[:-1]):.2f}")


def main() -> None:
    """Print a line for each judge."""
    known = cases()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(known), metavar="NAME")
    parser.add_argument("--panel", action="store_true")
    given = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    if given.panel:
        torch.set_num_threads(1)
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            measure_panel(given.names)
            os.chdir(ROOT)
        return
    print("judge        largest difference        30 s   memory")
    for name in given.names:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            print(measure(name, known[name]), flush=True)
            os.chdir(ROOT)


if __name__ == "__main__":
    main()
