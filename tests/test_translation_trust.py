"""A translation is checked: figures, times, days, amounts and denials are those of the original; few false alarms."""

from pathlib import Path

import pytest

from bot.translation import trust
from bot.translation.texts import load, load_source
from bot.translation.trust import Span, check, spans
from tests.harness import pairs

LOCALES = Path(__file__).parent.parent / "locales"


def test_good_translations_raise_no_alarm() -> None:
    """150 pairs in both directions."""
    assert len(pairs.good()) == 150
    for dutch, language, said in pairs.good():
        assert check(dutch, said, "nl", language) == (), (dutch, said)
        assert check(said, dutch, language, "nl") == (), (said, dutch)


def test_bad_translations_do() -> None:
    """60 pairs with one thing wrong."""
    assert len(pairs.spoiled()) == 60
    for dutch, language, said, risk in pairs.spoiled():
        assert risk in check(dutch, said, "nl", language), (dutch, said)
        assert risk in trust.SERIOUS


def test_the_texts_of_the_house_raise_hardly_any() -> None:
    """What people wrote for parents, freely, in five languages: fewer than two in a hundred would not be sent."""
    source = load_source(LOCALES)
    alarms, many = [], 0
    for language in pairs.LANGUAGES:
        for key, own in load(LOCALES, language, source).items():
            dutch = source[key]
            if "list" in dutch.marks or own.stale or len(own.forms) != 1 or len(dutch.forms[0]) < 25:
                continue
            many += 1
            risks = check(dutch.forms[0], own.forms[0], "nl", language)
            alarms += [(key, language, risks)] if trust.SERIOUS.intersection(risks) else []
    assert many > 500
    assert len(alarms) < 0.02 * many, alarms


@pytest.mark.parametrize(
    ("original", "said", "target", "risks"),
    [
        ("Morgen gaan we naar het museum.", "", "tr", ("leeg",)),
        ("Morgen gaan we naar het museum.", " [X1X] ", "tr", ("leeg",)),
        ("Morgen gaan we met alle kinderen van de onderbouw naar het grote museum in de stad.", "Yarın müzeye", "tr",
        ("leeg",)),
        ("Morgen gaan we naar het museum.", "Morgen gaan we naar het museum.", "tr", ("zelfde",)),
        ("Morgen gaan we naar het museum.", "morgen gaan we naar het Museum!", "en", ("zelfde",)),
        ("Museum [X1X]", "Museum [X1X]", "en", ()),
        ("Morgen gaan we naar het museum.", "Tomorrow we are going to the museum.", "uk", ("schrift",)),
        ("Morgen gaan we naar het museum.", "Завтра мы идём в музей с вещами.", "uk", ("schrift",)),
        ("Morgen gaan we naar het museum.", "Morgen gehen wir mit der Klasse in das Museum und wir essen.", "en",
        ("schrift",)),
        ("Morgen gaan we naar het museum.", "غدا نذهب إلى المتحف.", "tr", ("schrift",)),
        ("Kom naar de BSO en het museum!", "Приходьте до BSO та museum!", "uk", ()),
        ("Tot morgen in de klas, allemaal.", "Yarın sınıfta görüşmek üzere, hepinizi bekliyoruz, lütfen erken gelin "
        "ve çocuklarınızı da getirin.", "tr", ("lengte",)),
        ("[X1X] om 8.30 uur", "[X1X] saat 8.30", "tr", ()),
        ("😊 8.30", "😊", "tr", ()),
    ],
)  # fmt: skip
def test_the_whole_text(original: str, said: str, target: str, risks: "tuple[str, ...]") -> None:
    assert check(original, said, "nl", target) == risks


@pytest.mark.parametrize(
    ("original", "source", "said", "target"),
    [
        ("Om acht uur begint het.", "nl", "It starts at 8.", "en"),
        ("Om 20.00 uur begint het.", "nl", "It starts at 8 pm.", "en"),
        ("Kom om 7.30 uur 's avonds.", "nl", "Come at 19:30.", "en"),
        ("Het duurt anderhalf uur.", "nl", "It takes 90 minutes.", "en"),
        ("Op 3 mei om 3 uur.", "nl", "On May 3rd at three o'clock.", "en"),
        ("Temperatuur 38,5 graden.", "nl", "Temperature 38.5 degrees.", "en"),
        ("De sprong was 1.25 meter.", "nl", "Atlama 1,25 metreydi.", "tr"),
        ("Om 8.30 uur.", "nl", "Saacadda 8:30.", "so"),
        ("Om half negen.", "nl", "ሰዓት ሸሞንተን ፈረቓን።", "ti"),
        ("Neem 4 euro mee.", "nl", "ሓደ ፬ ዩሮ ሒዝኩም ንዑ።", "ti"),
        ("Er is geen school.", "nl", "ቤት ትምህርቲ የለን።", "ti"),
        ("Er is geen school.", "nl", "امروز مدرسه نیست.", "fa"),
        ("Er is geen school.", "nl", "Dugsi ma jiro.", "so"),
        ("Er is geen school.", "nl", "Няма училище.", "bg"),
        ("Er is geen school.", "nl", "Hoy no hay clase.", "es"),
        ("Er is geen school.", "nl", "Il n'y a pas d'école.", "fr"),
        ("Vergeet de gymtas niet!", "nl", "Remember the gym bag!", "en"),
        ("Kızım bugün gelmeyecek.", "tr", "Mijn dochter komt vandaag niet.", "nl"),
        ("متى الرحلة؟ الساعة ٨ أو ٩؟", "ar", "Wanneer is het uitje? 8 of 9 uur?", "nl"),
    ],
)
def test_other_ways_to_say_the_same(original: str, source: str, said: str, target: str) -> None:
    assert check(original, said, source, target) == ()


def test_what_a_page_marks() -> None:
    text = "Dinsdag 24 november om 8.30 uur geen gym, € 4,50 voor drie."
    marked = [(text[each.begin : each.end], each.risk) for each in spans(text, trust.RISKS)]
    assert marked == [
        ("Dinsdag", "datum"), ("24 november", "datum"), ("8.30", "tijd"), ("geen", "ontkenning"), ("€ 4,50", "bedrag"),
        ("drie", "cijfers"), ("drie", "tijd"),
    ]  # fmt: skip
    assert spans(text, ("ontkenning",)) == (Span(32, 36, "ontkenning"),)
    assert spans(text, ("lengte", "schrift", "zelfde", "leeg")) == ()
    assert spans("Bugün yok", ("ontkenning",), "tr") == (Span(6, 9, "ontkenning"),)
