"""Real channels: what providers know beforehand, media, other ways for a message, chores and settings."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _other_ways()
    _contents()
    _media()
    op.create_table(
        "chore",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chore")),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )


def _other_ways() -> None:
    op.add_column("address", sa.Column("alias_of", sa.BigInteger(), nullable=True))
    op.add_column("outbox", sa.Column("hop", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("tried", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("outbox", sa.Column("way", sa.String(length=10), nullable=True))
    op.add_column("outbox", sa.Column("lane", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("lane_at", sa.BigInteger(), nullable=True))
    where = sa.text("way = 'template'")
    op.create_index(
        op.f("ix_outbox_way"), "outbox", ["way", "left_at"], unique=False, sqlite_where=where, postgresql_where=where
    )
    _lanes()


def _lanes() -> None:
    """Queued messages are found by the sender they wait for, and per school."""
    queued = sa.text("status = 'queued'")
    op.drop_index(op.f("ix_outbox_due"), table_name="outbox")
    for name, columns in (
        ("ix_outbox_due", ["lane", "rank", "due_at", "id"]),
        ("ix_outbox_fair", ["school", "lane", "rank", "due_at", "id"]),
    ):
        op.create_index(op.f(name), "outbox", columns, unique=False, sqlite_where=queued, postgresql_where=queued)
    there = sa.text("thread_id IS NOT NULL")
    op.create_index(
        op.f("ix_outbox_thread"),
        "outbox",
        ["thread_id", "id"],
        unique=False,
        sqlite_where=there,
        postgresql_where=there,
    )


def _contents() -> None:
    op.create_table(
        "content",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("template", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("shape", sa.String(length=200), nullable=False),
        sa.Column("sid", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content")),
        sa.UniqueConstraint("channel", "form", name=op.f("uq_content_channel_form")),
    )


def _media() -> None:
    op.create_table(
        "media",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("inbox_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reference", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.String(length=80), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_media_contact_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_media_inbox_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("inbox_id", "position", name=op.f("uq_media_inbox_id_position")),
    )
    op.create_index(op.f("ix_media_contact_id"), "media", ["contact_id"], unique=False)
    op.create_index(op.f("ix_media_inbox_id"), "media", ["inbox_id"], unique=False)
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        op.f("ix_media_due"), "media", ["due_at"], unique=False, sqlite_where=waiting, postgresql_where=waiting
    )
