"""What a voter said of the tones by which headphones are told from loudspeakers."""

import sqlalchemy as sa
from alembic import op

revision = "headphones"
down_revision = "first"


def upgrade() -> None:
    """Let a voter have an outcome of the headphone check; nothing is known of those before."""
    op.add_column("voter", sa.Column("headphones", sa.String(), nullable=True))
