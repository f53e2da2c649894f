"""What families tell, evenings, offers of partners, deciding together, and being forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    some = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=some, postgresql_where=some)


def _id() -> sa.Column[int]:
    return sa.Column("id", _ID, autoincrement=True, nullable=False)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    """A moment, or the number of a row."""
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _word(name: str, length: int, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=null)


def _sealed(name: str, *, null: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=null)


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def _goes_with(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    """It goes when that row goes."""
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")


def upgrade() -> None:
    _told()
    _evenings()
    _offers()
    _council()
    _forgetting()


def _told() -> None:
    op.create_table(
        "known",
        _id(),
        _number("contact_id"),
        _word("school", 40),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        _word("topic", 20),
        _word("option", 40),
        _sealed("words", null=True),
        _sealed("language", null=True),
        _number("said_at"),
        _goes_with("known", "contact_id", "contact"),
        _key("known"),
        sa.UniqueConstraint(
            "contact_id",
            "school",
            "child_id",
            "topic",
            "option",
            name="uq_known_contact_id_school_child_id_topic_option",
        ),
    )
    op.create_index("ix_known_contact_id", "known", ["contact_id"])


def _evenings() -> None:
    op.create_table(
        "gathering",
        _id(),
        _word("school", 40),
        _word("kind", 12),
        _word("theme", 20),
        _word("name", 80),
        _word("place", 80),
        _number("starts_at"),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("places", sa.SmallInteger(), nullable=True),
        sa.Column("childcare", sa.Boolean(), nullable=False),
        sa.Column("interpreters", sa.Boolean(), nullable=False),
        _word("state", 10),
        _number("invites_at"),
        _number("closes_at"),
        _sealed("words", null=True),
        _sealed("summary", null=True),
        _sealed("reason", null=True),
        sa.Column("moved", sa.SmallInteger(), nullable=False),
        _number("looked_at", null=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        _word("key", 60),
        _number("made_at"),
        _number("settled_at", null=True),
        _key("gathering"),
        sa.UniqueConstraint("school", "key", name="uq_gathering_school_key"),
    )
    _partial("ix_gathering_going", "gathering", ["invites_at"], "settled_at IS NULL")
    op.create_table(
        "gathering_group",
        _id(),
        _number("gathering_id"),
        _number("group_id"),
        _goes_with("gathering_group", "group_id", "group"),
        _goes_with("gathering_group", "gathering_id", "gathering"),
        _key("gathering_group"),
        sa.UniqueConstraint("gathering_id", "group_id", name="uq_gathering_group_gathering_id_group_id"),
    )
    op.create_index("ix_gathering_group_gathering_id", "gathering_group", ["gathering_id"])
    op.create_index("ix_gathering_group_group_id", "gathering_group", ["group_id"])
    op.create_table(
        "visitor",
        _id(),
        _number("gathering_id"),
        _number("contact_id"),
        _word("state", 10),
        sa.Column("people", sa.SmallInteger(), nullable=False),
        sa.Column("children", sa.SmallInteger(), nullable=False),
        _word("interpreter", 10),
        _number("changed_at"),
        _number("listed_at", null=True),
        _number("hold_until", null=True),
        sa.Column("moved", sa.SmallInteger(), nullable=False),
        sa.Column("reminded", sa.SmallInteger(), nullable=False),
        _sealed("name", null=True),
        _number("told_at", null=True),
        _word("useful", 10),
        _goes_with("visitor", "gathering_id", "gathering"),
        _goes_with("visitor", "contact_id", "contact"),
        _key("visitor"),
        sa.UniqueConstraint("gathering_id", "contact_id", name="uq_visitor_gathering_id_contact_id"),
    )
    op.create_index("ix_visitor_contact_id", "visitor", ["contact_id"])
    op.create_index("ix_visitor_gathering_id", "visitor", ["gathering_id"])
    _partial("ix_visitor_waiting", "visitor", ["gathering_id"], "state = 'waiting'")
    _partial("ix_visitor_held", "visitor", ["hold_until"], "state = 'offered'")
    op.create_table(
        "poster",
        _id(),
        _word("school", 40),
        _number("gathering_id", null=True),
        _word("find", 32),
        _sealed("code"),
        _number("made_at"),
        _number("ends_at"),
        _goes_with("poster", "gathering_id", "gathering"),
        _key("poster"),
        sa.UniqueConstraint("find", name="uq_poster_find"),
    )
    op.create_index("ix_poster_gathering_id", "poster", ["gathering_id"])


def _offers() -> None:
    op.create_table(
        "referral",
        _id(),
        _number("contact_id"),
        _word("school", 40),
        sa.Column("child_id", sa.BigInteger(), nullable=True),
        _word("offer", 40),
        _word("state", 10),
        _number("asked_at"),
        _number("passed_at", null=True),
        _number("check_at", null=True),
        _word("answer", 10),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        _sealed("note", null=True),
        _number("changed_at"),
        _goes_with("referral", "contact_id", "contact"),
        _key("referral"),
    )
    op.create_index("ix_referral_contact_id", "referral", ["contact_id"])
    _partial("ix_referral_going", "referral", ["school", "asked_at"], "state IN ('open', 'passed', 'back')")
    _partial("ix_referral_check", "referral", ["check_at"], "state = 'passed'")
    _partial(
        "uq_referral_open", "referral", ["contact_id", "school", "offer"], "state IN ('open', 'passed')", unique=True
    )
    op.create_table(
        "offer_seen",
        _id(),
        _word("school", 40),
        _word("offer", 40),
        _word("seen_on", 10),
        _word("state", 10),
        _word("until_on", 10, null=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        _key("offer_seen"),
        sa.UniqueConstraint("school", "offer", name="uq_offer_seen_school_offer"),
    )


def _council() -> None:
    op.create_table(
        "ballot",
        _id(),
        _word("school", 40),
        _word("kind", 12),
        _word("title", 120),
        _sealed("words"),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        _word("state", 10),
        _number("stands_at", null=True),
        _number("opens_at"),
        _number("closes_at"),
        _sealed("outcome", null=True),
        _number("told_at", null=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        _word("key", 60),
        _number("made_at"),
        _number("settled_at", null=True),
        _key("ballot"),
        sa.UniqueConstraint("school", "key", name="uq_ballot_school_key"),
    )
    _partial("ix_ballot_going", "ballot", ["opens_at"], "state IN ('planned', 'standing', 'open')")
    op.create_table(
        "voter",
        _id(),
        _number("ballot_id"),
        _number("contact_id"),
        _word("state", 10),
        _goes_with("voter", "ballot_id", "ballot"),
        _goes_with("voter", "contact_id", "contact"),
        _key("voter"),
        sa.UniqueConstraint("ballot_id", "contact_id", name="uq_voter_ballot_id_contact_id"),
    )
    op.create_index("ix_voter_ballot_id", "voter", ["ballot_id"])
    op.create_index("ix_voter_contact_id", "voter", ["contact_id"])
    _partial("ix_voter_waiting", "voter", ["ballot_id"], "state = 'waiting'")
    op.create_table(
        "tally",
        _id(),
        _number("ballot_id"),
        _word("option", 40),
        sa.Column("votes", sa.Integer(), nullable=False),
        _goes_with("tally", "ballot_id", "ballot"),
        _key("tally"),
        sa.UniqueConstraint("ballot_id", "option", name="uq_tally_ballot_id_option"),
    )
    op.create_index("ix_tally_ballot_id", "tally", ["ballot_id"])
    op.create_table(
        "remark",
        _id(),
        _number("ballot_id"),
        _sealed("words"),
        _sealed("language"),
        _goes_with("remark", "ballot_id", "ballot"),
        _key("remark"),
    )
    op.create_index("ix_remark_ballot_id", "remark", ["ballot_id"])
    op.create_table(
        "candidate",
        _id(),
        _number("ballot_id"),
        _number("contact_id"),
        _sealed("name"),
        _sealed("words"),
        _sealed("language"),
        _word("state", 10),
        _number("changed_at"),
        _goes_with("candidate", "contact_id", "contact"),
        _goes_with("candidate", "ballot_id", "ballot"),
        _key("candidate"),
        sa.UniqueConstraint("ballot_id", "contact_id", name="uq_candidate_ballot_id_contact_id"),
    )
    op.create_index("ix_candidate_ballot_id", "candidate", ["ballot_id"])
    op.create_index("ix_candidate_contact_id", "candidate", ["contact_id"])


def _forgetting() -> None:
    op.create_table(
        "handout",
        _id(),
        _number("contact_id"),
        _word("find", 32),
        _number("made_at"),
        _number("expires_at"),
        _goes_with("handout", "contact_id", "contact"),
        _key("handout"),
        sa.UniqueConstraint("find", name="uq_handout_find"),
    )
    op.create_index("ix_handout_contact_id", "handout", ["contact_id"])
    op.create_table(
        "erasure",
        _id(),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        _word("school", 40, null=True),
        _word("asked", 10),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        _word("why", 20),
        _word("state", 10),
        _word("step", 20),
        sa.Column("left", sa.JSON(none_as_null=True), nullable=True),
        _number("asked_at"),
        _number("try_at", null=True),
        _number("done_at", null=True),
        _word("reason", 40, null=True),
        _key("erasure"),
        sa.UniqueConstraint("contact_id", name="uq_erasure_contact_id"),
    )
    _partial("ix_erasure_going", "erasure", ["try_at"], "state IN ('asked', 'going', 'partly')")
    op.create_table(
        "leftover",
        _id(),
        _number("erasure_id"),
        _word("channel", 20),
        _sealed("provider_id"),
        _word("state", 10),
        sa.Column("tries", sa.Integer(), nullable=False),
        _number("try_at", null=True),
        _word("reason", 40, null=True),
        _goes_with("leftover", "erasure_id", "erasure"),
        _key("leftover"),
    )
    op.create_index("ix_leftover_erasure_id", "leftover", ["erasure_id"])
    _partial("ix_leftover_there", "leftover", ["try_at"], "state = 'there'")
