"""Every page, every role, every id: what is not hers to see does not exist for her, on both databases."""

import secrets
from collections.abc import AsyncIterator, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from bot.console import doors, needs_astir, reach, today
from bot.console.serve import BASE, cookie
from bot.console.visit import EVERYONE, NETWORK, Door, Visit
from bot.store import tables as t
from bot.store.columns import metadata
from bot.store.database import Database
from tests.harness.knock import knock
from tests.harness.office import Desk, employ
from tests.harness.rights import ABOUT, HERS, PEOPLE, People, named_in, people
from tests.world import World, opened

NOTHING = ("999999999", "0", "-1", "01", "1e3", "9" * 25, "١", "x", "%00")
# What is nobody else's business: her drafts, her "not now", her language, a look at a file before it is read in.
HER_OWN = {
    "POST /gesprekken/{thread}/bekijk", "POST /gesprekken/{thread}/vertaal",  # how it reads in another language
    "POST /concept", "POST /vandaag/later/tweede", "POST /vandaag/later/telefoon", "POST /vandaag/later/tweede/terug",
    "POST /vandaag/later/telefoon/terug", "POST /instellingen/mij/taal", "POST /instellingen/mij/codes/telefoon",
    "POST /inlezen/bestand", "POST /inlezen/jaar", "POST /inlezen/weg", "POST /instellingen/school/bestand/kijk",
    "POST /instellingen/dagen/bestand/kijk", "POST /berichten/nieuw", "POST /berichten/nieuw/leeg",
    "POST /berichten/{broadcast}/opnieuw", "POST /berichten/nieuw/bijlage", "POST /berichten/nieuw/bijlage/weg",
    "POST /afspraken/nieuw", "POST /afspraken/nieuw/dag", "POST /afspraken/nieuw/dag-weg", "POST /afspraken/nieuw/leeg",
    "POST /avonden/nieuw", "POST /avonden/nieuw/leeg", "POST /avonden/{gathering}/volgend-jaar",
}  # fmt: skip
WITH_IDS = [door for door in doors.DOORS if "{" in door.path]
PLAIN = sorted((door for door in doors.DOORS if "{" not in door.path), key=lambda door: door.method)  # looks first


@pytest.fixture
async def school(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """Both schools with their people, on each engine."""
    async with opened(database, tmp_path) as world:
        employ(world)
        yield world


@pytest.fixture
async def there(school: World) -> People:
    return await people(school)


def named(door: Door) -> str:
    return f"{door.method} {door.path}"


def kinds(door: Door) -> list[str]:
    return [part[1:-1] for part in door.path.split("/") if part.startswith("{")]


def filled(door: Door, ids: dict[str, Any]) -> str:
    return door.path.format_map(ids)


def rows(world: World) -> dict[str, int]:
    """How many rows each table has; a browser's own sign-in is nobody's business here."""
    with world.bot.database.read() as tx:
        return {
            table.name: tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
            if table.name != "sign_in"
        }


async def status(desk: Desk, door: Door, path: str) -> int:
    """What her browser gets; a form carries its proof, and nothing else."""
    form = {"_ons": desk.proof, "_form": secrets.token_hex(8)} if door.method == "POST" else {}
    bot = desk.world.bot
    return await knock(desk.app, door.method, BASE + path, cookies={cookie(bot): desk.token}, form=form)


# --- ids
def test_every_name_in_an_address_is_a_kind_of_id() -> None:
    assert {kind for door in doors.DOORS for kind in kinds(door)} <= reach.RULES.keys() == reach.TABLES.keys()


def test_every_kind_of_id_is_in_this_test() -> None:
    assert HERS.keys() == reach.RULES.keys()


async def test_what_is_not_hers_does_not_exist_for_her(school: World, there: People) -> None:
    """Every door with an id, with every row of another's and with what is no id at all: 404, and nothing written."""
    before = rows(school)
    everybody = ("janneke", "wil", "fenna", "net", "kees") if school.bot.database.postgres else PEOPLE
    for key, door in product(everybody, WITH_IDS):
        *firsts, last = kinds(door)
        good = {kind: (there.first_for(key, kind) or there.any(kind)) for kind in firsts}
        foreign = [there.id(last, each) for each in there.of(last) if key not in there.seen_by(last, each)]
        for bad in (*map(str, foreign), *(NOTHING if key == "wil" else ())):
            path = filled(door, {**good, last: bad})
            assert await status(there.desk(key), door, path) == 404, f"{key} {door.method} {path}"
    assert rows(school) == before


async def test_what_is_hers_is_there_for_her(school: World, there: People) -> None:
    """The same rows through the rule itself: exactly those that the table in tests/harness/rights.py names."""
    with school.bot.database.read() as tx:
        for key, kind in product(PEOPLE, reach.RULES):
            who = there.who(tx, key, PEOPLE[key])
            may = {each for each in there.of(kind) if reach.may_see(tx, who, kind, there.id(kind, each))}
            assert may == {each for each in there.of(kind) if key in there.seen_by(kind, each)}, f"{key} {kind}"


async def test_pages_with_an_id_open_for_whom_they_are(school: World, there: People) -> None:
    for key, door in product(PEOPLE, WITH_IDS):
        ids = {kind: there.first_for(key, kind) for kind in kinds(door)}
        if door.method == "POST" or None in ids.values():
            continue
        got = await status(there.desk(key), door, filled(door, ids))
        assert got == (200 if there.role(key) in door.may else 404), f"{key} {named(door)}"


# --- roles
async def test_a_page_is_for_the_roles_it_names(school: World, there: People) -> None:
    for key, door in product(PEOPLE, PLAIN):
        desk = there.desk(key) if door.method == "GET" else Desk(school, key, PEOPLE[key])  # one of them signs her out
        got = await status(desk, door, door.path)
        if there.role(key) not in door.may:
            assert got == 404, f"{key} {named(door)}"
        elif door.method == "GET":
            assert got in (200, 303), f"{key} {named(door)}"
        else:
            assert got not in (403, 404) or named(door) == "POST /concept", f"{key} {named(door)}"


async def test_nobody_sees_a_page_who_is_not_signed_in(school: World, there: People) -> None:
    desk, before = Desk(school), rows(school)
    for door in doors.DOORS:
        path = filled(door, {kind: there.any(kind) for kind in kinds(door)})
        answer = await desk.bare(door.method, path, data={"_ons": "x"} if door.method == "POST" else None)
        assert answer.status_code == 303, named(door)
        assert answer.headers["location"].startswith(f"{BASE}/in"), named(door)
    assert rows(school) == before


async def test_a_form_without_its_proof_does_nothing(school: World, there: People) -> None:
    desk = Desk(school, "wil")
    before = rows(school)
    for door in doors.DOORS:
        if door.method == "POST" and there.role("wil") in door.may:
            path = filled(door, {kind: there.first_for("wil", kind) or there.any(kind) for kind in kinds(door)})
            assert (await desk.bare("POST", path, data={"_ons": "x"})).status_code == 403, named(door)
    assert rows(school) == before


# --- contents
async def test_no_page_holds_a_name_of_somebody_elses(school: World, there: People) -> None:
    """All pages that she can open, with all that hangs from them: names of other groups and schools are nowhere."""
    for key, door in product(PEOPLE, doors.DOORS):
        if door.method == "POST" or there.role(key) not in door.may:
            continue
        for path in _paths(door, there, key):
            page = await there.desk(key).get(path)
            found = named_in(page.text) - ABOUT[key]
            assert not found, f"{key} {path}: {found}"


def _paths(door: Door, there: People, key: str) -> Iterator[str]:
    *firsts, last = kinds(door) or [""]
    if not last:
        yield door.path
        return
    good = {kind: there.first_for(key, kind) for kind in firsts}
    if None not in good.values():
        for each in there.of(last):
            if key in there.seen_by(last, each):
                yield filled(door, {**good, last: there.id(last, each)})


def test_the_network_opens_no_page_about_anybody() -> None:
    assert not [named(door) for door in WITH_IDS if NETWORK in door.may]
    assert {door.method for door in doors.DOORS} == {"GET", "POST"}
    assert all(door.may <= EVERYONE for door in doors.DOORS)


def test_what_changes_something_is_written_down() -> None:
    silent = {named(door) for door in doors.DOORS if door.method == "POST" and not door.what}
    assert silent == HER_OWN


async def test_today_asks_every_room_that_has_something_to_say(school: World, there: People) -> None:
    """What one statement takes to be silent finds nothing, whoever looks; and it does keep rooms from being asked."""
    asked = set()
    with school.bot.database.read() as tx:
        for key in PEOPLE:
            visit = Visit(school.bot, there.who(tx, key, PEOPLE[key]), school.clock(), "/console/vandaag")
            chosen = needs_astir.among(visit, tx, today.FINDERS)
            asked |= {*chosen} & needs_astir.ROOMS.keys()
            for silent in {*today.FINDERS} - {*chosen}:
                assert not [*silent(visit, tx)], f"{key} {silent.__name__}"
    assert asked < needs_astir.ROOMS.keys() <= {*today.FINDERS}


# --- the audit
async def test_what_was_done_stays_as_it_is(school: World) -> None:
    deed = {"school": "brug", "staff_id": 1, "what": "antwoord", "kind": "thread", "target": 1, "at": school.clock()}
    school.write(lambda tx: tx.execute(insert(t.audit), deed))
    for statement in (t.audit.update().values(what="x"), t.audit.delete()):
        with pytest.raises(Exception, match="what was done"), school.bot.database.begin() as tx:
            tx.execute(statement)
    assert [row.what for row in school.rows(select(t.audit.c.what))] == ["antwoord"]
