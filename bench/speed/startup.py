"""How long until the command line answers: processor time, beside a bare Python start.

The median of nine. Processor time hardly depends on what else the machine does; on an idle one it
is nearly the time on the clock.

Run: .venv/bin/python bench/speed/startup.py
"""

import resource
import statistics
import subprocess
import sys

from table import Row, make_parser, report

COMMANDS = {
    "python -c pass": ("-c", "pass"),
    "import plaudit": ("-c", "import plaudit"),
    "plaudit --help": ("-m", "plaudit", "--help"),
    "plaudit score --help": ("-m", "plaudit", "score", "--help"),
}


def processor_s() -> float:
    """Return the processor seconds of all processes started so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def median_s(arguments: tuple[str, ...]) -> float:
    times = []
    for _ in range(9):
        before = processor_s()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(processor_s() - before)
    return statistics.median(times)


def main() -> None:
    options = make_parser(__doc__).parse_args()
    took_s = {name: median_s(arguments) for name, arguments in COMMANDS.items()}
    bare_s = took_s["python -c pass"]
    report([Row(name, s, "s", s / bare_s) for name, s in took_s.items()], as_json=options.json)


if __name__ == "__main__":
    main()
