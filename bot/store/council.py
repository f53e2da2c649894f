"""The tables of deciding together: rounds of the council and its elections. Who voted and what was voted lie apart."""

from sqlalchemy import JSON, BigInteger, Column, Integer, SmallInteger, Table, UniqueConstraint

from bot.store.columns import metadata, moment, number, partial, ref, sealed, word

# A question on which parents decide, or an election. `options`: ids and Dutch labels; of an election its candidates.
# `outcome`: what was done with it ("you said, we did").
ballot = Table(
    "ballot", metadata, number(), word("school"), word("kind", length=12),  # besluit verkiezing
    word("title", length=120), sealed("words"), Column("options", JSON, nullable=False),
    Column("seats", SmallInteger, nullable=False, default=1),
    word("state", length=10, default="planned"),  # planned standing open closed told stopped
    moment("stands_at", null=True),  # from when parents may put themselves forward
    moment("opens_at"), moment("closes_at"), sealed("outcome", null=True), moment("told_at", null=True),
    Column("staff_id", BigInteger), word("key", length=60), moment("made_at"), moment("settled_at", null=True),
    UniqueConstraint("school", "key"),
    partial("ix_ballot_going", "opens_at", where="state IN ('planned', 'standing', 'open')"),
)  # fmt: skip

# Who may vote and who did, without what; in no order of time, so that the two cannot be laid side by side.
voter = Table(
    "voter", metadata, number(), ref("ballot_id", "ballot"), ref("contact_id", "contact"),
    word("state", length=10, default="waiting"),  # waiting asked voted
    UniqueConstraint("ballot_id", "contact_id"),
    partial("ix_voter_waiting", "ballot_id", where="state = 'waiting'"),
)  # fmt: skip

# What was voted, without who; from when it closes also how many voted (#voted) of how many (#asked).
tally = Table(
    "tally", metadata, number(), ref("ballot_id", "ballot"), word("option"),
    Column("votes", Integer, nullable=False, default=0),
    UniqueConstraint("ballot_id", "option"),
)  # fmt: skip

# What parents wrote beside their vote, without who.
remark = Table(
    "remark", metadata, number(), ref("ballot_id", "ballot"), sealed("words"), sealed("language"),
)  # fmt: skip

# A parent who puts herself forward for the council; on the list when she said yes to her name and words on it.
candidate = Table(
    "candidate", metadata, number(), ref("ballot_id", "ballot"), ref("contact_id", "contact"),
    sealed("name"), sealed("words"), sealed("language"),
    word("state", length=10, default="offered"),  # offered listed withdrawn
    moment("changed_at"),
    UniqueConstraint("ballot_id", "contact_id"),
)  # fmt: skip
