"""The first tables: test, songs, voters, invitations, tasks, events, votes, checks, generations."""

import sqlalchemy as sa
from alembic import op

revision = "first"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "deletion",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deletion"),
    )
    op.create_table(
        "generation",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("prompt_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("cost", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_generation"),
    )
    op.create_table(
        "song",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("prompt_id", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=True),
        sa.Column("lyrics", sa.Text(), nullable=True),
        sa.Column("instrumental", sa.Boolean(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("of", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("n_frames", sa.Integer(), nullable=False),
        sa.Column("loudness_lufs", sa.Double(), nullable=False),
        sa.Column("gain_db", sa.Double(), nullable=False),
        sa.Column("added", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["of"], ["song.id"], name="fk_song_of"),
        sa.PrimaryKeyConstraint("id", name="pk_song"),
    )
    op.create_index("ix_song_item", "song", ["item"], unique=False)
    op.create_table(
        "test",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("fixed", sa.JSON(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("closed", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_test"),
    )
    op.create_table(
        "voter",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("participant_hash", sa.String(), nullable=True),
        sa.Column("address_hash", sa.String(), nullable=True),
        sa.Column("finished", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_voter"),
        sa.UniqueConstraint("participant_hash", name="uq_voter_participant_hash"),
    )
    op.create_index("ix_voter_address_hash", "voter", ["address_hash"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("voter", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["voter"], ["voter.id"], name="fk_invitation_voter", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_invitation"),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("voter", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("planted", sa.String(), nullable=True),
        sa.Column("repeats", sa.String(), nullable=True),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("systems", sa.String(), nullable=False),
        sa.Column("swapped", sa.Boolean(), nullable=False),
        sa.Column("pair", sa.Text(), nullable=True),
        sa.Column("sides", sa.JSON(), nullable=False),
        sa.Column("n_frames", sa.Integer(), nullable=False),
        sa.Column("made", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repeats"], ["task.id"], name="fk_task_repeats", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["voter"], ["voter.id"], name="fk_task_voter", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.UniqueConstraint("voter", "pair", name="uq_task_pair"),
        sa.UniqueConstraint("voter", "place", name="uq_task_place"),
    )
    op.create_index("ix_task_systems", "task", ["purpose", "systems"], unique=False)
    op.create_table(
        "check",
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["task"], ["task.id"], name="fk_check_task", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("task", name="pk_check"),
    )
    op.create_table(
        "event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("position_s", sa.Double(), nullable=False),
        sa.Column("at_ms", sa.Double(), nullable=False),
        sa.Column("received", sa.Double(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["task"], ["task.id"], name="fk_event_task", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_index("ix_event_task", "event", ["task"], unique=False)
    op.create_table(
        "vote",
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("received", sa.Double(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("listening", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["task"], ["task.id"], name="fk_vote_task", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("task", name="pk_vote"),
    )
    op.create_index("ix_vote_received", "vote", ["received"], unique=False)
