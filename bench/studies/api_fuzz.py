"""Every request of the API with values made up from its own description: no 500, answers conform.

Backs docs/threat-model.md, "Any request gets an answer of its kind".

Starts ``plaudit serve`` with keys and one short song, and lets schemathesis make up parameters,
headers and bodies, fitting and unfitting, for each operation of ``/openapi.json``, in turn with a
right key and with none. Each answer has to have a status, a type and a form that the description
states, and no operation may fail. Prints operations, requests, answers by status, and what did not
conform; ends with status 1 where there is any.

Run: .venv/bin/python bench/studies/api_fuzz.py [--examples 200] [--seed 1]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import schemathesis
import soundfile
from hypothesis import HealthCheck, Phase, given, seed, settings

from plaudit.client import Client

RATE = 24_000


def fuzz(url: str, key: str | None, examples: int, start: int) -> tuple[Counter[str], list[str]]:
    """Send examples to each operation; return answers by operation and status, and faults."""
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    answers: Counter[str] = Counter()
    faults: list[str] = []
    for found in schema.get_all_operations():
        operation: Any = found.ok()

        def send(case: Any) -> None:
            answer = case.call(headers=headers)
            answers[f"{case.operation.label} {answer.status_code}"] += 1
            try:
                case.validate_response(answer)
            except (AssertionError, BaseExceptionGroup) as error:
                inside = [str(part) for part in getattr(error, "exceptions", ())]
                faults.append(f"{case.operation.label}: {error} {inside}")

        made = settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        seed(start)(made(given(case=operation.as_strategy())(send)))()
    return answers, faults


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, str]]:
    """Serve a folder with keys; yield the address, and a key whose owner has a song."""
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
            client.score([song])
        yield f"http://127.0.0.1:{port}", key
    finally:
        process.terminate()
        process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=200, help="of each operation and key")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    total: Counter[str] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (url, key):
        for given_key in (key, None):
            answers, wrong = fuzz(url, given_key, options.examples, options.seed)
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
