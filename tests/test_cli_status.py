"""`ouderbrug status` in a process of its own: counts for people and for scripts, and nothing personal."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.store import chores, schema, settings
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.sealed import Ring
from tests.fakes import command
from tests.world import FATIMA, KARIN, MONDAY, World

PERSONAL = ("Karin", "Visser", "Lotte", "Fatima", "Janneke", "31612", "ziek")


async def test_counts_without_anything_personal(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    for text in ("voorlezen", "2", "di", "19:30"):
        await world.say(KARIN, text)
    await world.say(FATIMA, "mijn man slaat mij")
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Lotte is ziek")
    ouderbrug = command.on(sqlite_url, ring, tmp_path)
    found = ouderbrug.json("status")
    assert found["inbox"] == {"done": 8}
    assert found["outbox"] == {"sent": 8}
    assert (found["followups_waiting"], found["threads_open"], found["alarms_open"]) == (1, 2, 1)
    assert {each["flow"]: each["count"] for each in found["conversations"]} == {"alarm": 1, "voorlezen": 1}
    assert found["conversations_broken"] == 0
    [sms] = found["channels"]
    assert (sms["channel"], sms["driver"], sms["last_in"][:10]) == ("sms", "phone", "2026-11-23")
    for shown in (ouderbrug("status", "--json").stdout, ouderbrug("status").stdout):
        assert not any(word in shown for word in PERSONAL)


async def test_how_the_house_is(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    hour = timedelta(hours=1)

    def lay(tx: Tx) -> None:
        settings.put_moment(tx, "swept.sms", MONDAY)
        settings.put_moment(tx, "restored_at", MONDAY)
        chores.hold(tx, "poll:telegram", "somebody", hour, datetime.now(UTC))
        until = datetime.now(UTC) + hour
        tx.execute(t.limiter.insert(), [{"name": name, "next_at": until} for name in ("rest:sms", "opened:sms")])
        content = {"channel": "sms", "language": "nl", "shape": "", "changed_at": MONDAY, "template": "klop.vraag"}
        tx.execute(t.content.insert(), [{**content, "form": str(n), "state": "approved"} for n in range(2)])

    world.write(lay)
    ouderbrug = command.on(sqlite_url, ring, tmp_path)
    found = ouderbrug.json("status")
    [sms] = found["channels"]
    assert sms["templates"] == {"approved": 2}
    assert (sms["last_sweep"][:10], found["restored_at"][:10]) == ("2026-11-23", "2026-11-23")
    assert sms["resting_until"] > datetime.now(UTC).isoformat()
    assert list(found["polling"]) == ["telegram"]
    assert (found["schema"], found["keys_confirmed"]) == (schema.revisions()[-1], True)
    shown = " ".join(ouderbrug("status").stdout.split())
    assert all(word in shown for word in ("nothing leaves until", "2 approved", "polling", "kept elsewhere too"))


def test_an_empty_database_has_counts_too(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    done = command.on(sqlite_url, ring, tmp_path)("status")
    assert done.returncode == 0
    assert "letters in" in done.stdout
    assert "none" in done.stdout
