"""Forgetting in time: 30 days after a school year its words go, and everything about those who left with it.

What is to go is found on a reader and erased by its id in small transactions, each of which looks again: it can stop
anywhere and be done twice. Rows outlive their words by a year: then one can count, and no provider brings them again.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, func, select, update

from bot import hours
from bot.config import Config
from bot.model import HOME
from bot.people import audit, logins
from bot.privacy.rule import AFTER, Marks, Rule
from bot.privacy.rules import PEOPLE, ROWS, WORDS, rules
from bot.store import tables as t
from bot.store.database import Database, Tx

__all__ = [
    "AFTER", "PEOPLE", "ROWS", "WORDS", "Marks", "Rule", "erase", "find", "forget", "held_up", "marks", "next_moment",
    "next_night", "outlook", "rules",
]  # fmt: skip

AT = time(3, 30)  # at night, where both clock changes leave the hour alone
_FIRST = (8, 30)  # 30 days after 31 July


def marks(tx_or_database: Tx | Database, config: Config, now: datetime) -> Marks:
    """What is old now, by the clock of the country."""
    year = _last(now)
    on_duty = {str(each) for school in config.schools.values() for each in school.duty_addresses}
    finds = tuple(sorted(map(tx_or_database.ring.find, on_duty)))
    return Marks(now, f"{year - 1}-{year}", _end(year), _end(year - 1), finds)


def _last(now: datetime) -> int:
    """The year in whose summer the last school year ended that is over since 30 days."""
    today = now.astimezone(HOME).date()
    return today.year if today >= date(today.year, *_FIRST) else today.year - 1


def next_moment(now: datetime) -> datetime:
    """The next 30 August: then the words of the school year go."""
    return hours.at(date(_last(now) + 1, *_FIRST), AT, HOME)


def next_night(now: datetime) -> datetime:
    """The next time that the work is done."""
    today = hours.at(now.astimezone(HOME).date(), AT, HOME)
    return today if today > now else hours.at(now.astimezone(HOME).date() + timedelta(days=1), AT, HOME)


def _end(year: int) -> datetime:
    return hours.at(date(year, 8, 1), time(0), HOME)


# --- the work
async def forget(database: Database, config: Config, now: datetime) -> dict[str, int]:
    """Erase all that is old; returns how many rows by rule. Interrupted, it goes on where there is something left."""
    m = marks(database, config, now)
    done: dict[str, int] = {}
    left, after = [*rules(m)], 0
    while found := await database.fetch(_finding(left, m, after)):
        place, ids = found
        left, after = left[place:], ids[-1]
        done[left[0].name] = done.get(left[0].name, 0) + await database.write(_erasing(left[0], m, ids))
    await database.write(lambda tx: tx.execute(delete(t.daily).where(t.daily.c.day < m.gone.date().isoformat())))
    await database.write(lambda tx: logins.clear(tx, now))
    while await database.write(lambda tx: audit.forget(tx, now)):
        pass
    return done


def _finding(left: Sequence[Rule], m: Marks, after: int) -> Callable[[Tx], tuple[int, Sequence[int]] | None]:
    """Which of these rules is the first with something to erase, and what; of the very first only what comes `after`.

    In one transaction: by most rules there is nothing, most nights.
    """

    def look(tx: Tx) -> tuple[int, Sequence[int]] | None:
        return next(((place, ids) for place, ids in enumerate(_old(tx, left, m, after)) if ids), None)

    return look


def _old(tx: Tx, left: Sequence[Rule], m: Marks, after: int) -> Iterator[Sequence[int]]:
    yield find(tx, left[0], m, after)
    yield from (find(tx, rule, m) for rule in left[1:])


def _erasing(rule: Rule, m: Marks, ids: Sequence[int]) -> Callable[[Tx], int]:
    return lambda tx: erase(tx, rule, m, ids)


def find(tx: Tx, rule: Rule, m: Marks, after: int = 0) -> Sequence[int]:
    """The next rows that are old, by their ids."""
    key = rule.table.c.id
    return tx.execute(select(key).where(key > after, rule.old(m)).order_by(key).limit(rule.most)).scalars().all()


def erase(tx: Tx, rule: Rule, m: Marks, ids: Sequence[int]) -> int:
    """Erase those of them that still are old; returns how many."""
    key = rule.table.c.id
    still = select(key).where(key.in_(ids), rule.old(m)).order_by(key).with_for_update(of=rule.table)
    those = tx.execute(still).scalars().all()
    if those and rule.before:
        rule.before(tx, those)
    if those and rule.values:
        tx.execute(update(rule.table).where(key.in_(those)).values(rule.values(tx, m)))
    elif those:
        tx.execute(delete(rule.table).where(key.in_(those)))
    return len(those)


# --- what an operator sees
def outlook(tx: Tx, config: Config, at: datetime) -> dict[str, int]:
    """How many rows would go at that moment, as things are now."""
    m = marks(tx, config, at)
    found = {}
    for rule in (*WORDS, *PEOPLE, *ROWS):
        many = tx.execute(select(func.count()).select_from(rule.table).where(rule.old(m))).scalar_one()
        if many:
            found[rule.name] = int(many)
    return found


def held_up(tx: Tx, now: datetime) -> dict[str, int]:
    """What would have gone but waits for a person: talks that are open and promises that are not kept."""
    over, th, p = _end(_last(now)), t.thread.c, t.promise.c
    waits = {
        "open_talks": select(func.count()).where(th.state == "open", th.changed_at < over),
        "open_promises": select(func.count()).where(p.state == "open", p.made_at < over),
    }
    return {name: int(tx.execute(each).scalar_one()) for name, each in waits.items()}
