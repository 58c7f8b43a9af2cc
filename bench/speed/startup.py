"""How long until the command line answers: best of seven, beside a bare Python start.

Run: make bench
"""

import subprocess
import sys
import time

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


for name, arguments in COMMANDS.items():
    print(f"{name:<16}{best_s(arguments):7.3f} s")
