"""Sphinx settings. Build with `make docs`: every warning is an error, nothing is fetched."""

import sys
from pathlib import Path

import plaudit

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Plaudit"
author = "The Plaudit authors"
project_copyright = "The Plaudit authors, Apache-2.0"
version = release = plaudit.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "api_pages", "menu"]
exclude_patterns = ["_build"]
nitpicky = True
# Other projects' inventories would have to be fetched; our own names are all checked.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!plaudit\b).*"),
    (r"py:.*", r"plaudit\..*\.[A-Z]"),  # type variables
    # validators and dependencies in types
    (r"py:class", r"plaudit\.server\.(serving|access|pages\.chart|stage\.staging)\.\w+"),
    (r"py:class", r"plaudit\.datasets\.(\w+\.\w+\._\w+|reading\.spelling\.outcome_of)"),
]
default_role = "py:obj"  # `plaudit.core.axes` in a docstring is a link that must lead somewhere
suppress_warnings = ["config.cache"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
numpydoc_show_class_members = False  # autodoc lists them
numpydoc_xref_param_type = False

html_theme = "pydata_sphinx_theme"
html_title = "Plaudit"
html_static_path = ["_static"]
html_sidebars = {"*": []}  # only the API and the decisions have pages of their own to list
html_css_files = ["plaudit.css"]
html_show_sourcelink = False
html_theme_options = {
    "header_links_before_dropdown": 8,
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
}
