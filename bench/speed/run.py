"""Measure speed and memory here: every script of this folder, each in a process of its own.

One table at the end: what was measured, value, unit, ratio to the baseline of the same run, and how
far the result lies from the baseline's. Each script runs alone, too, with options of its own.

Run: make bench, or .venv/bin/python bench/speed/run.py [--json FILE] [--markdown FILE] [SCRIPT ...]
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from table import Row, markdown, text

FOLDER = Path(__file__).parent
SCRIPTS = (
    "startup",
    "bundled",
    "embed",
    "store",
    "train",
    "corpus",
    "api",
    "standings",
    "study",
)


def rows_of(script: str) -> list[Row] | None:
    """Run a script; None if it failed, after its own message on stderr."""
    command = [sys.executable, str(FOLDER / f"{script}.py"), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return None
    return [Row(f"{script}: {name}", *rest) for name, *rest in json.loads(done.stdout)]


def machine() -> dict[str, object]:
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[1], 1),
        "python": platform.python_version(),
        **{name: version(name) for name in ("plaudit", "numpy", "torch")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("scripts", nargs="*", metavar="SCRIPT", help="by default all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write rows and machine as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write a table for documents")
    options = parser.parse_args()
    if unknown := set(options.scripts) - set(SCRIPTS):
        parser.error(f"expected scripts among {', '.join(SCRIPTS)}, got {', '.join(unknown)}")
    rows, failed, began = [], [], time.monotonic()
    for script in options.scripts or SCRIPTS:
        started = time.monotonic()
        script_rows = rows_of(script)
        print(f"{script:<10}{time.monotonic() - started:6.0f} s", file=sys.stderr, flush=True)
        rows += script_rows or []
        failed += [script] if script_rows is None else []
    about = machine() | {"seconds": round(time.monotonic() - began)}
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    print(text(rows))
    if options.json:
        record = {"machine": about, "rows": [row._asdict() for row in rows], "failed": failed}
        options.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(markdown(rows) + "\n", encoding="utf-8")
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
