"""``plaudit serve``: the folder is taken, the database made, the processes started, and ended."""

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from plaudit.core.choice import Device, LogForm
from plaudit.core.database import default_url, open_engine, upgrade
from plaudit.core.errors import InputError
from plaudit.core.lock import Lock
from plaudit.core.pool import cores
from plaudit.core.settings import Record
from plaudit.judging.catalogue import find_judge
from plaudit.server.app import make_app
from plaudit.server.data_folder import DataFolder
from plaudit.server.database.keys import any_key
from plaudit.server.database.schema import Table
from plaudit.server.first_songs import send_demo
from plaudit.server.front import Front
from plaudit.server.limits import read_limits
from plaudit.server.listening import LOOPBACK, answer, listening
from plaudit.server.log import begin_log
from plaudit.server.serving import Serving
from plaudit.server.work.order import Order
from plaudit.server.work.supervisor import Supervisor


class ServeSettings(Record):
    """What is served, where, and to whom."""

    host: str = "127.0.0.1"
    port: int = 8765  #: 0 for any that is free.
    judges: tuple[str, ...] = ("bundled",)
    data: Path = Path("plaudit-data")
    database: str | None = None  #: URL; SQLite in the data folder by default.
    songs: Path | None = None  #: Folder whose songs a request may name.
    workers: int = 1
    device: Device = "auto"
    limits: Path | None = None
    keys: bool | None = None  #: Whether requests need one; by default off loopback.
    names: tuple[str, ...] = ()  #: Further names under which the server is addressed.
    log: LogForm = "plain"  #: Of standard error.
    demo: bool = False  #: Whether an empty server gets a few composed songs.


def serve(settings: ServeSettings, say: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises
    ------
    InputError
        A judge, folder or database that is not there, or a port that is taken.
    """
    limits = read_limits(settings.limits)
    if settings.workers < 1:
        raise InputError(f"Expected --workers to be 1 or more, got {settings.workers}.")
    if len(set(settings.judges)) < len(settings.judges):
        raise InputError("A judge is named twice; name each judge once.")
    for name in settings.judges:
        find_judge(name)
    if settings.songs is not None and not settings.songs.is_dir():
        raise InputError(f"Expected a folder of songs, got {settings.songs}.")
    keys = not _is_loopback(settings.host) if settings.keys is None else settings.keys
    begin_log(settings.log)
    folder = DataFolder(settings.data, settings.songs)
    folder.make()
    with _alone(folder), listening(settings.host, settings.port) as listener:
        url = settings.database or default_url(folder.root)
        engine = open_engine(url)
        upgrade(engine, Table)
        if keys and not any_key(engine):
            raise InputError(_no_key(settings))
        folder.clear_incoming()
        serving = Serving(
            engine=engine,
            folder=folder,
            limits=limits,
            judges=settings.judges,
            keys=keys,
            hosts=(*LOOPBACK, settings.host, *settings.names),
        )
        # One worker computes as a command does, to the last digit.
        threads = None if settings.workers == 1 else max(1, cores() // settings.workers)
        order = Order(url, folder, settings.judges, limits, settings.device, threads, settings.log)

        def on_fault(sentence: str) -> None:
            serving.fault = sentence
            say(sentence)

        supervisor = Supervisor(order, settings.workers, on_fault)
        supervisor.start()
        try:
            if settings.demo:
                say("Composing a few songs ...")
                send_demo(serving)
            port = listener.getsockname()[1]
            say(f"Plaudit serves at http://{settings.host}:{port} (Ctrl-C ends it).")
            answer(Front(make_app(serving), serving), listener, limits)
        finally:
            supervisor.stop()
            engine.dispose()


@contextmanager
def _alone(folder: DataFolder) -> Iterator[None]:
    lock = Lock(
        folder.root / "lock",
        f"Another server, started at {{started}}, serves {folder.root}; give another --data.",
        passing=True,
    )
    lock.take()
    try:
        yield
    finally:
        lock.release()


def _no_key(settings: ServeSettings) -> str:
    where = f"--data {settings.data}"
    if settings.database is not None:
        where += " --database URL"
    return (
        f"A server at {settings.host} asks for API keys, and there is none yet; make one with"
        f" `plaudit keys add NAME {where}`, or say --no-keys to let everybody in."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
