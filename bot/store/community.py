"""The tables of a school and its families: what they told about themselves, evenings together, what partners offer."""

from sqlalchemy import BigInteger, Boolean, Column, SmallInteger, String, Table, UniqueConstraint

from bot.store.columns import day, metadata, moment, number, partial, ref, sealed, word

# --- what a family told ----------------------------------------------------------------------------------------------
# Asked for in a conversation, each topic for one purpose: home languages, how she likes contact, feasts that they keep,
# what she can do for the class. One row per option that she chose; `words`: her own. `child_id` 0: the whole family.
known = Table(
    "known", metadata, number(), ref("contact_id", "contact"), word("school"),
    Column("child_id", BigInteger, nullable=False, default=0),
    word("topic", length=20), word("option", default=""), sealed("words", null=True), sealed("language", null=True),
    moment("said_at"),
    UniqueConstraint("contact_id", "school", "child_id", "topic", "option"),
)  # fmt: skip

# --- evenings --------------------------------------------------------------------------------------------------------
# Something to come to: an evening on a theme, an open day, a morning with coffee. Without groups it is for the whole
# school. `key`: the form that it came from, so that sending twice makes one.
gathering = Table(
    "gathering", metadata, number(), word("school"), word("kind", length=12),  # thema open_dag koffie anders
    word("theme", length=20, default=""),  # taal opvoeding media pesten puberteit
    word("name", length=80), word("place", length=80), moment("starts_at"),
    Column("minutes", SmallInteger, nullable=False),
    Column("places", SmallInteger),  # how many people fit in; None: all
    Column("childcare", Boolean, nullable=False, default=False),
    Column("interpreters", Boolean, nullable=False, default=False),
    word("state", length=10, default="planned"),  # planned open closed told stopped
    moment("invites_at"), moment("closes_at"),
    sealed("words", null=True),  # what the school says of it itself, in Dutch
    sealed("summary", null=True),  # for who could not come, in Dutch
    sealed("reason", null=True),  # why it was stopped or moved last, in Dutch
    Column("moved", SmallInteger, nullable=False, default=0), moment("looked_at", null=True),  # who else is to be asked
    Column("staff_id", BigInteger), word("key", length=60), moment("made_at"), moment("settled_at", null=True),
    UniqueConstraint("school", "key"),
    partial("ix_gathering_going", "invites_at", where="settled_at IS NULL"),
)  # fmt: skip

gathering_group = Table(
    "gathering_group", metadata, number(), ref("gathering_id", "gathering"), ref("group_id", "group"),
    UniqueConstraint("gathering_id", "group_id"),
)  # fmt: skip

# Who was asked to come, and what she said.
visitor = Table(
    "visitor", metadata, number(), ref("gathering_id", "gathering"), ref("contact_id", "contact"),
    word("state", length=10, default="waiting"),  # waiting lost asked coming list offered no away came missed off
    Column("people", SmallInteger, nullable=False, default=1),
    Column("children", SmallInteger, nullable=False, default=0),  # for whom there has to be childcare
    word("interpreter", length=10, default=""),  # "" not asked, nee, a language
    moment("changed_at"), moment("listed_at", null=True),
    moment("hold_until", null=True),  # until then the place that came free is hers
    Column("moved", SmallInteger, nullable=False, default=0),  # of which moment she has heard
    Column("reminded", SmallInteger, nullable=False, default=0),  # 1: the day before, 2: on the day itself
    sealed("name", null=True),  # of a family that has no child here yet
    moment("told_at", null=True), word("useful", length=10, default=""),  # the summary, and whether it was of use
    UniqueConstraint("gathering_id", "contact_id"),
    partial("ix_visitor_waiting", "gathering_id", where="state = 'waiting'"),
    partial("ix_visitor_held", "hold_until", where="state = 'offered'"),
)  # fmt: skip

# A code on a poster that anybody may send: it opens a conversation with a family that has no child here yet.
poster = Table(
    "poster", metadata, number(), word("school"), ref("gathering_id", "gathering", null=True),
    Column("find", String(32), nullable=False, unique=True), sealed("code"), moment("made_at"), moment("ends_at"),
)  # fmt: skip

# --- what partners offer ---------------------------------------------------------------------------------------------
# A parent said yes: she may be called about an offer of flows/offers.csv. Her name goes to nobody before that.
referral = Table(
    "referral", metadata, number(), ref("contact_id", "contact"), word("school"),
    Column("child_id", BigInteger), word("offer"),
    word("state", length=10, default="open"),  # open passed called closed; back: she took back what was passed on
    moment("asked_at"), moment("passed_at", null=True),  # when somebody at school gave it to the partner
    moment("check_at", null=True),  # a week later she is asked: was she called?
    word("answer", length=10, default=""),  # nee ja niet_nodig terug; then whether it was of use: veel beetje niets
    Column("staff_id", BigInteger), sealed("note", null=True), moment("changed_at"),
    partial("uq_referral_open", "contact_id", "school", "offer", where="state IN ('open', 'passed')", unique=True),
    partial("ix_referral_going", "school", "asked_at", where="state IN ('open', 'passed', 'back')"),
    partial("ix_referral_check", "check_at", where="state = 'passed'"),
)  # fmt: skip

# Once a year somebody asks the owner whether an offer still holds; it may be full, gone, or have a new last day.
offer_seen = Table(
    "offer_seen", metadata, number(), word("school"), word("offer"), day("seen_on"),
    word("state", length=10, default=""), day("until_on", null=True), Column("staff_id", BigInteger),
    UniqueConstraint("school", "offer"),
)  # fmt: skip
