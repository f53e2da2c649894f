"""The engine alone: retries, nudges, waits and conditions as flows.md has them, and what holds for any flow."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.conversation import engine, events
from bot.conversation.answers import fold
from bot.conversation.engine import STEPS_A_TURN, advance, begin
from bot.conversation.events import NOTHING, Call, End, Event, Finished, Heard, Run, Silent, Speak, Start, Started, Turn
from bot.conversation.flow import Flow, parse
from bot.conversation.wordlists import Clock, Tables
from bot.errors import ContentError
from bot.model import Offer, Value

AT = datetime(2026, 11, 23, 16, 0)  # noqa: DTZ001 - the engine sees the clock on the wall
DAY = timedelta(hours=24)
HEAD = """
flow = "proef"
kind = "huis"
phase = "hoofd"
rank = "question"
class = "reply"
purpose = "school"
"""
ASK = """
[step.een]
ask = "proef.een"
options = ["a", "b"]
save = "keuze"
retry = { say = "proef.nogmaals", max = 2, then = "mens" }
timeout = { after = "24h", say = "proef.nog_even", then = "stil" }
[step.klaar]
say = "proef.klaar"
end = "done"
[step.mens]
handoff = { to = "leerkracht", say = "proef.mens" }
[step.stil]
end = "no-answer"
"""


class Plain(NamedTuple):
    """Words that know each option by its id, and no numbers but digits."""

    language: str = "nl"
    tables: Tables = Tables(clocks=(Clock({}, {}, (), (), {}),))

    def labels(self, ask: str, ids: tuple[str, ...]) -> Mapping[str, str]:
        return {fold(each): each for each in ids}


WORDS = Plain()


def flow(steps: str) -> Flow:
    return parse(HEAD + steps, "proef.toml")


class Talk:
    """A run with its state stored and read again between every two events."""

    def __init__(self, steps: str, fields: Mapping[str, Value] = NOTHING) -> None:
        self.flow = flow(steps)
        self.run = begin(self.flow, fields)
        self.turn = self.take(Started(AT))

    def take(self, event: Event) -> Turn:
        self.turn = advance(self.flow, Run.unpack(json.loads(json.dumps(self.run))), event, WORDS)
        self.run = self.turn.run
        return self.turn

    def hear(self, text: str = "", *, choice: str = "", stale: bool = False) -> list[str]:
        self.take(Heard(AT, text, choice, stale))
        return self.said

    def wait(self) -> list[str]:
        self.take(Silent(AT))
        return self.said

    @property
    def said(self) -> list[str]:
        """The keys that are spoken, the actions that are called, the flows that start and how it ended."""
        return [_short(effect) for effect in self.turn.effects]

    @property
    def asked(self) -> list[str]:
        """The options of the question that was asked last."""
        [*_, last] = [each for each in self.turn.effects if isinstance(each, Speak) and each.question]
        assert isinstance(last, Speak)
        assert last.question is not None
        return [offer.id for offer in last.question.offers]


def _short(effect: object) -> str:
    match effect:
        case Speak(key=key):
            return key
        case Call(action=action):
            return f"do {action}"
        case Start(flow=name):
            return f"start {name}"
        case events.Handoff(to=to, say=say):
            return f"to {to} {say}".strip()
        case events.Weekly(weekday=weekday, time=time):
            return f"weekly {weekday} {time}"
        case End(result=result):
            return f"end {result}"
    raise AssertionError(effect)


# --- answers and misses
def test_an_answer_leads_on() -> None:
    talk = Talk(ASK)
    assert talk.said == ["proef.een"]
    assert talk.hear("a") == ["proef.klaar", "end done"]
    assert talk.run.answers == {"keuze": Value("option", "a", "proef.een")}
    assert not talk.turn.kept


def test_asked_again_twice_and_the_third_miss_goes_to_a_person() -> None:
    talk = Talk(ASK)
    for miss in (1, 2):
        assert talk.hear("iets anders") == ["proef.nogmaals", "proef.een"]
        assert talk.run.misses == miss
        assert talk.turn.kept, "a person must be able to read it"
    assert talk.hear("iets anders") == ["to leerkracht proef.mens", "end handoff"]


def test_without_a_retry_of_its_own_the_house_asks_twice_and_then_a_person_comes() -> None:
    talk = Talk('[step.een]\nask = "proef.een"\noptions = ["a"]\n[step.klaar]\nend = "done"\n')
    for _ in range(2):
        assert talk.hear("b") == ["algemeen.kies", "proef.een"]
    assert talk.hear("b") == ["to leerkracht algemeen.iemand_belt", "end handoff"]


def test_a_tap_is_the_options_id_and_nothing_else() -> None:
    talk = Talk(ASK)
    assert talk.hear("b", choice="weg") == ["proef.nogmaals", "proef.een"], "its label does not count"
    assert talk.hear(choice="b") == ["proef.klaar", "end done"]


def test_a_renamed_option_is_still_understood() -> None:
    talk = Talk(ASK.replace('save = "keuze"', 'save = "keuze"\nwas = { a = ["oud", "ouder"] }'))
    assert talk.hear(choice="ouder") == ["proef.klaar", "end done"]
    assert talk.run.answers["keuze"].value == "a"


def test_what_is_past_is_asked_again_and_is_no_miss() -> None:
    talk = Talk(ASK)
    assert talk.hear("1", stale=True) == ["proef.een"]
    assert not talk.turn.kept, "it answered something"
    assert talk.hear("mijn kind is ziek", stale=True) == ["proef.een"]
    assert talk.turn.kept, "but this did not, so a person must be able to read it"
    assert talk.hear(choice="a", stale=True) == ["proef.een"]
    assert talk.run.misses == 0
    assert talk.turn.due == DAY


def test_text_is_kept_for_the_person_it_was_written_to() -> None:
    talk = Talk('[step.een]\nask = "proef.een"\ntype = "text"\nsave = "vraag"\n[step.klaar]\nend = "done"\n')
    assert talk.hear("  Kom ik morgen? ") == ["end done"]
    assert talk.turn.kept
    assert talk.run.answers["vraag"] == Value("text", "Kom ik morgen?")


# --- silence
def test_one_nudge_and_then_peace() -> None:
    talk = Talk(ASK)
    assert talk.turn.due == DAY
    assert talk.wait() == ["proef.nog_even"]
    assert talk.asked == ["a", "b"], "the question stays open under the nudge"
    assert talk.turn.due == DAY
    assert talk.wait() == ["end no-answer"]
    assert talk.turn.due is None


def test_an_answer_after_the_nudge_counts_and_a_miss_brings_no_second_nudge() -> None:
    talk = Talk(ASK)
    talk.wait()
    assert talk.hear("blauw") == ["proef.nogmaals", "proef.een"]
    assert talk.turn.due == DAY
    assert talk.wait() == ["end no-answer"]


def test_without_words_a_timeout_goes_on_at_once() -> None:
    talk = Talk(ASK.replace('say = "proef.nog_even", ', ""))
    assert talk.wait() == ["end no-answer"]


def test_a_question_without_a_timeout_waits() -> None:
    talk = Talk('[step.een]\nask = "proef.een"\noptions = ["a"]\n[step.klaar]\nend = "done"\n')
    assert talk.turn.due is None
    assert talk.wait() == []
    assert talk.run.waiting == "answer"


def test_a_wait_swallows_nothing() -> None:
    talk = Talk('[step.een]\nwait = "7d"\nask = "proef.een"\noptions = ["a"]\n[step.klaar]\nend = "done"\n')
    assert (talk.said, talk.turn.due) == ([], timedelta(days=7))
    before = talk.run
    assert talk.hear("a") == []
    assert (talk.run, talk.turn.kept) == (before, False)
    assert talk.wait() == ["proef.een"]
    assert talk.hear("a") == ["end done"]


# --- conditions and verbs
NUMBER = """
[step.keren]
ask = "proef.keren"
type = "number"
range = [0, 7]
save = "keren"
next = [{ if = { keren = 0 }, go = "nul" }, { if = { keren = { min = 2, max = 4 } }, go = "midden" }, { go = "rest" }]
[step.nul]
end = "nul"
[step.midden]
end = "midden"
[step.rest]
end = "rest"
"""


@pytest.mark.parametrize(("answer", "result"), [(0, "nul"), (1, "rest"), (2, "midden"), (4, "midden"), (5, "rest")])
def test_conditions_are_data(answer: int, result: str) -> None:
    assert Talk(NUMBER).hear(str(answer)) == [f"end {result}"]


@pytest.mark.parametrize("answer", ["8", "-1", "²", "1_0", "keren"])
def test_what_is_out_of_range_is_a_miss(answer: str) -> None:
    assert Talk(NUMBER).hear(answer) == ["algemeen.kies", "proef.keren"]


def test_a_condition_on_an_answer_nobody_gave_does_not_hold() -> None:
    steps = NUMBER.replace('type = "number"', 'type = "text"').replace('save = "keren"', 'save = "iets"')
    assert Talk(steps).hear("3") == ["end rest"]


def test_the_result_of_an_action_picks_the_way() -> None:
    steps = '[step.een]\ndo = "booking.reserve"\nwith = { slot = "{slot}", vast = "x", leeg = "{niets}" }\n'
    steps += 'next = { taken = "bezet", else = "klaar" }\n[step.klaar]\nend = "done"\n[step.bezet]\nend = "taken"\n'
    talk = Talk(steps, {"slot": Value("number", "7")})
    [call] = talk.turn.effects
    assert call == Call("booking.reserve", {"slot": "7", "vast": "x", "leeg": ""})
    talk.take(Finished(AT, "taken", fields={"wie": Value("name", "Bas")}))
    assert talk.said == ["end taken"]
    assert talk.run.answers["wie"] == Value("name", "Bas")


OFFERS = """
[step.een]
ask = "proef.een"
options_from = "people.children"
save = "kind"
[step.klaar]
say = "proef.klaar"
end = "done"
"""


def test_a_room_offers_the_options() -> None:
    talk = Talk(OFFERS)
    assert talk.said == ["do people.children"]
    talk.take(Finished(AT, offers=(Offer("7", "Amira"), Offer("9", "Tim"))))
    assert (talk.said, talk.asked) == (["proef.een"], ["7", "9"])
    assert talk.hear("2") == ["proef.klaar", "end done"]
    assert talk.run.answers["kind"] == Value("option", "9", "proef.een")


def test_only_one_option_is_not_asked() -> None:
    talk = Talk(OFFERS)
    talk.take(Finished(AT, "only", (Offer("7", "Amira"),)))
    assert talk.said == ["proef.klaar", "end done"]
    assert talk.run.answers["kind"].value == "7"


def test_nothing_to_choose_is_not_asked() -> None:
    talk = Talk(OFFERS)
    talk.take(Finished(AT, "only"))
    assert talk.said == ["proef.klaar", "end done"]
    assert "kind" not in talk.run.answers


def test_a_plan_is_made_of_her_answers() -> None:
    steps = '[step.plan]\nsay = "proef.plan"\nend = "done"\n[step.plan.remind]\nid = "p"\nevery = "week"\n'
    steps += 'on = "{dag}"\nat = "19:30"\nsay = "proef.denk"\n'
    assert Talk(steps, {"dag": Value("weekday", "di")}).said == ["proef.plan", "weekly di 19:30", "end done"]


def test_another_flow_goes_on_with_the_answers() -> None:
    steps = ASK.replace('say = "proef.klaar"\nend = "done"', 'start = "{keuze}"')
    talk = Talk(steps)
    assert talk.hear("b") == ["start b", "end started"]
    assert [each.fields for each in talk.turn.effects if isinstance(each, Start)] == [talk.run.answers]


# --- hours
TIME = (
    '[step.een]\nask = "proef.een"\ntype = "time"\nrange = ["07:00", "20:30"]\nsave = "tijd"\n[step.k]\nend = "done"\n'
)


def test_an_hour_that_fits_twice_is_asked_and_is_no_miss() -> None:
    talk = Talk(TIME)
    assert talk.hear("8:00") == ["algemeen.ochtend_avond"]
    assert talk.asked == ["08:00", "20:00"]
    assert talk.run.misses == 0
    assert talk.hear("blauw") == ["algemeen.kies", "algemeen.ochtend_avond"]
    assert engine.question(talk.flow, talk.run) == talk.turn.effects[-1]
    assert talk.hear("2") == ["end done"]
    assert talk.run.answers["tijd"] == Value("time", "20:00")


def test_an_hour_that_fits_once_is_taken() -> None:
    assert Talk(TIME).hear("9:00") == ["end done"]


# --- circles
def test_a_circle_without_a_question_is_stopped() -> None:
    steps = '[step.een]\nsay = "proef.een"\n[step.twee]\nsay = "proef.twee"\nnext = "een"\n'
    with pytest.raises(ContentError, match=f"proef: step twee: more than {STEPS_A_TURN} steps"):
        Talk(steps)


def test_a_flow_that_falls_off_its_end_says_where() -> None:
    with pytest.raises(ContentError, match="proef: step een: nothing comes next"):
        Talk('[step.een]\nsay = "proef.een"\n')


def test_before_and_after_there_is_no_question() -> None:
    talk = Talk(ASK)
    assert engine.question(talk.flow, begin(talk.flow)) is None
    talk.hear("a")
    assert engine.question(talk.flow, talk.run) is None
    assert talk.hear("a") == talk.wait() == []


# --- whatever happens
BIG = flow(
    ASK.replace('end = "done"', 'next = "keren"')
    + NUMBER.replace('end = "nul"', 'next = "tijd"').replace('end = "midden"', 'next = "kind"')
    + """
[step.tijd]
ask = "proef.tijd"
type = "time"
range = ["07:00", "20:30"]
save = "tijd"
timeout = { after = "24h", say = "proef.nog_even", then = "stil" }
[step.kind]
ask = "proef.kind"
options_from = "people.children"
save = "kind"
[step.doe]
do = "iets"
next = { nog = "een", else = "later" }
[step.later]
wait = "7d"
ask = "proef.later"
type = "yesno"
timeout = { after = "48h", then = "stil" }
next = { ja = "keren", else = "verder" }
[step.verder]
start = "menu"
"""
)
texts = some.one_of(
    some.sampled_from(["a", "b", "1", "2", "٣", "ja", "nee", "8:00", "19:30", "", "\x00", "\ud800", "STOP"]),
    some.text(max_size=8),
)
offers = some.lists(some.builds(Offer, some.text(max_size=4), some.text(max_size=4)), max_size=3).map(tuple)
happenings = some.one_of(
    some.builds(Heard, some.just(AT), texts, some.sampled_from(["", "", "a", "7", "ja"]), some.booleans()),
    some.just(Silent(AT)),
    some.builds(Finished, some.just(AT), some.sampled_from(["ok", "only", "nog", "taken"]), offers),
)


@settings(max_examples=200, deadline=None)
@given(some.lists(happenings, max_size=25))
def test_a_run_ends_once_or_waits_for_something(happening: "list[Event]") -> None:
    run, over = begin(BIG), False
    for event in [Started(AT), *happening]:
        turn = advance(BIG, run, event, WORDS)
        run = turn.run
        assert Run.unpack(json.loads(json.dumps(run))) == run
        kinds = [type(effect) for effect in turn.effects if isinstance(effect, End | Call)]
        assert len(kinds) <= 1, "a turn ends, or calls, or neither"
        assert not (over and turn.effects), "what is over stays over"
        over = over or kinds == [End]
        assert (run.waiting == "") == over, "it is over, or it waits for something"
        assert kinds != [Call] or run.waiting in ("call", "offers")
        assert turn.due is None or run.waiting in ("answer", "timer")
        assert over or run.misses <= BIG.steps[run.step].retry.max
        assert (engine.question(BIG, run) is not None) == (run.waiting == "answer")
