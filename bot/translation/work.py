"""The interpreter: claims what waits for a machine, has it said in the other language, and writes down what came of it.

Several processes side by side each take their own. Nothing of a text goes into a log or stays open in a transaction.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import bindparam, or_, select, text, update

from bot.errors import TranslationError, place
from bot.store.database import Database, Tx
from bot.store.tables import child, guardian, staff, translation
from bot.translation import phrases
from bot.translation.breaker import Breaker
from bot.translation.catalogue import Catalogue
from bot.translation.machine import NAMELESS, Engine, Machines
from bot.translation.mask import Masked
from bot.translation.orders import DONE, FAILED, PATIENCE
from bot.translation.phrases import Phrase
from bot.translation.schoolwords import terms
from bot.translation.turn import Known, Turned, is_nameless, masked, turn

log = structlog.get_logger()
AT_ONCE = 10  # texts under way at one engine
_LOOKED_AT = 200  # rows: behind an engine that is busy others may have room
_NAMES = timedelta(minutes=1)  # who came to school just now is known a minute later
_BACK = 1.0  # seconds that must be left to have it said back
_t = translation.c
_OPEN = or_(_t.token.is_(None), _t.lease_until <= bindparam("now"))
# In these very words, or SQLite would not use the index that is made for it.
_WAITING = text("state = 'waiting'")
_ANY = select(_t.id).where(_WAITING, _OPEN).limit(1)
_CLAIM = (
    select(*translation.c["id", "school", "source", "target", "text", "deadline_at", "tries"])
    .where(_WAITING, _OPEN)
    .order_by(_t.asked_at)
    .limit(_LOOKED_AT)
    .with_for_update(skip_locked=True)
)


class Job(NamedTuple):
    """A text in our hands until somebody stops waiting for it."""

    id: int
    token: str
    school: str
    source: str
    target: str
    text: str
    until: datetime
    engine: Engine


class Interpreter:
    """One process's texts under way. `wake` is called when one has been written down."""

    def __init__(
        self,
        database: Database,
        machines: Machines,
        catalogue: Catalogue,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._machines = machines
        self._catalogue = catalogue
        self._clock = clock
        self._wake = wake
        self._breaker = Breaker()
        self._hands: Counter[str] = Counter()
        self._tasks: dict[asyncio.Task[None], Job] = {}
        self._names: dict[str, tuple[datetime, Known]] = {}
        self._stopping = False

    async def round(self) -> int:
        """Take in hand what waits and can be done now; returns how many rows it touched."""
        now = self._clock()
        if self._stopping or not await self._database.fetch(lambda tx: tx.execute(_ANY, {"now": now}).first()):
            return 0
        jobs, hopeless = await self._database.write(lambda tx: self._claim(tx, now))
        for job in jobs:
            self._hands[job.engine.name] += 1
            task = asyncio.create_task(self._do(job), name="translation")
            self._tasks[task] = job
            task.add_done_callback(self._put_down)
        if hopeless:
            self._wake()
        return len(jobs) + hopeless

    async def landed(self) -> bool:
        """Wait until everything under way is written down; whether there was anything."""
        tasks = list(self._tasks)
        await asyncio.gather(*tasks, return_exceptions=True)
        return bool(tasks)

    async def stop(self) -> None:
        """Break off what is under way: it is free for another process at once."""
        self._stopping = True
        left = dict(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if left:
            jobs = list(left.values())
            await self._database.write(lambda tx: _give_back(tx, jobs))
        await self._machines.close()

    def _put_down(self, task: "asyncio.Task[None]") -> None:
        self._hands[self._tasks.pop(task).engine.name] -= 1

    # --- claim
    def _claim(self, tx: Tx, now: datetime) -> tuple[list[Job], int]:
        """What may begin, and how many rows nobody can do anything for."""
        jobs: list[Job] = []
        taken = Counter(self._hands)
        hopeless: dict[str, list[int]] = {}
        token = secrets.token_hex(16)
        for row in tx.execute(_CLAIM, {"now": now}).all():
            engine = self._machines.engine(row.school, row.source, row.target)
            reason = "late" if row.deadline_at <= now else "none" if engine is None else ""
            if engine is None or reason:
                hopeless.setdefault(reason, []).append(row.id)
                continue
            if taken[engine.name] >= AT_ONCE:
                continue
            taken[engine.name] += 1
            values = {"token": token, "lease_until": row.deadline_at, "tries": row.tries + 1}
            tx.execute(update(translation).where(_t.id == row.id).values(**values))
            said = tx.open("translation.text", row.text)
            jobs.append(Job(row.id, token, row.school, row.source, row.target, said, row.deadline_at, engine))
        for reason, ids in hopeless.items():
            values = {"state": FAILED, "reason": reason, "made_at": now, "token": None}
            tx.execute(update(translation).where(_t.id.in_(ids)).values(**values))
        return jobs, sum(map(len, hopeless.values()))

    # --- one text
    async def _do(self, job: Job) -> None:
        back = Turned("")
        try:
            there = await self._turn(job, job.text, job.source, job.target)
            if there.text:
                back = await self._back(job, there.veiled)
        except TranslationError as error:
            there = Turned("", error.reason)
        except Exception as error:  # a loop: this one fails, and the others go on
            log.error("translation_broken", translation=job.id, error=type(error).__name__, at=place(error))
            there = Turned("", "broken")
        if there.reason:
            log.info("not_translated", engine=job.engine.name, reason=there.reason, to=job.target)
        try:
            await self._database.write(lambda tx: _save(tx, job, there, back, self._clock()))
        except Exception as error:  # its lease runs out, and somebody else finds it
            log.error("translation_not_kept", translation=job.id, error=type(error).__name__, at=place(error))
        self._wake()

    async def _back(self, job: Job, said: Masked) -> Turned:
        """What the writer may look at; who reads does not wait for it where it does not come. What was hidden on the
        way there stays hidden: in other words around it nobody might know it for a name."""
        if self._left(job) < _BACK or not job.engine.speaks(job.target, job.source):
            return Turned("")
        try:
            return (await self._turn(job, said.text, job.target, job.source)).lifted(said)
        except TranslationError:
            return Turned("")

    async def _turn(self, job: Job, said: str, source: str, target: str) -> Turned:
        known = await self._known(job.school)
        pieces = masked(said, known, terms(self._catalogue, source, target))

        async def remember(sentences: Collection[str]) -> Mapping[str, Phrase]:
            return await self._database.fetch(lambda tx: phrases.look(tx, source, target, sentences))

        async def ask(sentences: Sequence[str]) -> list[str]:
            if job.engine.name in NAMELESS and not is_nameless(sentences, known):
                raise TranslationError("named")
            return await self._ask(job, sentences, source, target)

        return await turn(pieces, source, target, remember=remember, ask=ask)

    async def _ask(self, job: Job, sentences: Sequence[str], source: str, target: str) -> list[str]:
        """What the engine makes of these before nobody waits any more; what is heard of it the breaker is told."""
        name = job.engine.name
        if not self._breaker.may(name, self._clock()):
            raise TranslationError("resting")
        try:
            async with asyncio.timeout(max(0.0, self._left(job))):
                said = await job.engine.translate(sentences, source, target)
        except TimeoutError:
            self._breaker.heard(name, "late", self._clock())
            raise TranslationError("late") from None
        except TranslationError as error:
            self._breaker.heard(name, error.reason, self._clock(), error.wait)
            raise
        except BaseException:  # broken off, or an engine that breaks in a way of its own
            self._breaker.heard(name, "broken", self._clock())
            raise
        self._breaker.heard(name, "", self._clock())
        return said

    def _left(self, job: Job) -> float:
        return min(PATIENCE, job.until - self._clock()).total_seconds()

    async def _known(self, school: str) -> Known:
        """The names of a school, read anew every minute."""
        now = self._clock()
        read_at, known = self._names.get(school, (None, None))
        if known is None or read_at is None or not timedelta(0) <= now - read_at < _NAMES:
            known = await self._database.fetch(
                lambda tx: Known.of(names(tx, school), now.date())
            )  # in its thread: it takes a while
            self._names[school] = now, known
        return known


def names(tx: Tx, school: str) -> list[str]:
    """Everybody who is registered at a school; and of its families the children elsewhere, with who belongs to them."""
    found: set[str] = set()
    g = guardian.c
    families = select(g.contact_id).where(g.school == school)
    elsewhere = select(g.child_id).where(g.contact_id.in_(families), g.school != school)
    for column, whose in (
        (child.c.name, child.c.school == school), (child.c.name, child.c.id.in_(elsewhere)),
        (g.name, g.school == school), (g.name, g.child_id.in_(elsewhere)), (staff.c.name, staff.c.school == school),
    ):  # fmt: skip
        rows = tx.execute(select(column).where(whose)).scalars()
        found.update(tx.open(f"{column.table.name}.name", row) for row in rows)
    return sorted(found)


# --- rows
def _write(tx: Tx, job: Job, values: Mapping[str, Any]) -> bool:
    """Change a row, where it is still ours."""
    mine = update(translation).where(_t.id == job.id, _t.token == job.token)
    return bool(tx.execute(mine.values(**values)).rowcount)


def _give_back(tx: Tx, jobs: Sequence[Job]) -> None:
    for job in jobs:
        _write(tx, job, {"token": None, "lease_until": None})


def _save(tx: Tx, job: Job, there: Turned, back: Turned, now: datetime) -> None:
    """What came of it, unless it is somebody else's by now; and each sentence for whoever needs it next."""
    values: dict[str, Any] = {
        "state": FAILED if there.reason else DONE, "reason": there.reason or None, "risks": list(there.risks),
        "origin": None if there.reason else there.origin, "engine": job.engine.name, "made_at": now, "token": None,
        "said": None if there.reason else tx.seal("translation.said", there.text),
        "back": tx.seal("translation.back", back.text) if back.text else None,
    }  # fmt: skip
    if not _write(tx, job, values):
        return
    for turned, source, target in ((there, job.source, job.target), (back, job.target, job.source)):
        phrases.keep(tx, source, target, turned.made, job.engine.name, now)
        phrases.touch(tx, source, target, turned.used, now)
