"""Keys that see what another key has."""

import sqlalchemy as sa
from alembic import op

revision = "shared_key"
down_revision = "first"


def upgrade() -> None:
    """Let a key have an owner other than itself."""
    op.add_column("api_key", sa.Column("owner", sa.String(), nullable=True))
