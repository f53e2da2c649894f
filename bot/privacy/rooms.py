"""The rooms that somebody is erased from, in order: each takes a slice of what is hers there and says how much it took.

A row that a provider may still speak of stays for a month without anybody (its message may be delivered late, its
webhook brought again, its number would be given anew); nobody can tell whose it was.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Table, delete, exists, func, insert, or_, select, true, update

from bot.people import called_off
from bot.privacy import ties
from bot.privacy.holdings import EMPTIED, GONE, HOLDINGS
from bot.privacy.rules import NO_PARTS, NO_WORDS
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation import orders
from bot.translation.orders import Wanted
from bot.translation.texts import SOURCE

FRESH = timedelta(days=30)  # so long a provider may bring something again
SLICE = 200
_TALKED = 25  # lines of a talk at once: for each, translations are looked for
_FILES = 2  # up to 5 MB each
_LOOSE = (
    t.handout, t.known, t.visitor, t.referral, t.voter, t.candidate, t.doubt, t.broadcast_to, t.followup, t.run,
    t.promise, t.code, t.consent, t.guardian,
)  # fmt: skip
_OF_TALKS = t.prepared, t.agreement_to, t.guest, t.invitee, t.talk_request


class Whose(NamedTuple):
    """Who is being erased, and by which erasure."""

    erasure_id: int
    contact_id: int
    asked_at: datetime
    now: datetime


class Room(NamedTuple):
    """`work` takes a slice and says how many rows; nothing: this room is empty."""

    name: str
    work: Callable[[Tx, Whose], int]


# --- words
def _files(tx: Tx, whose: Whose) -> int:
    return _drop(tx, t.media, t.media.c.contact_id == whose.contact_id, _FILES)


def _messages(tx: Tx, whose: Whose) -> int:
    """What was sent to her; where a provider holds it, that is remembered until it is gone there."""
    o, a = t.outbox.c, t.address.c
    columns = select(o.id, o.provider_id, o.pieces, o.queued_at, a.channel, a.sealed)
    found = columns.outerjoin(t.address, a.id == o.address_id).where(o.contact_id == whose.contact_id)
    rows = tx.execute(found.order_by(o.id).limit(SLICE)).all()
    left = [each for row in rows if row.provider_id and row.channel for each in _sent(tx, row)]
    _remember(tx, whose, left)
    blank = {
        "contact_id": ties.empty_contact(tx), "parts": tx.seal("outbox.parts", NO_PARTS), "provider_id": None,
        "thread_id": None, "run_id": None, "merged_into": None, "broadcast_id": None,
    }  # fmt: skip
    blank |= dict.fromkeys(("body", "shown", "scope", "tried", "step", "until_at", "token", "lease_until"))
    new = [row.id for row in rows if row.queued_at > whose.now - FRESH]
    waits = o.id.in_(new), o.status == "queued"
    ended = {"status": "cancelled", "reason": "forgotten", "settled_at": whose.now, "lane": "", "lane_at": None}
    tx.execute(update(t.outbox).where(*waits).values(ended))
    tx.execute(update(t.outbox).where(o.id.in_(new)).values(blank))
    tx.execute(delete(t.outbox).where(o.id.in_([row.id for row in rows if row.id not in new])))
    return len(rows)


def _sent(tx: Tx, row: Any) -> Iterator[tuple[str, str]]:
    """What the provider has of a message, as its driver finds it. Of several pieces only the last has a number."""
    to = tx.open("address.sealed", row.sealed)
    yield row.channel, f"{to}:{row.provider_id}" if row.channel == "telegram" else row.provider_id
    for _ in range(row.pieces - 1):
        yield row.channel, ""


def _letters(tx: Tx, whose: Whose) -> int:
    """What she wrote, and what the house noted about her."""
    i = t.inbox.c
    columns = select(i.id, i.channel, i.provider_id, i.received_at, i.kind)
    rows = tx.execute(columns.where(i.contact_id == whose.contact_id).order_by(i.id).limit(SLICE)).all()
    # A number of Telegram's webhook names no message: it cannot be taken back there.
    hers = [row for row in rows if row.channel != "bot" and row.kind == "message"]
    _remember(tx, whose, [(row.channel, "" if row.channel == "telegram" else row.provider_id) for row in hers])
    new = [row.id for row in hers if row.received_at > whose.now - FRESH]
    old = [row.id for row in rows if row.id not in new]
    ties.without_letter(tx, [row.id for row in rows])
    blank = {
        "contact_id": ties.empty_contact(tx), "payload": tx.seal("inbox.payload", NO_WORDS), "state": "done",
        "handled_at": whose.now, "error": None,
    }  # fmt: skip
    tx.execute(update(t.inbox).where(i.id.in_(new)).values(blank))
    tx.execute(delete(t.inbox).where(i.id.in_(old)))
    return len(rows)


def _remember(tx: Tx, whose: Whose, held: Sequence[tuple[str, str]]) -> None:
    """What providers hold; without a number it cannot be asked for, and stays there as long as they keep it."""
    rows = [
        {
            "erasure_id": whose.erasure_id, "channel": channel, "tries": 0,
            "provider_id": tx.seal("leftover.provider_id", number), "state": "there" if number else "kept",
            "try_at": whose.now if number else None, "reason": None if number else "no_way",
        }
        for channel, number in held
    ]  # fmt: skip
    if rows:
        tx.execute(insert(t.leftover), rows)


def _talks(tx: Tx, whose: Whose) -> int:
    """Talks with the school, line by line, with what was made of them in another language and half written answers."""
    th, m, dr = t.thread.c, t.thread_message.c, t.draft.c
    hers = select(th.id).where(th.contact_id == whose.contact_id)
    columns = select(m.id, m.body, m.language, th.school).join(t.thread, th.id == m.thread_id)
    rows = tx.execute(columns.where(th.contact_id == whose.contact_id).order_by(m.id).limit(_TALKED)).all()
    _untranslated(tx, whose, [
        (row.school, tx.open("thread_message.language", row.language), tx.open("thread_message.body", row.body))
        for row in rows
    ])  # fmt: skip
    tx.execute(delete(t.thread_message).where(m.id.in_([row.id for row in rows])))
    if rows:
        return len(rows)
    ids = list(tx.execute(hers.order_by(th.id).limit(SLICE)).scalars())
    tx.execute(delete(t.draft).where(dr.place.in_([f"thread:{number}" for number in ids])))
    al = t.alarm.c
    calls = tx.execute(select(al.id, al.position).where(al.thread_id.in_(ids))).all()
    ties.without_calls(tx, calls)
    tx.execute(delete(t.thread).where(th.id.in_(ids)))
    return len(ids)


def _untranslated(tx: Tx, whose: Whose, said: Sequence[tuple[str, str, str]]) -> None:
    """What machines and people made of these words: (school, language, text)."""
    sealed = tx.execute(select(t.contact.c.language).where(t.contact.c.id == whose.contact_id)).scalar()
    hers = tx.open("contact.language", sealed) if sealed else SOURCE
    wanted = [
        Wanted(school, language, to, text) for school, language, text in said for to in {SOURCE, hers} - {language}
    ]
    orders.drop(tx, wanted, whose.contact_id)


def _other_words(tx: Tx, whose: Whose) -> int:
    """What she wrote beside a talk, and on a list for the council: what was made of it in another language goes; the
    rows themselves go after it."""
    p, c, k = t.prepared.c, t.candidate.c, t.known.c
    said = []
    for row in tx.execute(
        select(p.body, p.language, t.appointment.c.school).join(t.appointment).where(p.contact_id == whose.contact_id)
    ):
        said.append((row.school, tx.open("prepared.language", row.language), tx.open("prepared.body", row.body)))
    for row in tx.execute(
        select(c.words, c.language, t.ballot.c.school).join(t.ballot).where(c.contact_id == whose.contact_id)
    ):
        said.append((row.school, tx.open("candidate.language", row.language), tx.open("candidate.words", row.words)))
    for row in tx.execute(select(k.words, k.language, k.school).where(k.contact_id == whose.contact_id)):
        if row.words and row.language:
            said.append((row.school, tx.open("known.language", row.language), tx.open("known.words", row.words)))
    _untranslated(tx, whose, said)
    return 0


# --- at school
def _appointments(tx: Tx, whose: Whose) -> int:
    """Her talks at school: what is to come is off and its time is free, or the other parent's who comes along. Where
    another household has something in a talk that was, it stays without her."""
    a, to = t.appointment.c, t.agreement_to.c
    hers = a.contact_id == whose.contact_id
    live = select(a.school).where(hers, a.state.in_(("offered", "planned"))).distinct()
    for school in tx.execute(live).scalars().all():
        called_off.off(tx, whose.contact_id, school, true(), whose.now)
    done = sum(_drop(tx, table, table.c.contact_id == whose.contact_id) for table in _OF_TALKS)
    tx.execute(delete(t.busy).where(t.busy.c.kind == "contact", t.busy.c.who == whose.contact_id))
    along = [exists().where(table.c.appointment_id == a.id) for table in (t.guest, t.prepared)]
    theirs = or_(*along, exists().where(t.agreement.c.appointment_id == a.id, to.agreement_id == t.agreement.c.id))
    shared = list(tx.execute(select(a.id).where(hers, theirs).order_by(a.id).limit(SLICE)).scalars())
    empty = {"contact_id": ties.empty_contact(tx), "once": None, "link": None}
    tx.execute(update(t.appointment).where(a.id.in_(shared)).values(empty))
    return done + len(shared) + _drop(tx, t.appointment, hers)


def _absences(tx: Tx, whose: Whose) -> int:
    """That a child was ill stays; that she said so, and in which words, does not."""
    ab = t.absence.c
    blank = {"contact_id": None, "words": None, "inbox_id": None}
    return tx.execute(update(t.absence).where(ab.contact_id == whose.contact_id).values(blank)).rowcount


def _loose(tx: Tx, whose: Whose) -> int:
    """All the rest, a table after the other."""
    for table in _LOOSE:
        if many := _drop(tx, table, table.c.contact_id == whose.contact_id):
            return many
    return 0


def _person(tx: Tx, whose: Whose) -> int:
    """Her addresses, by which nobody can find her any more, and what a page remembers to undo something of hers."""
    dr = t.draft.c
    tx.execute(delete(t.draft).where(dr.place.endswith(f":{whose.contact_id}"), ~dr.place.startswith("thread:")))
    many = tx.execute(select(func.count()).where(t.address.c.contact_id == whose.contact_id)).scalar_one()
    ties.without_contact(tx, [whose.contact_id])
    return int(many)


def _drop(tx: Tx, table: Table, which: Any, most: int = SLICE) -> int:
    ids = list(tx.execute(select(table.c.id).where(which).order_by(table.c.id).limit(most)).scalars())
    if ids:
        tx.execute(delete(table).where(table.c.id.in_(ids)))
    return len(ids)


ROOMS: tuple[Room, ...] = (
    Room("files", _files), Room("messages", _messages), Room("letters", _letters), Room("talks", _talks),
    Room("words", _other_words), Room("appointments", _appointments), Room("absences", _absences),
    Room("rest", _loose), Room("person", _person),
)  # fmt: skip


# --- afterwards
def is_anything_left(tx: Tx, contact_id: int) -> bool:
    """Whether something came in while it went on: a letter, a message that was just queued."""
    for each in HOLDINGS:
        goes = each.becomes in (GONE, EMPTIED) and each.table is not t.contact
        if goes and tx.execute(select(each.table.c.id).where(each.hers(contact_id)).limit(1)).first():
            return True
    return False


def nobody_there(tx: Tx, contact_id: int) -> None:
    """The last of her. The newest number may be given anew, and then be taken for hers: it stays with nothing in it,
    until there is a newer one."""
    c = t.contact.c
    newer = tx.execute(select(c.id).where(c.id > contact_id).limit(1)).first()
    blank = dict.fromkeys(("budget", "rest_from", "rest_until", "paused_until"))
    sealed = {"language": tx.seal("contact.language", SOURCE)}
    tx.execute(update(t.contact).where(c.id == contact_id).values(blank | sealed))
    if newer:
        tx.execute(delete(t.contact).where(c.id == contact_id))


def partners(tx: Tx, contact_id: int) -> int:
    """How many partners were given her name, because she said yes to an offer."""
    r = t.referral.c
    given = r.contact_id == contact_id, r.passed_at.is_not(None)
    return int(tx.execute(select(func.count()).where(*given)).scalar_one())


def school_of(tx: Tx, contact_id: int) -> str | None:
    """One of her schools: who is told where it goes wrong."""
    g = t.guardian.c
    found: str | None = tx.execute(select(g.school).where(g.contact_id == contact_id).order_by(g.id)).scalar()
    return found
