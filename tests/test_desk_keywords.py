"""What goes before every flow: whole messages in every language, and danger words inside a text."""

import pytest

from bot.desk.keywords import Keywords, flow_for, gather, house_flow


class Words:
    """The word lists of one language."""

    def __init__(self, **lists: str) -> None:
        self._lists = {f"kw.{name}": tuple(words.split(", ")) for name, words in lists.items()}

    def list(self, key: str) -> tuple[str, ...]:
        return self._lists.get(key, ())


@pytest.fixture(scope="module")
def keywords() -> Keywords:
    dutch = Words(stop="stop, afmelden", help="help, ?", gevaar="zelfmoord, wil dood, slaat mij", voorlezen="lezen")
    arabic = Words(stop="توقف", help="مساعدة", gevaar="يضربني", voorlezen="قراءة")
    return gather({"nl": dutch, "ar": arabic}, {"voorlezen": "kw.voorlezen", "stop": "kw.stop"})


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("STOP", "stop"), (" stop. ", "stop"), ("Afmelden!", "stop"), ("توقف", "stop"), ("UNSUBSCRIBE", "stop"),
        ("end", "stop"), ("help", "help"), ("?", "help"), (" ? ", "help"), ("مساعدة", "help"),
        ("zelfmoord", "gevaar"), ("Ik wil dood.", "gevaar"), ("zusje zegt: hij slaat\nmij vaak", "gevaar"),
        ("STOP hij slaat mij", "gevaar"), ("زوجي يضربني", "gevaar"), ("wil  DOOD", "gevaar"),
    ],
)  # fmt: skip
def test_what_the_house_hears(keywords: Keywords, text: str, flow: str) -> None:
    assert house_flow(text, keywords) == flow


@pytest.mark.parametrize(
    "text",
    ["", " ", "??", "👍", "😀", "\u200b", "\x00", ".", "de bus stopt niet", "stopcontact", "hij slaat mijn bal weg",
     "doodmoe", "wildood", "help mij even met de sommen", "lezen"],
)  # fmt: skip
def test_what_the_house_does_not_hear(keywords: Keywords, text: str) -> None:
    assert house_flow(text, keywords) == ""


def test_a_flow_starts_by_her_own_words_then_dutch() -> None:
    nl, tr = Words(menu="menu, keuze", lezen="lezen"), Words(lezen="okuma")
    found = gather({"nl": nl, "tr": tr}, {"lezen": "kw.lezen"})
    assert [flow_for(text, "tr", found) for text in ("okuma", "Lezen!")] == ["lezen", "lezen"]
    assert [flow_for(text, "tr", found) for text in ("menu", "okumak", "")] == ["", "", ""]
    assert flow_for("okuma", "nl", found) == "", "a Turkish word is nothing to who reads Dutch"


def test_a_novel_is_searched_from_its_beginning(keywords: Keywords) -> None:
    assert house_flow("ik wil dood " + "bla " * 100_000, keywords) == "gevaar"
