"""A flow edited in mid-conversation: who is in it ends on the version she began with, or a person takes over."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.reports import status
from bot.store import tables as t
from tests.world import KARIN, World


@pytest.fixture
def flows(world: World, tmp_path: Path) -> Path:
    """A copy of the flows that may be edited."""
    return shutil.copytree(world.bot.config.flows, tmp_path / "flows")


@pytest.fixture
def locales(world: World, tmp_path: Path) -> Path:
    return shutil.copytree(world.bot.config.locales, tmp_path / "locales")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def without_day(flows: Path) -> None:
    """voorlezen without its question for the day."""
    edit(flows / "voorlezen.toml", 'else = "dag"', 'else = "tijd"')
    edit(flows / "voorlezen.toml", '"{dag}"', '"ma"')


def broken(world: World) -> int:
    with world.bot.database.read() as tx:
        return int(status.full(tx)["conversations_broken"])


async def test_who_is_in_it_ends_on_the_version_she_began_with(world: World, flows: Path) -> None:
    await world.say(KARIN, "voorlezen")
    without_day(flows)
    world.restart(flows=flows)
    assert await world.say(KARIN, "1") == ["voorlezen.dag"]
    world.restart(flows=flows)
    assert await world.say(KARIN, "di") == ["voorlezen.tijd"], "also after another start"
    assert await world.say(KARIN, "voorlezen") == ["voorlezen.wanneer"]
    assert await world.say(KARIN, "1") == ["voorlezen.tijd"], "whoever begins now begins the new one"


async def test_status_counts_conversations_by_version(world: World, flows: Path) -> None:
    await world.say(KARIN, "voorlezen")
    without_day(flows)
    world.restart(flows=flows)
    [old] = world.rows(select(t.run.c.version))
    with world.bot.database.read() as tx:
        assert status.full(tx)["conversations"] == [{"flow": "voorlezen", "version": old.version, "count": 1}]
    versions = world.rows(select(t.flow_version.c.version).where(t.flow_version.c.flow == "voorlezen"))
    assert len(versions) == 2
    assert broken(world) == 0


async def test_an_edit_that_must_reach_everyone_stops_who_is_in_it(world: World, flows: Path) -> None:
    await world.say(KARIN, "voorlezen")
    without_day(flows)
    edit(flows / "voorlezen.toml", '"finish-old"', '"stop"')
    world.restart(flows=flows)
    assert await world.say(KARIN, "1") == ["vrij.wat"]
    assert [row.result for row in world.rows(select(t.run.c.result).order_by(t.run.c.id))] == ["edited", None]


async def test_a_text_that_is_gone_hands_the_conversation_to_a_person(world: World, flows: Path, locales: Path) -> None:
    edit(
        locales / "nl.po",
        'msgctxt "voorlezen.dag"',
        'msgctxt "voorlezen.oud"\nmsgid "Welke dag?"\nmsgstr ""\n\nmsgctxt "voorlezen.dag"',
    )
    edit(flows / "voorlezen.toml", '"voorlezen.dag"', '"voorlezen.oud"')
    world.restart(flows=flows, locales=locales)
    await world.say(KARIN, "voorlezen")
    world.restart()
    assert broken(world) == 0, "its text is still there"
    edit(flows / "voorlezen.toml", '"voorlezen.oud"', '"voorlezen.dag"')
    edit(locales / "nl.po", 'msgctxt "voorlezen.oud"\nmsgid "Welke dag?"\nmsgstr ""\n\n', "")
    world.restart(flows=flows, locales=locales)
    assert await world.later(KARIN, minutes=1) == ["algemeen.iemand_belt"]
    assert [row.kind for row in world.rows(select(t.thread.c.kind))] == ["mens"]
    assert broken(world) == 1


async def test_a_version_that_cannot_be_read_hands_over_too(world: World, flows: Path) -> None:
    await world.say(KARIN, "voorlezen")
    world.write(lambda tx: tx.execute(update(t.flow_version).values(source=b"flow = [")))
    without_day(flows)
    world.restart(flows=flows)
    assert await world.say(KARIN, "1") == ["vrij.wat"], "her words are not lost"
    assert await world.later(KARIN, minutes=1) == ["algemeen.iemand_belt"]
    assert broken(world) == 1
    assert world.inbox() == ["done"]
