"""A network's school year in a database: 60 schools, 300 families each, and 1.8 million messages."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Table, cast, insert, literal, select, type_coerce

from bot.bench.rows import fill, numbers
from bot.model import PURPOSES
from bot.people import staff
from bot.store import tables as t
from bot.store.columns import Moment
from bot.store.database import Database, Tx
from bot.store.restore import start_after

YEAR = "2026-2027"
GROUPS = 12  # of a school
LANGUAGES = ("nl", "nl", "ar", "tr", "pl", "uk", "en", "nl")
CHANNELS = ("whatsapp", "sms", "telegram")
_TOGETHER = 5_000
_DAY = 24 * 3600 * 1000
_MADE = (t.contact, t.child, t.group, t.membership, t.guardian, t.address, t.consent, t.inbox, t.thread,
         t.thread_message, t.absence, t.audit, t.outbox)  # fmt: skip


class Size(NamedTuple):
    """How much a network holds; in the suite, little."""

    schools: int = 60
    families: int = 300  # of a school
    messages: int = 100  # of a family in a year
    talks: int = 400  # of a school in a year; one in twenty waits

    @property
    def parents(self) -> int:
        return self.schools * self.families


def lay(database: Database, size: Size, now: datetime) -> Iterator[float]:
    """Lay all of it down; how far it is, 0 to 1."""
    with database.begin() as tx:
        _people(tx, size, now)
        for school in range(size.schools):
            key = f"s{school}"
            staff.add(tx, key, "juf", "juf Janneke", "leerkracht", [f"groep {n}" for n in (4, 5)], YEAR)
            staff.add(tx, key, "wil", "Wil", "administratie", [], YEAR)
            staff.add(tx, key, "fenna", "Fenna", "kansencoach", [], YEAR)
        staff.add(tx, "s0", "nel", "Nel", "netwerk", [], YEAR)
    yield 0.1
    with database.begin() as tx:
        _talks(tx, size, now)
        model = _model(tx, now)
    at_once = max(1, 200_000 // size.messages)
    for start in range(1, size.parents + 1, at_once):
        with database.begin() as tx:
            _messages(tx, model, start, min(start + at_once, size.parents + 1), size.messages)
        yield 0.1 + 0.8 * min(1.0, (start + at_once) / size.parents)
    with database.begin() as tx:
        if tx.postgres:
            for table in _MADE:
                start_after(tx.connection, table)
        tx.connection.exec_driver_sql("ANALYZE")


def _put(tx: Tx, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    while some := list(islice(rows, _TOGETHER)):
        tx.execute(insert(table), some)


def _people(tx: Tx, size: Size, now: datetime) -> None:
    """A family is a child with one guardian, who is enrolled; contact, child, guardian and address share a number."""
    every = range(1, size.parents + 1)
    school = [f"s{(n - 1) // size.families}" for n in every]
    language = {each: tx.seal("contact.language", each) for each in set(LANGUAGES)}
    _put(tx, t.contact, ({"id": n, "language": language[LANGUAGES[n % 8]], "created_at": now} for n in every))
    groups = (
        {"id": s * GROUPS + g + 1, "school": f"s{s}", "year": YEAR, "name": f"groep {g + 1}"}
        for s in range(size.schools) for g in range(GROUPS)
    )  # fmt: skip
    _put(tx, t.group, groups)
    names = (tx.seal("child.name", f"Kind{n} van der Brug{n % 97}") for n in every)
    _put(tx, t.child, ({"id": n, "school": school[n - 1], "name": name, "created_at": now}
                       for n, name in zip(every, names, strict=True)))  # fmt: skip
    member = ({"id": n, "child_id": n, "group_id": (n - 1) // size.families * GROUPS + n % GROUPS + 1, "year": YEAR}
              for n in every)  # fmt: skip
    _put(tx, t.membership, member)
    _guardians(tx, size, school, now)


def _guardians(tx: Tx, size: Size, school: list[str], now: datetime) -> None:
    """Each with a phone, and a yes to everything."""
    every = range(1, size.parents + 1)
    spoken = {each: tx.seal("guardian.language", each) for each in set(LANGUAGES)}
    guardians = (
        {
            "id": n, "contact_id": n, "child_id": n, "school": school[n - 1], "language": spoken[LANGUAGES[n % 8]],
            "name": tx.seal("guardian.name", f"Ouder{n} van der Brug{n % 97}"),
            "phone": tx.seal("guardian.phone", f"+31612{n:06}"),
        }
        for n in every
    )  # fmt: skip
    _put(tx, t.guardian, guardians)
    addresses = (
        {
            "id": n, "contact_id": n, "channel": CHANNELS[n % 3], "find": f"{n:032}", "linked_at": now, "position": 0,
            "sealed": tx.seal("address.sealed", f"+31612{n:06}"), "heard_at": now - timedelta(days=n % 40),
        }
        for n in every
    )  # fmt: skip
    _put(tx, t.address, addresses)
    words = tx.seal("consent.words", "ja")
    consents = (
        {"contact_id": n, "school": school[n - 1], "channel": CHANNELS[n % 3], "purpose": each, "words": words,
         "given_at": now}
        for n in every for each in PURPOSES
    )  # fmt: skip
    _put(tx, t.consent, consents)


def _talks(tx: Tx, size: Size, now: datetime) -> None:
    """A year of talks with their words, what was done about them, and who was ill."""
    of_school = [(s, n) for s in range(size.schools) for n in range(size.talks)]
    body, language = tx.seal("thread_message.body", "Wanneer is de gymles?"), tx.seal("thread_message.language", "ar")

    def thread(number: int, school: int, n: int) -> dict[str, Any]:
        parent = school * size.families + n % size.families + 1
        at = now - timedelta(hours=n * 20)
        return {
            "id": number,
            "contact_id": parent,
            "child_id": parent,
            "school": f"s{school}",
            "kind": "vraag",
            "state": "open" if n % 20 == 0 else "answered" if n % 3 else "closed",
            "opened_at": at,
            "changed_at": at,
        }

    _put(tx, t.thread, (thread(number, *each) for number, each in enumerate(of_school, 1)))
    said = (
        {"thread_id": number, "side": ("parent", "school")[place % 2], "body": body, "language": language,
         "at": now - timedelta(hours=20 * n)}
        for number, (_, n) in enumerate(of_school, 1) for place in range(1 if n % 20 == 0 else 4)
    )  # fmt: skip
    _put(tx, t.thread_message, said)
    done = (
        {"school": f"s{s}", "staff_id": None, "what": "antwoord", "kind": "thread", "target": 1, "at": now}
        for s, n in of_school for _ in range(5)
    )  # fmt: skip
    _put(tx, t.audit, done)
    ill = (
        {"school": f"s{s}", "child_id": s * size.families + n % size.families + 1, "kind": "ziek", "channel": "sms",
         "day": f"{now - timedelta(days=n // 20):%Y-%m-%d}", "at": now}
        for s, n in of_school if n < size.families * 20
    )  # fmt: skip
    _put(tx, t.absence, ill)


def _model(tx: Tx, now: datetime) -> int:
    """One delivered message, of which all others are copies."""
    body, parts = tx.seal("outbox.body", "Morgen gym."), tx.seal("outbox.parts", '[[["draad.antwoord", {}]], []]')
    row = {
        "contact_id": 1, "address_id": 1, "school": "s0", "cls": "broadcast", "purpose": "school",
        "status": "delivered",
        "parts": parts, "body": body,
        "queued_at": now, "due_at": now, "expires_at": now, "left_at": now, "settled_at": now,
    }  # fmt: skip
    return int(tx.execute(insert(t.outbox).returning(t.outbox.c.id), row).scalar_one())


def _messages(tx: Tx, model: int, first: int, until: int, each: int) -> None:
    """So many messages for each parent from `first` on, two a week back through the year."""
    o, g, n = t.outbox.c, t.guardian.c, numbers(each)
    back = type_coerce(
        type_coerce(o.left_at, BigInteger) - (cast(n.c.n, BigInteger) + 1) * literal(_DAY * 2, BigInteger), Moment
    )
    same = [
        column
        for column in o
        if column.name not in ("id", "contact_id", "address_id", "school", "left_at", "queued_at")
    ]
    rows = select(
        g.contact_id, g.contact_id.label("address_id"), g.school, back.label("left_at"), back.label("queued_at"), *same
    )
    every = t.guardian.join(n, literal(value=True)).join(t.outbox, o.id == model)
    fill(tx, t.outbox, rows.select_from(every).where(g.id >= first, g.id < until))
