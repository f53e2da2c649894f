"""Everything of one parent and nothing of the other: handed over, and forgotten, in every table, on both databases."""

import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select, update

from bot.channels.base import Channel
from bot.config import Config
from bot.errors import BotError, Throttled
from bot.privacy import erase, export, holdings, outside, retention, rooms, written
from bot.privacy.holdings import HOLDINGS, OTHERS, STAYS
from bot.store import tables as t
from bot.store.columns import metadata
from bot.store.database import Database
from tests import world as there
from tests.harness import holdings as rows
from tests.harness.holdings import NOW, Sown
from tests.world import FATIMA, OMAR, World

LATER = NOW + timedelta(minutes=2)


class Two(NamedTuple):
    """The two parents of a child, and where the house is."""

    database: Database
    config: Config
    home: Path
    hers: Sown
    his: Sown


@pytest.fixture
def two(database: Database, tmp_path: Path) -> Two:
    shared: dict[str, int] = {}
    with database.begin() as tx:
        hers = rows.sow(tx, "mirtewoord", "+31612000071", shared)
        his = rows.sow(tx, "jorritwoord", "+31612000072", shared)
    return Two(database, there.settings(tmp_path), tmp_path, hers, his)


def begun(two: Two, asked: str = "command") -> int:
    with two.database.begin() as tx:
        return erase.begin(tx, two.config, two.hers.contact_id, asked, NOW)


def found(two: Two, signs: tuple[str, ...]) -> set[str]:
    return {where for where, text in rows.everything(two.database) if any(sign in text for sign in signs)}


# --- the list
def test_every_table_says_whose_it_is() -> None:
    known = [each.table for each in HOLDINGS] + list(OTHERS)
    assert sorted(each.name for each in known) == sorted(each.name for each in metadata.sorted_tables)
    assert all(each.why for each in HOLDINGS if each.becomes == STAYS)
    assert {each.section for each in HOLDINGS} - {""} == set(export.SECTIONS)


# --- handed over
def test_everything_of_hers_and_nothing_of_his(two: Two) -> None:
    with two.database.read() as tx:
        all_of_it = export.everything(tx, two.config, two.hers.contact_id, NOW)
        with_notes = export.everything(tx, two.config, two.hers.contact_id, NOW, inward=True)
        counted = export.counts(tx, two.hers.contact_id)
    assert not [sign for sign in two.his.signs if sign in with_notes.json()]
    assert "promise" not in all_of_it.tables, "what colleagues noted for each other is read first"
    assert set(with_notes.tables) == set(counted) == {each.table.name for each in HOLDINGS} - {
        "erasure", "audit", "staff",
    }  # fmt: skip
    sealed = [each for each in HOLDINGS if not each.inward and each.table.name not in rows.SHARED]
    for each in sealed:
        if any(name in ("words", "body", "payload", "memory", "name", "note") for name in each.columns):
            assert "mirtewoord" in json.dumps(all_of_it.tables[each.table.name]), each.table.name


def test_an_address_opens_for_a_day_and_only_hers(two: Two) -> None:
    with two.database.begin() as tx:
        token = export.hand_out(tx, two.config, two.hers.contact_id, NOW).value.rpartition("/")[2]
        newer = export.hand_out(tx, two.config, two.hers.contact_id, NOW).value.rpartition("/")[2]
        last = NOW + export.LIFE - timedelta(seconds=1)
        assert export.by_token(tx, two.config, token, last) is None, "an older one does not open any more"
        opened = export.by_token(tx, two.config, newer, last)
        assert opened is not None
        assert opened.contact_id == two.hers.contact_id
        assert export.file(tx, newer, two.hers.ids["media"], last) == ("x", b"mirtewoord")
        assert export.file(tx, newer, two.his.ids["media"], last) is None
        assert export.by_token(tx, two.config, newer, NOW + export.LIFE) is None


def test_of_a_child_behind_a_bar_nothing_is_handed_over(two: Two) -> None:
    with two.database.begin() as tx:
        tx.execute(update(t.guardian).where(t.guardian.c.contact_id == two.hers.contact_id).values(barred_at=NOW))
        all_of_it = export.everything(tx, two.config, two.hers.contact_id, NOW)
        assert erase.hindrance(tx, two.config, two.hers.contact_id) == "bar"
    assert {"child", "membership", "appointment", "absence"}.isdisjoint(all_of_it.tables)


# --- forgotten
async def test_no_trace_of_hers_is_left_and_his_is_as_it_was(two: Two) -> None:
    before = rows.of(two.database, two.his.contact_id)
    assert len(found(two, two.hers.signs)) > 24, "or nothing is proven"
    number = begun(two)
    assert await erase.finish(two.database, two.home, number, LATER)
    there_still = {"leftover.provider_id", "inbox.provider_id"}
    assert found(two, two.hers.signs) == there_still, "what has to be asked back, and what may be brought again"
    assert rows.of(two.database, two.his.contact_id) == before
    assert await outside.settle(two.database, {}, lambda: LATER) == 2
    assert found(two, two.hers.signs) == {"inbox.provider_id"}
    with two.database.read() as tx:
        done = erase.one(tx, number)
        assert (done.state, done.left) == ("done", {"partner": {"kept": 1}, "sms": {"kept": 3}}), (
            "two messages with a number, a piece without"
        )
        assert not rooms.is_anything_left(tx, two.hers.contact_id)
        kept = {name for name, many in export.counts(tx, two.hers.contact_id).items() if many}
    assert kept <= {"erasure", "contact"}
    with two.database.begin() as tx:
        assert erase.begin(tx, two.config, two.his.contact_id, "command", LATER) != number
    assert not await erase.go_on(two.database, two.home, LATER - timedelta(hours=1)), "not before its time"
    await retention.forget(two.database, two.config, NOW + timedelta(days=31))
    assert found(two, two.hers.signs) == set(), "no provider brings a letter of a month ago"


async def test_a_killed_one_goes_on_where_it_stopped(two: Two) -> None:
    """A process that is killed after each of its commits; the rooms are gone through once."""
    number = begun(two)
    script = (
        "import sys\nfrom datetime import datetime\nfrom bot.privacy import erase\n"
        "from bot.store.database import Database\nfrom bot.store.sealed import Ring\n"
        "at = datetime.fromisoformat(sys.argv[3])\n"
        "database = Database(sys.argv[1], Ring.parse(sys.stdin.read()))\n"
        "def once():\n"
        "    with database.begin() as tx: return erase.step(tx, int(sys.argv[2]), at)\n"
        "while once(): print('.', flush=True)\n"
    )
    url = two.database.url.render_as_string(hide_password=False)
    for commits in (3, 8):
        called = [sys.executable, "-c", script, url, str(number), LATER.isoformat()]
        with subprocess.Popen(called, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(str(two.database.ring))
            child.stdin.close()
            for _ in range(commits):
                assert child.stdout.readline()
            child.send_signal(signal.SIGKILL)
        with two.database.read() as tx:
            assert erase.one(tx, number).state == "going"
    assert await erase.go_on(two.database, two.home, LATER) == 1
    assert found(two, two.hers.signs) == {"leftover.provider_id", "inbox.provider_id"}
    with two.database.read() as tx:
        assert erase.one(tx, number).left["sms"] == {"kept": 1, "there": 2}, "nothing twice"


async def test_one_that_fails_says_so_and_goes_on_later(two: Two) -> None:
    number, m = begun(two), t.thread_message.c
    with two.database.begin() as tx:
        whole = tx.execute(select(m.body).where(m.id == two.hers.ids["thread_message"])).scalar_one()
        tx.execute(update(t.thread_message).where(m.id == two.hers.ids["thread_message"]).values(body=b"torn"))
    assert not await erase.finish(two.database, two.home, number, LATER)
    with two.database.begin() as tx:
        stuck = erase.one(tx, number)
        assert (stuck.state, stuck.step, stuck.reason) == ("partly", "talks", "ConfigError")
        assert stuck.try_at == LATER + erase.AGAIN
        assert erase.troubled(tx, ["brug"]) == 1
        assert erase.counts(tx)["partly"] == 1
        tx.execute(update(t.thread_message).where(m.id == two.hers.ids["thread_message"]).values(body=whole))
    assert await erase.go_on(two.database, two.home, LATER) == 0
    assert await erase.go_on(two.database, two.home, LATER + erase.AGAIN) == 1


async def test_what_is_under_way_is_waited_for(two: Two) -> None:
    number, o = begun(two, "parent"), t.outbox.c
    mine = update(t.outbox).where(o.contact_id == two.hers.contact_id)
    with two.database.begin() as tx:
        tx.execute(mine.values(status="sending", token="x", lease_until=LATER))
    assert not await erase.finish(two.database, two.home, number, LATER)
    with two.database.begin() as tx:
        assert erase.one(tx, number).reason == "sending"
        tx.execute(mine.values(status="delivered", token=None, lease_until=None))
    assert await erase.finish(two.database, two.home, number, LATER)


# --- what others hold
class Provider:
    """Parts with a message at the second time of asking."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def forget(self, provider_id: str) -> bool:
        self.asked.append(provider_id)
        if len(self.asked) == 1:
            raise Throttled(timedelta(hours=1), "", "config 20009")
        return True


async def test_providers_are_asked_again_until_it_is_gone(two: Two) -> None:
    number, provider = begun(two), Provider()
    channels: dict[str, Channel] = {"sms": provider}  # type: ignore[dict-item]
    await erase.finish(two.database, two.home, number, LATER)
    await outside.settle(two.database, channels, lambda: LATER)
    assert provider.asked == ["SMmirtewoord"] * 2
    assert await outside.settle(two.database, channels, lambda: LATER + timedelta(minutes=59)) == 0
    assert await outside.settle(two.database, channels, lambda: LATER + timedelta(minutes=60)) == 1
    with two.database.read() as tx:
        assert erase.one(tx, number).left["sms"] == {"gone": 2, "kept": 1}


# --- afterwards
async def test_a_backup_that_is_put_back_forgets_her_again(two: Two) -> None:
    number = begun(two)
    await erase.finish(two.database, two.home, number, LATER)
    known = written.read(two.home, two.home / "nowhere")
    assert [contact_id for contact_id, _ in known] == [two.hers.contact_id]
    written.copy(two.home, tmp := two.home / "backups") if tmp_made(two.home / "backups") else None
    assert written.read(tmp) == known
    with two.database.begin() as tx:  # as the backup has it: she is there, and nobody asked
        tx.execute(t.erasure.delete())
        since = known[0][1]
        if not tx.execute(select(t.contact.c.id).where(t.contact.c.id == two.hers.contact_id)).first():
            language = tx.seal("contact.language", "nl")
            tx.execute(t.contact.insert().values(id=two.hers.contact_id, language=language, created_at=since))
        stranger = [(two.his.contact_id, since - timedelta(days=1))]
        duty = two.config.schools["brug"].duty_addresses[0]
        row = {"channel": duty.channel, "find": tx.find(str(duty)), "sealed": tx.seal("address.sealed", duty.value)}
        tx.execute(t.address.insert().values(contact_id=two.hers.contact_id, position=0, **row))
        assert erase.again(tx, [*known, *stranger], two.config, LATER) == 1, "another's number is another's"
        assert [each.asked for each in erase.listed(tx)] == ["restored"]


def tmp_made(folder: Path) -> bool:
    folder.mkdir()
    return True


async def test_she_asks_for_it_and_is_a_stranger_afterwards(world: World) -> None:
    """The whole way, by her own words: the last message still leaves, then there is nobody."""
    omar = world.contact(OMAR)
    await world.say(FATIMA, "vergeet mij")
    assert world.last(FATIMA).keys[-1] == "vergeet.zeker"
    assert await world.say(FATIMA, "2") == ["vergeet.klaar"]
    world.queue(FATIMA, "plan")
    assert await world.later(FATIMA, minutes=15) == [], "nothing reaches her any more"
    with world.bot.database.read() as tx:
        [done] = erase.listed(tx)
        assert (done.state, done.asked, done.school) == ("done", "parent", "brug")
        assert export.counts(tx, done.contact_id).keys() <= {"erasure", "contact"}
    assert await world.say(FATIMA, "Hallo"), "answered as anybody who is not known"
    assert world.contact(FATIMA) != done.contact_id
    assert world.contact(OMAR) == omar
    assert await world.say(OMAR, "menu") == ["menu.wat"]


def test_who_works_at_school_is_not_forgotten_as_a_parent(two: Two) -> None:
    with two.database.begin() as tx:
        assert erase.hindrance(tx, two.config, two.hers.contact_id, ["brug"]) == ""
        tx.execute(update(t.thread).values(school="noord"))
        assert erase.hindrance(tx, two.config, two.hers.contact_id, ["brug"]) == "elsewhere", "a talk without a child"
        tx.execute(update(t.staff).values(contact_id=two.hers.contact_id))
        assert erase.hindrance(tx, two.config, two.hers.contact_id) == "work"
        with pytest.raises(BotError, match="unlink her phone"):
            erase.begin(tx, two.config, two.hers.contact_id, "staff", NOW)
        with pytest.raises(BotError, match="nobody of that number"):
            erase.begin(tx, two.config, 999_999, "staff", NOW)
    assert holdings.of(t.fact) is None
