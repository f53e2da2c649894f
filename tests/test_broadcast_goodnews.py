"""Good news first: what is hard to read is not the first that a family hears; the preview says so, check too."""

import pytest
from sqlalchemy import select

from bot.broadcast import goodnews
from bot.check import goodnews as checked
from bot.check.content import Content
from bot.conversation import flow, journey
from bot.store import tables as t
from tests.harness.office import Desk, employ
from tests.harness.telling import HOLD, SNOW, made
from tests.world import FATIMA, JAN, World

_FLOW = """
flow = "{name}"
kind = "communicatie"
phase = "hoofd"
rank = "question"
class = "broadcast"
purpose = "school"
cell = {cell}
expires = "2d"
{more}
[step.zeg]
say = "x"
end = "done"
"""


def content(*entries: str, **flows: tuple[int, str]) -> Content:
    along = journey.parse('journey = "nieuw"\n' + "\n".join(entries), "nieuw.toml")
    made_ = (flow.parse(_FLOW.format(name=n, cell=c, more=m), f"{n}.toml") for n, (c, m) in flows.items())
    return Content(tuple(made_), {}, journeys=(along,))


def entry(name: str, days: int) -> str:
    return f'[entry.{name}]\nflow = "{name}"\nfrom = "inschrijving"\ndays = {days}\nat = "16:30"\nwithin = "7d"\n'


@pytest.mark.parametrize(
    ("flows", "found"),
    [
        ({"hallo": (9, ""), "vraag": (3, "")}, []),
        ({"hallo": (3, ""), "vraag": (9, "")}, ["hallo"]),  # the first is no welcome
        ({"hallo": (9, ""), "vraag": (3, "hard = true")}, ["vraag"]),
        ({"hallo": (9, "hard = true"), "vraag": (3, "")}, ["hallo", "hallo"]),
    ],
)
def test_the_first_weeks_begin_warmly(flows: dict[str, tuple[int, str]], found: list[str]) -> None:
    problems = checked.first(content(entry("vraag", 9), entry("hallo", 1), **flows))
    assert [each.where for each in problems] == found


async def test_the_preview_says_for_whom_it_would_be_the_first(world: World) -> None:
    employ(world)
    desk = Desk(world, "janneke")
    group = world.rows(select(t.group.c.id).where(t.group.c.name == "groep 4", t.group.c.school == "brug"))[0].id
    form = {"groep": group, "soort": "klaar", "klaar": "luizen"}
    page = await desk.post("/berichten/nieuw", **form)
    assert "dit het eerste bericht van school" in page
    assert "/berichten/nieuw?klaar=goed_gedaan" in page
    kind = await desk.post("/berichten/nieuw", **{**form, "klaar": "goed_gedaan"})
    assert "eerste bericht van school" not in kind
    made(world, SNOW)
    await world.later(seconds=HOLD.total_seconds() + 60)
    people = {world.contact(JAN), world.contact(FATIMA)}
    assert world.write(lambda tx: goodnews.never_told(tx, "brug", people)) == set()
    assert "eerste bericht van school" not in await desk.post("/berichten/nieuw", **form)
