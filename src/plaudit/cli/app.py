"""``plaudit``: the command line. A command imports what it needs when it runs, so help is fast."""

import gc
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from traceback import format_exception
from typing import Annotated, Any, cast

import typer

from plaudit import __version__
from plaudit.cli.lazy_group import CommandFiles, Group
from plaudit.cli.terminal import set_verbosity
from plaudit.core.errors import PlauditError
from plaudit.core.printable import printable, write_plainly
from plaudit.jobs.about.defaults import check_file, given, leaves, options, read_file

COMMANDS = {
    "score": "score.score",
    "compare": "compare.compare",
    "rank": "rank.rank",
    "train-preference": "train_preference.train_preference",
    "embed": "embed.embed",
    "demo": "demo.demo",
    "settings": "about.in_force.settings",
    "cite": "about.cite.cite",
    "doctor": "about.doctor.doctor",
    "serve": "serving.serve.serve",
    "backup": "serving.backup.backup",
    "restore": "serving.backup.restore",
    "keys": "serving.keys.app",
    "arena": "arena.verbs.app",
    "train": "train.train",
    "sweep": "sweep.sweep",
    "evaluate": "evaluate.evaluate",
    "bench": "bench.app",
    "data": "data.app",
    "judges": "judges.app",
    "study": "study.app",
    "synth": "synth.app",
}
"""Each command with its file in this folder and its name there, in the order of the help."""


class Root(Group):
    """The command line; only the file of the command that is called is imported."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = cast(Any, CommandFiles(COMMANDS))

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the words of the command line."""
        with _printable_usage():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """Run the command, which reads the rest of the words."""
        with _printable_usage():
            return super().invoke(ctx)


# Typer has had click inside since 0.29, and exports of its errors only this one.
_UsageError: Any = next(k for k in typer.BadParameter.__mro__ if k.__name__ == "ClickException")


@contextmanager
def _printable_usage() -> Iterator[None]:
    """Escape the words that a usage error quotes: a pattern may have put a file's name there."""
    try:
        yield
    except _UsageError as error:
        error.message = printable(error.message)
        raise


app = typer.Typer(
    name="plaudit",
    cls=Root,
    help="The judge for AI-generated music: predicts how an audience would receive a song.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"plaudit {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback prints and ends
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also show what is done, for every command.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show results and errors alone.")
    ] = False,
) -> None:
    """The judge for AI-generated music: predicts how an audience would receive a song."""
    if verbose and quiet:
        raise typer.BadParameter("give --verbose or --quiet, not both.")
    set_verbosity(verbose=verbose, quiet=quiet)
    _take_defaults(context, quiet=quiet)


def _take_defaults(context: Any, *, quiet: bool) -> None:
    """Give the command the defaults of the environment and of the file in the working folder."""
    commands, name = context.command.commands, context.invoked_subcommand
    if name is None:
        return
    table = read_file()
    check_file(table, commands)
    context.default_map = {}
    for words, leaf in leaves(commands[name], (name,)):
        found, named = given(words, leaf, table), options(leaf)
        own = context.default_map
        for word in words:
            own = own.setdefault(word, {})
        own.update({named[option].name: setting.value for option, setting in found.items()})
        leaf.invoke = partial(_noting, type(leaf).invoke, leaf, found, quiet)


def _noting(invoke: Any, leaf: Any, found: Any, quiet: bool, context: Any) -> Any:
    """Run a command, after a line on the defaults that it takes; its records keep the sources."""
    from plaudit.core.option_source import taken_from

    sources = {
        name: _source(context.get_parameter_source(option.name).name, found.get(name))
        for name, option in options(leaf).items()
    }
    named = [f"--{name} of {found[name].source}" for name in found if sources[name] not in _TYPED]
    if named and not quiet:
        typer.echo(printable(f"Settings taken: {', '.join(named)}."), err=True)
    with taken_from(sources):
        return invoke(leaf, context)


_TYPED = ("command line", "default")


def _source(kind: str, setting: Any) -> str:
    if kind == "DEFAULT_MAP":
        return str(setting.source)
    return _TYPED[0] if kind == "COMMANDLINE" else _TYPED[1]


def main() -> None:
    """Run the command line; an error of ours is one sentence and exit status 1."""
    # torch's threads wait for each other after each operation, by default in a loop that keeps
    # cores busy, for several times the processor time beside another process. They sleep.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # To look for garbage after every 700 objects takes a tenth of a start, for imports make many.
    gc.set_threshold(50_000)
    for stream in (sys.stdout, sys.stderr):
        write_plainly(stream)
    plain = warnings.formatwarning
    warnings.formatwarning = lambda *args, **words: printable(plain(*args, **words))
    try:
        app([_at_home(word) for word in sys.argv[1:]])
    except PlauditError as error:
        typer.echo(printable(f"plaudit: {error}"), err=True)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`plaudit score ... | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        # The system refuses: a disk is full, a file cannot be read.
        where = error.filename or "a file, or what is printed, cannot be read or written"
        typer.echo(printable(f"plaudit: {where}: {error.strerror or error}."), err=True)
        sys.exit(1)
    except Exception:
        sys.excepthook = _show_fault
        raise
    finally:
        warnings.formatwarning = plain
        if lock := sys.modules.get("plaudit.core.lock"):  # help needs none
            lock.give_back()


def _at_home(word: str) -> str:
    """Expand ``--option=~/path``, as the shell does where a space stands for the sign."""
    option, _, value = word.partition("=")
    if not (option.startswith("--") and value.startswith("~")):
        return word
    from plaudit.core.file import expanded

    return f"{option}={expanded(value)}"


def _show_fault(*error: Any) -> None:
    """Show an error that is none of ours, whose text may quote names too."""
    sys.stderr.write(printable("".join(format_exception(*error))))
