"""Following up: wishes of parents, the school's own days and facts, promises, appointments, daily work."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _wishes()
    _outbox()
    _staff()
    _promises()
    _appointments()
    _school()


def _wishes() -> None:
    op.add_column("contact", sa.Column("budget", sa.SmallInteger(), nullable=True))
    op.add_column("contact", sa.Column("rest_from", sa.String(length=5), nullable=True))
    op.add_column("contact", sa.Column("rest_until", sa.String(length=5), nullable=True))
    op.add_column("contact", sa.Column("paused_until", sa.BigInteger(), nullable=True))
    op.add_column("child", sa.Column("left_at", sa.BigInteger(), nullable=True))
    op.add_column("followup", sa.Column("child_id", sa.BigInteger(), nullable=True))
    op.add_column("followup", sa.Column("reason", sa.String(length=40), nullable=True))


def _outbox() -> None:
    op.add_column("outbox", sa.Column("scope", sa.String(length=120), nullable=True))
    op.add_column("outbox", sa.Column("until_at", sa.BigInteger(), nullable=True))
    op.add_column("outbox", sa.Column("merged_into", sa.BigInteger(), nullable=True))
    counted = sa.text("cls IN ('broadcast', 'plan', 'tip') AND left_at IS NOT NULL")
    op.create_index(
        op.f("ix_outbox_week"),
        "outbox",
        ["contact_id", "left_at"],
        unique=False,
        sqlite_where=counted,
        postgresql_where=counted,
    )


def _staff() -> None:
    op.add_column("staff", sa.Column("contact_id", sa.BigInteger(), nullable=True))
    op.add_column("staff", sa.Column("office", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("staff", sa.Column("left_at", sa.BigInteger(), nullable=True))
    op.add_column("thread", sa.Column("staff_id", sa.BigInteger(), nullable=True))


def _references(table: str, *names: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([f"{name}_id"], [f"{name}.id"], name=op.f(f"fk_{table}_{name}_id"), ondelete="CASCADE")
        for name in names
    ]


def _index(table: str, *names: str) -> None:
    for name in names:
        op.create_index(op.f(f"ix_{table}_{name}_id"), table, [f"{name}_id"], unique=False)


def _promises() -> None:
    op.create_table(
        "promise",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("due_on", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        *_references("promise", "staff", "contact", "thread"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    _index("promise", "staff", "contact", "thread")
    where = sa.text("state = 'open'")
    op.create_index(
        op.f("ix_promise_open"),
        "promise",
        ["staff_id", "due_on"],
        unique=False,
        sqlite_where=where,
        postgresql_where=where,
    )


def _appointments() -> None:
    op.create_table(
        "appointment",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        *_references("appointment", "contact", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    _index("appointment", "contact", "staff")
    where = sa.text("state = 'planned'")
    op.create_index(
        op.f("ix_appointment_next"),
        "appointment",
        ["contact_id", "starts_at"],
        unique=False,
        sqlite_where=where,
        postgresql_where=where,
    )


def _school() -> None:
    op.create_table(
        "free_day",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("first", sa.String(length=10), nullable=False),
        sa.Column("last", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("noted_on", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_free_day")),
        sa.UniqueConstraint("school", "first", "last", "kind", name=op.f("uq_free_day_school_first_last_kind")),
    )
    op.create_table(
        "fact",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("group", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("noted_on", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
        sa.UniqueConstraint("school", "group", "what", name=op.f("uq_fact_school_group_what")),
    )
    op.create_table(
        "daily",
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job", "day", name=op.f("pk_daily")),
    )
