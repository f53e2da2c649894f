"""What `check` finds in the journeys."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot import config
from bot.check import everything, journeys, reading
from bot.check.content import Content
from bot.check.locales import Locale, Text
from bot.conversation.flow import parse as flow
from bot.conversation.journey import parse as journey
from bot.desk.actions import ACTIONS, OFFERS

FLOW = """\
flow = "begin"
kind = "communicatie"
phase = "hoofd"
rank = "question"
class = "broadcast"
purpose = "school"
start = { journey = "jaar" }
[step.vraag]
say = "begin.vraag"
end = "done"
"""
JOURNEY = """\
journey = "jaar"
[entry.begin]
flow = "begin"
month = 10
nth = 1
day = "zo"
at = "12:00"
within = "7d"
"""


def found(source: str = FLOW, along: str = JOURNEY, text: str = "Dag, hier {leerkracht} van {school}. Ha!") -> set[str]:
    dutch = Locale("nl", {"begin.vraag": Text("begin.vraag", (text,), (text,))})
    content = Content((flow(source, "begin.toml"),), {"nl": dutch}, journeys=(journey(along, "jaar.toml"),))
    checks = (journeys.flows, journeys.moments, journeys.plans, journeys.named)
    return {f"{each.level} {each.key}: {each.message}" for check in checks for each in check(content)}


def test_what_fits_is_fine() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"along": JOURNEY.replace('"begin"\nmonth', '"einde"\nmonth')}, "flow: begins 'einde', which is no flow"),
        ({"source": FLOW.replace('"jaar"', '"ander"')}, "flow: begins 'begin', which does not name this journey"),
        ({"source": FLOW.replace('"jaar"', '"ander"')}, "journey: names the journey 'ander', in which nothing begins"),
        ({"source": FLOW.replace('"broadcast"', '"urgent"')}, 'class: has class = "urgent", which no budget counts'),
        ({"along": JOURNEY.replace("12:00", "11:59")}, "at: 11:59 is in the quiet hours"),
        ({"along": JOURNEY.replace("12:00", "21:00")}, "at: 21:00 is in the quiet hours"),
        ({"along": JOURNEY.replace("12:00", "06:59").replace('"zo"', '"za"')}, "at: 06:59 is in the quiet hours"),
        ({"along": JOURNEY + 'unless = "plan:zwemmen"\n'}, "unless: no flow makes 'plan:zwemmen'"),
        ({"text": "Wilt u meedoen?"}, "warning begin.vraag: is the first thing she reads, and does not say who speaks"),
    ],
)
def test_what_does_not_fit(given: dict[str, str], said: str) -> None:
    assert any(said in each for each in found(**given)), found(**given)


def test_a_file_that_is_wrong_and_a_school_that_names_none(tmp_path: Path) -> None:
    own = config.load(config.ROOT / "config.toml", {})
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / "jaar.toml").write_text('journey = "jaar"\n', encoding="utf-8")
    _, unread = reading.read(replace(own, flows=tmp_path), ACTIONS, OFFERS)
    said = [(each.file, each.message) for each in unread]
    assert ("flows/journeys/jaar.toml", "there is no entry; write [entry.<name>]") in said
    assert ("config.toml", "there is no flows/journeys/nieuw.toml") in said


def test_everything_checks_them_too() -> None:
    assert {journeys.flows, journeys.moments, journeys.plans, journeys.named} <= set(everything.CHECKS)
