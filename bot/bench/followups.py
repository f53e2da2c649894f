"""A million follow-ups that wait: what a tick costs, and how quickly what is due becomes events of the inbox."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from statistics import median, quantiles
from time import perf_counter
from typing import NamedTuple

from sqlalchemy import BigInteger, String, cast, func, literal, select, true, type_coerce, update

from bot.bench import parents, planning, server
from bot.bench.figures import Figure, Progress, Skipped
from bot.bench.rows import contacts, fill, numbers
from bot.bench.server import Server
from bot.bench.start import resident
from bot.bench.talk import BEGIN, FLOW
from bot.conversation.events import Weekly
from bot.desk.books import Books
from bot.errors import BotError
from bot.model import PURPOSES
from bot.people import consent
from bot.scheduler import followups, plans
from bot.store.database import Database, Tx
from bot.store.tables import consent as consents
from bot.store.tables import contact, followup, inbox

EACH = 50  # follow-ups of one person
TICK, ONCE, SLICE = 10, 1, 50  # the bounds: ms of a tick, s until the due ones are notes, ms of the longest slice
MEGABYTES = 20  # that the process may grow by while the peak drains
_TICKS = 50
_DATABASES = ("followups", "planning")
_PEOPLE = 400  # whose follow-ups are laid in one write
_STEP = 20_000  # milliseconds between two of them: a million take most of a school year


class Size(NamedTuple):
    """How much is measured; in the suite, little."""

    people: int = 20_000
    due: int = 1_000
    peak: int = 20_000
    parents: int = planning.PARENTS

    @property
    def waiting(self) -> int:
        return self.people * EACH


WHOLE = Size()


def measure(_: float, progress: Progress, size: Size = WHOLE, on: Server = server.alone) -> list[Figure | Skipped]:
    """On both databases, one after the other."""
    found: list[Figure | Skipped] = []
    with parents.folder() as home, ExitStack() as stack:
        books = parents.books(parents.settings(home))
        urls = [f"sqlite:///{home / name}.db" for name in _DATABASES]
        found += _on(urls, "SQLite", books, size, lambda done: progress(done / 2))
        try:
            urls = stack.enter_context(on(home, _DATABASES))
        except ModuleNotFoundError as missing:
            progress(1.0)
            return [*found, Skipped("follow-ups, PostgreSQL", f"{missing.name} is not installed")]
        found += _on(urls, "PostgreSQL", books, size, lambda done: progress(0.5 + done / 2))
    progress(1.0)
    return found


def _on(urls: Sequence[str], name: str, books: Books, size: Size, progress: Progress) -> Iterator[Figure]:
    with parents.open_database(urls[0]) as database:
        yield from _measure(database, name, books, size, progress)
    with parents.open_database(urls[1]) as database:
        yield from planning.measure(database, name, books.config.home, size.parents)


def _measure(database: Database, name: str, books: Books, size: Size, progress: Progress) -> Iterator[Figure]:
    for done in _lay(database, books, size.people):
        progress(done)
    noon = BEGIN + timedelta(hours=1)
    _drain(database, books, noon)  # statements are prepared
    yield Figure(f"a tick while {size.waiting:,} wait, {name}", 1000 * _tick(database, books, noon), "ms", TICK)
    noon += timedelta(hours=1)
    _make_due(database, 1, size.due, noon)
    yield Figure(f"{size.due:,} due ones are notes, {name}", sum(_drain(database, books, noon, size.due)), "s", ONCE)
    noon += timedelta(hours=1)
    _make_due(database, 2, size.peak, noon)
    before = resident()
    slices = _drain(database, books, noon, size.peak)
    at_once = f"{size.peak:,} due at one moment, {name}"
    slowest = quantiles(slices, n=100, method="inclusive")[98]
    yield Figure(f"{at_once}: slowest of a hundred slices", 1000 * slowest, "ms", SLICE)
    yield Figure("the longest slice", 1000 * max(slices), "ms")
    yield Figure("all of them", sum(slices), "s")
    if before:
        grown = max(resident() - before, 0.1)
        yield Figure(f"memory grew meanwhile, {name}", grown, "MB", MEGABYTES)


def _tick(database: Database, books: Books, now: datetime) -> float:
    """Seconds of a tick that finds nothing due."""
    spent = []
    for _ in range(_TICKS):
        began = perf_counter()
        with database.begin() as tx:
            found = followups.collect(tx, books.almanac, now)
            followups.next_due(tx)
        spent.append(perf_counter() - began)
        assert not found
    return median(spent)


def _drain(database: Database, books: Books, now: datetime, many: int = 0) -> list[float]:
    """What is due becomes so many notes, in slices as at a tick; the seconds that each held the writer."""
    before = _notes(database)
    slices, busy = [], 1
    while busy:
        began = perf_counter()
        with database.begin() as tx:
            busy = followups.collect(tx, books.almanac, now)
        slices.append(perf_counter() - began)
    if _notes(database) != before + many:
        raise BotError("not everything that was due became a note")
    return slices


def _notes(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(select(func.count()).select_from(inbox)).scalar_one())


# --- the rows
def _lay(database: Database, books: Books, people: int) -> Iterator[float]:
    """So many people with their follow-ups: copies of a real one, made by the database itself. Yields how far it is."""
    with database.begin() as tx:
        ids = contacts(tx, people)
        consent.give(tx, ids[0], parents.SCHOOL, parents.CHANNELS[0], PURPOSES, "ja", None, BEGIN)
        plans.save(tx, [_plan(tx, books, ids[0])])
        _give_all(tx, ids[0])
        model = tx.execute(select(followup.c.id)).scalar_one()
    for start in range(0, people, _PEOPLE):
        with database.begin() as tx:
            _copy(tx, model, ids[start], ids[min(start + _PEOPLE, people) - 1])
        yield min(1.0, (start + _PEOPLE) / people)
    with database.begin() as tx:
        tx.connection.exec_driver_sql("ANALYZE")


def _plan(tx: Tx, books: Books, contact_id: int) -> plans.PlanRow:
    """Reading aloud on Tuesdays, as a parent plans it."""
    flow = books.library.newest(FLOW, "nl")
    remind = next(step.remind for step in flow.steps.values() if step.remind)
    weekly = Weekly(remind, "di", "19:30", {})
    school = parents.SCHOOL
    days, zone = books.almanac.of(tx, school), books.almanac.zone(school)
    plan = plans.plan_row(contact_id, school, flow, weekly, zone, days, BEGIN)
    return plan._replace(rule={**plan.rule, "last": (BEGIN - timedelta(days=7)).isoformat()})


def _give_all(tx: Tx, model: int) -> None:
    """Everyone has said yes, as this one did."""
    same = [each for each in consents.c if each.name not in ("id", "contact_id")]
    others = consents.join(contact, (consents.c.contact_id == model) & (contact.c.id != model))
    fill(tx, consents, select(contact.c.id.label("contact_id"), *same).select_from(others))


def _copy(tx: Tx, model: int, first: int, last: int) -> None:
    """Each person from `first` to `last` gets all of hers, with moments through the year."""
    each = numbers(EACH)
    moment = type_coerce(followup.c.due_at, BigInteger) + (contact.c.id * EACH + each.c.n) * _STEP
    scope = literal("plan:") + cast(each.c.n, String)
    same = [column for column in followup.c if column.name not in ("id", "contact_id", "scope", "due_at")]
    rows = select(contact.c.id.label("contact_id"), scope.label("scope"), moment.label("due_at"), *same)
    source = contact.join(each, true()).join(followup, followup.c.id == model)
    fill(tx, followup, rows.select_from(source).where(contact.c.id.between(first, last)))


def _make_due(database: Database, which: int, many: int, moment: datetime) -> None:
    """One of each of so many people is due at this moment."""
    f = followup.c
    hers = select(f.id).where(f.scope == f"plan:{which}").order_by(f.id).limit(many)
    with database.begin() as tx:
        tx.execute(update(followup).where(f.id.in_(hers)).values(due_at=moment))
