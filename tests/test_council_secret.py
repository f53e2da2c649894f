"""A vote is secret: whoever holds the database and its keys finds who voted and what was voted, and no way between."""

from pathlib import Path
from shutil import copyfile
from typing import Any

from sqlalchemy import LargeBinary, text

from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness.ballot import LABELS, make, tally
from tests.world import FATIMA, JAN, KARIN, MONDAY, OMAR, World, enrol, opened

_BY_LOT = {"remark.id", "outbox.token", "code.sealed", "code.find"}  # drawn anew each time
GUARDIANS = {"Fatima": FATIMA, "Karin": KARIN, "Omar": OMAR, "Jan": JAN}


def everything(world: World) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, with all that is sealed opened."""
    found = {}
    with world.bot.database.read() as tx:
        for table in (each for each in t.metadata.sorted_tables if each is not t.flow_version):
            rows = [dict(row._mapping) for row in tx.execute(table.select())]
            for row in rows:
                for column in table.columns:
                    name = f"{table.name}.{column.name}"
                    if name in _BY_LOT:
                        row.pop(column.name)
                    elif isinstance(column.type, LargeBinary) and row[column.name] is not None:
                        row[column.name] = tx.open(name, row[column.name])
            found[table.name] = sorted(rows, key=repr)
    return found


async def voted(world: World, chosen: dict[Any, int]) -> None:
    """A whole ballot: each looks for words first, then chooses, sends the same once more, and writes a line."""
    number = make(world)
    await world.later(minutes=1)
    for who, place in chosen.items():
        if who is OMAR:  # his words wait for a machine
            await world.say(who, str(place + 1))
            await world.later(minutes=1)
            await world.say(who, "Think of the small ones, please")
            continue
        assert await world.say(who, f"Ik denk aan {LABELS[place]} of niet") == ["algemeen.kies", "besluit.vraag"]
        asked = world.last(who).message
        if who is JAN:  # three quick taps, of which the bot reads two together
            await world.say(who, choice=str(place + 1), ours=asked.id, settle=False)
            await world.say(who, choice=str(place + 1), ours=asked.id)
            await world.say(who, choice=str(place + 1), ours=asked.id)
            assert await world.say(who, "nee") == ["besluit.dank"]
            assert await world.say(who, choice=str(place + 1), ours=asked.id) == ["besluit.al"], "long after"
        else:
            assert await world.say(who, str(place + 1)) == ["besluit.erbij"]
            assert await world.say(who, str(place + 1)) == ["besluit.dank"], "whatever the number"
    assert sum(tally(world, number).values()) == len(chosen)


async def test_who_chose_what_makes_no_difference_anywhere(sqlite_template: Path, tmp_path: Path, ring: Ring) -> None:
    """Two parents change their votes with one another: the two databases are the same, down to the last letter."""
    found = []
    for name, (jan, karin) in (("one", (0, 2)), ("other", (2, 0))):
        (tmp_path / name).mkdir()
        copyfile(sqlite_template, tmp_path / name / "it.db")
        database = Database(f"sqlite:///{tmp_path / name / 'it.db'}", ring)
        async with opened(database, tmp_path / name) as world:
            for guardian, who in GUARDIANS.items():
                world.write(lambda tx, g=guardian, w=who: enrol(tx, g, w, "brug", ("school",), MONDAY))  # type: ignore[misc]
            await voted(world, {JAN: jan, OMAR: 1, KARIN: karin})
            found.append(everything(world))
        database.close()
    one, other = found
    assert sum(len(rows) for rows in one.values()) > 50
    differing = [name for name in one if one[name] != other[name]]
    pairs = [(name, *pair) for name in differing for pair in zip(one[name], other[name], strict=False)]
    apart = [f"{name}.{each}: {a[each]} / {b[each]}" for name, a, b in pairs for each in a if a[each] != b[each]]
    assert (differing, "\n".join(apart)) == ([], "")


async def test_no_transaction_joins_a_voter_with_a_choice(database: Database, tmp_path: Path) -> None:
    """PostgreSQL keeps with each row which transaction wrote it last: all choices, all remarks have the same."""
    async with opened(database, tmp_path) as world:
        for guardian, who in GUARDIANS.items():
            world.write(lambda tx, g=guardian, w=who: enrol(tx, g, w, "brug", ("school",), MONDAY))  # type: ignore[misc]
        number = make(world)
        await world.later(minutes=1)
        for who, words in ((JAN, "Eerste"), (KARIN, "Tweede")):
            await world.say(who, "1")
            assert await world.say(who, f"{words} gedachte daarbij") == ["besluit.doorgegeven"]
        assert tally(world, number) == {"1": 2, "2": 0, "3": 0, "weet_niet": 0}
        for table in ("tally", "remark") if database.postgres else ():
            marks = world.rows(text(f"SELECT DISTINCT xmin::text AS mark FROM {table}"))
            assert len(marks) == 1, table


async def test_who_helps_her_does_not_read_what_she_would_choose(world: World) -> None:
    make(world)
    await world.later(minutes=1)
    for _ in range(2):
        await world.say(KARIN, "Het bos graag, en vlug")
    assert await world.say(KARIN, "Het bos graag, en vlug") == ["besluit.hulp"]
    assert len(world.words()) == 1
    assert "bos" not in repr(world.words())
    assert "bos graag" not in repr(everything(world))
