"""The tables of a person's own data: what was handed over, what is being erased, and what others still hold."""

from sqlalchemy import JSON, BigInteger, Column, Integer, String, Table

from bot.store.columns import metadata, moment, number, partial, ref, sealed, word

# Everything about a person behind a secret address that opens for a day. Found by a keyed hash; nothing else is kept.
handout = Table(
    "handout", metadata, number(), ref("contact_id", "contact"),
    Column("find", String(32), nullable=False, unique=True), moment("made_at"), moment("expires_at"),
)  # fmt: skip

# Somebody is being forgotten, room by room; it goes on where it stopped. It outlives her as a number without a name:
# `left` counts what others still hold, `reason` is the code of what went wrong.
erasure = Table(
    "erasure", metadata, number(), Column("contact_id", BigInteger, nullable=False, unique=True),
    word("school", null=True),  # who asked for it by hand
    word("asked", length=10), Column("staff_id", BigInteger),  # parent staff command restored
    word("why", length=20, default=""),  # what a colleague gave as the reason
    word("state", length=10, default="asked"),  # asked going partly done
    word("step", length=20, default=""), Column("left", JSON(none_as_null=True)),
    moment("asked_at"), moment("try_at", null=True), moment("done_at", null=True), word("reason", null=True),
    partial("ix_erasure_going", "try_at", where="state IN ('asked', 'going', 'partly')"),
)  # fmt: skip

# A message that a provider still holds, until it says that it is gone there.
leftover = Table(
    "leftover", metadata, number(), ref("erasure_id", "erasure"), word("channel", length=20), sealed("provider_id"),
    word("state", length=10, default="there"),  # there gone kept
    Column("tries", Integer, nullable=False, default=0), moment("try_at", null=True), word("reason", null=True),
    partial("ix_leftover_there", "try_at", where="state = 'there'"),
)  # fmt: skip
