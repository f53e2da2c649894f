"""The ways through a flow: what follows what, what is never reached, what goes round."""

from bot.conversation import paths
from bot.conversation.flow import Flow, parse
from bot.conversation.paths import Way

HEAD = """
flow = "f"
kind = "huis"
phase = "hoofd"
rank = "reply"
class = "reply"
purpose = "school"
"""


def flow(steps: str) -> Flow:
    return parse(HEAD + steps, "f.toml")


def test_ways_are_named_by_their_reason() -> None:
    found = paths.ways(
        flow("""
        [step.a]
        ask = "a"
        options = ["ja", "nee"]
        retry = { then = "c" }
        timeout = { after = "1h", then = "d" }
        next = { ja = "c" }
        [step.b]
        say = "b"
        next = "d"
        [step.c]
        start = "f"
        [step.d]
        end = "done"
        """)
    )
    assert found == (
        Way("a", "c", "miss"),
        Way("a", "d", "silence"),
        Way("a", "c", "next", "ja"),
        Way("a", "b", "falls"),
        Way("b", "d", "next"),
    )


def number(rules: str, kind: str = 'type = "number"\nrange = [0, 3]') -> bool:
    steps = flow(f'[step.a]\nask = "a"\nsave = "n"\n{kind}\nnext = {rules}\n[step.b]\nend = "x"\n').steps
    return paths.is_covered(steps["a"])


def test_a_step_is_covered_when_every_answer_has_a_way() -> None:
    assert number('"b"')
    assert number('[{ if = { n = { max = 1 } }, go = "b" }, { if = { n = { min = 2 } }, go = "b" }]')
    assert not number('[{ if = { n = { max = 1 } }, go = "b" }, { if = { n = 3 }, go = "b" }]')
    assert not number('[{ if = { n = { max = 9 }, other = 1 }, go = "b" }]')
    assert not number('[{ if = { n = { max = 9 } }, go = "b" }]', 'type = "number"')
    assert number('{ ja = "b", nee = "b" }', 'type = "yesno"')
    assert not number('{ ja = "b" }', 'type = "yesno"')
    assert not number('{ x = "b" }', 'options_from = "room.offers"')


def test_conditions_read_as_an_author_writes_them() -> None:
    steps = flow("""
        [step.a]
        do = "x.y"
        next = [{ if = { n = { min = 2, max = 3 } }, go = "b" }, { if = { n = 1 }, go = "b" }, { go = "b" }]
        [step.b]
        end = "x"
        """)
    assert [way.label for way in paths.ways(steps)] == ["n ≥ 2, n ≤ 3", "n = 1", "else"]


def test_a_circle_must_ask_something() -> None:
    circle = '[step.a]\nsay = "a"\n[step.b]\n{verb} = "b"\n{options}\nnext = "a"\n'
    assert paths.circles(flow(circle.format(verb="say", options=""))) == ("a", "b")
    assert paths.circles(flow(circle.format(verb="ask", options='type = "text"'))) == ()


def test_what_comes_before() -> None:
    ladder = flow('[step.a]\nsay = "a"\n[step.b]\nsay = "b"\nnext = "d"\n[step.c]\nsay = "c"\n[step.d]\nend = "x"\n')
    assert paths.earlier(ladder) == {"a": set(), "b": {"a"}, "c": set(), "d": {"a", "b", "c"}}
    assert paths.reached(ladder) == {"a", "b", "d"}


BRANCHES = """
[step.hello]
say = "h"
[step.a]
ask = "a"
type = "yesno"
next = { ja = "b", nee = "c" }
[step.b]
say = "b"
END
[step.c]
end = "x"
"""


def test_a_fall_into_a_branch_is_a_stray_unless_it_is_said_or_goes_back_up() -> None:
    assert paths.strays(flow(BRANCHES.replace("END", ""))) == (Way("b", "c", "falls"),)
    assert paths.strays(flow(BRANCHES.replace("END", 'end = "y"'))) == ()
    assert paths.strays(flow(BRANCHES.replace("END", 'next = "c"'))) == ()
    assert paths.strays(flow(BRANCHES.replace("END", 'next = "a"'))) == ()
