"""``plaudit bench list`` and ``sample``: which suites there are, and made-up data for one.

``sample reality`` writes clips of ranked systems, for ``plaudit bench reality``.
"""

from pathlib import Path

import numpy as np

from plaudit.benchmarks.reality.made_up import write_sample as write_clips
from plaudit.benchmarks.suites.catalogue import SUITES, find_suite
from plaudit.benchmarks.suites.promise import Sample
from plaudit.core.choice import ResultForm
from plaudit.core.errors import InputError
from plaudit.core.folder import whole_folder
from plaudit.jobs.output.streams import Streams
from plaudit.reports.suites.table import suites_json, suites_text

REALITY = "reality"


def show_suites(form: ResultForm, streams: Streams) -> None:
    """Show every suite, with its version, licence and where its data are."""
    facts = [suite.facts for suite in SUITES.values()]
    streams.show(suites_json(facts) if form == "json" else suites_text(facts))


def write_sample(name: str, out: Path, seed: int, streams: Streams) -> None:
    """Write a made-up data set of the shape that a suite takes into an empty folder."""
    sample: Sample = write_clips
    title = "clips of ranked systems"
    if name != REALITY:
        suite = find_suite(name)
        sample, title = suite.sample, suite.facts.title
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} is not an empty folder; give another one to write a sample into.")
    with whole_folder(out) as folder:
        sample(folder, np.random.default_rng(seed))
    streams.show(f"Wrote a made-up sample of {title} to {out}")
