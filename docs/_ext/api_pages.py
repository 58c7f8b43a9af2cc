"""Writes one API page per area from the package as it is, so that no page can go stale.

The pages land in docs/api (ignored by git) before Sphinx looks for sources.
"""

import ast
import importlib
import inspect
import pkgutil
import shutil
from pathlib import Path
from typing import TypeVar

from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

import plaudit

ALEMBIC_RUNS = ".database.env"  # Alembic runs it: it is no module that could be imported
LONGEST_VALUE = 100  # characters; a longer constant is read in its file


def module_names(area: str) -> list[str]:
    """Return the public modules of an area by their full names."""
    room = importlib.import_module(f"plaudit.{area}")
    modules = list(pkgutil.walk_packages(room.__path__, prefix=f"{room.__name__}."))
    names = [info.name for info in modules if not info.name.endswith(ALEMBIC_RUNS)]
    return [name for name in names if not name.rpartition(".")[2].startswith("_")]


def area_names() -> list[str]:
    """Return the areas that hold at least one public module."""
    areas = [info.name for info in pkgutil.iter_modules(plaudit.__path__) if info.ispkg]
    return [area for area in areas if module_names(area)]


def headline(text: str, mark: str) -> str:
    """Return a reStructuredText heading."""
    return f"{text}\n{mark * len(text)}\n\n"


def constants(name: str) -> str:
    """Return an entry for every public constant of a module; autodoc shows only documented ones."""
    module = importlib.import_module(name)
    documented = {attribute for _, attribute in ModuleAnalyzer.for_module(name).find_attr_docs()}
    page = ""
    for node in ast.parse(inspect.getsource(module)).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            constant = target.id if isinstance(target, ast.Name) else "_"
            if constant.startswith("_") or constant in documented:
                continue
            if isinstance(getattr(module, constant), TypeVar):
                continue
            page += f".. py:data:: {constant}\n   :module: {name}\n"
            value = repr(getattr(module, constant))
            if len(value) <= LONGEST_VALUE:
                page += f"   :value: {value}\n"
            page += "\n"
    return page


def area_page(area: str) -> str:
    """Return the page of one area: its sentence, then every module with its public names."""
    room = importlib.import_module(f"plaudit.{area}")
    page = headline(area, "=") + f".. automodule:: {room.__name__}\n\n"
    for name in module_names(area):
        page += headline(name.removeprefix("plaudit."), "-" if name.count(".") == 2 else "~")
        page += f".. automodule:: {name}\n   :members:\n   :undoc-members:\n"
        page += "   :exclude-members: model_config\n   :show-inheritance:\n\n" + constants(name)
    return page


def index_page(areas: list[str]) -> str:
    """Return the front page of the API: the public door, then the areas."""
    page = headline("API", "=")
    page += "The public door is the package itself; everything else is grouped by area.\n\n"
    page += ".. automodule:: plaudit\n\n"
    for name in plaudit.__all__:  # opened lazily, so autodoc does not see them in the module
        if not name.startswith("_"):
            kind = "class" if inspect.isclass(getattr(plaudit, name)) else "function"
            page += f".. auto{kind}:: plaudit.{name}\n\n"
    page += ".. toctree::\n   :maxdepth: 1\n   :caption: Areas\n\n"
    return page + "".join(f"   {area}\n" for area in areas)


def drop_aliases(*event: object) -> None:
    """Drop what Python writes about fields of named tuples ("Alias for field number 0")."""
    lines = event[-1]
    if isinstance(lines, list) and lines and lines[0].startswith("Alias for field number"):
        lines.clear()


def write_pages(app: Sphinx) -> None:
    """Write docs/api afresh; a page of an area that is gone does not stay."""
    folder = Path(app.srcdir) / "api"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    areas = area_names()
    (folder / "index.rst").write_text(index_page(areas), encoding="utf-8")
    for area in areas:
        (folder / f"{area}.rst").write_text(area_page(area), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", write_pages, priority=1)  # before autosummary reads the old ones
    app.connect("autodoc-process-docstring", drop_aliases)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
