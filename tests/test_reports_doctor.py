"""What the rows of a house tell the doctor, on a house that is well and on one that is not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.base import Finding
from bot.config import ChannelSettings, Config
from bot.reports import doctor
from bot.reports.finding import Result
from bot.store import backup, keys, settings
from bot.store import tables as t
from tests.world import KARIN, MONDAY, Line, World

NEEDED = {"whatsapp": frozenset({"voorlezen.herinnering", "voorlezen.hoe_vaak"})}
GIVEN = {"BOT_KEYS": "..."}


def of_school(config: Config) -> Config:
    """The same settings, but with real people behind a channel."""
    telegram = replace(config.channels["telegram"], driver="telegram")
    return replace(config, channels={**config.channels, "telegram": telegram})


def stored(world: World, *, live: bool = False, **environment: str) -> dict[str, Result]:
    """What is said, by what it is about; the last where there are several."""
    config = of_school(world.bot.config) if live else world.bot.config
    with world.bot.database.read() as tx:
        found = doctor.stored(tx, config, world.clock(), NEEDED, environment)
        return {each.about: each for each in found}


async def test_a_ring_and_a_backup_that_nobody_made(world: World) -> None:
    """It may be so while one tries it out; with real parents it is wrong."""
    for live, kind in ((False, "look"), (True, "wrong")):
        found = stored(world, live=live)
        assert (found["keys"].kind, found["backup"].kind) == (kind, kind)
        assert "ouderbrug keys confirm" in found["keys"].way_out
        assert "ouderbrug backup" in found["backup"].way_out
    assert stored(world, live=True, **GIVEN)["keys"].kind == "ok"
    world.write(keys.confirm)
    assert stored(world, live=True)["keys"].kind == "ok"


@pytest.mark.parametrize(("days", "kind"), [(0, "ok"), (1, "ok"), (3, "look"), (9, "wrong")])
async def test_how_old_the_backup_is(world: World, days: int, kind: str) -> None:
    made_at = MONDAY - timedelta(days=days)
    world.write(lambda tx: settings.put_moment(tx, backup.LAST, made_at))
    assert stored(world, live=True)["backup"].kind == kind


async def test_templates_by_their_newest_state(world: World) -> None:
    def state(language: str, key: str, state: str, day: int) -> None:
        row: dict[str, Any] = {
            "channel": "whatsapp", "form": f"{language}{key}{day}"[-32:], "template": key, "language": language,
            "shape": "|", "state": state, "changed_at": MONDAY + timedelta(days=day),
        }  # fmt: skip
        world.write(lambda tx: tx.execute(t.content.insert(), row))

    for key in NEEDED["whatsapp"]:
        state("nl", key, "rejected", 0)
        state("nl", key, "approved", 1)
        state("en", key, "pending", 1)
        state("tr", key, "rejected" if key.endswith("hoe_vaak") else "approved", 1)
    found = stored(world)
    assert {name: each.kind for name, each in found.items() if name.startswith("templates")} == {
        "templates nl": "ok", "templates en": "look", "templates tr": "wrong", "templates ar": "look",
        **{f"templates {each}": "look" for each in ("fa", "pl", "uk", "ti", "so", "bg", "es", "fr")},
    }  # fmt: skip
    assert found["templates ar"].what == "2 unknown"
    assert found["templates tr"].what == "1 approved, 1 rejected"


async def test_what_waits_for_a_person(world: World) -> None:
    assert not {"letters", "messages", "alarms", "conversations"} & stored(world).keys()
    row_id = world.queue(KARIN)
    world.write(lambda tx: tx.execute(t.outbox.update().where(t.outbox.c.id == row_id).values(status="unknown")))
    await world.say(KARIN, "mijn man slaat mij")
    found = stored(world)
    assert {"messages", "alarms"} <= found.keys()
    assert found["messages"].what == "1 messages may have arrived or not"


async def test_languages_that_parents_speak_and_the_bot_does_not(world: World) -> None:
    assert stored(world)["languages"].kind == "ok"
    karin = t.contact.update().where(t.contact.c.id == world.contact(KARIN))
    world.write(lambda tx: tx.execute(karin.values(language=tx.seal("contact.language", "ro"))))
    assert stored(world)["languages"].what == "parents speak what is not offered: Romanian (1)"


async def test_how_parents_are_reached(world: World) -> None:
    with world.bot.database.read() as tx:
        assert doctor.channels_used(tx) == {"whatsapp": 1, "sms": 2, "telegram": 1}
        assert doctor.languages(tx) == {"nl": 2, "ar": 1, "en": 1}


class Examined(Line):
    """A provider where one thing is well and another is not."""

    async def examine(self) -> Sequence[Finding]:
        return [Finding(True, "the token fits"), Finding(False, "no webhook is set", "set it: ...")]


async def test_what_a_provider_says_and_a_channel_that_says_nothing() -> None:
    found = await doctor.examine({"sms": Examined("sms"), "telegram": Line("telegram")})
    assert [each.kind for each in found] == ["ok", "wrong", "ok"]
    assert found[1] == Result("wrong", "channel sms", "no webhook is set", "set it: ...")


async def test_a_channel_that_cannot_be_opened_does_not_hide_the_others(world: World) -> None:
    broken = {"fax": ChannelSettings("fax", "fax"), **world.bot.config.channels}
    opened, found = doctor.open_channels(replace(world.bot.config, channels=broken), world.clock)
    assert opened.keys() == world.bot.config.channels.keys()
    assert [(each.kind, each.about) for each in found] == [("wrong", "channel fax")]
    assert found[0].way_out
    for channel in opened.values():
        await channel.close()


async def test_duty_that_cannot_be_called(world: World) -> None:
    kinds = {each.about: each.kind for each in doctor.settled(world.bot.config)}
    assert kinds["duty"] == "ok"
    without = {name: each for name, each in world.bot.config.channels.items() if name != "sms"}
    found = {each.about: each for each in doctor.settled(replace(world.bot.config, channels=without))}
    assert found["duty"].kind == "wrong"
    assert "31612" not in found["duty"].what
