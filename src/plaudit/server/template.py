"""The pages that a server has of its own: the key, and the list of requests."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from plaudit.server.pages.asset import asset_url


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("plaudit.server", ""), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals["asset"] = asset_url
    return environment


def rendered(name: str, **values: object) -> str:
    """Return a template of this folder, filled; every value is escaped."""
    return _environment().get_template(name).render(**values)
