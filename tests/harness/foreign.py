"""Words in another language as a machine or a person left them, where no machine is at work."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from bot.store import tables as t
from bot.translation import orders
from bot.translation.orders import Wanted
from tests.world import World


def translated(
    world: World, source: str, target: str, text: str, said: str, *, back: str = "", origin: str = orders.MACHINE,
    risks: tuple[str, ...] = (), school: str = "brug",
) -> int:  # fmt: skip
    """These words are there in the other language; the number of the translation."""
    wanted, now = Wanted(school, source, target, text), world.clock()

    def work(tx: Any) -> int:
        orders.order(tx, [wanted], now)
        number = orders.said(tx, [wanted])[wanted].id
        values = {"state": orders.DONE, "origin": origin, "engine": "test", "made_at": now, "risks": list(risks)}
        values |= {"said": tx.seal("translation.said", said)}
        values |= {"back": tx.seal("translation.back", back) if back else None}
        tx.execute(update(t.translation).where(t.translation.c.id == number).values(values))
        return number

    return world.write(work)


def failed(world: World, reason: str = "no_engine") -> None:
    """The machine gives up on all that waits."""
    waits = t.translation.c.state == orders.WAITING
    values = {"state": orders.FAILED, "reason": reason, "tries": 1}
    world.write(lambda tx: tx.execute(update(t.translation).where(waits).values(values)))


async def post(world: World, seconds: float = 0.1) -> None:
    """A little later: what may leave is sent, while no machine is at work."""
    world.clock.move(world.clock() + timedelta(seconds=seconds))
    bot = world.bot
    while await bot.post_letters() or await bot.postman.landed():
        pass


def ordered(world: World) -> list[tuple[str, str, str, str]]:
    """What was asked for: from which language into which, the words, and how it stands."""
    with world.bot.database.read() as tx:
        rows = tx.execute(select(t.translation).order_by(t.translation.c.id)).all()
        return [(row.source, row.target, tx.open("translation.text", row.text), row.state) for row in rows]
