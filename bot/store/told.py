"""The tables of what a school tells many at once, and of what machines and people made of its words elsewhere."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, SmallInteger, String, Table, UniqueConstraint

from bot.store.columns import metadata, moment, number, partial, ref, sealed, word

# --- broadcasts -------------------------------------------------------------------------------------------------------
# `what`: the ready message or the flow of a question; `content`: its fields, own words and choices. `key`: the form it
# came from, so that sending five times makes one. `audience`: ids of groups and tags, numbers of years.
# state: asked (a second person has to agree) planned starting going done; stopped taken_back refused late dropped.
broadcast = Table(
    "broadcast", metadata, number(), word("school"), Column("staff_id", BigInteger), word("kind", length=10),
    word("what"), sealed("content"), Column("audience", JSON, nullable=False), word("cls", length=12),
    sealed("reason", null=True),  # of an urgent one: why
    word("state", length=10), word("key", length=60),
    moment("made_at"), moment("due_at"), moment("until_at"),  # after that it is of no use to anybody
    moment("started_at", null=True), moment("settled_at", null=True),
    Column("approved_by", BigInteger),  # the second person
    Column("about_id", BigInteger),  # the broadcast of which this one reminds, or whose outcome it tells
    Column("families", Integer, nullable=False, default=0), Column("people", Integer, nullable=False, default=0),
    UniqueConstraint("school", "key"),
    Index("ix_broadcast_school", "school", "id"),
    partial("ix_broadcast_due", "due_at", where="state IN ('planned', 'starting')"),
)  # fmt: skip

# Whom it is for, since it started. `why`: the reason for which nothing could be sent. `answer`: ids of what she chose.
broadcast_to = Table(
    "broadcast_to", metadata, number(), ref("broadcast_id", "broadcast"), ref("contact_id", "contact"),
    Column("children", JSON, nullable=False), word("why", length=40, null=True),
    Column("answer", JSON(none_as_null=True)), moment("answered_at", null=True),
    UniqueConstraint("broadcast_id", "contact_id"),
)  # fmt: skip

# A picture, a paper or a voice that goes with it. It is fetched by whoever knows its token.
attachment = Table(
    "attachment", metadata, number(), word("school"), Column("staff_id", BigInteger),
    Column("find", String(32), nullable=False, unique=True), sealed("token"), word("kind", length=10),  # foto pdf stem
    sealed("name"), word("content_type", length=80), Column("size", Integer, nullable=False), moment("made_at"),
    sealed("data"),  # last: SQLite reads through it to what stands behind
)  # fmt: skip

# Families that belong together for some reason: a choir, who comes by bus. Never where they come from.
tag = Table("tag", metadata, number(), word("school"), word("name", length=60), UniqueConstraint("school", "name"))
tagged = Table(
    "tagged", metadata, number(), ref("tag_id", "tag"), ref("child_id", "child"), UniqueConstraint("tag_id", "child_id")
)

# --- words of people in another language ------------------------------------------------------------------------------
# Ordered by whoever needs it, claimed by a machine, kept for all who read the same. `back`: translated back, for the
# writer; `risks`: what may be wrong in it, as words of translation/trust.py.
translation = Table(
    "translation", metadata, number(), word("school"), word("source", length=10), word("target", length=10),
    Column("find", String(32), nullable=False, unique=True), sealed("text"), sealed("said", null=True),
    sealed("back", null=True), Column("risks", JSON(none_as_null=True)),
    word("state", length=10, default="waiting"),  # waiting done failed
    word("origin", length=10, null=True),  # machine person
    word("reason", length=80, null=True), word("engine", length=20, null=True),
    moment("asked_at"), moment("deadline_at"), moment("made_at", null=True), moment("used_at"),
    word("token", length=32, null=True), moment("lease_until", null=True),
    Column("tries", SmallInteger, nullable=False, default=0),
    sealed("before", null=True),  # what was there before somebody wrote it better, here and for the network
    partial("ix_translation_waiting", "asked_at", where="state = 'waiting'"),
    Index("ix_translation_used", "used_at"),
)  # fmt: skip

# One masked sentence in another language: what a machine said once, or what a person made of it for the whole network.
phrase = Table(
    "phrase", metadata, number(), Column("find", String(32), nullable=False, unique=True), sealed("said"),
    word("source", length=10), word("target", length=10), word("origin", length=10), word("engine", length=20),
    Column("staff_id", BigInteger), moment("made_at"), moment("used_at"),
    sealed("text", null=True),  # the sentence itself, where a person worded it: others may look at that
    Index("ix_phrase_used", "used_at"),
)  # fmt: skip

# "This sounds wrong", said by somebody who read it.
doubt = Table(
    "doubt", metadata, number(), word("school"), ref("contact_id", "contact"), ref("translation_id", "translation"),
    moment("at"), word("state", length=10, default="open"),  # open mended fine
    Column("staff_id", BigInteger), moment("settled_at", null=True),
    UniqueConstraint("contact_id", "translation_id"),
    partial("ix_doubt_open", "school", "at", where="state = 'open'"),
)  # fmt: skip
