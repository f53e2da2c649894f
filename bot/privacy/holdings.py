"""Every table, and what it holds of a parent: which rows are hers, what she gets of them, and what becomes of them.

A table that is not here fails a test: whoever makes one says whose it is.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, or_, select

from bot.store import tables as t

Hers = Callable[[int], ColumnElement[bool]]
GONE, EMPTIED, STAYS = "gone", "emptied", "stays"


class Holding(NamedTuple):
    """A table in which there are rows about a parent.

    `columns`: what is handed over of a row. On her page stand, under `section`, when it was (`at`) and its `words`.
    `inward`: what colleagues noted for each other, which may speak of others: the office reads it before it hands it
    over. `becomes`: gone, emptied (a row without anybody) or stays; then `why` says why.
    """

    table: Table
    hers: Hers
    columns: tuple[str, ...]
    section: str = ""
    at: str = ""
    words: tuple[str, ...] = ()
    becomes: str = GONE
    why: str = ""
    inward: bool = False
    notes: tuple[str, ...] = ()  # columns of that kind in a row that is otherwise hers


def _own(table: Table) -> Hers:
    return lambda contact_id: table.c.contact_id == contact_id


def _of_child(column: ColumnElement[int]) -> Hers:
    """About a child of which she may hear."""
    g = t.guardian.c
    return lambda contact_id: column.in_(
        select(g.child_id).where(g.contact_id == contact_id, g.barred_at.is_(None)).correlate(None)
    )


def _of_talk(contact_id: int) -> ColumnElement[bool]:
    a, g = t.appointment.c, t.guest.c
    along = select(g.appointment_id).where(g.contact_id == contact_id).correlate(None)
    return or_(a.contact_id == contact_id, a.id.in_(along))


def _of_agreement(contact_id: int) -> ColumnElement[bool]:
    to = t.agreement_to.c
    return t.agreement.c.id.in_(select(to.agreement_id).where(to.contact_id == contact_id).correlate(None))


def _via(column: ColumnElement[int], parent: Table) -> Hers:
    return lambda contact_id: column.in_(select(parent.c.id).where(parent.c.contact_id == contact_id).correlate(None))


_a, _o, _m = t.appointment.c, t.outbox.c, t.thread_message.c
_SCHOOLS = "the school's own administration knows who goes to school there"

HOLDINGS: tuple[Holding, ...] = (
    # --- who she is
    Holding(
        t.contact, lambda contact_id: t.contact.c.id == contact_id,
        ("language", "created_at", "budget", "rest_from", "rest_until", "paused_until"), "u", "created_at",
    ),
    Holding(
        t.address, _own(t.address), ("channel", "sealed", "position", "linked_at", "heard_at", "blocked_at"),
        "bereik", "linked_at", ("channel", "sealed"), EMPTIED,
    ),
    Holding(t.attempt, _via(t.attempt.c.address_id, t.address), ("at",)),
    Holding(t.guardian, _own(t.guardian), ("school", "name", "language", "phone"), "u", "", ("name", "phone")),
    Holding(
        t.child, _of_child(t.child.c.id), ("school", "name", "created_at", "left_at"), "kinderen", "", ("name",),
        STAYS, _SCHOOLS,
    ),
    Holding(
        t.membership, _of_child(t.membership.c.child_id), ("child_id", "group_id", "year"), "kinderen", "",
        ("year", "group_id", "child_id"), STAYS, _SCHOOLS,
    ),
    Holding(t.tagged, _of_child(t.tagged.c.child_id), ("child_id", "tag_id"), "", "", (), STAYS, _SCHOOLS),
    Holding(
        t.staff, _own(t.staff), ("school", "role", "name", "office", "left_at"), "", "", (), STAYS,
        "who works at school is not forgotten as a parent: her phone is unlinked first",
    ),
    Holding(t.code, _own(t.code), ("school", "purpose", "made_at", "expires_at", "used_at", "printed_at")),
    Holding(
        t.consent, _own(t.consent),
        ("school", "channel", "purpose", "words", "given_at", "withdrawn_at", "withdrawn_by"),
        "ja", "given_at", ("channel", "words"),
    ),
    # --- what was written
    Holding(t.inbox, _own(t.inbox), ("channel", "kind", "received_at", "payload"), "geschreven", "received_at",
            ("payload",), EMPTIED),
    Holding(t.media, _own(t.media), ("received_at", "channel", "kind", "name", "content_type", "size", "state"),
            "bestanden", "received_at", ("kind", "name")),
    Holding(
        t.outbox, _own(t.outbox), ("school", "cls", "status", "queued_at", "left_at", "settled_at", "body"),
        "gestuurd", "left_at", ("body",), EMPTIED,
    ),
    Holding(t.run, _own(t.run), ("school", "flow", "state", "result", "started_at", "changed_at", "memory"),
            "antwoorden", "started_at", ("memory",)),
    Holding(
        t.followup, _own(t.followup), ("school", "kind", "flow", "state", "due_at", "fields"), "komt", "due_at",
    ),
    Holding(t.thread, _own(t.thread), ("school", "child_id", "kind", "state", "opened_at", "changed_at", "staff_id")),
    Holding(
        t.thread_message, lambda contact_id: (_m.side != "given") & _via(_m.thread_id, t.thread)(contact_id),
        ("side", "body", "language", "at", "staff_id"), "gesprekken", "at", ("body",),
    ),
    Holding(
        t.alarm, _via(t.alarm.c.thread_id, t.thread), ("school", "state", "raised_at", "taken_at"),
    ),
    Holding(t.promise, _own(t.promise), ("school", "staff_id", "words", "due_on", "state", "made_at"), inward=True),
    Holding(t.doubt, _own(t.doubt), ("school", "at", "state")),
    Holding(
        t.broadcast_to, _own(t.broadcast_to), ("broadcast_id", "children", "why", "answer", "answered_at"),
    ),
    # --- talks at school
    Holding(
        t.appointment, _of_talk,
        ("school", "child_id", "staff_id", "starts_at", "minutes", "state", "mode", "place", "made_at"),
        "afspraken", "starts_at", ("staff_id", "place"),
    ),
    Holding(t.invitee, _own(t.invitee), ("school", "child_id", "state", "how", "wish", "interpreter", "changed_at")),
    Holding(t.busy, lambda contact_id: (t.busy.c.kind == "contact") & (t.busy.c.who == contact_id), ("at",)),
    Holding(t.guest, _own(t.guest), ("role", "state", "changed_at")),
    Holding(t.talk_request, _own(t.talk_request), ("school", "child_id", "who", "state", "made_at")),
    Holding(t.prepared, _own(t.prepared), ("question", "who", "body", "language", "at"), "afspraken", "at", ("body",)),
    Holding(t.agreement, _of_agreement, ("school", "school_does", "home_does", "look_on", "made_at"), "afspraken",
            "made_at", ("school_does", "home_does"), STAYS, "it is another household's too; else it goes as well"),
    Holding(t.agreement_to, _own(t.agreement_to), ("state", "changed_at")),
    Holding(
        t.absence, _own(t.absence), ("school", "child_id", "day", "kind", "time", "words", "at"), "afwezig", "at",
        ("day", "words"), STAYS, "who was at school on which day is the school's administration; her name goes",
    ),
    # --- a year together
    Holding(t.known, _own(t.known), ("school", "child_id", "topic", "option", "words", "said_at"), "verteld",
            "said_at", ("option", "words")),
    Holding(
        t.visitor, _own(t.visitor),
        ("gathering_id", "name", "state", "people", "children", "interpreter", "changed_at", "useful"),
        "avonden", "changed_at", ("gathering_id",),
    ),
    Holding(t.referral, _own(t.referral), ("school", "offer", "state", "asked_at", "passed_at", "answer"),
            "aanbod", "asked_at", ("offer",), notes=("note",)),
    Holding(t.voter, _own(t.voter), ("ballot_id", "state"), "stemmen", "", ("ballot_id",)),
    Holding(t.candidate, _own(t.candidate), ("ballot_id", "name", "words", "state", "changed_at"), "stemmen",
            "changed_at", ("ballot_id", "words")),
    # --- looking after it
    Holding(t.handout, _own(t.handout), ("made_at", "expires_at")),
    Holding(
        t.erasure, _own(t.erasure), ("asked", "state", "asked_at"), "", "", (), STAYS,
        "a number without a name: so that a backup that is put back does not bring her back",
    ),
    Holding(
        t.audit, lambda contact_id: (t.audit.c.kind == "contact") & (t.audit.c.target == contact_id),
        ("school", "what", "at"), "", "", (), STAYS, "who did what at school: numbers, for two years",
    ),
)  # fmt: skip

# Tables in which no row is about a parent, and why.
OTHERS: Mapping[Table, str] = {
    t.group: "the school's groups", t.group_staff: "who teaches a group", t.limiter: "goes with her address",
    t.content: "what providers know of our forms", t.chore: "the house's own work", t.setting: "the house's own notes",
    t.flow_version: "the texts of flows", t.daily: "the house's own work", t.free_day: "the school's calendar",
    t.fact: "what a school says of itself", t.login: "a colleague's", t.staff_school: "a colleague's",
    t.invitation: "a colleague's", t.slip: "a colleague's", t.sign_in: "a colleague's", t.login_try: "a colleague's",
    t.draft: "half written by a colleague; those about her go with the talk", t.done: "forms that were sent",
    t.broadcast: "what all were told", t.attachment: "what all were told", t.tag: "the school's names for groups",
    t.translation: "found by its words only; those of her words go with them",
    t.phrase: "a sentence without names, whoever said it", t.talk_round: "the school's", t.round_group: "the school's",
    t.talk_hours: "a colleague's", t.interpreter: "an interpreter's", t.interpreter_hours: "an interpreter's",
    t.feed: "a colleague's", t.gathering: "the school's", t.gathering_group: "the school's", t.poster: "the school's",
    t.offer_seen: "the school's", t.ballot: "the school's", t.tally: "what was voted, without who",
    t.remark: "what was written beside a vote, without who", t.leftover: "of an erasure, until it is settled",
}  # fmt: skip


def of(table: Table) -> Holding | None:
    """What this table holds of a parent; None where that is nothing."""
    return next((each for each in HOLDINGS if each.table is table), None)
