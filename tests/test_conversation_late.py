"""Which texts can leave more than a day after her last message."""

from bot.conversation.flow import parse
from bot.conversation.late import late

FLOW = """
flow = "f"
kind = "huis"
phase = "hoofd"
rank = "question"
class = "plan"
purpose = "school"
START
[step.hello]
say = "hello"
[step.first]
ask = "first"
type = "text"
timeout = { after = "24h", say = "nudge", then = "silent" }
[step.soon]
ask = "soon"
type = "text"
timeout = { after = "10m", say = "soon_nudge", then = "other" }
next = "after"
[step.other]
say = "other"
end = "x"
[step.after]
wait = "7d"
say = "after"
[step.more]
ask = "more"
type = "text"
[step.plan]
say = "answered"
remind = { id = "f", say = "remind", on = "ma", at = "19:30" }
end = "x"
[step.silent]
handoff = { to = "leerkracht", say = "to_teacher" }
"""


def test_waits_plans_and_long_silences_make_texts_late() -> None:
    assert late(parse(FLOW.replace("START", ""), "f.toml")) == {"nudge", "to_teacher", "after", "more", "remind"}


def test_a_journey_begins_late() -> None:
    journey = late(parse(FLOW.replace("START", 'start = { journey = "j" }'), "f.toml"))
    assert journey - late(parse(FLOW.replace("START", ""), "f.toml")) == {"hello", "first"}


def test_what_the_house_begins_by_itself_begins_late() -> None:
    for name in ("klop", "alarm"):
        source = FLOW.replace("START", "").replace('flow = "f"', f'flow = "{name}"')
        assert {"hello", "first"} <= late(parse(source, f"{name}.toml"))
