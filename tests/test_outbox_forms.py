"""The fixed part of a message: with its values it says exactly what plain words say, and nothing personal is in it."""

from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot import config
from bot.channels.phone import LIMITS
from bot.conversation.flow import Flow, Step, parse
from bot.conversation.late import late
from bot.desk.flows import Library, read_folder
from bot.model import Form, Part, Value
from bot.outbox import forms
from bot.outbox.fit import fit
from bot.outbox.forms import Filled, Message, fill, question, template
from bot.outbox.render import render
from bot.translation.catalogue import Catalogue
from bot.translation.samples import samples
from bot.translation.texts import Text

WHATSAPP = LIMITS["whatsapp"]
LANGUAGES = ("nl", "en", "tr", "ar", "pl", "uk")
CHILDREN = [["c1", "Amira"], ["c2", "Noor"]]


@cache
def words() -> Catalogue:
    return Catalogue.load(config.ROOT / "locales", offered=LANGUAGES)


@cache
def library() -> Library:
    return read_folder(config.ROOT / "flows")


def questions() -> Iterator[tuple[Flow, Step]]:
    for flow in library().flows:
        for step in flow.steps.values():
            if step.ask:
                yield flow, step


def asked(flow: Flow, step: Step, key: str) -> Message:
    """What a step asks; children stand for options that a room offers."""
    shown = CHILDREN if step.options_from else [[option, ""] for option in step.options]
    return Message([Part(key, samples(flow, words().fields(key)))], step.ask, step.type, shown)


def plainly(language: str, message: Message) -> tuple[str, str, list[str]]:
    """Layout, text and labels as fit gives them for the window."""
    said = render(words(), language, *message, isolates=True)
    [piece] = fit(said.texts, said.choices, WHATSAPP)
    return piece.layout, piece.text, [choice.label for choice in piece.choices]


def put(key: str, shown: list[list[str]] | None = None, **fields: str) -> Message:
    return Message([Part(key, {name: Value("name", each) for name, each in fields.items()})], key, "choice", shown)


def klop(teacher: str = "juf Janneke", school: str = "De Brug") -> Message:
    return put("klop.vraag", [["lees", ""]], leerkracht=teacher, school=school)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_says_with_its_places_filled_what_plain_words_say(language: str) -> None:
    met = 0
    for flow, step in questions():
        message = asked(flow, step, step.ask)
        layout, text, labels = plainly(language, message)
        if layout == "plain":
            continue
        filled = question(words(), language, message, layout, isolates=True)
        assert filled is not None
        assert (filled.text, [choice.label for choice in filled.choices]) == (text, labels), step.ask
        assert [choice.id for choice in filled.choices] == [each[0] for each in message.shown or ()]
        assert len(filled.form.fields) == len(filled.values)
        met += 1
    assert met > 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_says_with_its_places_filled_what_plain_words_say(language: str) -> None:
    met = 0
    for flow in library().flows:
        for key in late(flow):
            message = Message([Part(key, samples(flow, words().fields(key)))])
            filled = template(words(), language, message, isolates=True)
            assert filled is not None, key
            assert filled.text == plainly(language, message)[1]
            assert filled.form.language == language
            assert forms.broken(filled.form) == ""
            met += 1
    assert met > 20


def test_what_is_pushed_is_what_leaves() -> None:
    """The wording that is approved beforehand is the very form of a real message."""
    wanted = {form.key for form in forms.wanted(words(), library().flows, {"klop.vraag", "voorlezen.nog_even"})}
    assert len(wanted) == 2 * len(LANGUAGES)
    shown = [[each, ""] for each in ("bedtijd", "na_eten", "weekend", "lukt_niet")]
    nudge = Message([Part("voorlezen.nog_even", klop().parts[0].fields)], "voorlezen.wanneer", "choice", shown)
    for language in LANGUAGES:
        for message in (klop(), nudge):
            leaving = template(words(), language, message, isolates=True)
            assert leaving is not None
            assert leaving.form.key in wanted
            assert leaving.form.layout == "buttons"


def test_nothing_personal_stands_in_a_form() -> None:
    key = next(step.ask for _, step in questions() if step.options_from == "people.children")
    fields = {name: Value("name", "Janneke") for name in words().fields(key)}
    message = Message([Part(key, fields)], key, "choice", CHILDREN)
    filled = question(words(), "nl", message, "buttons", isolates=True)
    assert filled is not None
    shown = repr(filled.form)
    assert not any(name in shown for name in ("Amira", "Noor", "Janneke", "c1"))
    assert {"Amira", "Noor"} <= set(filled.values)
    assert template(words(), "nl", message, isolates=True) is None, "nobody can approve children beforehand"


def test_messages_with_other_names_share_a_form() -> None:
    one, other = (template(words(), "ar", klop(*each), isolates=True) for each in (("juf A", "B"), ("meester C", "D")))
    assert one is not None
    assert other is not None
    assert one.form.key == other.form.key
    assert one.form.shape == "leerkracht school|lees"
    assert one.values != other.values


@pytest.mark.parametrize("value", ["twee\nregels", "een\ttab", "vier    spaties", "", "  ", "\u2028", "a\r"])
def test_what_cannot_stand_at_a_place_goes_as_numbered_text_within_the_window(value: str) -> None:
    assert question(words(), "nl", klop(value), "buttons", isolates=True) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("juf\nJanneke", "juf Janneke"), (" juf    Janneke\t", "juf Janneke"), ("", "de leerkracht"),
        ("\n", "de leerkracht"),
    ],
)  # fmt: skip
def test_outside_the_window_values_are_made_to_fit(value: str, said: str) -> None:
    filled = template(words(), "nl", klop(value), isolates=True)
    assert filled is not None
    assert filled.values == (said, "De Brug")


def test_an_empty_value_without_a_plain_word_makes_no_template() -> None:
    empty = put("draad.antwoord", leerkracht="juf A", school="B", tekst="")
    assert template(words(), "nl", empty, isolates=True) is None


def test_several_parts_are_no_template_and_too_long_ones_neither() -> None:
    two = klop()._replace(parts=[Part("algemeen.wacht", {}), *klop().parts])
    assert template(words(), "nl", two, isolates=True) is None
    assert template(words(), "nl", klop("j" * 1000), isolates=True) is None
    assert template(words(), "nl", klop("j" * 900), isolates=True) is not None


def test_two_options_that_look_alike_are_numbered() -> None:
    key = next(step.ask for _, step in questions() if step.options_from == "people.children")
    fields = {name: Value("name", "Janneke") for name in words().fields(key)}
    twins = Message([Part(key, fields)], key, "choice", [["c1", "Amira"], ["c2", "Amira"]])
    assert question(words(), "nl", twins, "buttons", isolates=True) is None


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{{1}} is er", "begins or ends"), ("Dag {{1}}", "begins or ends"), ("Dag {{1}} {{2}}!", "side by side"),
        ("Dag {{1}} en {{2}}!", ""), ("x" * 1025, "longer"),
    ],
)  # fmt: skip
def test_what_whatsapp_would_refuse(body: str, problem: str) -> None:
    found = forms.broken(Form("k", "nl", "plain", body))
    assert (problem in found) if problem else (found == "")


def test_every_plural_is_a_form_of_its_own() -> None:
    dutch = Text("kop", ("Dag, er is één kop.", "Dag, er zijn {aantal} koppen."))
    arabic = Text("kop", tuple(f"{number} {{aantal}} x" for number in range(6)))
    cups = Catalogue({"kop": dutch}, {"nl": {"kop": dutch}, "ar": {"kop": arabic}})
    flow = parse(
        'flow = "f"\nkind = "huis"\nphase = "hoofd"\nrank = "question"\nclass = "plan"\npurpose = "school"\n'
        'start = { journey = "j" }\n[step.een]\nsay = "kop"\nend = "x"',
        "f.toml",
    )
    found = [(form.language, form.body) for form in forms.wanted(cups, [flow], ["kop"])]
    assert set(found[:2]) == {("nl", "Dag, er is één kop."), ("nl", "Dag, er zijn {{1}} koppen.")}
    assert sorted(body for language, body in found[2:]) == [f"{number} {{{{1}}}} x" for number in range(6)]


@given(some.lists(some.text(max_size=20), min_size=1, max_size=4))
def test_a_value_that_looks_like_a_place_stays_as_it_is(values: list[str]) -> None:
    body = " ".join(f"{{{{{number}}}}}" for number in range(1, len(values) + 1))
    assert fill(body, values) == " ".join(values)
    assert fill("{{1}}", ["{{2}}"]) == "{{2}}"


def test_dates_and_days_are_said_in_her_language_at_their_place() -> None:
    given_fields = {"dag": Value("weekday", "di"), "tijd": Value("time", "19:30")}
    message = Message([Part("voorlezen.gepland", given_fields)])
    filled = question(words(), "tr", message, "plain", isolates=True)
    assert filled is not None
    assert dict(zip(filled.form.fields, filled.values, strict=True)) == {"dag": "Salı", "tijd": "19:30"}


def test_a_filled_form_gives_text_and_options() -> None:
    filled = template(words(), "en", klop(), isolates=True)
    assert isinstance(filled, Filled)
    assert filled.text.startswith("Hello, this is juf Janneke from De Brug.")
    assert filled.choices[0] == ("lees", "Yes, read it")
