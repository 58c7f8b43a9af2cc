"""``plaudit arena serve``: a test is opened, and its pages answer until Ctrl-C."""

from collections.abc import Callable
from pathlib import Path

from plaudit.arena.session.room import Room
from plaudit.core.choice import LogForm
from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.server.front import Front
from plaudit.server.limits import read_limits
from plaudit.server.listening import LOOPBACK, answer, listening
from plaudit.server.log import begin_log
from plaudit.server.stage.app import make_app
from plaudit.server.stage.language import read_language
from plaudit.server.stage.staging import Staging


class StageSettings(Record):
    """Which test is served, and where."""

    test: Path
    host: str = "127.0.0.1"
    port: int = 8766  #: 0 for any that is free.
    database: str | None = None  #: URL; SQLite in the test's folder by default.
    names: tuple[str, ...] = ()  #: Further names under which the server is addressed.
    limits: Path | None = None
    log: LogForm = "plain"  #: Of standard error.


def serve(settings: StageSettings, say: Callable[[str], None]) -> None:
    """Serve a test until Ctrl-C or SIGTERM.

    Raises
    ------
    InputError
        The test or its database cannot be used, a language has no file, or the port is taken.
    """
    limits = read_limits(settings.limits)
    room = Room.open(settings.test, settings.database)
    test = room.test
    if not room.songs.by_id:
        raise InputError(
            f"The test '{test.name}' has no songs yet; `plaudit arena add {settings.test}` takes"
            " them in."
        )
    codes = dict.fromkeys((test.language, *test.languages))
    languages = {code: read_language(code, room.folder.root) for code in codes}
    begin_log(settings.log)
    with listening(settings.host, settings.port) as listener:
        hosts = (*LOOPBACK, settings.host, *settings.names)
        staging = Staging(room, languages, limits, hosts, settings.database)
        port = listener.getsockname()[1]
        say(f"'{test.title}' is open at http://{settings.host}:{port} (Ctrl-C ends it).")
        answer(Front(make_app(staging), staging), listener, limits)
