"""A published judge from where its authors published it: its files brought, checked and imported.

No commit and no hash stands in the code. The commit is looked up when a judge is first fetched and
kept in its card with the hash of each file; from then on both are held against the card, and
another commit is taken only when the user says so.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple, TextIO, TypeVar

from plaudit.core.errors import InputError, PlauditError
from plaudit.core.file import sha256_of
from plaudit.core.progress import Progress
from plaudit.core.settings import nearest
from plaudit.encoders.promise import WeightsError, WeightsNotFoundError
from plaudit.judging.published.apex import import_apex
from plaudit.judging.published.bring import Brought, import_judge
from plaudit.judging.published.download import Remote, bytes_held, download, faults
from plaudit.judging.published.hub import Repository, failure, repository
from plaudit.judging.published.installed import APEX, Installed, installed
from plaudit.judging.published.source import Source, sources_of
from plaudit.model.card import Card, Origin
from plaudit.model.published.card import PublishedCard
from plaudit.model.published.facts import KNOWN

_MB = 1_000_000
T = TypeVar("T")


class _Files(NamedTuple):
    """The files of a part at a commit, as its repository states them."""

    place: Repository
    commit: str
    stated: tuple[Remote, ...]

    def folder(self) -> Path:
        """Where they all lie once they were brought."""
        first = self.stated[0].name
        return self.place.local(first, self.commit).parents[first.count("/")]


def fetch_judge(
    name: str,
    folder: Path,
    tell: Callable[[str], None],
    *,
    revisions: Mapping[str, str] | None = None,
    update: bool = False,
    err: TextIO | None = None,
) -> Card | PublishedCard | None:
    """Make a judge folder from what its authors published; return its card, None if it was there.

    Parameters
    ----------
    name : str
        Of the catalogue, or "apex".
    folder : Path
        Folder to write.
    tell : callable
        Takes each sentence for the user.
    revisions : mapping of str to str, optional
        Part to the commit, branch or tag to take; the card's by default, or else the newest.
    update : bool, default False
        Take the newest of all other parts, whatever the card says.
    err : text stream, optional
        Where progress is shown; standard error when not given.

    Raises
    ------
    InputError
        There is no such judge or part, or the folder holds something else.
    WeightsNotFoundError
        A file was not given: no connection, no permission, no such file or revision.
    WeightsError
        A file is not what its hub or the card states, or does not fit.
    """
    if name not in KNOWN:
        raise InputError(f"There is no published judge '{name}'; {nearest(name, KNOWN)}")
    sources, pinned = sources_of(name), dict(revisions or {})
    for part in pinned:
        if part not in sources:
            raise InputError(f"Judge '{name}' has no part '{part}'; {nearest(part, sources)}")
    before = installed(name, folder, sources)
    look = _Look(name, folder)
    if before and before.is_imported and not update:
        raise InputError(
            f"{folder} was imported from local files; add --update to replace it by what its hubs"
            " have."
        )
    if before and before.fault:
        tell(f"{before.fault} It is made again.")
    try:
        commits = _commits(sources, look, before, pinned, tell, update=update)
    except WeightsNotFoundError as error:
        if before and not before.fault and not pinned and not update:
            tell(f"'{name}' is already here: {folder}. Its hubs could not be asked: {error}")
            return None
        raise
    files = {part: look.files(source, commits[part]) for part, source in sources.items()}
    recorded = (
        {p: o for p, o in before.origins.items() if o.revision == commits[p]} if before else {}
    )
    for part, origin in recorded.items():
        for remote in files[part].stated:
            _check(part, remote, remote.sha256, origin)
    if before and not before.fault and len(recorded) == len(sources):
        tell(f"'{name}' is already here, nothing to do: {folder}")
        return None
    _bring(files, look, tell, err)
    hashes = {part: _hashes(part, made, recorded.get(part)) for part, made in files.items()}
    if name == APEX:
        origins = {
            part: Origin(hub=sources[part].hub, revision=made.commit, files=hashes[part])
            for part, made in files.items()
        }
        places = [str(files[part].folder()) for part in ("mert", "checkpoint")]
        return import_apex(places[0], places[1], folder, origins)
    brought = {part: Brought(made.folder(), made.commit) for part, made in files.items()}
    return import_judge(name, brought, folder, before.options if before else None)


class _Look:
    """Asks repositories, each only once, and turns refusals into a sentence."""

    def __init__(self, name: str, folder: Path) -> None:
        way = "import-apex" if name == APEX else f"import {name}"
        self._way = (
            f"run `plaudit judges fetch {name}` on a machine with a connection and copy its folder"
            f" to {folder}, or import the published files with `plaudit judges {way}`"
        )
        self._commits: dict[tuple[str, str | None], str] = {}

    def commit(self, hub: str, revision: str | None) -> str:
        """Return the commit of a revision, of the newest by default."""
        if (hub, revision) not in self._commits:
            place = repository(hub)
            self._commits[hub, revision] = self.asked(place, partial(place.commit, revision))
        return self._commits[hub, revision]

    def files(self, source: Source, commit: str) -> _Files:
        """Return the files of a part, as stated; of alternatives the first that is there."""
        place = repository(source.hub)

        def stated(names: tuple[str, ...]) -> Remote | None:
            found = (self.asked(place, partial(place.remote, name, commit)) for name in names)
            return next((remote for remote in found if remote is not None), None)

        needed = {names: stated(names) for names in source.needed}
        for names, remote in needed.items():
            if remote is None:
                raise WeightsNotFoundError(
                    f"{place.address} has no {' or '.join(names)} at {commit}; take another"
                    " revision with --revision."
                )
        both = (*needed.values(), *(stated((name,)) for name in source.wanted))
        return _Files(place, commit, tuple(remote for remote in both if remote is not None))

    def asked(self, place: Repository, question: Callable[[], T]) -> T:
        """Return the answer of a repository."""
        try:
            return question()
        except PlauditError:
            raise
        except _refusals() as error:
            raise failure(error, place, self._way) from error


def _refusals() -> tuple[type[Exception], ...]:
    return (*faults(), ValueError, KeyError)  # the last two of a page that is no hub


def _commits(
    sources: Mapping[str, Source],
    look: _Look,
    before: Installed | None,
    pinned: Mapping[str, str],
    tell: Callable[[str], None],
    *,
    update: bool,
) -> dict[str, str]:
    """Return the commit to take of each part: the one asked for, the card's, or the newest."""
    commits = {}
    for part, source in sources.items():
        commits[part] = newest = look.commit(source.hub, pinned.get(part))
        recorded = before.origins[part].revision if before and part in before.origins else None
        if recorded is None or part in pinned or update:
            continue
        commits[part] = recorded
        if newest != recorded:
            tell(
                f"Part '{part}' was fetched at {recorded}; {source.hub} now has {newest}. Add"
                f" --update, or --revision {part}={newest}, to take that one."
            )
    return commits


def _bring(
    files: Mapping[str, _Files], look: _Look, tell: Callable[[str], None], err: TextIO | None
) -> None:
    missing = []
    for part, made in files.items():
        names = ", ".join(remote.name for remote in made.stated)
        tell(f"Part '{part}': {made.place.address} at {made.commit} ({names})")
        missing += [
            (made, remote)
            for remote in made.stated
            if made.place.cached(remote.name, made.commit) is None
        ]
    held = sum(bytes_held(remote) for _, remote in missing)
    total = sum(remote.size or 0 for _, remote in missing)
    if missing:
        tell(f"To download: {max(total - held, 0) / _MB:,.1f} MB into {_cache()}")
    with Progress("MB", total // _MB, done=min(held, total) // _MB, err=err) as bar:
        came = 0

        def on_bytes(n: int) -> None:
            nonlocal came
            came += n
            while came >= _MB:
                came -= _MB
                bar.add()

        for made, remote in missing:
            if not remote.place.is_file():  # one that two parts share is there by now
                look.asked(made.place, partial(download, remote, on_bytes))
            look.asked(made.place, partial(made.place.local, remote.name, made.commit))


def _cache() -> str:
    from huggingface_hub import constants

    return constants.HF_HOME


def _hashes(part: str, made: _Files, recorded: Origin | None) -> dict[str, str]:
    """Return the SHA-256 of each file of a part by name, held against its hub and the card."""
    hashes = {}
    for remote in made.stated:
        path = made.place.local(remote.name, made.commit)
        hashes[Path(remote.name).name] = came = sha256_of(path)
        if remote.sha256 not in (None, came):
            raise WeightsError(
                f"{path} has sha256 {came}, where its hub states {remote.sha256}; remove it and"
                " fetch again."
            )
        if recorded is not None:
            _check(part, remote, came, recorded)
    return hashes


def _check(part: str, remote: Remote, came: str | None, recorded: Origin) -> None:
    held = recorded.files.get(Path(remote.name).name)
    if came is not None and held is not None and came != held:
        raise WeightsError(
            f"{remote.name} of part '{part}' ({recorded.hub} at {recorded.revision}) has sha256"
            f" {came}, where the card says {held}: it was changed without a new revision, so it is"
            " not taken; ask who runs that hub, or remove the judge's folder to trust it anew."
        )
