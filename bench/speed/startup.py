"""How long until the command line answers: best of seven, beside a bare Python start.

Run: .venv/bin/python bench/speed/startup.py
"""

import subprocess
import sys
import time

from table import Row, parser, report

COMMANDS = {
    "python -c pass": ("-c", "pass"),
    "import plaudit": ("-c", "import plaudit"),
    "plaudit --help": ("-m", "plaudit", "--help"),
}


def best_s(arguments: tuple[str, ...]) -> float:
    times = []
    for _ in range(7):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    options = parser(__doc__).parse_args()
    took_s = {name: best_s(arguments) for name, arguments in COMMANDS.items()}
    bare_s = took_s["python -c pass"]
    report([Row(name, s, "s", s / bare_s) for name, s in took_s.items()], as_json=options.json)


if __name__ == "__main__":
    main()
