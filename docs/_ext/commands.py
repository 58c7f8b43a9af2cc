"""Every command and option, and where it is in Python, as Markdown made from the code."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from typing import Any

import typer

import plaudit
from plaudit.cli.app import app

ROOT = {
    "version": "`plaudit.__version__`",
    "verbose": '`logging.getLogger("plaudit")`',
    "quiet": '`logging.getLogger("plaudit")`',
    # Of a shell alone.
    "install_completion": "–",
    "show_completion": "–",
}


_GUARD = "listed_in"  # says what is not to be written over, not how songs are given


def commands(command: Any, words: tuple[str, ...] = ("plaudit",)) -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with the words that call it."""
    inside = getattr(command, "commands", None)
    if inside is None:
        yield " ".join(words), command
        return
    for name in inside:
        yield from commands(inside[name], (*words, name))


class Body:
    """What a function of ours imports and calls."""

    def __init__(self, function: Any) -> None:
        tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(inspect.unwrap(function))))
        self.imported: dict[str, Any] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                module = importlib.import_module(str(node.module))
                for alias in node.names:
                    self.imported[alias.asname or alias.name] = getattr(module, alias.name)
        self.calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self._assigned = [
            (node.targets[0] if isinstance(node, ast.Assign) else node.target, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        ]

    @property
    def job(self) -> Any:
        """The function that does the work."""
        called = [self.imported.get(getattr(call.func, "id", "")) for call in self.calls]
        jobs = [
            function
            for function in called
            if inspect.isfunction(function)
            and function.__module__.startswith(("plaudit.jobs", "plaudit.server"))
        ]
        return jobs[0] if jobs else None

    def places(self, option: str) -> list[tuple[Any, str]]:
        """Return what an option is given to, the innermost call first: a callee and its keyword."""
        found = []
        meant = {option} | {
            target.id
            for target, value in self._assigned
            if isinstance(target, ast.Name) and not self._makes_record(value)
            and option in names_in(value)
        }  # fmt: skip
        for call in self.calls:
            callee = self.imported.get(getattr(call.func, "id", ""))
            if callee is None or (inspect.isclass(callee) and issubclass(callee, Exception)):
                continue
            given = [(keyword.arg, keyword.value) for keyword in call.keywords]
            names = list(inspect.signature(callee).parameters)
            given += list(zip(names, call.args, strict=False))
            for name, value in given:
                if name != _GUARD and meant & names_in(value):
                    found.append((len(list(ast.walk(value))), callee, str(name)))
        return [(callee, name) for _, callee, name in sorted(found, key=lambda one: one[0])]

    def _makes_record(self, value: ast.AST) -> bool:
        """Return whether a value is the record that the job takes, whose fields are looked at."""
        return isinstance(value, ast.Call) and getattr(value.func, "id", "") in self.imported


def names_in(value: ast.AST) -> set[str]:
    """Return the names in an expression."""
    return {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}


def twin_of(job: Any) -> Any:
    """Return the function of the package that calls a job."""
    for name in plaudit.__all__:
        function = getattr(plaudit, name)
        if inspect.isfunction(function) and Body(function).job is job:
            return function
    return None


def full(thing: Any) -> str:
    """Return the full name of a function or class."""
    return f"{thing.__module__}.{thing.__qualname__}"


def option_name(option: Any) -> str:
    """Return how an option is typed."""
    if option.param_type_name == "argument":
        return f"`{option.metavar or option.name.upper()}`"
    long = [name for name in (*option.opts, *option.secondary_opts) if name.startswith("--")]
    short = [name for name in option.opts if not name.startswith("--")]
    return ", ".join(f"`{name}`" for name in (*long, *short))


def in_python(option: Any, body: Body, twin: Any) -> str:
    """Return what an option is in Python, or a dash."""
    longest = max(option.opts, key=len)
    if twin is not None:
        named = longest[2:].replace("-", "_") if longest.startswith("--") else option.name
        return f"`{named}`" if named in inspect.signature(twin).parameters else "–"
    for callee, name in body.places(option.name):
        return f"`{name}` of `{full(callee)}`" if inspect.isclass(callee) else f"`{name}`"
    return "–"


def section(words: str, command: Any) -> str:
    """Return the section of one command."""
    body = Body(command.callback)
    twin = twin_of(body.job)
    summary = " ".join(inspect.cleandoc(command.help).split("\n\n")[0].split())
    where = f"`plaudit.{twin.__name__}`" if twin else f"`{full(body.job)}`"
    records = {callee for option in command.params for callee, _ in body.places(option.name)[:1]
               if inspect.isclass(callee)}  # fmt: skip
    of = "" if twin or not records else " with " + " and ".join(
        f"`{name}`" for name in sorted(map(full, records))
    )  # fmt: skip
    rows = []
    for option in command.params:
        here = in_python(option, body, twin)
        if len(records) == 1:
            here = here.partition(" of ")[0]
        meaning = option.help or getattr(option, "rich_help_panel", None) or ""
        rows.append([option_name(option), meaning, here])
    text = f"\n## {words}\n\n{summary} In Python: {where}{of}.\n"
    return text + ("\n" + table(["option", "what it does", "in Python"], rows) if rows else "")


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def reference() -> str:
    """Return the options of all commands, then a section for each command."""
    root = typer.main.get_command(app)
    options = [
        [option_name(option), getattr(option, "help", "") or "", ROOT[str(option.name)]]
        for option in root.params
    ]
    text = table(["option", "what it does", "in Python"], options)
    return text + "".join(section(words, command) for words, command in commands(root))
