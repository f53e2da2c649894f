"""Ready messages: what their files can say, what an author reads where one is wrong, and those there are."""

from pathlib import Path

import pytest

from bot.check import ready as checked
from bot.check import sizes, templates
from bot.check.content import Content
from bot.check.locales import Locale, Text
from bot.conversation import ready
from bot.conversation.ready import parse
from bot.errors import ContentError
from bot.translation.catalogue import Catalogue
from bot.translation.texts import FIELD

ROOT = Path(__file__).resolve().parent.parent
TRIP = """\
message = "uitje"
theme   = "uitje"
kind    = "communicatie"
phase   = "hoofd"
cell    = 5

[field.dag]
type = "date"
last = true

[field.bedrag]
type = "amount"
optional = true
"""
SAYS = "Dag, hier {leerkracht} van {school}. Op {dag} gaan we op stap."
COSTS = "Dag, hier {leerkracht} van {school}. Op {dag} gaan we op stap. Het kost {bedrag} per kind."
NAMES = ("console.klaarbericht.uitje", "console.thema.uitje", "console.veld.dag", "console.veld.bedrag")


def found(texts: dict[str, str], *names: str) -> set[str]:
    said = {key: Text(key, (words,), (words,)) for key, words in {**texts, **dict.fromkeys(names, "Uitje")}.items()}
    content = Content((), {"nl": Locale("nl", said)}, ready=(parse(TRIP, "uitje.toml"),))
    checks = (checked.words, checked.names, templates.rules)
    return {f"{each.key}: {each.message}" for check in checks for each in check(content)}


def test_a_message_says_who_speaks_and_what_was_filled_in() -> None:
    message = parse(TRIP, "uitje.toml")
    assert (message.say({"dag"}), message.say({"dag", "bedrag"})) == ("bericht.uitje", "bericht.uitje.bedrag")
    assert message.texts() == ["bericht.uitje", "bericht.uitje.bedrag"]
    assert found({"bericht.uitje": SAYS, "bericht.uitje.bedrag": COSTS}, *NAMES) == set()


def test_what_is_missing_is_named() -> None:
    assert found({"bericht.uitje": SAYS}, *NAMES[:3]) == {
        "bericht.uitje.bedrag: is not in the Dutch texts", "console.veld.bedrag: is not in the Dutch texts",
    }  # fmt: skip
    both = {"bericht.uitje": "Op stap op {dag} om {tijd}", "bericht.uitje.bedrag": COSTS.replace("{dag}", "een dag")}
    assert found(both, *NAMES) == {
        "bericht.uitje: needs {tijd}", "bericht.uitje: does not say who speaks",
        "bericht.uitje.bedrag: does not say {dag}",
        "bericht.uitje: a template for flows/messages/uitje.toml: it begins or ends with a field",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (TRIP.replace('"uitje"\ntheme', '"stap"\ntheme'), "message = 'stap' must be the file's name"),
        (TRIP.replace("= 5", "= 12"), "cell 12 stays empty: a school does not decide at home"),
        (TRIP.replace('theme   = "uitje"', 'theme = "feest"'), "theme = 'feest'; it must be one of vandaag, rooster"),
        (TRIP.replace('"date"', '"dag"'), "field dag: type = 'dag'; it must be one of date, time"),
        (TRIP.replace("last = true", 'last = "ja"'), "field dag: optional and last are true or false"),
        (TRIP.replace("cell ", 'urgent = "ja"\ncell '), "it must be true or false"),
        (TRIP + "need = 1\n", "field bedrag: unknown key 'need'"),
        (TRIP.replace("[field.dag]", "[fields.dag]"), "unknown key 'fields'"),
        ("message = ", "uitje.toml: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(wrong: str, said: str) -> None:
    with pytest.raises(ContentError, match=r"uitje\.toml: ") as caught:
        parse(wrong, "uitje.toml")
    assert said in str(caught.value)


def test_schools_have_enough_to_choose_from() -> None:
    there = ready.read_folder(ROOT / "flows" / "messages")
    assert len(there) >= 24
    assert {each.theme for each in there.values()} == set(ready.THEMES)
    assert [name for name, each in there.items() if each.urgent] == ["thuisblijven", "school_dicht", "eerder_uit"]


def test_each_fits_one_sms_in_dutch() -> None:
    there = tuple(ready.read_folder(ROOT / "flows" / "messages").values())
    catalogue = Catalogue.load(ROOT / "locales", offered=("nl",))
    texts = {key: Text(key, text.forms, text.forms) for key, text in catalogue.source.items()}
    measured = sizes.sizes(Content((), {"nl": Locale("nl", texts)}, ready=there), catalogue)
    assert {size.key: size.length for size in measured if size.parts > 1} == {}
    assert all(FIELD.search(catalogue.source[key].forms[0]) for each in there for key in each.texts())
