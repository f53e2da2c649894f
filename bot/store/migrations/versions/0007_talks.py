"""Talks that parents book: rounds, hours, interpreters, what is said before and agreed upon after."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CELL = 300_000  # five minutes in milliseconds


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    some = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=some, postgresql_where=some)


def _id() -> sa.Column[int]:
    return sa.Column("id", _ID, autoincrement=True, nullable=False)


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def _goes_with(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    """It goes when that row goes."""
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")


def upgrade() -> None:
    _rounds()
    _invited()
    _interpreters()
    _talks()
    _words()
    _letters()
    _give_away()


def _rounds() -> None:
    op.create_table(
        "talk_round",
        _id(),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("per", sa.String(length=10), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("pause", sa.SmallInteger(), nullable=False),
        sa.Column("early_at", sa.BigInteger(), nullable=True),
        sa.Column("opens_at", sa.BigInteger(), nullable=False),
        sa.Column("closes_at", sa.BigInteger(), nullable=False),
        sa.Column("prepares", sa.Boolean(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        _key("talk_round"),
        sa.UniqueConstraint("school", "key", name="uq_talk_round_school_key"),
    )
    _partial("ix_talk_round_going", "talk_round", ["opens_at"], "state IN ('planned', 'open')")
    _partial("ix_talk_round_settled", "talk_round", ["settled_at"], "settled_at IS NOT NULL")
    op.create_table(
        "round_group",
        _id(),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        _goes_with("round_group", "group_id", "group"),
        _goes_with("round_group", "round_id", "talk_round"),
        _key("round_group"),
        sa.UniqueConstraint("round_id", "group_id", name="uq_round_group_round_id_group_id"),
    )
    op.create_index("ix_round_group_group_id", "round_group", ["group_id"], unique=False)
    op.create_index("ix_round_group_round_id", "round_group", ["round_id"], unique=False)
    op.create_table(
        "talk_hours",
        _id(),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("from_at", sa.String(length=5), nullable=False),
        sa.Column("until_at", sa.String(length=5), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=True),
        _goes_with("talk_hours", "round_id", "talk_round"),
        _goes_with("talk_hours", "staff_id", "staff"),
        _key("talk_hours"),
        sa.UniqueConstraint("staff_id", "day", "from_at", name="uq_talk_hours_staff_id_day_from_at"),
    )
    op.create_index("ix_talk_hours_round_id", "talk_hours", ["round_id"], unique=False)
    op.create_index("ix_talk_hours_staff_id", "talk_hours", ["staff_id"], unique=False)


def _invited() -> None:
    op.create_table(
        "invitee",
        _id(),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("wish", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("interpreter", sa.String(length=10), nullable=False),
        sa.Column("asks_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("listed_at", sa.BigInteger(), nullable=True),
        _goes_with("invitee", "child_id", "child"),
        _goes_with("invitee", "contact_id", "contact"),
        _goes_with("invitee", "round_id", "talk_round"),
        _key("invitee"),
        sa.UniqueConstraint("round_id", "contact_id", "child_id", name="uq_invitee_round_id_contact_id_child_id"),
    )
    op.create_index("ix_invitee_child_id", "invitee", ["child_id"], unique=False)
    op.create_index("ix_invitee_contact_id", "invitee", ["contact_id"], unique=False)
    _partial("ix_invitee_list", "invitee", ["round_id", "listed_at"], "state = 'list'")
    op.create_index("ix_invitee_round_id", "invitee", ["round_id"], unique=False)
    _partial("ix_invitee_waiting", "invitee", ["asks_at"], "state = 'waiting'")
    op.create_table(
        "talk_request",
        _id(),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("who", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("round_id", sa.BigInteger(), nullable=True),
        _goes_with("talk_request", "child_id", "child"),
        _goes_with("talk_request", "contact_id", "contact"),
        _key("talk_request"),
    )
    op.create_index("ix_talk_request_child_id", "talk_request", ["child_id"], unique=False)
    op.create_index("ix_talk_request_contact_id", "talk_request", ["contact_id"], unique=False)
    _partial("ix_talk_request_open", "talk_request", ["school", "made_at"], "state = 'open'")


def _interpreters() -> None:
    op.create_table(
        "interpreter",
        _id(),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        _key("interpreter"),
    )
    op.create_index("ix_interpreter_school", "interpreter", ["school"], unique=False)
    op.create_table(
        "interpreter_hours",
        _id(),
        sa.Column("interpreter_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("from_at", sa.String(length=5), nullable=False),
        sa.Column("until_at", sa.String(length=5), nullable=False),
        _goes_with("interpreter_hours", "interpreter_id", "interpreter"),
        _key("interpreter_hours"),
        sa.UniqueConstraint("interpreter_id", "day", "from_at", name="uq_interpreter_hours_interpreter_id_day_from_at"),
    )
    op.create_index("ix_interpreter_hours_interpreter_id", "interpreter_hours", ["interpreter_id"], unique=False)


def _talks() -> None:
    op.add_column("appointment", sa.Column("round_id", sa.BigInteger(), nullable=True))
    op.add_column("appointment", sa.Column("once", sa.String(length=60), nullable=True))
    op.add_column("appointment", sa.Column("hold_until", sa.BigInteger(), nullable=True))
    op.add_column("appointment", sa.Column("mode", sa.String(length=10), server_default="school", nullable=False))
    op.add_column("appointment", sa.Column("place", sa.String(length=60), server_default="", nullable=False))
    op.add_column("appointment", sa.Column("link", sa.LargeBinary(), nullable=True))
    op.add_column("appointment", sa.Column("interpreter_id", sa.BigInteger(), nullable=True))
    op.add_column("appointment", sa.Column("moved", sa.SmallInteger(), server_default="0", nullable=False))
    _partial("ix_appointment_hold", "appointment", ["hold_until"], "state = 'offered'")
    op.create_index("ix_appointment_interpreter_id", "appointment", ["interpreter_id"], unique=False)
    op.create_index("ix_appointment_round_id", "appointment", ["round_id"], unique=False)
    _partial("uq_appointment_once", "appointment", ["once"], "state IN ('offered', 'planned')", unique=True)
    op.create_table(
        "busy",
        _id(),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("who", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("appointment_id", sa.BigInteger(), nullable=False),
        _goes_with("busy", "appointment_id", "appointment"),
        _key("busy"),
        sa.UniqueConstraint("kind", "who", "at", name="uq_busy_kind_who_at"),
    )
    op.create_index("ix_busy_appointment_id", "busy", ["appointment_id"], unique=False)
    op.create_index("ix_busy_at", "busy", ["at"], unique=False)
    op.create_table(
        "guest",
        _id(),
        sa.Column("appointment_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        _goes_with("guest", "appointment_id", "appointment"),
        _goes_with("guest", "contact_id", "contact"),
        _key("guest"),
        sa.UniqueConstraint("appointment_id", "contact_id", name="uq_guest_appointment_id_contact_id"),
    )
    op.create_index("ix_guest_appointment_id", "guest", ["appointment_id"], unique=False)
    op.create_index("ix_guest_contact_id", "guest", ["contact_id"], unique=False)


def _words() -> None:
    op.create_table(
        "prepared",
        _id(),
        sa.Column("appointment_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("who", sa.String(length=10), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _goes_with("prepared", "appointment_id", "appointment"),
        _goes_with("prepared", "contact_id", "contact"),
        _key("prepared"),
        sa.UniqueConstraint(
            "appointment_id", "contact_id", "question", name="uq_prepared_appointment_id_contact_id_question"
        ),
    )
    op.create_index("ix_prepared_appointment_id", "prepared", ["appointment_id"], unique=False)
    op.create_index("ix_prepared_contact_id", "prepared", ["contact_id"], unique=False)
    op.create_table(
        "agreement",
        _id(),
        sa.Column("appointment_id", sa.BigInteger(), nullable=False),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("school_does", sa.LargeBinary(), nullable=False),
        sa.Column("home_does", sa.LargeBinary(), nullable=False),
        sa.Column("look_on", sa.String(length=10), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        _goes_with("agreement", "appointment_id", "appointment"),
        _key("agreement"),
        sa.UniqueConstraint("appointment_id", name="uq_agreement_appointment_id"),
    )
    op.create_index("ix_agreement_appointment_id", "agreement", ["appointment_id"], unique=False)
    op.create_table(
        "agreement_to",
        _id(),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        _goes_with("agreement_to", "agreement_id", "agreement"),
        _goes_with("agreement_to", "contact_id", "contact"),
        _key("agreement_to"),
        sa.UniqueConstraint("agreement_id", "contact_id", name="uq_agreement_to_agreement_id_contact_id"),
    )
    op.create_index("ix_agreement_to_agreement_id", "agreement_to", ["agreement_id"], unique=False)
    op.create_index("ix_agreement_to_contact_id", "agreement_to", ["contact_id"], unique=False)
    op.create_table(
        "feed",
        _id(),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("find", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        _goes_with("feed", "staff_id", "staff"),
        _key("feed"),
        sa.UniqueConstraint("find", name="uq_feed_find"),
    )
    op.create_index("ix_feed_staff_id", "feed", ["staff_id"], unique=False)


def _letters() -> None:
    """What is read next is found at once, also where eighteen thousand families are asked something."""
    _partial("ix_inbox_kind", "inbox", ["kind", "received_at"], "state = 'waiting'")
    _partial("ix_inbox_next", "inbox", ["received_at"], "state = 'waiting'")


def _give_away() -> None:
    """The time of the talks that are planned already."""
    appointment, busy = (sa.table(name, *map(sa.column, columns)) for name, columns in _NAMED.items())
    planned = sa.select(appointment).where(appointment.c.state == "planned").order_by(appointment.c.id)
    taken: dict[tuple[str, int, int], int] = {}
    for row in op.get_bind().execute(planned).all():
        first, end = row.starts_at // _CELL, -(-(row.starts_at + row.minutes * 60_000) // _CELL)
        for kind, who in (("contact", row.contact_id), ("staff", row.staff_id)):
            for cell in range(first, end) if who else ():
                taken.setdefault((kind, who, cell * _CELL), row.id)
    rows = [{"kind": kind, "who": who, "at": at, "appointment_id": each} for (kind, who, at), each in taken.items()]
    if rows:
        op.get_bind().execute(sa.insert(busy), rows)


_NAMED = {
    "appointment": ("id", "contact_id", "staff_id", "starts_at", "minutes", "state"),
    "busy": ("kind", "who", "at", "appointment_id"),
}
