"""A night in January: the school year is laid out for the families of 60 schools, one after the other."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import String, cast, func, literal, select

from bot.bench import parents
from bot.bench.figures import Figure
from bot.bench.rows import contacts, fill
from bot.config import School
from bot.desk.books import Books
from bot.errors import BotError
from bot.model import PURPOSES
from bot.scheduler import daily, journeys
from bot.store import tables as t
from bot.store.columns import Moment
from bot.store.database import Database, Tx

PARENTS, SCHOOLS = 18_000, 60
SECONDS = 10
NIGHT = datetime(2027, 1, 25, 4, 0, tzinfo=UTC)  # a week before the reports
_ENROLLED = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
_YEAR = "2026-2027"


def measure(database: Database, name: str, home: Path, many: int) -> Iterator[Figure]:
    books = _books(home)
    flows = {flow.name: flow for flow in books.library.flows if not flow.language}
    with database.begin() as tx:
        _lay(tx, many)
    look = partial(journeys.gather, almanac=books.almanac, flows=flows, journeys=books.journeys, now=NIGHT)
    spent, held = [], []
    with database.read() as tx:
        due = daily.due(tx, journeys.jobs(books.config), NIGHT)
    for job, day in due.items():
        began = perf_counter()
        with database.read() as tx:
            found = look(tx, job=job)
        looked = perf_counter()
        with database.begin() as tx:
            journeys.lay(tx, job, day, found, NIGHT)
        spent.append(perf_counter() - began)
        held.append(perf_counter() - looked)
    with database.read() as tx:
        if tx.execute(select(func.count()).where(t.followup.c.kind == "journey")).scalar_one() < many:
            raise BotError("not every family has its place in the school year")
    yield Figure(f"the year laid out for {many:,} parents, {name}", sum(spent), "s", SECONDS)
    yield Figure(f"the writer held for a school, {name}", 1000 * median(held), "ms")


def _books(home: Path) -> Books:
    """The real journeys, chosen by every school."""
    books = parents.books(parents.settings(home))
    names = tuple(each.name for each in books.journeys)
    schools: Mapping[str, School] = {
        f"school-{n}": School(f"school-{n}", "De Brug", journeys=names) for n in range(SCHOOLS)
    }
    return parents.books(replace(books.config, schools=schools))


def _lay(tx: Tx, many: int) -> None:
    """So many parents who have said yes, each with a child in a group of a school."""
    contacts(tx, many)
    school = literal("school-") + cast(t.contact.c.id % SCHOOLS, String)
    find, name = cast(t.contact.c.id, String), literal(tx.seal("child.name", "Noor"), t.child.c.name.type)
    enrolled = literal(_ENROLLED, Moment)
    fill(
        tx,
        t.child,
        select(school.label("school"), find.label("find"), name.label("name"), enrolled.label("created_at")),
    )
    groups = select(t.child.c.school.label("school"), literal(_YEAR).label("year"), literal("groep 4").label("name"))
    fill(tx, t.group, groups.distinct())
    in_school = t.child.join(t.group, t.group.c.school == t.child.c.school)
    members = select(t.child.c.id.label("child_id"), t.group.c.id.label("group_id"), literal(_YEAR).label("year"))
    fill(tx, t.membership, members.select_from(in_school))
    own = t.contact.join(t.child, (t.child.c.school == school) & (t.child.c.find == find))
    sealed = {
        each: literal(tx.seal(f"guardian.{each}", text), t.guardian.c[each].type).label(each)
        for each, text in (("name", "Sanne"), ("language", "nl"))
    }
    hers = t.contact.c.id.label("contact_id"), t.child.c.id.label("child_id"), t.child.c.school.label("school")
    fill(tx, t.guardian, select(*hers, *sealed.values()).select_from(own))
    for purpose in PURPOSES:
        yes = {"channel": "sms", "purpose": purpose}
        words = literal(tx.seal("consent.words", "ja"), t.consent.c.words.type).label("words")
        said = select(
            t.guardian.c.contact_id.label("contact_id"), t.guardian.c.school.label("school"), words,
            enrolled.label("given_at"), *(literal(value).label(column) for column, value in yes.items()),
        )  # fmt: skip
        fill(tx, t.consent, said)
    tx.connection.exec_driver_sql("ANALYZE")
