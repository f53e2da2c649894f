"""The tables of the school's own work: talks, promises, appointments, days; who may sign in, and what was done."""

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Index,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    event,
    false,
)

from bot.store.columns import day, metadata, moment, number, partial, ref, sealed, word

# --- talks ------------------------------------------------------------------------------------------------------------
thread = Table(
    "thread", metadata, number(), ref("contact_id", "contact"), word("school"), Column("child_id", BigInteger),
    word("kind", length=10),  # mens vraag gevaar
    word("state", length=10, default="open"),  # open answered closed
    moment("opened_at"), moment("changed_at"),
    Column("staff_id", BigInteger),  # whom it was given to; else it is the teacher's
    moment("answer_by", null=True),  # what the school promised her: two working days
    moment("overdue_at", null=True),  # since when the one behind the teacher has it too
    Column("tense", Boolean, nullable=False, server_default=false()),  # the coach looks along
    partial("ix_thread_open", "school", "changed_at", where="state = 'open'"),
    Index("ix_thread_changed", "school", "changed_at"),
    partial("ix_thread_promised", "answer_by", where="answer_by IS NOT NULL AND overdue_at IS NULL"),
)  # fmt: skip

thread_message = Table(
    "thread_message", metadata, number(), ref("thread_id", "thread"), word("side", length=10),  # parent school given
    sealed("body"), sealed("language"), Column("inbox_id", BigInteger, unique=True), moment("at"),
    Column("staff_id", BigInteger),  # who wrote it, or who has it from here on
    moment("answer_by", null=True),  # of an answer: until when it was promised
)  # fmt: skip

# A danger word calls the people on duty, one after the other, until one answers 1.
alarm = Table(
    "alarm", metadata, number(), ref("thread_id", "thread"), word("school"), Column("position", SmallInteger,
    nullable=False, default=0),
    word("state", length=10, default="open"),  # open taken renewed
    moment("raised_at"), moment("taken_at", null=True),
    Column("taken_by", BigInteger),  # a contact: who answered on her phone
    Column("taken_staff", BigInteger),  # who took it on the page
)  # fmt: skip

# What somebody at school said she would do: "I will call you on Tuesday".
promise = Table(
    "promise", metadata, number(), word("school"), ref("staff_id", "staff"),
    ref("contact_id", "contact", null=True), ref("thread_id", "thread", null=True),
    sealed("words"), day("due_on"), word("state", length=10, default="open"),  # open kept dropped
    moment("made_at"), moment("settled_at", null=True),
    partial("ix_promise_open", "staff_id", "due_on", where="state = 'open'"),
)  # fmt: skip

# A talk that was agreed upon, or is kept for somebody until `hold_until` (state offered). `once`: whose talk of which
# round it is, so that there are never two.
appointment = Table(
    "appointment", metadata, number(), ref("contact_id", "contact"), word("school"), Column("child_id", BigInteger),
    ref("staff_id", "staff", null=True), moment("starts_at"), Column("minutes", SmallInteger, nullable=False),
    word("state", length=10, default="planned"),  # offered planned held missed cancelled; lapsed let_go (offers)
    moment("made_at"), moment("changed_at"),
    Column("round_id", BigInteger, index=True), word("once", length=60, null=True), moment("hold_until", null=True),
    Column("mode", String(10), nullable=False, server_default="school"),  # school phone video home
    Column("place", String(60), nullable=False, server_default=""), sealed("link", null=True),
    Column("interpreter_id", BigInteger, index=True),
    Column("moved", SmallInteger, nullable=False, server_default="0"),  # how often: calendars go by it
    partial("ix_appointment_next", "contact_id", "starts_at", where="state = 'planned'"),
    partial("ix_appointment_hold", "hold_until", where="state = 'offered'"),
    partial("uq_appointment_once", "once", where="state IN ('offered', 'planned')", unique=True),
)  # fmt: skip

# --- the school ------------------------------------------------------------------------------------------------------
# Days without school, as the school itself says.
free_day = Table(
    "free_day", metadata, number(), word("school"), day("first"), day("last"),
    word("kind", length=12),  # vakantie studiedag vrij
    word("name", length=80), word("source", length=80), day("noted_on"),
    UniqueConstraint("school", "first", "last", "kind"),
)  # fmt: skip

# What parents ask: school times, gym days. `group`: its `same_name`, "" for the whole school.
fact = Table(
    "fact", metadata, number(), word("school"), word("group", length=80, default=""), word("what", length=20),
    word("value", length=200), day("noted_on"),
    UniqueConstraint("school", "group", "what"),
)  # fmt: skip

# --- signing in -------------------------------------------------------------------------------------------------------
# A colleague who took up her invitation. `secret`: of her authenticator, in use since `proven_at`; `step`: the moment
# of its last code, for none counts twice.
login = Table(
    "login", metadata, number(), ref("staff_id", "staff"), sealed("password", null=True), sealed("secret", null=True),
    moment("proven_at", null=True), Column("step", BigInteger, nullable=False, default=0),
    word("language", length=10, default="nl"), moment("changed_at"),
    UniqueConstraint("staff_id"),
)  # fmt: skip

# The other schools of a coach, and those of somebody of the network.
staff_school = Table(
    "staff_school", metadata, number(), ref("staff_id", "staff"), word("school"), UniqueConstraint("staff_id", "school")
)

# What opens the door once: an invitation, and after it a new password. Found by a keyed hash.
invitation = Table(
    "invitation", metadata, number(), ref("staff_id", "staff"),
    Column("find", String(32), nullable=False, unique=True), moment("made_at"), moment("expires_at"),
    moment("used_at", null=True),
)  # fmt: skip

# A code of somebody's printed list: the second factor of who has no authenticator.
slip = Table(
    "slip", metadata, number(), ref("staff_id", "staff"), Column("find", String(32), nullable=False),
    moment("used_at", null=True), UniqueConstraint("staff_id", "find"),
)  # fmt: skip

# A browser in which somebody is signed in. `proven`: her second factor was asked and right.
sign_in = Table(
    "sign_in", metadata, number(), ref("staff_id", "staff"), Column("find", String(32), nullable=False, unique=True),
    Column("proven", Boolean, nullable=False, default=False), moment("began_at"), moment("seen_at"),
    moment("ended_at", null=True),
)  # fmt: skip

# Wrong passwords and codes, by what they are counted for: an account and a browser, never an account alone.
login_try = Table(
    "login_try", metadata, number(), Column("find", String(32), nullable=False), moment("at"),
    Index("ix_login_try_find", "find", "at"),
)  # fmt: skip

# --- at work ----------------------------------------------------------------------------------------------------------
# What is half written keeps itself. `place`: the page and what it is about, `thread:12`.
draft = Table(
    "draft", metadata, number(), ref("staff_id", "staff"), word("place", length=60), sealed("body"),
    moment("changed_at"), UniqueConstraint("staff_id", "place"),
)  # fmt: skip

# A form that was sent: the same form again does nothing more.
done = Table("done", metadata, Column("form", String(32), primary_key=True), moment("at"))

# Who did what to whom, without contents. Rows are added, never changed (the database itself refuses); two years.
audit = Table(
    "audit", metadata, number(), word("school"), Column("staff_id", BigInteger), word("what", length=40),
    word("kind", length=20, default=""), Column("target", BigInteger), moment("at"),
    Index("ix_audit_school", "school", "id"), Index("ix_audit_staff", "staff_id", "at"),
)  # fmt: skip

YOUNG = "(CAST(strftime('%s', 'now') AS INTEGER) - 63072000) * 1000"
for _guard in (
    "CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'what was done stays as it is'); END",
    f"CREATE TRIGGER audit_stays BEFORE DELETE ON audit WHEN OLD.at > {YOUNG} "
    "BEGIN SELECT RAISE(ABORT, 'what was done stays for two years'); END",
):
    event.listen(audit, "after_create", DDL(_guard.replace("%", "%%")).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]

# A child that is not at school, or comes later. `words`: why, which goes when the school day is over.
absence = Table(
    "absence", metadata, number(), word("school"), ref("child_id", "child"), ref("contact_id", "contact", null=True),
    day("day"), word("kind", length=10),  # ziek laat anders
    word("time", length=5, default=""),  # about when she comes: 10:30
    sealed("words", null=True), word("channel", length=20), moment("at"),
    Column("inbox_id", BigInteger),  # her letter, where a parent reported it
    moment("withdrawn_at", null=True), moment("called_at", null=True), Column("called_by", BigInteger),
    UniqueConstraint("child_id", "day"), Index("ix_absence_day", "school", "day"),
    Index("ix_absence_at", "school", "at"),
    partial("ix_absence_withdrawn", "school", "withdrawn_at", where="withdrawn_at IS NOT NULL"),
    partial("ix_absence_words", "day", where="words IS NOT NULL"),
)  # fmt: skip
