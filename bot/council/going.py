"""A ballot's life: parents may put themselves forward, it opens, everybody is asked once, it closes, all hear of it."""

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import structlog
from sqlalchemy import Select, func, or_, select, update

from bot import hours
from bot.config import Config
from bot.council import ballots, candidates, voting
from bot.council.ballots import ELECTION, Ballot
from bot.errors import place
from bot.inbox.put import Note, put
from bot.model import Value
from bot.people import staff
from bot.people.contacts import slices
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.upsert import insert_new

log = structlog.get_logger()
STANDS, TOLD = "kandidaat", "uitslag"  # the flows, beside the one with the name of its kind
FLOWS = (ballots.DECISION, ELECTION)  # in which is voted
SECRET = ("keuze", "gekozen", "woorden", "bij")  # answers of such a flow that nobody may keep
BALLOT = "stemming"  # the answer of a run that is the number of its ballot
SLICE = 200  # people in one write: nobody waits long for the writer
_ENDED = 50  # of whom a conversation is written anew
_v, _b = t.voter.c, t.ballot.c
_GOING = select(*_b["school", "state", "stands_at", "opens_at", "closes_at"]).where(ballots.GOING)
_TO_TELL = select(_b.school, _b.told_at).where(_b.state == ballots.TOLD, _b.settled_at.is_(None))


class Books(Protocol):
    """What is needed here of what lies on the desk."""

    @property
    def config(self) -> Config: ...


def next_due(tx: Tx, config: Config) -> datetime | None:
    """When the next ballot begins, opens or closes; what asks somebody not at night."""
    found = []
    for row in tx.execute(_GOING):
        if row.state == ballots.OPEN:
            found.append(row.closes_at)
        elif row.school in config.schools:
            begins = row.stands_at if row.state == ballots.PLANNED and row.stands_at else row.opens_at
            found.append(hours.next_loud(begins, config.zone(row.school), config.quiet(row.school)))
    for row in tx.execute(_TO_TELL):
        found.append(hours.next_loud(row.told_at, config.zone(row.school), config.quiet(row.school)))
    return min(found, default=None)


async def begin_due(database: Database, books: Books, now: datetime) -> None:
    """Everything that is due of all ballots, up to `now`. Two processes at once change nothing."""
    for each in await database.fetch(ballots.at_work):
        try:
            await _step(database, books.config, each, now)
        except Exception as error:  # a loop: noted, and the other ballots go on
            log.error("ballot_failed", ballot=each.id, error=type(error).__name__, at=place(error))


async def _step(database: Database, config: Config, it: Ballot, now: datetime) -> None:
    if it.school not in config.schools:
        return
    loud = hours.next_loud(now, config.zone(it.school), config.quiet(it.school)) <= now
    if it.state == ballots.OPEN and it.closes_at <= now:
        await database.write(partial(voting.settle, ballot_id=it.id, now=now))
        await _over(database, it, now)
    elif it.state in (ballots.CLOSED, ballots.STOPPED):
        await _over(database, it, now)
    elif it.state == ballots.TOLD and loud:
        await _each(database, _everybody(it), partial(_say, ballot=it, flow=TOLD, now=now), SLICE)
        await database.write(partial(_done, ballot_id=it.id, now=now))
    elif it.state in (ballots.PLANNED, ballots.STANDING) and it.closes_at <= now:  # nobody ran this bot meanwhile
        await database.write(partial(ballots.stop, ballot_id=it.id))
    elif it.state in (ballots.PLANNED, ballots.STANDING) and it.opens_at <= now and loud:
        await _open(database, config, it, now)
    elif it.state == ballots.PLANNED and it.stands_at and it.stands_at <= now and loud:
        await _call(database, config, it, now)
    elif it.state == ballots.OPEN and loud:
        await _ask(database, it, now)


# --- who is asked
def voters(tx: Tx, config: Config, school: str, now: datetime) -> list[int]:
    """One for each parent: who has a child here of whom she may hear, said yes to school, and can be written to."""
    g, c, a, s = t.guardian.c, t.child.c, t.address.c, t.consent.c
    yes = (s.contact_id == a.contact_id) & (s.channel == a.channel) & s.withdrawn_at.is_(None)
    rows = (
        select(g.contact_id).distinct()
        .join(t.child, c.id == g.child_id)
        .join(t.address, a.contact_id == g.contact_id)
        .join(t.consent, yes)
        .where(g.school == school, g.barred_at.is_(None), or_(c.left_at.is_(None), c.left_at > now))
        .where(s.school == school, s.purpose == "school", a.blocked_at.is_(None), a.channel.in_(config.channels))
    )  # fmt: skip
    return sorted(tx.execute(rows).scalars())


def unreached(tx: Tx, config: Config, school: str, now: datetime) -> int:
    """How many parents cannot be asked, because nothing reaches them."""
    g, c = t.guardian.c, t.child.c
    every = (
        select(func.count(g.contact_id.distinct())).join(t.child, c.id == g.child_id)
        .where(g.school == school, g.barred_at.is_(None), or_(c.left_at.is_(None), c.left_at > now))
    )  # fmt: skip
    return int(tx.execute(every).scalar_one()) - len(voters(tx, config, school, now))


async def _call(database: Database, config: Config, it: Ballot, now: datetime) -> None:
    """Who would like to stand? Only when all are asked it counts as begun: a crash half-way asks nobody twice."""
    people = await database.fetch(partial(voters, config=config, school=it.school, now=now))
    for some in slices(people, SLICE):
        await database.write(partial(_say, people=some, ballot=it, flow=STANDS, now=now))
    await database.write(partial(_move, ballot_id=it.id, before=(ballots.PLANNED,), state=ballots.STANDING))


async def _open(database: Database, config: Config, it: Ballot, now: datetime) -> None:
    """Who may vote is settled now, for all of its time. An election for which nobody stands does not take place."""
    if it.kind == ELECTION and not await database.fetch(partial(candidates.on_list, ballot_id=it.id)):
        await database.write(partial(ballots.stop, ballot_id=it.id))
        return
    people = await database.fetch(partial(voters, config=config, school=it.school, now=now))
    for some in slices(people, SLICE):
        await database.write(partial(_lay, ballot_id=it.id, people=some))
    await database.write(partial(_begin, ballot=it))
    await _ask(database, it, now)


def _lay(tx: Tx, ballot_id: int, people: Sequence[int]) -> None:
    still = _b.id == ballot_id, _b.state.in_((ballots.PLANNED, ballots.STANDING))
    if tx.execute(select(_b.id).where(*still).with_for_update(key_share=True)).first():
        rows = [{"ballot_id": ballot_id, "contact_id": each, "state": "waiting"} for each in people]
        tx.execute(insert_new(tx, t.voter), rows)


def _begin(tx: Tx, ballot: Ballot) -> None:
    if _move(tx, ballot.id, (ballots.PLANNED, ballots.STANDING), ballots.OPEN):
        voting.lay(tx, ballot)


async def _ask(database: Database, it: Ballot, now: datetime) -> None:
    while await database.write(partial(_ask_some, ballot=it, now=now)):
        pass


def _ask_some(tx: Tx, ballot: Ballot, now: datetime) -> int:
    """The next who wait are asked, each once; how many."""
    locked = select(_b.state).where(_b.id == ballot.id).with_for_update(key_share=True)
    if tx.execute(locked).scalar() != ballots.OPEN:
        return 0
    waits = _v.ballot_id == ballot.id, _v.state == "waiting"
    people = tx.execute(select(_v.contact_id).where(*waits).order_by(_v.contact_id).limit(SLICE)).scalars().all()
    if people:
        tx.execute(update(t.voter).where(*waits, _v.contact_id.in_(people)).values(state="asked"))
        _say(tx, people, ballot, ballot.kind, now)
    return len(people)


# --- what is said
def _say(tx: Tx, people: Sequence[int], ballot: Ballot, flow: str, now: datetime) -> None:
    payload = start(tx, ballot, flow)
    put(tx, [Note(each, "start", f"ballot:{ballot.id}:{flow}:{each}", payload) for each in people], now)


def start(tx: Tx, ballot: Ballot, flow: str) -> dict[str, Any]:
    """With what such a conversation begins."""
    by = staff.by_id(tx, ballot.staff_id)
    until = {STANDS: ballot.opens_at, ballot.kind: ballot.closes_at}.get(flow)
    fields = {BALLOT: Value("number", str(ballot.id)), "onderwerp": Value("words", ballot.title, "nl")}
    fields |= {"leerkracht": Value("name", by.name)} if by else {}
    payload = {"flow": flow, "school": ballot.school, "child": None, "fields": fields}
    return payload | ({"until": until.isoformat()} if until else {})


def _everybody(it: Ballot) -> Select[Any]:
    return select(_v.contact_id).where(_v.ballot_id == it.id).order_by(_v.contact_id)


async def _each(database: Database, who: Select[Any], work: Callable[..., None], most: int) -> None:
    """Do it for these people, so many in a write."""
    people: Collection[int] = await database.fetch(lambda tx: tx.execute(who).scalars().all())
    for some in slices(people, most):
        await database.write(partial(work, people=some))


# --- when it is over
async def _over(database: Database, it: Ballot, now: datetime) -> None:
    """Nobody is asked any more, and of what somebody chose and did not hand in nothing is kept."""
    await _each(database, _everybody(it), partial(_end, ballot=it, now=now), _ENDED)
    await database.write(partial(_done, ballot_id=it.id, now=now))


def _end(tx: Tx, people: Sequence[int], ballot: Ballot, now: datetime) -> None:
    """People are locked before their rows, as the desk does."""
    c, r, o = t.contact.c, t.run.c, t.outbox.c
    tx.execute(select(c.id).where(c.id.in_(people)).order_by(c.id).with_for_update(key_share=True)).all()
    hers = r.contact_id.in_(people), r.flow.in_((ballot.kind, STANDS)), r.school == ballot.school
    ended = []
    for row in tx.execute(select(r.id, r.memory, r.state).where(*hers)).all():
        memory = json.loads(tx.open("run.memory", row.memory))
        answers = memory[0][2]
        if answers.get(BALLOT, ["", ""])[1] != str(ballot.id):
            continue
        memory[0][2] = {name: each for name, each in answers.items() if name not in SECRET}
        new: dict[str, object] = {"memory": tx.seal("run.memory", json.dumps(memory))}
        if row.state != "ended":
            new |= {"state": "ended", "result": "closed", "due_at": None, "changed_at": now, "rev": r.rev + 1}
            ended.append(row.id)
        tx.execute(update(t.run).where(r.id == row.id).values(new))
    gone = {"status": "cancelled", "reason": "over", "settled_at": now, "lane": "", "lane_at": None}
    waits = o.run_id.in_(ended), o.status == "queued", o.piece == 0
    tx.execute(update(t.outbox).where(*waits).values(gone))


def _done(tx: Tx, ballot_id: int, now: datetime) -> None:
    tx.execute(update(t.ballot).where(_b.id == ballot_id, _b.settled_at.is_(None)).values(settled_at=now))


def _move(tx: Tx, ballot_id: int, before: Sequence[str], state: str) -> bool:
    still = _b.id == ballot_id, _b.state.in_(before)
    return bool(tx.execute(update(t.ballot).where(*still).values(state=state)).rowcount)
