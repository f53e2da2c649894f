"""A talk and a teacher's talks over real HTTP, as phones and calendar programs fetch them."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import NamedTuple

import httpx
import pytest
import vobject
from sqlalchemy import insert, select, update

from bot.booking import calendar, feeds
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx
from tests.fakes.server import serving
from tests.world import KARIN, World

KIND = "text/calendar; charset=utf-8"


class Site(NamedTuple):
    world: World
    client: httpx.AsyncClient
    talk: int

    def link(self) -> str:
        """Where Karin's phone finds her talk."""
        return self.path(lambda tx: calendar.link(tx, self.world.bot.config, self.talk, self.world.contact(KARIN)))

    def feed(self) -> str:
        """A new address of juf Janneke."""

        def work(tx: Tx) -> str:
            whose = staff.by_key(tx, "brug", "janneke").id
            return feeds.make(tx, self.world.bot.config, whose, self.world.clock())

        return self.path(work)

    def path(self, work: Callable[[Tx], str]) -> str:
        return self.world.write(work).removeprefix(self.world.bot.config.web.public_url)


@pytest.fixture
async def site(world: World) -> AsyncIterator[Site]:
    def work(tx: Tx) -> int:
        now, g = world.clock(), t.guardian.c
        child = tx.execute(select(g.child_id).where(g.contact_id == world.contact(KARIN))).scalars().first()
        row = {
            "contact_id": world.contact(KARIN), "school": "brug", "child_id": child, "minutes": 15, "made_at": now,
            "staff_id": staff.by_key(tx, "brug", "janneke").id, "starts_at": now + timedelta(days=1), "changed_at": now,
        }  # fmt: skip
        return int(tx.execute(insert(t.appointment).returning(t.appointment.c.id), row).scalar_one())

    number = world.write(work)
    async with serving(world.web()) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        yield Site(world, client, number)


async def test_a_phone_opens_a_talk(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    path = site.link()
    got = await site.client.get(path)
    assert (got.status_code, got.headers["content-type"]) == (200, KIND)
    told = ("cache-control", "x-content-type-options", "referrer-policy", "x-robots-tag")
    assert [got.headers[each] for each in told] == ["no-store", "nosniff", "no-referrer", "noindex"]
    assert got.headers["content-disposition"] == 'inline; filename="gesprek-op-school.ics"'
    assert vobject.readOne(got.text).vevent.summary.value == "Gesprek met juf Janneke op De Brug"
    head = await site.client.head(path)
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", KIND)
    assert head.headers["content-length"] == str(len(got.content))
    wrong = (
        path.removesuffix(".ics"), path.replace(".ics", ".html"), path.replace("-", "-0"), f"{path}/x", "/afspraak",
        "/afspraak/.ics", "/afspraak/%00-%00.ics", "/afspraak/%F0%9F.ics", f"/afspraak/{'1' * 5000}-{'a' * 11}.ics",
    )  # fmt: skip
    assert {(await site.client.get(each)).status_code for each in wrong} == {404}
    assert (await site.client.post(path)).status_code == 405
    site.world.clock.move(site.world.clock() + timedelta(days=1, minutes=15))
    assert (await site.client.get(path)).status_code == 404, "over"
    out = capfd.readouterr()
    assert path.partition("-")[2] not in out.out + out.err


async def test_a_calendar_comes_back_and_gets_only_what_is_new(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    path = site.feed()
    got = await site.client.get(path)
    assert (got.status_code, got.headers["content-type"]) == (200, KIND)
    assert got.headers["cache-control"] == "private, no-cache"
    assert len(vobject.readOne(got.text).contents["vevent"]) == 1
    mark = got.headers["etag"]
    for asked in (mark, f'W/{mark}, "x"', "*"):
        again = await site.client.get(path, headers={"if-none-match": asked})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", mark)
    assert (await site.client.get(path, headers={"if-none-match": '"x"'})).status_code == 200
    assert (await site.client.head(path)).status_code == 200
    moved = update(t.appointment).values(starts_at=site.world.clock() + timedelta(days=2), moved=1)
    site.world.write(lambda tx: tx.execute(moved))
    fresh = await site.client.get(path, headers={"if-none-match": mark})
    assert fresh.status_code == 200
    assert fresh.headers["etag"] != mark
    wrong = (path.removesuffix(".ics"), path[:-5] + "x.ics", path.swapcase(), "/agenda/.ics", "/agenda/%F0%9F.ics")
    assert {(await site.client.get(each)).status_code for each in wrong} == {404}
    site.feed()
    assert (await site.client.get(path)).status_code == 404, "she made a new one"
    out = capfd.readouterr()
    assert path.rpartition("/")[2] not in out.out + out.err
