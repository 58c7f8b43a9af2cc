"""One hash of all code that a cached result depends on.

The files are found by following imports, also those inside functions: no list of names or folders
goes stale. Comments, docstrings, layout, import lines and the names and places of files do not
count, so a move keeps the hash.
"""

import ast
import hashlib
from pathlib import Path

_SOURCE = Path(__file__).parents[3]


def code_digest(module: str) -> str:
    """Return the SHA-256 of a module of Plaudit and of every one that it imports, at any depth."""
    code = sorted(_code(path) for path in imported_files(module))
    return hashlib.sha256("\0".join(code).encode()).hexdigest()


def imported_files(module: str) -> set[Path]:
    """Return the file of a module of Plaudit and those of all that it imports, at any depth."""
    files: set[Path] = set()
    waiting = [module]
    while waiting:
        path = _SOURCE.joinpath(*waiting.pop().split(".")).with_suffix(".py")
        if path.is_file() and path not in files:
            files.add(path)
            waiting += _imports(path)
    return files


def _imports(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                raise AssertionError(f"{path}: imports are absolute, so that they can be followed")
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.startswith("plaudit.")]


def _code(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_idle(part)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_idle(node: ast.stmt) -> bool:
    """Whether a statement is an import or a text."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
