"""Owners of songs, jobs and collections: counted, and changed as a whole."""

from sqlalchemy import Engine, delete, func, select, update

from plaudit.core.database import reading, writing
from plaudit.server.database.schema import Collection, Job, Upload


def songs_of(engine: Engine, owner: str) -> int:
    """Return how many songs an owner has."""
    with reading(engine) as session:
        counted = select(func.count()).select_from(Upload).where(Upload.owner == owner)
        return session.scalar(counted) or 0


def give_all(engine: Engine, giver: str, taker: str) -> int:
    """Give all that an owner has to another; return how many songs.

    A song that both have keeps the name that the taker gave it, and the later end.
    """
    with writing(engine) as session:
        theirs = {
            upload.sha256: upload
            for upload in session.scalars(select(Upload).where(Upload.owner == taker))
        }
        given = session.scalars(select(Upload).where(Upload.owner == giver)).all()
        both = [upload for upload in given if upload.sha256 in theirs]
        for upload in both:
            ends = (upload.expires, theirs[upload.sha256].expires)
            theirs[upload.sha256].expires = None if None in ends else max(filter(None, ends))
        session.flush()
        twice = [upload.sha256 for upload in both]
        session.execute(delete(Upload).where(Upload.owner == giver, Upload.sha256.in_(twice)))
        for table in (Upload, Job, Collection):
            session.execute(update(table).where(table.owner == giver).values(owner=taker))
        return len(given)
