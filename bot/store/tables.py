"""The whole schema on one page. `sealed` columns hold AES-GCM; `find` columns a keyed hash."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware datetime as UTC milliseconds: the same order and precision in both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MS

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + value * _MS


def _id() -> Column[int]:
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def _ref(name: str, to: str, *, null: bool = False) -> Column[Any]:
    return Column(name, BigInteger, ForeignKey(f"{to}.id", ondelete="CASCADE"), nullable=null, index=True)


def _sealed(name: str, *, null: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=null)


def _word(name: str, *, length: int = 40, null: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, String(length), nullable=null, default=default)


def _moment(name: str, *, null: bool = False) -> Column[datetime]:
    return Column(name, Moment, nullable=null)


# --- people -----------------------------------------------------------------------------------------------------------
# A person with addresses and a language, above schools. A stranger who writes is a contact too, without guardians.
contact = Table("contact", metadata, _id(), _sealed("language"), _moment("created_at"))

address = Table(
    "address", metadata, _id(), _ref("contact_id", "contact"),
    _word("channel", length=20), Column("find", String(32), nullable=False, unique=True), _sealed("sealed"),
    Column("position", SmallInteger, nullable=False, default=0),  # the order in which they are tried
    _moment("linked_at", null=True),  # since when a code or the office vouches for it
    _moment("heard_at", null=True),  # the last message from it: the window, and a reply's ten minutes
    _moment("blocked_at", null=True),
    _moment("answered_at", null=True),  # a stranger gets one answer a day
    Column("alias_of", BigInteger),  # another name of the same person on this channel: an address id
)  # fmt: skip

child = Table(
    "child", metadata, _id(), _word("school"), Column("find", String(32)), _sealed("name"), _moment("created_at"),
    UniqueConstraint("school", "find"),  # the school's own id, hashed
)  # fmt: skip

group = Table(
    "group", metadata, _id(), _word("school"), _word("year", length=9), _word("name", length=80),
    UniqueConstraint("school", "year", "name"),
)  # fmt: skip

membership = Table(
    "membership", metadata, _id(), _ref("child_id", "child"), _ref("group_id", "group"), _word("year", length=9),
    UniqueConstraint("child_id", "year"),
)  # fmt: skip

# contact x child x school; a family that shares one phone is one contact with two names for a child.
# `phone` is what the school's file says: never written to before a code came from it.
guardian = Table(
    "guardian", metadata, _id(), _ref("contact_id", "contact"), _ref("child_id", "child"), _word("school"),
    _sealed("name"), _sealed("language"), _sealed("phone", null=True),
)  # fmt: skip

# An enrolment code: single use, found by a keyed hash, sealed so that a letter can be printed again.
code = Table(
    "code", metadata, _id(), _ref("contact_id", "contact"), _word("school"), Column("find", String(32),
    nullable=False, unique=True),
    _sealed("sealed"), _word("purpose", length=10),  # letter channel
    _moment("made_at"), _moment("expires_at"), _moment("used_at", null=True),
)  # fmt: skip

# Wrong codes per address, so that nobody can guess.
attempt = Table(
    "attempt", metadata, _id(), _ref("address_id", "address"), _moment("at"),
)  # fmt: skip

consent = Table(
    "consent", metadata, _id(), _ref("contact_id", "contact"), _word("school"), _word("channel", length=20),
    _word("purpose", length=10),
    _sealed("words"),  # the very text she answered, in her language
    _moment("given_at"), _moment("withdrawn_at", null=True),
    Column("inbox_id", BigInteger),  # her answer
    _word("withdrawn_by", length=20, null=True),  # stop less block: what closed it
    Index("ix_consent_open", "contact_id", "school", "channel", "purpose", unique=True,
    sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL")),
)  # fmt: skip

# `find` is the hash of how commands name her, which comes from her name.
staff = Table(
    "staff", metadata, _id(), _word("school"), _word("role", length=20), _sealed("name"), _sealed("key"),
    Column("find", String(32), nullable=False), UniqueConstraint("school", "find"),
)  # fmt: skip

group_staff = Table(
    "group_staff", metadata, _id(), _ref("group_id", "group"), _ref("staff_id", "staff"),
    _word("weekdays", length=20, default="ma di wo do vr"), Column("substitute", Boolean, nullable=False,
    default=False),
    UniqueConstraint("group_id", "staff_id"),
)  # fmt: skip

# --- letters in and out -----------------------------------------------------------------------------------------------
inbox = Table(
    "inbox", metadata, _id(), _word("channel", length=20),  # `bot` for timers, freed slots, clicks
    Column("provider_id", String(120), nullable=False), _ref("contact_id", "contact"),
    Column("address_id", BigInteger, ForeignKey("address.id", ondelete="SET NULL"), nullable=True),
    _word("kind", length=20), _sealed("payload"), _moment("received_at"), _moment("handled_at", null=True),
    _word("state", length=10, default="waiting"),  # waiting done failed
    _word("error", length=80, null=True),
    UniqueConstraint("channel", "provider_id"),
    Index("ix_inbox_waiting", "contact_id", "id", sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'")),
)  # fmt: skip

outbox = Table(
    "outbox", metadata, _id(), _ref("contact_id", "contact"),
    Column("address_id", BigInteger, ForeignKey("address.id", ondelete="SET NULL"), nullable=True),  # where it must go
    _word("school", null=True), _word("cls", length=12), _word("purpose", length=10), _sealed("parts"),
     # keys and fields
    Column("run_id", BigInteger, index=True), _word("step", null=True), Column("shown", JSON(none_as_null=True)),
     # its option ids
    Column("thread_id", BigInteger), _word("status", length=10, default="queued"), Column("rank", SmallInteger,
    nullable=False, default=5),
    _moment("queued_at"), _moment("due_at"), _moment("expires_at"), _moment("left_at", null=True),
    _moment("settled_at", null=True),
    _sealed("body", null=True),  # the messages as sent, in order
    Column("piece", SmallInteger, nullable=False, default=0),  # which of them is under way
    Column("pieces", SmallInteger, nullable=False, default=1),  # and how many there are
    _word("provider_id", length=120, null=True), _word("reason", length=80, null=True),
    _word("token", length=32, null=True), _moment("lease_until", null=True), Column("tries", SmallInteger,
    nullable=False, default=0),
    Column("hop", SmallInteger, nullable=False, server_default="0"),  # how often it took another way
    Column("tried", JSON(none_as_null=True)),  # ids of addresses where it failed, and marks of what was repeated
    _word("way", length=10, null=True),  # how it left: free template
    Column("lane", String(20), nullable=False, server_default=""),  # the channel whose busy sender it waits for
    _moment("lane_at", null=True),  # how long that sender had sent by then: what waits in a lane does not age by it
    Index("ix_outbox_way", "way", "left_at", sqlite_where=text("way = 'template'"),
    postgresql_where=text("way = 'template'")),  # who was written to outside the window
    Index("ix_outbox_due", "lane", "rank", "due_at", "id", sqlite_where=text("status = 'queued'"),
    postgresql_where=text("status = 'queued'")),
    Index("ix_outbox_fair", "school", "lane", "rank", "due_at", "id", sqlite_where=text("status = 'queued'"),
    postgresql_where=text("status = 'queued'")),  # each school in its turn
    Index("ix_outbox_thread", "thread_id", "id", sqlite_where=text("thread_id IS NOT NULL"),
    postgresql_where=text("thread_id IS NOT NULL")),  # what became of an answer
    Index("ix_outbox_open", "contact_id", "id", sqlite_where=text("status IN ('queued', 'sending')"),
    postgresql_where=text("status IN ('queued', 'sending')")),
    Index("ix_outbox_lease", "lease_until", sqlite_where=text("status = 'sending'"),
    postgresql_where=text("status = 'sending'")),
    Index("ix_outbox_asked", "contact_id", "left_at", sqlite_where=text("step IS NOT NULL AND left_at IS NOT NULL"),
    postgresql_where=text("step IS NOT NULL AND left_at IS NOT NULL")),
    Index("ix_outbox_provider", "provider_id", sqlite_where=text("provider_id IS NOT NULL"),
    postgresql_where=text("provider_id IS NOT NULL")),
)  # fmt: skip

# When a sender or a receiver may be used again: one row per `sms:+31..` or `to:<address id>`.
limiter = Table("limiter", metadata, Column("name", String(120), primary_key=True), _moment("next_at"))

# What a provider had to know beforehand: questions within the window, templates outside it.
content = Table(
    "content", metadata, _id(), _word("channel", length=20), Column("form", String(32), nullable=False),
    _word("template", length=80, default=""), _word("language", length=10), Column("shape", String(200),
    nullable=False),
    _word("sid", length=40, null=True), _word("state", length=12),
     # made refused; pending approved rejected paused disabled gone
    Column("reason", String(300)), _moment("changed_at"),
    UniqueConstraint("channel", "form"),
)  # fmt: skip

# What she sent besides words. It goes after 30 days.
media = Table(
    "media", metadata, _id(), _ref("inbox_id", "inbox"), _ref("contact_id", "contact"), Column("position",
    SmallInteger, nullable=False, default=0),
    _word("channel", length=20), _word("kind", length=12), _sealed("reference"), _sealed("name"),
    _word("content_type", length=80, null=True), Column("size", Integer, nullable=False, default=0),
    _word("state", length=10, default="waiting"),  # waiting kept refused
    _word("reason", length=80, null=True), Column("tries", SmallInteger, nullable=False, default=0),
    _word("token", length=32, null=True), _moment("due_at"), _moment("received_at"),
    _sealed("data", null=True),  # last: SQLite reads through it to what stands behind
    UniqueConstraint("inbox_id", "position"),
    Index("ix_media_due", "due_at", sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
)  # fmt: skip

# --- the house itself -------------------------------------------------------------------------------------------------
# Work that one process does at a time: when it is next due, and who has it in hand.
chore = Table(
    "chore", metadata, Column("name", String(60), primary_key=True), _moment("next_at"),
    _word("token", length=32, null=True),
)  # fmt: skip

# What must be remembered of this house: that its keys are backed up, when it was restored.
setting = Table("setting", metadata, Column("name", String(60), primary_key=True), Column("value", String(200),
    nullable=False))  # fmt: skip

# --- conversations ----------------------------------------------------------------------------------------------------
flow_version = Table(
    "flow_version",
    metadata,
    Column("version", String(16), primary_key=True),
    _word("flow"),
    _word("language", length=10),
    Column("source", LargeBinary, nullable=False),
    _moment("published_at"),
)

run = Table(
    "run", metadata, _id(), _ref("contact_id", "contact"), _word("school", null=True),
    Column("child_id", BigInteger), Column("address_id", BigInteger), _word("flow"), Column("version", String(16),
    nullable=False),
    _word("rank", length=12), _word("state", length=10, default="active"),  # active parked ended
    _word("step"), _sealed("memory"),  # answers, offers, misses: the engine's Run
    Column("rev", Integer, nullable=False, default=0), _word("result", null=True),
    _moment("started_at"), _moment("changed_at"), _moment("due_at", null=True), _moment("expires_at"),
    Index("ix_run_live", "contact_id", "id", sqlite_where=text("state <> 'ended'"),
    postgresql_where=text("state <> 'ended'")),
    Index("ix_run_due", "due_at", sqlite_where=text("due_at IS NOT NULL"), postgresql_where=text("due_at IS NOT NULL")),
)  # fmt: skip

# A plan that outlives its run: local rule, next moment in UTC.
followup = Table(
    "followup", metadata, _id(), _ref("contact_id", "contact"), _word("school", null=True), _word("kind", length=20),
    _word("scope", length=120), _word("flow"), _word("say", length=80), _sealed("fields"), _word("cls", length=12),
    _word("purpose", length=10),
    _word("zone"), Column("rule", JSON, nullable=False), _word("state", length=10, default="waiting"),
    Column("count", Integer, nullable=False, default=0), _moment("due_at", null=True), _moment("expires_at"),
    Column("rev", Integer, nullable=False, default=0),
    UniqueConstraint("contact_id", "scope"),
    Index("ix_followup_due", "due_at", sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'")),
)  # fmt: skip

# --- people at the school ---------------------------------------------------------------------------------------------
thread = Table(
    "thread", metadata, _id(), _ref("contact_id", "contact"), _word("school"), Column("child_id", BigInteger),
    _word("kind", length=10),  # mens vraag gevaar
    _word("state", length=10, default="open"),  # open answered closed
    _moment("opened_at"), _moment("changed_at"),
)  # fmt: skip

thread_message = Table(
    "thread_message", metadata, _id(), _ref("thread_id", "thread"), _word("side", length=10),  # parent school
    _sealed("body"), _sealed("language"), Column("inbox_id", BigInteger, unique=True), _moment("at"),
)  # fmt: skip

# A danger word calls the people on duty, one after the other, until one answers 1.
alarm = Table(
    "alarm", metadata, _id(), _ref("thread_id", "thread"), _word("school"), Column("position", SmallInteger,
    nullable=False, default=0),
    _word("state", length=10, default="open"),  # open taken renewed
    _moment("raised_at"), _moment("taken_at", null=True),
    Column("taken_by", BigInteger),
)  # fmt: skip
