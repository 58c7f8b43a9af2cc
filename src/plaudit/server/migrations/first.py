"""The first tables: songs, jobs, results, judges, workers, keys, collections."""

import sqlalchemy as sa
from alembic import op

revision = "first"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("revoked", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
    )
    op.create_table(
        "collection",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("token", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_collection"),
        sa.UniqueConstraint("token", name="uq_collection_token"),
    )
    op.create_index("ix_collection_owner", "collection", ["owner"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("ended", sa.Double(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("judges", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_created", "job", ["created"], unique=False)
    op.create_index("ix_job_owner", "job", ["owner"], unique=False)
    op.create_table(
        "judge",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Double(), nullable=True),
        sa.Column("precision", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("loaded", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_judge"),
    )
    op.create_index("ix_judge_hash", "judge", ["hash"], unique=False)
    op.create_table(
        "song",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=True),
        sa.Column("outline", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name="pk_song"),
    )
    op.create_index("ix_song_outline", "song", ["outline"], unique=False)
    op.create_table(
        "worker",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("beat", sa.Double(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
    )
    op.create_table(
        "collected",
        sa.Column("collection_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"], name="fk_collected_collection_id"
        ),
        sa.ForeignKeyConstraint(["sha256"], ["song.sha256"], name="fk_collected_sha256"),
        sa.PrimaryKeyConstraint("collection_id", "sha256", name="pk_collected"),
    )
    op.create_table(
        "item",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due", sa.Double(), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started", sa.Double(), nullable=True),
        sa.Column("ended", sa.Double(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_item_job_id"),
        sa.PrimaryKeyConstraint("id", name="pk_item"),
    )
    op.create_index("ix_item_job_id", "item", ["job_id"], unique=False)
    op.create_index("ix_item_queue", "item", ["state", "due", "id"], unique=False)
    op.create_index("ix_item_sha256", "item", ["sha256"], unique=False)
    op.create_index("ix_item_worker", "item", ["worker"], unique=False)
    op.create_table(
        "result",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("judge", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("embedding", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["song.sha256"], name="fk_result_sha256"),
        sa.PrimaryKeyConstraint("sha256", "judge", "digest", name="pk_result"),
    )
    op.create_table(
        "upload",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["sha256"], ["song.sha256"], name="fk_upload_sha256"),
        sa.PrimaryKeyConstraint("owner", "sha256", name="pk_upload"),
    )
    op.create_index("ix_upload_expires", "upload", ["expires"], unique=False)
    op.create_index("ix_upload_sha256", "upload", ["sha256"], unique=False)
