"""Every request of the API with values made up from its own description: no 500, answers conform.

Backs docs/threat-model.md, "Any request gets an answer of its kind".

Starts ``plaudit serve`` with keys and one short song, and lets schemathesis make up parameters,
headers and bodies, fitting and unfitting, for each operation of ``/openapi.json``, in turn with a
right key and with none; where a path names a job or song, also those that there are. Each answer
has to have a status, a type and a form that the description states, what does not fit has to be
refused, and no operation may fail. That fitting values are taken is not asked: a judge may be any
text, and only those of the server are there. Nor that a wrong type in a form is refused: there all
is text. The pages, which the description leaves out, are asked too, with made-up addresses, queries
and fields of forms: each answer has to be a page, and none a failure. Prints operations, requests,
answers by status, and what did not conform; ends with status 1 where there is any.

Run: .venv/bin/python bench/studies/api_fuzz.py [--examples 60] [--seed 1]
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import schemathesis
import soundfile
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from plaudit.client import Client
from plaudit.core.file import sha256_of

RATE = 24_000
LIST = ("q", "by", "up", "notes", "judge", "n")
PAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("GET", "/", LIST),
    ("GET", "/songs/{sha256}", ("judge",)),
    ("GET", "/compare", ("song", "judge")),
    ("GET", "/rank", ("song", "job", "collection", "judge", "by", "keep")),
    ("GET", "/jobs/{job_id}", LIST),
    ("GET", "/judges/{any}", ()),
    ("GET", "/collections/add", ("song",)),
    ("GET", "/collections/{any}", LIST),
    ("GET", "/shared/{any}", LIST),
    ("GET", "/shared/{any}/songs.csv", ("judge",)),
    ("GET", "/login", ("next",)),
    ("GET", "/assets/{any}", ()),
    ("POST", "/login", ("key", "next")),
    ("POST", "/collections", ("title", "song")),
    ("POST", "/collections/add", ("title", "collection", "song")),
    ("POST", "/collections/{any}/{any}", ("title", "song", "shared")),
    ("POST", "/jobs/{any}/cancel", ("other",)),
)
"""Pages: how they are asked, and the names of what they may be asked with."""


def fuzz(
    url: str, key: str | None, known: Mapping[str, str], examples: int, start: int
) -> tuple[Counter[str], list[str]]:
    """Send examples to each operation; return answers by operation and status, and faults.

    ``known`` are a job and a song that there are, by the names of parameters.
    """
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    answers: Counter[str] = Counter()
    faults: list[str] = []

    def send(case: Any) -> None:
        answer = case.call(headers=headers)
        answers[f"{case.operation.label} {answer.status_code}"] += 1
        excluded = [positive_data_acceptance]
        if case.media_type == "multipart/form-data":
            excluded.append(negative_data_rejection)
        try:
            case.validate_response(answer, excluded_checks=excluded)
        except (AssertionError, BaseExceptionGroup) as error:
            inside = [str(part) for part in getattr(error, "exceptions", ())]
            faults.append(f"{case.operation.label}: {error} {inside}")

    found: Any
    for found in schema.get_all_operations():
        operation = found.ok()
        places = {part.name for part in operation.path_parameters}
        ways = [operation.as_strategy()]
        if places & known.keys() and operation.method != "delete":
            there = {name: known[name] for name in places & known.keys()}
            ways.append(operation.as_strategy(path_parameters=there))
        if places or operation.query or operation.body:
            ways.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        for way in ways:
            made = settings(
                max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            with suppress(Unsatisfiable):  # no value of a free text is unfitting
                seed(start)(made(given(case=way)(send)))()
    return answers, faults


def fuzz_pages(
    url: str, key: str | None, known: Mapping[str, str], examples: int, start: int
) -> tuple[Counter[str], list[str]]:
    """Send examples to each page, as `fuzz` does to each operation."""
    headers = {"Accept": "text/html"} | ({} if key is None else {"Authorization": f"Bearer {key}"})
    answers: Counter[str] = Counter()
    faults: list[str] = []
    value = st.text(max_size=60) | st.sampled_from([*known.values(), "1", "-1", "on", "overall"])

    def ask(page: tuple[str, str, tuple[str, ...]], places: list[str], fields: Any) -> None:
        method, path, _ = page
        there = re.sub(
            r"\{(\w+)\}", lambda m: quote(known.get(m[1]) or places.pop(), safe=""), path
        )
        how: dict[str, Any] = {"params": fields} if method == "GET" else {"data": fields}
        answer = http.request(method, there, **how)
        answers[f"{method} {path} {answer.status_code}"] += 1
        page_like = answer.is_redirect or answer.headers["content-type"].startswith("text/")
        if answer.status_code >= 500 or not page_like or "Traceback" in answer.text:
            faults.append(f"{method} {path}: {answer.status_code} {there!r} {fields!r}")

    with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
        for page in PAGES:
            names = st.sampled_from(page[2]) if page[2] else st.nothing()
            fields = st.dictionaries(names, st.lists(value, max_size=3))
            made = settings(
                max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            places = st.lists(value, min_size=2, max_size=2)
            seed(start)(made(given(page=st.just(page), places=places, fields=fields)(ask)))()
    return answers, faults


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Serve a folder with keys; yield the address, a key, and a job and a song of its owner."""
    command = [str(Path(sys.executable).with_name("plaudit"))]
    where = ["--data", str(folder / "data")]
    made = subprocess.run(
        [*command, "keys", "add", "fuzz", "--per-minute", "1000000", *where],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    key, port = made.stdout.strip(), 8791
    (folder / "limits.toml").write_text("requests_per_minute = 1000000\n")
    words = ["--port", str(port), "--keys", "--limits", str(folder / "limits.toml"), *where]
    process = subprocess.Popen([*command, "serve", *words], stderr=subprocess.DEVNULL)
    try:
        with Client(f"http://127.0.0.1:{port}", key) as client:
            while not client.ready():
                if process.poll() is not None:
                    raise SystemExit("The server ended before it was ready.")
                time.sleep(0.2)
            song = folder / "song.wav"
            tone = np.sin(np.arange(5 * RATE) * 0.06).astype(np.float32)
            soundfile.write(song, tone * 0.5, RATE)
            job = client.send([song])
            client.wait(job)
        known = {"job_id": job, "sha256": sha256_of(song)}
        yield f"http://127.0.0.1:{port}", key, known
    finally:
        process.terminate()
        process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=60, help="of each operation, way and key")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    total: Counter[str] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (url, key, known):
        for given_key in (key, None):
            for made_up in (fuzz, fuzz_pages):
                answers, wrong = made_up(url, given_key, known, options.examples, options.seed)
                total += answers
                faults += wrong
    operations = {label.rpartition(" ")[0] for label in total}
    statuses: Counter[str] = Counter()
    for label, n in total.items():
        statuses[label.rpartition(" ")[2]] += n
    print(f"{len(operations)} operations and pages, {sum(total.values())} requests")
    print("answers by status:", dict(sorted(statuses.items())))
    print("not conforming:", len(faults))
    for fault in sorted(set(faults))[:20]:
        print(" ", fault[:600])
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
