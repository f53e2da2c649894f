"""`ouderbrug followups` in a process of its own: what waits and why, and nothing of anybody."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.model import Address
from bot.store import tables as t
from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.command import Command
from tests.world import FATIMA, JAN, KARIN, World

PERSONAL = ("Karin", "Visser", "Lotte", "Fatima", "Janneke", "31612", "4711", "niezen", "Amira")


@pytest.fixture
def ouderbrug(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> Command:
    return command.on(sqlite_url, ring, tmp_path)


def lay(world: World, who: Address, scope: str, due: timedelta, **values: Any) -> None:
    """A follow-up that waits, so long from now."""
    now = datetime.now(UTC)
    row = {
        "contact_id": world.contact(who), "kind": scope.partition(":")[0], "scope": scope, "flow": "voorlezen",
        "say": "voorlezen.herinnering", "cls": "plan", "purpose": "tips", "zone": "Europe/Amsterdam", "school": "brug",
        "rule": {"weekday": "di", "time": "19:30"}, "due_at": now + due, "expires_at": now + timedelta(days=90),
    }  # fmt: skip
    world.write(
        lambda tx: tx.execute(
            t.followup.insert().values({**row, "fields": tx.seal("followup.fields", '{"wie": "niezen"}'), **values})
        )
    )


async def test_what_waits_is_told_without_anything_personal(world: World, ouderbrug: Command) -> None:
    for text in ("voorlezen", "2", "di", "19:30", "mens", "Lotte is ziek en moet niezen"):
        await world.say(KARIN, text)
    lay(world, FATIMA, "journey:start.eerste:brug:2026-2027", timedelta(hours=3), reason="budget")
    lay(world, JAN, "appointment:4711:dag_ervoor", timedelta(hours=-2), kind="remind", school="vaart", rev=3)
    lay(world, JAN, "digest:4711", timedelta(days=2))
    for shown in (ouderbrug("followups").stdout, ouderbrug("followups", "--json").stdout):
        assert not any(word in shown for word in PERSONAL)
    found = ouderbrug.json("followups")
    kinds = [(each["kind"], each["school"], each["what"], each["reason"], each["rev"]) for each in found["waiting"]]
    assert kinds[:2] == [
        ("journey", "brug", "voorlezen start.eerste:brug:2026-2027", "budget", 0),
        ("remind", "vaart", "voorlezen appointment:dag_ervoor", "late", 3),
    ]
    assert {each["kind"] for each in found["waiting"]} == {"journey", "remind", "digest", "plan", "question"}
    assert next(each["what"] for each in found["waiting"] if each["kind"] == "digest") == "voorlezen"
    assert found["summary"]["journey"]["put_off"] == {"budget": 1}
    assert found["summary"]["plan"]["waiting"] == 1
    assert all(each["due"].endswith(("+01:00", "+02:00")) for each in found["waiting"])


def test_the_sender_is_told_what_was_put_off_and_what_fell_away(world: World, ouderbrug: Command) -> None:
    lay(world, FATIMA, "plan:voorlezen", timedelta(hours=1))
    lay(world, KARIN, "journey:start.eerste:brug:2026-2027", timedelta(days=1), reason="paused")
    lay(world, JAN, "after:gesprek:12", timedelta(days=-1), state="dropped", reason="no_consent")
    lay(world, JAN, "after:gesprek:13", timedelta(days=-9), state="dropped", reason="no_consent")
    queued = world.queue(KARIN, "tip")
    late = world.queue(KARIN, "tip")
    now = datetime.now(UTC)
    update = t.outbox.update()
    world.write(lambda tx: tx.execute(update.where(t.outbox.c.id == queued).values(reason="budget")))
    gone = {"status": "expired", "reason": "too_late", "settled_at": now - timedelta(days=1)}
    world.write(lambda tx: tx.execute(update.where(t.outbox.c.id == late).values(gone)))
    summary = ouderbrug.json("followups")["summary"]
    assert list(summary) == ["plan", "journey", "after", "message"]
    assert summary["journey"]["put_off"] == {"paused": 1}
    assert summary["after"] == {"waiting": 0, "next": None, "put_off": {}, "dropped": {"no_consent": 1}}
    assert (summary["message"]["put_off"], summary["message"]["dropped"]) == ({"budget": 1}, {"too_late": 1})
    shown = ouderbrug("followups").stdout
    assert "journey: 1 waits; next " in shown
    assert "put off: 1 paused" in shown
    assert "fell away this week: 1 no_consent" in shown
    shown = " ".join(ouderbrug("status").stdout.split())
    assert "put off 1 budget, 1 paused" in shown


def test_one_sees_less_by_asking(world: World, ouderbrug: Command) -> None:
    lay(world, FATIMA, "plan:voorlezen", timedelta(hours=1))
    lay(world, KARIN, "plan:voorlezen", timedelta(days=3), school="vaart")
    lay(world, JAN, "journey:start.eerste:brug:2026-2027", timedelta(days=1), reason="budget")

    def schools(*arguments: str) -> list[str]:
        return [each["school"] for each in ouderbrug.json("followups", *arguments)["waiting"]]

    assert schools("--kind", "plan") == ["brug", "vaart"]
    assert schools("--school", "vaart") == ["vaart"]
    assert schools("--due", "2h") == ["brug"]
    assert schools("--reason", "budget") == ["brug"]
    assert schools("--kind", "question") == []
    assert "none of these" in ouderbrug("followups", "--kind", "question").stdout
    assert "…" not in ouderbrug("followups").stdout
    assert list(ouderbrug.json("followups", "--school", "vaart")["summary"]) == ["plan"]


def test_what_cannot_be_asked_is_one_line(ouderbrug: Command) -> None:
    assert "write 90m, 24h, 7d or 2w" in ouderbrug("followups", "--due", "soon").stderr
    there_is_none = ouderbrug("followups", "--school", "nergens")
    assert there_is_none.returncode != 0
    assert there_is_none.stderr.count("\n") == 1
    assert "nothing waits" in ouderbrug("followups").stdout
