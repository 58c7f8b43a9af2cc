"""Templates of pages: beside the shell that reports have, escaped, with the same few words."""

from datetime import UTC, datetime

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from plaudit.reports.look.wording import duration_text, safe_text
from plaudit.server.pages.asset import asset_url


def template_environment(package: str) -> Environment:
    """Return the templates of a package, and of reports, from which pages take their shell."""
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader(package, "templates"), PackageLoader("plaudit.reports", "")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"safe": safe_text, "asset": asset_url}
    environment.filters |= {"duration": duration_text, "day": _day, "plain": safe_text}
    return environment


def _day(seconds: float) -> str:
    when = datetime.fromtimestamp(seconds, UTC)
    return f"{when.day} {when:%B %Y, %H:%M} UTC"
