"""The whole schema, with the files named below. `sealed` columns hold AES-GCM; `find` a keyed hash."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from bot.store.columns import Moment, metadata, moment, number, partial, ref, sealed, word
from bot.store.community import gathering, gathering_group, known, offer_seen, poster, referral, visitor
from bot.store.council import ballot, candidate, remark, tally, voter
from bot.store.forgetting import erasure, handout, leftover
from bot.store.office import (
    absence,
    alarm,
    appointment,
    audit,
    done,
    draft,
    fact,
    free_day,
    invitation,
    login,
    login_try,
    promise,
    sign_in,
    slip,
    staff_school,
    thread,
    thread_message,
)
from bot.store.rounds import (
    agreement,
    agreement_to,
    busy,
    feed,
    guest,
    interpreter,
    interpreter_hours,
    invitee,
    prepared,
    round_group,
    talk_hours,
    talk_request,
    talk_round,
)
from bot.store.told import attachment, broadcast, broadcast_to, doubt, phrase, tag, tagged, translation

__all__ = [
    "Moment", "absence", "agreement", "agreement_to", "alarm", "appointment", "attachment", "audit", "ballot",
    "broadcast", "broadcast_to", "busy", "candidate", "done", "doubt", "draft", "erasure", "fact", "feed", "free_day",
    "gathering", "gathering_group", "guest", "handout", "interpreter", "interpreter_hours", "invitation", "invitee",
    "known", "leftover", "login", "login_try", "metadata", "offer_seen", "phrase", "poster", "prepared", "promise",
    "referral", "remark", "round_group", "sign_in", "slip", "staff_school", "tag", "tagged", "talk_hours",
    "talk_request", "talk_round", "tally", "thread", "thread_message", "translation", "visitor", "voter",
]  # fmt: skip

# --- people -----------------------------------------------------------------------------------------------------------
# A person with addresses and a language, above schools. A stranger who writes is a contact too, without guardians.
# Her own wishes go on top of the school's: `budget` messages a week, no message between `rest_from` and `rest_until`
# (wall time, `22:30`), nothing but what is needed until `paused_until`.
contact = Table(
    "contact", metadata, number(), sealed("language"), moment("created_at"),
    Column("budget", SmallInteger), word("rest_from", length=5, null=True), word("rest_until", length=5, null=True),
    moment("paused_until", null=True),
)  # fmt: skip

address = Table(
    "address", metadata, number(), ref("contact_id", "contact"),
    word("channel", length=20), Column("find", String(32), nullable=False, unique=True), sealed("sealed"),
    Column("position", SmallInteger, nullable=False, default=0),  # the order in which they are tried
    moment("linked_at", null=True),  # since when a code or the office vouches for it
    moment("heard_at", null=True),  # the last message from it: the window, and a reply's ten minutes
    moment("blocked_at", null=True),
    moment("answered_at", null=True),  # a stranger gets one answer a day
    Column("alias_of", BigInteger),  # another name of the same person on this channel: an address id
)  # fmt: skip

child = Table(
    "child", metadata, number(), word("school"), Column("find", String(32)), sealed("name"), moment("created_at"),
    moment("left_at", null=True),  # since when this school is no longer hers
    UniqueConstraint("school", "find"),  # the school's own id, hashed
    Index("ix_child_school", "school"),
)  # fmt: skip

group = Table(
    "group", metadata, number(), word("school"), word("year", length=9), word("name", length=80),
    UniqueConstraint("school", "year", "name"),
)  # fmt: skip

membership = Table(
    "membership", metadata, number(), ref("child_id", "child"), ref("group_id", "group"), word("year", length=9),
    UniqueConstraint("child_id", "year"),
)  # fmt: skip

# contact x child x school; a family that shares one phone is one contact with two names for a child.
# `phone` is what the school's file says: never written to before a code came from it.
guardian = Table(
    "guardian", metadata, number(), ref("contact_id", "contact"), ref("child_id", "child"), word("school"),
    sealed("name"), sealed("language"), sealed("phone", null=True),
    moment("barred_at", null=True),  # a judge or the school said: nothing about this child goes to this guardian
    Index("ix_guardian_school", "school"),
)  # fmt: skip

# An enrolment code: single use, found by a keyed hash, sealed so that a letter can be printed again.
code = Table(
    "code", metadata, number(), ref("contact_id", "contact"), word("school"), Column("find", String(32),
    nullable=False, unique=True),
    sealed("sealed"), word("purpose", length=10),  # letter channel staff
    moment("made_at"), moment("expires_at"), moment("used_at", null=True),
    moment("printed_at", null=True),  # the last time that it went on paper
    partial("ix_code_used", "school", "used_at", where="used_at IS NOT NULL"),
)  # fmt: skip

# Wrong codes per address, so that nobody can guess.
attempt = Table(
    "attempt", metadata, number(), ref("address_id", "address"), moment("at"),
)  # fmt: skip

consent = Table(
    "consent", metadata, number(), ref("contact_id", "contact"), word("school"), word("channel", length=20),
    word("purpose", length=10),
    sealed("words"),  # the very text she answered, in her language
    moment("given_at"), moment("withdrawn_at", null=True),
    Column("inbox_id", BigInteger),  # her answer
    word("withdrawn_by", length=20, null=True),  # stop less block office left: what closed it
    partial("ix_consent_open", "contact_id", "school", "channel", "purpose", where="withdrawn_at IS NULL", unique=True),
)  # fmt: skip

# `find` is the hash of how commands name her, which comes from her name.
staff = Table(
    "staff", metadata, number(), word("school"), word("role", length=20), sealed("name"), sealed("key"),
    Column("find", String(32), nullable=False),
    Column("contact_id", BigInteger),  # her own phone, where she has linked one
    moment("sends_at", null=True),  # since when she may send to her groups from it: linked after her second factor
    Column("office", JSON(none_as_null=True)),  # weekday -> [from, until] in wall time; none: the school's
    moment("left_at", null=True),
    UniqueConstraint("school", "find"),
)  # fmt: skip

group_staff = Table(
    "group_staff", metadata, number(), ref("group_id", "group"), ref("staff_id", "staff"),
    word("weekdays", length=20, default="ma di wo do vr"), Column("substitute", Boolean, nullable=False,
    default=False),
    UniqueConstraint("group_id", "staff_id"),
)  # fmt: skip

# --- letters in and out -----------------------------------------------------------------------------------------------
inbox = Table(
    "inbox", metadata, number(), word("channel", length=20),  # `bot` for timers, freed slots, clicks
    Column("provider_id", String(120), nullable=False), ref("contact_id", "contact"),
    Column("address_id", BigInteger, ForeignKey("address.id", ondelete="SET NULL"), nullable=True),
    word("kind", length=20), sealed("payload"), moment("received_at"), moment("handled_at", null=True),
    word("state", length=10, default="waiting"),  # waiting done failed
    word("error", length=80, null=True),
    UniqueConstraint("channel", "provider_id"),
    partial("ix_inbox_waiting", "contact_id", "id", where="state = 'waiting'"),
    partial("ix_inbox_next", "received_at", where="state = 'waiting'"),
    partial("ix_inbox_kind", "kind", "received_at", where="state = 'waiting'"),
)  # fmt: skip

outbox = Table(
    "outbox", metadata, number(), ref("contact_id", "contact"),
    Column("address_id", BigInteger, ForeignKey("address.id", ondelete="SET NULL"), nullable=True),  # where it must go
    word("school", null=True), word("cls", length=12), word("purpose", length=10), sealed("parts"),
     # keys and fields
    Column("run_id", BigInteger, index=True), word("step", null=True), Column("shown", JSON(none_as_null=True)),
     # its option ids
    Column("thread_id", BigInteger), word("status", length=10, default="queued"), Column("rank", SmallInteger,
    nullable=False, default=5),
    moment("queued_at"), moment("due_at"), moment("expires_at"), moment("left_at", null=True),
    moment("settled_at", null=True),
    sealed("body", null=True),  # the messages as sent, in order
    Column("piece", SmallInteger, nullable=False, default=0),  # which of them is under way
    Column("pieces", SmallInteger, nullable=False, default=1),  # and how many there are
    word("provider_id", length=120, null=True), word("reason", length=80, null=True),
    word("token", length=32, null=True), moment("lease_until", null=True), Column("tries", SmallInteger,
    nullable=False, default=0),
    Column("hop", SmallInteger, nullable=False, server_default="0"),  # how often it took another way
    Column("tried", JSON(none_as_null=True)),  # ids of addresses where it failed, and marks of what was repeated
    word("way", length=10, null=True),  # how it left: free template
    Column("lane", String(20), nullable=False, server_default=""),  # the channel whose busy sender it waits for
    moment("lane_at", null=True),  # how long that sender had sent by then: what waits in a lane does not age by it
    word("scope", length=120, null=True),  # of the same scope only the newest waits
    moment("until_at", null=True),  # after that it is of no use, however long it had to wait
    Column("merged_into", BigInteger),  # the message that says this too
    Column("broadcast_id", BigInteger),  # what was told to many, of which this is one
    partial("ix_outbox_broadcast", "broadcast_id", "contact_id", where="broadcast_id IS NOT NULL"),
    # her budget of the week
    partial("ix_outbox_week", "contact_id", "left_at",
    where="cls IN ('broadcast', 'plan', 'tip') AND left_at IS NOT NULL"),
    partial("ix_outbox_way", "way", "left_at", where="way = 'template'"),  # who was written to outside the window
    partial("ix_outbox_due", "lane", "rank", "due_at", "id", where="status = 'queued'"),
    partial("ix_outbox_fair", "school", "lane", "rank", "due_at", "id", where="status = 'queued'"),  # each in its turn
    partial("ix_outbox_thread", "thread_id", "id", where="thread_id IS NOT NULL"),  # what became of an answer
    partial("ix_outbox_lost", "status", "thread_id",
    where="thread_id IS NOT NULL AND status IN ('failed', 'expired', 'unknown', 'cancelled')"),
    partial("ix_outbox_open", "contact_id", "id", where="status IN ('queued', 'sending')"),
    partial("ix_outbox_lease", "lease_until", where="status = 'sending'"),
    partial("ix_outbox_asked", "contact_id", "left_at", where="step IS NOT NULL AND left_at IS NOT NULL"),
    partial("ix_outbox_provider", "provider_id", where="provider_id IS NOT NULL"),
    partial("ix_outbox_failed", "school", "settled_at", where="status = 'failed'"),  # what the channels' page counts
)  # fmt: skip

# When a sender or a receiver may be used again: one row per `sms:+31..` or `to:<address id>`.
limiter = Table("limiter", metadata, Column("name", String(120), primary_key=True), moment("next_at"))

# What a provider had to know beforehand: questions within the window, templates outside it.
content = Table(
    "content", metadata, number(), word("channel", length=20), Column("form", String(32), nullable=False),
    word("template", length=80, default=""), word("language", length=10), Column("shape", String(200),
    nullable=False),
    word("sid", length=40, null=True), word("state", length=12),
     # made refused; pending approved rejected paused disabled gone
    Column("reason", String(300)), moment("changed_at"),
    UniqueConstraint("channel", "form"),
)  # fmt: skip

# What she sent besides words. It goes after 30 days.
media = Table(
    "media", metadata, number(), ref("inbox_id", "inbox"), ref("contact_id", "contact"), Column("position",
    SmallInteger, nullable=False, default=0),
    word("channel", length=20), word("kind", length=12), sealed("reference"), sealed("name"),
    word("content_type", length=80, null=True), Column("size", Integer, nullable=False, default=0),
    word("state", length=10, default="waiting"),  # waiting kept refused
    word("reason", length=80, null=True), Column("tries", SmallInteger, nullable=False, default=0),
    word("token", length=32, null=True), moment("due_at"), moment("received_at"),
    sealed("data", null=True),  # last: SQLite reads through it to what stands behind
    UniqueConstraint("inbox_id", "position"),
    partial("ix_media_due", "due_at", where="state = 'waiting'"),
)  # fmt: skip

# --- the house itself -------------------------------------------------------------------------------------------------
# Work that one process does at a time: when it is next due, and who has it in hand.
chore = Table(
    "chore", metadata, Column("name", String(60), primary_key=True), moment("next_at"),
    word("token", length=32, null=True),
)  # fmt: skip

# What must be remembered of this house: that its keys are backed up, when it was restored.
setting = Table("setting", metadata, Column("name", String(60), primary_key=True), Column("value", String(200),
    nullable=False))  # fmt: skip

# --- conversations ----------------------------------------------------------------------------------------------------
flow_version = Table(
    "flow_version",
    metadata,
    Column("version", String(16), primary_key=True),
    word("flow"),
    word("language", length=10),
    Column("source", LargeBinary, nullable=False),
    moment("published_at"),
)

run = Table(
    "run", metadata, number(), ref("contact_id", "contact"), word("school", null=True),
    Column("child_id", BigInteger), Column("address_id", BigInteger), word("flow"), Column("version", String(16),
    nullable=False),
    word("rank", length=12), word("state", length=10, default="active"),  # active parked ended
    word("step"), sealed("memory"),  # answers, offers, misses: the engine's Run
    Column("rev", Integer, nullable=False, default=0), word("result", null=True),
    moment("started_at"), moment("changed_at"), moment("due_at", null=True), moment("expires_at"),
    partial("ix_run_live", "contact_id", "id", where="state <> 'ended'"),
    partial("ix_run_due", "due_at", where="due_at IS NOT NULL"),
)  # fmt: skip

# What is to happen to somebody at a moment: her own plan, a flow of the school year, a reminder of an appointment.
# `scope` is unique per contact: the same again replaces it. `rule`: wall time and rhythm; `due_at`: the next in UTC.
# `say`: a text, or "" where `flow` begins. `reason`: why it was put off, dropped or ended.
followup = Table(
    "followup", metadata, number(), ref("contact_id", "contact"), word("school", null=True), word("kind", length=20),
    word("scope", length=120), word("flow"), word("say", length=80), sealed("fields"), word("cls", length=12),
    word("purpose", length=10),
    word("zone"), Column("rule", JSON, nullable=False), word("state", length=10, default="waiting"),
    Column("count", Integer, nullable=False, default=0), moment("due_at", null=True), moment("expires_at"),
    Column("rev", Integer, nullable=False, default=0),
    Column("child_id", BigInteger), word("reason", length=40, null=True),
    UniqueConstraint("contact_id", "scope"),
    partial("ix_followup_due", "due_at", where="state = 'waiting'"),
)  # fmt: skip

# What is done once per local date, whatever the clock does.
daily = Table("daily", metadata, Column("job", String(60), primary_key=True), Column("day", String(10),
    primary_key=True), moment("done_at"))  # fmt: skip
