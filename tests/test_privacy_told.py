"""Forgetting what was told to many and what was translated: which words go when, and what must stay."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select, update

from bot.broadcast import attachments
from bot.broadcast.content import OWN, QUESTION, WORDS, Content
from bot.model import Value
from bot.privacy import retention
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests import world as there
from tests.harness.forgetting import AUGUST, DAY, EVE, IN_YEAR, SECRET, close_all, count, fill, forget, holding, leave
from tests.world import FATIMA, JAN, World

MONTH = timedelta(days=30)


@pytest.fixture
async def full(database: Database, tmp_path: Path) -> World:
    """Both schools, with everything that a school year leaves behind."""
    async with there.opened(database, tmp_path) as world:
        for guardian, who in there.ENROLLED.items():
            world.enrol(guardian, who)
        world.clock.move(IN_YEAR)
        world.write(lambda tx: fill(tx, IN_YEAR))
        return world


def lay(tx: Tx, table: Table, **values: Any) -> int:
    return int(tx.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def tell(tx: Tx, at: datetime, state: str = "done", kind: str = OWN, staff_id: int | None = None) -> int:
    content = Content(kind, "peiling", {WORDS: Value("words", SECRET, "nl")}, (SECRET, "nee"), file_id=1)
    return lay(
        tx, t.broadcast, school="brug", staff_id=staff_id, kind=kind, what="peiling", audience={}, cls="urgent",
        content=tx.seal("broadcast.content", content.dump()), reason=tx.seal("broadcast.reason", SECRET), state=state,
        key=f"{at}{state}{kind}", made_at=at, due_at=at, until_at=at + MONTH,
    )  # fmt: skip


def to(tx: Tx, broadcast_id: int, contact_id: int, children: "list[int]") -> int:
    return lay(
        tx, t.broadcast_to, broadcast_id=broadcast_id, contact_id=contact_id, children=children, answer=["1"],
        answered_at=IN_YEAR,
    )  # fmt: skip


def translated(tx: Tx, used_at: datetime, asked_at: datetime, find: str, state: str = "done") -> int:
    sealed = {name: tx.seal(f"translation.{name}", SECRET) for name in ("text", "said", "back")}
    return lay(
        tx, t.translation, school="brug", source="nl", target="tr", find=find, state=state, asked_at=asked_at,
        deadline_at=asked_at, used_at=used_at, **sealed,
    )  # fmt: skip


def file(tx: Tx, at: datetime, find: str, staff_id: int | None = None) -> int:
    return lay(
        tx, t.attachment, school="brug", staff_id=staff_id, find=find, token=tx.seal("attachment.token", find),
        kind="foto", name=tx.seal("attachment.name", SECRET), content_type="image/png", size=3, made_at=at,
        data=tx.seal("attachment.data", SECRET),
    )  # fmt: skip


def ids(world: World, table: Table) -> set[int]:
    return {row.id for row in world.rows(select(table.c.id))}


async def test_a_broadcast_loses_its_words_and_keeps_its_numbers(full: World) -> None:
    """30 days after the school year; what still goes on keeps them; a year later the row goes."""
    database = full.bot.database
    jan = full.contact(JAN)

    def lay_all(tx: Tx) -> None:
        for each in (tell(tx, IN_YEAR), tell(tx, IN_YEAR, kind=QUESTION)):
            to(tx, each, jan, [1, 2])

    full.write(lay_all)
    assert {"broadcast.content", "broadcast.reason"} <= holding(database)
    await forget(database, EVE)
    assert "broadcast.content" in holding(database)
    done = await forget(database, DAY)
    assert (done["contents of broadcasts"], done["answers to broadcasts"]) == (2, 2)
    assert not {"broadcast.content", "broadcast.reason"} & holding(database)
    with database.read() as tx:
        for row in tx.execute(select(t.broadcast)).all():
            left = Content.load(tx.open("broadcast.content", row.content))
            assert left == Content(row.kind, fields={WORDS: Value("words", "", "nl")})
        told = tx.execute(select(t.broadcast_to)).all()
    assert [(row.answer, row.children, row.answered_at) for row in told] == [(None, [], IN_YEAR)] * 2
    assert await forget(database, DAY) == {}, "twice is once"
    full.write(lambda tx: tell(tx, IN_YEAR, "going"))
    full.write(lambda tx: tell(tx, AUGUST + timedelta(days=1)))
    await forget(database, DAY)
    assert "broadcast.content" in holding(database)
    full.write(close_all)
    await forget(database, DAY + timedelta(days=367))
    with database.read() as tx:
        assert set(tx.execute(select(t.broadcast.c.state)).scalars()) == {"going", "done"}
        assert tx.execute(select(func.count()).select_from(t.broadcast_to)).scalar_one() == 0


async def test_a_file_goes_after_thirty_days(full: World) -> None:
    """They count from the moment at which it goes out, where that is later than when it was made."""

    def lay_all(tx: Tx) -> None:
        file(tx, IN_YEAR, "old")
        attachments.lives_from(tx, file(tx, IN_YEAR, "planned"), IN_YEAR + timedelta(days=40))

    def kept() -> set[str]:
        return {row.find for row in full.rows(select(t.attachment.c.find))}

    full.write(lay_all)
    for day, left in ((29, {"old", "planned"}), (31, {"planned"}), (69, {"planned"}), (71, set[str]())):
        await forget(full.bot.database, IN_YEAR + timedelta(days=day))
        assert kept() == left, day


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_translations_go_when_nobody_needs_them(full: World) -> None:
    database = full.bot.database
    jan = full.contact(JAN)
    rows: dict[str, int] = {}

    def lay_all(tx: Tx) -> None:
        rows["fresh"] = translated(tx, IN_YEAR, IN_YEAR, "1")
        rows["old"] = translated(tx, IN_YEAR - MONTH, IN_YEAR - MONTH, "2")
        rows["doubted"] = translated(tx, IN_YEAR - MONTH, IN_YEAR - MONTH, "3")
        rows["waiting"] = translated(tx, IN_YEAR - MONTH, IN_YEAR - MONTH, "4", "waiting")
        lay(tx, t.doubt, school="brug", contact_id=jan, translation_id=rows["doubted"], at=IN_YEAR)

    full.write(lay_all)
    await forget(database, IN_YEAR + timedelta(days=1))
    assert ids(full, t.translation) == {rows["fresh"], rows["doubted"], rows["waiting"]}
    full.write(lambda tx: tx.execute(update(t.translation).values(used_at=DAY, state="done")))
    await forget(database, DAY)
    assert ids(full, t.translation) == ids(full, t.doubt) == set(), "at the latest with the year's words"
    assert not {"translation.text", "translation.said"} & holding(database)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_phrase_stays_while_it_is_used_and_a_persons_for_ever(full: World) -> None:
    year = timedelta(days=366)

    def phrase(origin: str, used_at: datetime) -> Callable[[Tx], int]:
        return lambda tx: lay(
            tx, t.phrase, find=f"{origin}{used_at}", said=tx.seal("phrase.said", "[X1X] hasta."), source="nl",
            target="tr", origin=origin, engine="deepl", made_at=IN_YEAR, used_at=used_at, staff_id=3,
        )  # fmt: skip

    mine = full.write(phrase("person", IN_YEAR))
    full.write(phrase("machine", IN_YEAR))
    used = full.write(phrase("machine", IN_YEAR + MONTH))
    await forget(full.bot.database, IN_YEAR + year)
    assert ids(full, t.phrase) == {mine, used}


async def test_who_leaves_is_in_no_broadcast_any_more(full: World) -> None:
    """The child, both parents, what they doubted and the family's tag; the brother's stays."""
    database = full.bot.database
    fatima, jan = full.contact(FATIMA), full.contact(JAN)
    with database.read() as tx:
        names = {tx.open("child.name", row.name): row.id for row in tx.execute(select(t.child)).all()}
    amira = next(number for name, number in names.items() if name.startswith("Amira"))
    brother = max(names.values()) + 5

    def lay_all(tx: Tx) -> None:
        number = tell(tx, DAY - timedelta(days=1))  # of this school year: its words stay
        to(tx, number, fatima, [amira])
        to(tx, number, jan, [amira, brother])
        hers = {"name": tx.seal("guardian.name", "Jan"), "language": tx.seal("guardian.language", "nl")}
        lay(tx, t.guardian, contact_id=jan, child_id=amira, school="brug", **hers)
        for name, child in (("koor", amira), ("bus", None)):
            tag = lay(tx, t.tag, school="brug", name=name)
            if child:
                lay(tx, t.tagged, tag_id=tag, child_id=child)
        said = translated(tx, DAY, DAY, "9")
        lay(tx, t.doubt, school="brug", contact_id=fatima, translation_id=said, at=DAY)

    full.write(close_all)
    full.write(lambda tx: leave(tx, "Amira"))
    full.write(lay_all)
    await forget(database, DAY)
    assert count(database, t.broadcast_to, t.broadcast_to.c.contact_id == fatima) == 0
    [row] = full.rows(select(t.broadcast_to.c.children))
    assert row.children == [brother]
    assert count(database, t.doubt) == count(database, t.tagged) == count(database, t.tag) == 0
    later = full.write(lambda tx: lay(tx, t.tag, school="brug", name="nieuw"))
    await forget(database, DAY + 2 * MONTH)
    assert ids(full, t.tag) == {later}, "a new one is empty too"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_colleague_who_left_is_in_none_of_it(full: World) -> None:
    def lay_all(tx: Tx) -> int:
        one = tx.execute(select(func.min(t.staff.c.id))).scalar_one()
        tx.execute(update(t.staff).where(t.staff.c.id == one).values(left_at=AUGUST - MONTH))
        number = tell(tx, DAY - timedelta(days=1), staff_id=one)
        tx.execute(update(t.broadcast).where(t.broadcast.c.id == number).values(approved_by=one))
        file(tx, DAY, "f", staff_id=one)
        return int(one)

    full.write(close_all)
    one = full.write(lay_all)
    await forget(full.bot.database, DAY)
    assert one not in ids(full, t.staff)
    assert [tuple(row) for row in full.rows(select(t.broadcast.c.staff_id, t.broadcast.c.approved_by))] == [
        (None, None)
    ]
    assert [row.staff_id for row in full.rows(select(t.attachment.c.staff_id))] == [None]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_outlook_counts_it(full: World) -> None:
    full.write(lambda tx: tell(tx, IN_YEAR))
    with full.bot.database.read() as tx:
        assert retention.outlook(tx, there.settings(Path()), DAY)["contents of broadcasts"] == 1
