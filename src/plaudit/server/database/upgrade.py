"""The form of a database: brought up to date by the steps in `plaudit.server.migrations`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from plaudit.core.errors import InputError

_SERVER = Path(__file__).parents[1]


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring a database to its newest form, or make one; nothing that it holds is lost.

    Raises
    ------
    InputError
        A later Plaudit wrote it.
    """
    with engine.begin() as connection:
        config = _config(connection)
        now = MigrationContext.configure(connection).get_current_revision()
        try:
            if now is not None:
                ScriptDirectory.from_config(config).get_revision(now)
        except CommandError as error:
            raise InputError(
                f"The database has the form '{now}', which this version of Plaudit does not know;"
                " a later version wrote it. Upgrade Plaudit."
            ) from error
        command.upgrade(config, to)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SERVER / "database"))
    config.set_main_option("version_locations", str(_SERVER / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
