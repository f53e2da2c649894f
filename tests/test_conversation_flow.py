"""A flow's file: read as flows.md writes it; each thing that is wrong is named with its file, step and key."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.conversation.events import Finished
from bot.conversation.flow import Flow, Free, Handoff, Remind, Retry, Timeout, load, parse
from bot.conversation.late import late
from bot.conversation.rules import Rule
from bot.conversation.shape import span
from bot.errors import ContentError
from bot.model import Value
from tests.test_conversation_engine import ASK, AT, Talk

FLOWS = Path(__file__).resolve().parent.parent / "flows"
GOOD = """
flow = "proef"
kind = "thuis-leren"
phase = "hoofd"
rank = "question"
class = "plan"
purpose = "tips"
cell = 2
expires = "21d"
start = { keyword = "kw.proef" }

[step.een]
ask = "proef.een"
options = ["a", "b"]
save = "keuze"
was = { a = ["oud"] }
retry = { say = "proef.nogmaals", max = 1, then = "twee" }
timeout = { after = "24h", say = "proef.nog_even", then = "twee" }
next = { a = "twee", else = "drie" }

[step.twee]
handoff = { to = "leerkracht", say = "proef.mens" }

[step.drie]
wait = "7d"
ask = "proef.drie"
type = "number"
range = [0, 7]
next = [{ if = { keuze = "b" }, go = "twee" }, { if = { keuze = { min = 1, max = 4 } }, go = "een" }, { go = "vier" }]

[step.vier]
say = "proef.vier"
end = "done"
[step.vier.remind]
id = "proef"
every = "week"
on = "{dag}"
at = "{tijd}"
say = "proef.denk"
skip = ["vakantie"]
fade = [4, 2]
until = "einde-schooljaar"
"""


def read(source: str = GOOD, file: str = "proef.toml") -> Flow:
    return parse(source, file)


def test_free_words_belong_to_a_question_with_options() -> None:
    free = 'free = { save = "woorden", go = "twee" }\n[step.twee]'
    [een, *_] = read(GOOD.replace("[step.twee]", free, 1)).steps.values()
    assert een.free == Free("woorden", "twee")
    with pytest.raises(ContentError, match=r"proef\.toml: step drie: free = .*beside a question with options"):
        read(GOOD.replace("[step.vier]", free.replace("[step.twee]", "[step.vier]"), 1))
    with pytest.raises(ContentError, match="'go' is missing"):
        read(GOOD.replace("[step.twee]", 'free = { save = "woorden" }\n[step.twee]', 1))


def test_a_flow_is_read_as_it_is_written() -> None:
    flow = read()
    een, twee, drie, vier = flow.steps.values()
    assert (flow.name, flow.cls, flow.cell, flow.keyword, flow.expires) == (
        "proef", "plan", 2, "kw.proef", timedelta(days=21),
    )  # fmt: skip
    assert flow.first is een
    assert flow.following == {"een": "twee", "twee": "drie", "drie": "vier"}
    assert een.retry == Retry("proef.nogmaals", 1, "twee")
    assert een.timeout == Timeout(timedelta(hours=24), "twee", "proef.nog_even")
    assert een.was == (("oud", "a"),)
    assert een.next == (Rule("twee", (("", "is", "a"),)), Rule("drie"))
    assert twee.handoff == Handoff("leerkracht", "proef.mens")
    assert (drie.wait, drie.range) == (timedelta(days=7), ("0", "7"))
    assert drie.next[1] == Rule("een", (("keuze", "min", "1"), ("keuze", "max", "4")))
    assert vier.remind == Remind("proef", "proef.denk", "{dag}", "{tijd}", "week", ("vakantie",), (4, 2))


def test_what_a_flow_leaves_out_has_the_houses_defaults() -> None:
    flow = read('flow="p"\nkind="huis"\nphase="na"\nrank="tip"\nclass="tip"\npurpose="tips"\n[step.een]\nask="p.een"\n')
    assert (flow.expires, flow.on_edit, flow.menu, flow.cell) == (timedelta(days=21), "finish-old", 0, 0)
    assert flow.first.retry == Retry("algemeen.kies", 2, "")
    assert flow.first.type == "choice"


def test_days_and_yes_or_no_have_options_of_their_own() -> None:
    asked = GOOD.replace('type = "number"\nrange = [0, 7]', 'type = "{}"')
    assert read(asked.replace("{}", "weekday")).steps["drie"].options == ("ma", "di", "wo", "do", "vr", "za", "zo")
    assert read(asked.replace("{}", "yesno")).steps["drie"].options == ("ja", "nee")


def test_the_texts_a_parent_can_meet() -> None:
    flow = read()
    assert flow.texts() == {
        f"proef.{key}" for key in ("een", "drie", "vier", "mens", "denk", "nog_even", "nogmaals")
    } | {"algemeen.kies"}
    assert flow.labels() == {"proef.een.a", "proef.een.b"}
    assert {"proef.drie", "proef.denk", "proef.nog_even"} <= late(flow), "what can leave after a day"


def test_the_version_is_the_content_and_not_its_looks() -> None:
    assert read().version == read(f"# een opmerking\n{GOOD}\n\n").version
    assert read().version != read(GOOD.replace('"7d"', '"8d"')).version


def test_a_language_may_have_a_form_of_its_own() -> None:
    assert read(file="proef.ar.toml").language == "ar"
    assert read().language == ""


def test_our_own_flows_are_read() -> None:
    flows = [load(path) for path in sorted(FLOWS.glob("*.toml")) if path.name != "holidays.toml"]
    assert len({flow.version for flow in flows}) == len(flows)
    assert {"inschrijven", "voorlezen", "menu", "taal", "mens", "stop", "start", "help", "gevaar", "alarm"} <= {
        flow.name for flow in flows
    }


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('flow = "proef"\n', "", "'flow' is missing"),
        ('flow = "proef"', "flow = 1_", "line 2"),
        ('kind = "thuis-leren"', 'kind = "feest"', "kind = 'feest'"),
        ('phase = "hoofd"', 'phase = "kop"', "phase = 'kop'"),
        ('rank = "question"', 'rank = "eerst"', "rank = 'eerst'"),
        ('class = "plan"', 'class = "spam"', "class = 'spam'"),
        ('purpose = "tips"', 'purpose = "alles"', "purpose = 'alles'"),
        ("cell = 2", "cell = 12", "cell 12"),
        ('expires = "21d"', 'expires = "drie weken"', "expires: 'drie weken'"),
        ('expires = "21d"', 'on_edit = "wie weet"', "on_edit = 'wie weet'"),
        ('start = { keyword = "kw.proef" }', 'start = { woord = "kw.proef" }', "start: unknown key 'woord'"),
        ('flow = "proef"', 'flow = "proef"\nkleur = "rood"', "unknown key 'kleur'"),
        ('save = "keuze"', 'bewaar = "keuze"', "step een: unknown key 'bewaar'"),
        ('type = "number"', 'type = "getal"', "step drie: type = 'getal'"),
        ("range = [0, 7]", "range = [0]", "step drie: range"),
        ('wait = "7d"', 'wait = "7"', "step drie: wait: '7'"),
        ('after = "24h"', 'after = "morgen"', "step een: timeout: after: 'morgen'"),
        ('after = "24h", ', "", "step een: timeout: 'after' is missing"),
        ("max = 1", 'max = "veel"', "step een: retry: max"),
        ("max = 1", "keer = 1", "step een: retry: unknown key 'keer'"),
        ('to = "leerkracht", ', "", "step twee: handoff: 'to' is missing"),
        ('to = "leerkracht"', 'naar = "leerkracht"', "step twee: handoff: unknown key 'naar'"),
        ('id = "proef"\n', "", "step vier: remind: 'id' is missing"),
        ("fade = [4, 2]", "dagen = [4, 2]", "step vier: remind: unknown key 'dagen'"),
        ("{ min = 1, max = 4 }", "{ groter = 1 }", "step drie: next: if keuze = 'groter'"),
        ("{ min = 1, max = 4 }", '{ min = "veel" }', "step drie: next: if keuze: min = 'veel'"),
        (', { go = "vier" }]', ', {}]', "step drie: next: 'go' is missing"),
        ('{ keyword = "kw.proef" }', '"kw.proef"', "start: 'kw.proef' is no table"),
        ("next = { a = \"twee\", else", "next = { a = 2, else", "step een: next: a = 2"),
        ('handoff = { to = "leerkracht", say = "proef.mens" }', "next = 3", "step twee: next = 3"),
        ('was = { a = ["oud"] }', 'was = ["oud"]', "step een: was"),
        ('options = ["a", "b"]', 'options = "ab"', "step een: options"),
        ('options = ["a", "b"]', "options = [1, 2]", "step een: options"),
        ('say = "proef.vier"', "say = 4", "step vier: say"),
        ("[step.vier]", "[step.een]", "proef.toml: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(old: str, new: str, named: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(ContentError) as error:
        read(GOOD.replace(old, new))
    assert str(error.value).startswith("proef.toml: ")
    assert named in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("source", ["", "flow = 1", "step = 3", "[step]", "[[step]]", 'step = "een"', "[step.een]\n"])
def test_what_is_no_flow_at_all_is_one_error(source: str) -> None:
    with pytest.raises(ContentError, match=r"proef\.toml: "):
        read(source)


@pytest.mark.parametrize("step", ["step = {}", "step = []", "step = { een = 1 }", 'step = { een = "x" }'])
def test_steps_that_are_none_are_one_error(step: str) -> None:
    head = GOOD.partition("\n[step.een]")[0]
    with pytest.raises(ContentError, match=r"proef\.toml: "):
        read(f"{head}\n{step}\n")


@pytest.mark.parametrize(("text", "hours"), [("90m", 1.5), ("24h", 24), ("7d", 168), ("2w", 336)])
def test_a_length_of_time(text: str, hours: float) -> None:
    assert span(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "7", "d", "7 d", "7D", "-1d", "1.5h", "٧d", "7d7d", "99999999999d"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="length of time"):
        span(text)


def test_a_file_that_cannot_be_read_names_itself(tmp_path: Path) -> None:
    file = tmp_path / "stuk.toml"
    file.write_bytes(b'flow = "\xff"')
    with pytest.raises(ContentError, match=r"stuk\.toml: "):
        load(file)


# --- free words
FREE = (
    ASK.replace("retry =", 'free = { save = "woorden", go = "lees" }\nretry =', 1)
    + """
[step.lees]
do = "proef.lees"
with = { woorden = "{woorden}" }
next = { niets = "een", else = "klaar" }
"""
)


def test_words_that_are_no_option_are_for_another_step_and_no_miss() -> None:
    talk = Talk(FREE)
    assert talk.hear("donderdag na vijf") == ["do proef.lees"]
    assert talk.run.answers["woorden"] == Value("text", "donderdag na vijf")
    talk.take(Finished(AT, "niets"))
    assert talk.said == ["proef.een"], "it is asked anew"
    for _ in range(3):
        assert talk.hear("vrijdag") == ["do proef.lees"], "however often"
        talk.take(Finished(AT, "niets"))
    assert talk.run.answers["woorden"].value == "vrijdag"
    assert "keuze" not in talk.run.answers
    assert talk.hear("b") == ["proef.klaar", "end done"], "an option is one"


def test_a_tap_or_nothing_at_all_is_no_free_word() -> None:
    talk = Talk(FREE)
    assert talk.hear(choice="weg") == talk.hear("") == ["proef.nogmaals", "proef.een"]
    assert talk.hear(choice="a") == ["proef.klaar", "end done"]
    assert "woorden" not in talk.run.answers
