"""The tables of talks that parents book: rounds and their hours, who is invited, interpreters, what comes of a talk."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from bot.store.columns import day, metadata, moment, number, partial, ref, sealed, word

# --- rounds -----------------------------------------------------------------------------------------------------------
# Talks that are planned together: the start of a year, a report; of kind `extra` one talk that somebody asked for.
# `per`: one talk for each child, or for each household of it. Families with several children in it come in at
# `early_at`. `key`: the form or the file that it came from, so that sending twice makes one.
talk_round = Table(
    "talk_round", metadata, number(), word("school"), word("kind", length=10),  # start rapport anders extra
    word("name", length=60), word("state", length=10, default="draft"),  # draft planned open closed stopped
    word("per", length=10), Column("minutes", SmallInteger, nullable=False),
    Column("pause", SmallInteger, nullable=False, default=0),  # minutes between two talks
    moment("early_at", null=True), moment("opens_at"), moment("closes_at"),  # between which parents book themselves
    Column("prepares", Boolean, nullable=False, default=True),  # a few questions go before the talk
    Column("staff_id", BigInteger), word("key", length=60), moment("made_at"), moment("settled_at", null=True),
    UniqueConstraint("school", "key"),
    partial("ix_talk_round_going", "opens_at", where="state IN ('planned', 'open')"),
    partial("ix_talk_round_settled", "settled_at", where="settled_at IS NOT NULL"),
)  # fmt: skip

round_group = Table(
    "round_group", metadata, number(), ref("round_id", "talk_round"), ref("group_id", "group"),
    UniqueConstraint("round_id", "group_id"),
)  # fmt: skip

# When somebody has time for talks; a break is what lies between two of these. Walls as `15:00`.
talk_hours = Table(
    "talk_hours", metadata, number(), ref("round_id", "talk_round"), ref("staff_id", "staff"), day("day"),
    word("from_at", length=5), word("until_at", length=5),
    word("mode", length=10, default="school"),  # school phone video home
    word("place", length=60, default=""), sealed("link", null=True),  # a room; the address of a video talk
    UniqueConstraint("staff_id", "day", "from_at"),
)  # fmt: skip

# A parent who may book for a child. `how`: with the other parent, alone, or the other goes and she gets what was agreed
# (each answers for herself, and neither learns what the other said). `wish`: days and hours that suit her.
# state: waiting (her moment has not come) asked offered booked list (nothing is free) call (she wants to be called)
# summary away (she does not come) shut (there is a contact bar, or the child left).
invitee = Table(
    "invitee", metadata, number(), ref("round_id", "talk_round"), ref("contact_id", "contact"),
    ref("child_id", "child"), word("school"), Column("staff_id", BigInteger),  # with whom
    word("state", length=10, default="waiting"), word("how", length=10, default=""),  # samen apart ander
    Column("wish", JSON(none_as_null=True)),
    word("interpreter", length=10, default=""),  # "" not asked, nee, a language
    moment("asks_at"),  # when she is invited
    moment("changed_at"), moment("listed_at", null=True),  # since when she waits for a place
    UniqueConstraint("round_id", "contact_id", "child_id"),
    partial("ix_invitee_waiting", "asks_at", where="state = 'waiting'"),
    partial("ix_invitee_list", "round_id", "listed_at", where="state = 'list'"),
)  # fmt: skip

# Five minutes of a colleague, a parent or an interpreter that are given away: once, the constraint sees to that.
busy = Table(
    "busy", metadata, number(), word("kind", length=12), Column("who", BigInteger, nullable=False), moment("at"),
    ref("appointment_id", "appointment"),
    UniqueConstraint("kind", "who", "at"),
    Index("ix_busy_at", "at"),
)  # fmt: skip

# The other parent at a talk: who comes along, and who reads afterwards what was agreed.
guest = Table(
    "guest", metadata, number(), ref("appointment_id", "appointment"), ref("contact_id", "contact"),
    word("role", length=10),  # comes summary; off_comes off_reads: a contact bar keeps her away
    word("state", length=10, default="asked"),  # asked yes no
    moment("changed_at"),
    UniqueConstraint("appointment_id", "contact_id"),
)  # fmt: skip

# --- interpreters -----------------------------------------------------------------------------------------------------
# Never a child. `modes`: phone video site; `cost`: cents an hour.
interpreter = Table(
    "interpreter", metadata, number(), word("school"), sealed("name"), sealed("phone", null=True),
    Column("languages", JSON, nullable=False), Column("modes", JSON, nullable=False),
    Column("cost", Integer, nullable=False, default=0), moment("made_at"), moment("left_at", null=True),
    Index("ix_interpreter_school", "school"),
)  # fmt: skip

interpreter_hours = Table(
    "interpreter_hours", metadata, number(), ref("interpreter_id", "interpreter"), day("day"),
    word("from_at", length=5), word("until_at", length=5),
    UniqueConstraint("interpreter_id", "day", "from_at"),
)  # fmt: skip

# --- before and after -------------------------------------------------------------------------------------------------
# Somebody asked for a talk, without a reason.
talk_request = Table(
    "talk_request", metadata, number(), word("school"), ref("contact_id", "contact"), ref("child_id", "child"),
    Column("staff_id", BigInteger), word("who", length=10),  # parent child school
    word("state", length=10, default="open"),  # open planned called dropped
    moment("made_at"), moment("settled_at", null=True), Column("round_id", BigInteger),
    partial("ix_talk_request_open", "school", "made_at", where="state = 'open'"),
)  # fmt: skip

# What a parent, or the child through her, said before a talk: her words as she wrote them.
prepared = Table(
    "prepared", metadata, number(), ref("appointment_id", "appointment"), ref("contact_id", "contact"),
    word("question"), word("who", length=10), sealed("body"), sealed("language"), moment("at"),
    UniqueConstraint("appointment_id", "contact_id", "question"),
)  # fmt: skip

# What school does, what home does, and when they look back on it.
agreement = Table(
    "agreement", metadata, number(), ref("appointment_id", "appointment"), word("school"),
    Column("staff_id", BigInteger), sealed("school_does"), sealed("home_does"), day("look_on", null=True),
    moment("made_at"),
    UniqueConstraint("appointment_id"),
)  # fmt: skip

agreement_to = Table(
    "agreement_to", metadata, number(), ref("agreement_id", "agreement"), ref("contact_id", "contact"),
    word("state", length=10, default="asked"),  # asked yes other told (only to read)
    moment("changed_at"), UniqueConstraint("agreement_id", "contact_id"),
)  # fmt: skip

# A secret address at which a calendar program finds somebody's talks.
feed = Table(
    "feed", metadata, number(), ref("staff_id", "staff"), Column("find", String(32), nullable=False, unique=True),
    moment("made_at"), moment("ended_at", null=True),
)  # fmt: skip
