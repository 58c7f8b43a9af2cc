"""Every request of the API with values made up from its own description: no 500, answers conform.

Backs docs/threat-model.md, "Any request gets an answer of its kind".

Starts ``plaudit serve`` with keys and one short song, and lets schemathesis make up parameters,
headers and bodies, fitting and unfitting, for each operation of ``/openapi.json``, in turn with a
right key and with none; where a path names a job or song, also those that there are. Each answer
has to have a status, a type and a form that the description states, what does not fit has to be
refused, and no operation may fail. That fitting values are taken is not asked: a judge may be any
text, and only those of the server are there. Prints operations, requests, answers by status, and
what did not conform; ends with status 1 where there is any.

Run: .venv/bin/python bench/studies/api_fuzz.py [--examples 60] [--seed 1]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import schemathesis
import soundfile
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from plaudit.client import Client
from plaudit.core.file import sha256_of

RATE = 24_000


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
        try:
            case.validate_response(answer, excluded_checks=[positive_data_acceptance])
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
            answers, wrong = fuzz(url, given_key, known, options.examples, options.seed)
            total += answers
            faults += wrong
    operations = {label.rpartition(" ")[0] for label in total}
    statuses: Counter[str] = Counter()
    for label, n in total.items():
        statuses[label.rpartition(" ")[2]] += n
    print(f"{len(operations)} operations, {sum(total.values())} requests")
    print("answers by status:", dict(sorted(statuses.items())))
    print("not conforming:", len(faults))
    for fault in sorted(set(faults))[:20]:
        print(" ", fault[:600])
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
