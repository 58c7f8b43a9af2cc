"""Alembic's way into the database: the connection that `upgrade` hands it."""

from alembic import context

from plaudit.arena.database.schema import Table

connection = context.config.attributes["connection"]
# SQLite cannot change a column in place: batches write the table anew.
context.configure(connection=connection, target_metadata=Table.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
