"""Collections: songs that an owner keeps together, in the order in which they were added."""

import secrets
import time
from collections.abc import Sequence

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from plaudit.core.database import add_once, writing
from plaudit.server.database.schema import Collected, Collection, Upload


def collections_of(session: Session, owner: str) -> list[tuple[Collection, int]]:
    """Return the collections of an owner, newest first, with how many songs each has."""
    counted = (
        select(Collection, func.count(Collected.sha256))
        .outerjoin(Collected, Collected.collection_id == Collection.id)
        .where(Collection.owner == owner)
        .group_by(Collection.id)
        .order_by(Collection.created.desc())
    )
    return [(collection, n) for collection, n in session.execute(counted)]


def own_collection(session: Session, owner: str, collection: str) -> Collection | None:
    """Return a collection of an owner; None for one that is not there, or not theirs."""
    found = session.get(Collection, collection)
    return found if found is not None and found.owner == owner else None


def shared_collection(session: Session, token: str) -> Collection | None:
    """Return the collection that is shared under a token."""
    return session.scalar(select(Collection).where(Collection.token == token))


def collected_songs(session: Session, collection: str) -> list[str]:
    """Return the hashes of a collection's songs, in their order."""
    query = select(Collected.sha256).where(Collected.collection_id == collection)
    return list(session.scalars(query.order_by(Collected.place, Collected.sha256)))


def make_collection(engine: Engine, owner: str, title: str) -> str:
    """Make an empty collection and return its id."""
    with writing(engine) as session:
        made = Collection(
            id=secrets.token_urlsafe(12), owner=owner, title=title, created=time.time(), token=None
        )
        session.add(made)
        return made.id


def collect(engine: Engine, owner: str, collection: str, songs: Sequence[str]) -> bool:
    """Add songs that an owner has to a collection of theirs; False where there is none."""
    with writing(engine) as session:
        if own_collection(session, owner, collection) is None:
            return False
        query = select(Upload.sha256, Upload.name)
        query = query.where(Upload.owner == owner, Upload.sha256.in_(songs))
        names = dict(session.execute(query).tuples().all())
        last = select(func.max(Collected.place)).where(Collected.collection_id == collection)
        start = session.scalar(last) or 0
        for place, sha256 in enumerate(dict.fromkeys(songs), start=start + 1):
            if sha256 in names:
                add_once(
                    session,
                    Collected,
                    collection_id=collection,
                    sha256=sha256,
                    name=names[sha256],
                    place=place,
                )
        return True


def drop_songs(engine: Engine, owner: str, collection: str, songs: Sequence[str]) -> bool:
    """Take songs out of a collection; they stay on the server."""
    with writing(engine) as session:
        if own_collection(session, owner, collection) is None:
            return False
        own = (Collected.collection_id == collection, Collected.sha256.in_(songs))
        session.execute(delete(Collected).where(*own))
        return True


def rename(engine: Engine, owner: str, collection: str, title: str) -> bool:
    """Give a collection another title."""
    with writing(engine) as session:
        found = own_collection(session, owner, collection)
        if found is not None:
            found.title = title
        return found is not None


def share(engine: Engine, owner: str, collection: str, *, shared: bool) -> bool:
    """Share a collection under a token that nobody can guess, or end that for every copy of it."""
    with writing(engine) as session:
        found = own_collection(session, owner, collection)
        if found is not None:
            found.token = (found.token or secrets.token_urlsafe(16)) if shared else None
        return found is not None


def remove_collection(engine: Engine, owner: str, collection: str) -> bool:
    """Remove a collection; its songs stay on the server."""
    with writing(engine) as session:
        found = own_collection(session, owner, collection)
        if found is None:
            return False
        session.execute(delete(Collected).where(Collected.collection_id == collection))
        session.delete(found)
        return True
