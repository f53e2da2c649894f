"""Polish and Ukrainian: what parents write in them, also in the Russian that many Ukrainian parents type."""

import unicodedata
from datetime import date
from pathlib import Path

import pytest

from bot.conversation.answers import Question, fold, understand
from bot.desk.keywords import Keywords, flow_for, gather, house_flow
from bot.model import WEEKDAYS, Offer, Value
from bot.translation.catalogue import Catalogue

OFFERED = ("nl", "en", "tr", "ar", "pl", "uk")
CATALOGUE = Catalogue.load(Path(__file__).parent.parent / "locales", offered=OFFERED)
TODAY = date(2026, 11, 24)  # a Tuesday
BOTH = ("07:30", "19:30")
WHEN = Question("voorlezen.wanneer", "choice", tuple(map(Offer, ("bedtijd", "na_eten", "weekend", "lukt_niet"))))
DAY = Question("voorlezen.dag", "weekday", tuple(map(Offer, WEEKDAYS)))
YES_NO = Question("tips.mag", "yesno", (Offer("ja"), Offer("nee")))
CONSENT = Question("inschrijven.toestemming", "choice", tuple(map(Offer, ("ja", "school", "nee"))))
ON_DUTY = Question("alarm.oproep", "choice", (Offer("ik"),))
TIME = Question("voorlezen.tijd", "time", range=("07:00", "20:30"))
TIMES_A_WEEK = Question("voorlezen.hoe_vaak", "number", range=("0", "7"))
DATE = Question("x.dag", "date")


def heard(question: Question, text: str, language: str) -> tuple[str, ...]:
    return tuple(value.value for value in understand(question, text, CATALOGUE.words(language), TODAY))


@pytest.fixture(scope="module")
def keywords() -> Keywords:
    return gather({language: CATALOGUE.words(language) for language in OFFERED}, {"voorlezen": "kw.voorlezen"})


# --- yes and no
@pytest.mark.parametrize(
    ("text", "language", "answer"),
    [("tak", "pl", "ja"), ("Tak, poproszę!", "pl", "ja"), ("no", "pl", "ja"), ("no pewnie", "pl", "ja"),
     ("dobrze", "pl", "ja"), ("nie", "pl", "nee"), ("Nie, dziękuję", "pl", "nee"), ("nie dziekuje", "pl", "nee"),
     ("так", "uk", "ja"), ("Так, будь ласка", "uk", "ja"), ("ні", "uk", "nee"), ("Ні, дякую.", "uk", "nee"),
     ("да", "uk", "ja"), ("Да, конечно", "uk", "ja"), ("нет", "uk", "nee"), ("нет, спасибо", "uk", "nee"),
     ("no", "uk", "nee"), ("ja", "uk", "ja"), ("nie", "nl", "nee"), ("так", "nl", "ja")],
)  # fmt: skip
def test_yes_and_no(text: str, language: str, answer: str) -> None:
    assert heard(YES_NO, text, language) == (answer,)


@pytest.mark.parametrize(
    ("text", "language"),
    [("ja", "pl"), ("może", "pl"), ("no nie", "pl"), ("tak nie", "pl"), ("можливо", "uk"), ("так ні", "uk"),
     ("мабуть", "uk")],
)  # fmt: skip
def test_a_maybe_is_unsure(text: str, language: str) -> None:
    assert heard(YES_NO, text, language) == ()


def test_a_consent_wants_more_than_a_polish_no() -> None:
    assert heard(CONSENT, "no", "pl") == (), "she means yes, another reader of it would not"
    assert heard(CONSENT, "no tak", "pl") == heard(CONSENT, "tak", "pl") == ("ja",)
    assert heard(CONSENT, "tak, ale bez porad", "pl") == heard(CONSENT, "без советов", "uk") == ("school",)
    assert heard(ON_DUTY, "ja", "pl") == ("ik",), "here 'ja' is the Polish 'I'"


# --- weekdays
@pytest.mark.parametrize(
    ("text", "language"),
    [("we wtorek", "pl"), ("WTOREK", "pl"), ("wt.", "pl"), ("w każdy wtorek", "pl"), ("we wtorki", "pl"),
     ("co wtorek", "pl"), ("dinsdag", "pl"), ("2", "pl"), ("poproszę wtorek", "pl"),
     ("у вівторок", "uk"), ("Вівторок!", "uk"), ("щовівторка", "uk"), ("кожен вівторок", "uk"), ("по вівторках", "uk"),
     ("вт", "uk"), ("вторник", "uk"), ("во вторник", "uk"), ("каждый вторник", "uk"), ("Tuesday", "uk")],
)  # fmt: skip
def test_weekdays(text: str, language: str) -> None:
    assert understand(DAY, text, CATALOGUE.words(language), TODAY) == (Value("weekday", "di"),)


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [("w srode", "pl", "wo"), ("w sobotę", "pl", "za"), ("niedziele", "pl", "zo"), ("w piątek", "pl", "vr"),
     ("п'ятниця", "uk", "vr"), ("у п’ятницю", "uk", "vr"), ("пʼятниця", "uk", "vr"), ("в середу", "uk", "wo"),
     ("неділя", "uk", "zo"), ("воскресенье", "uk", "zo"), ("каждую среду", "uk", "wo")],
)  # fmt: skip
def test_weekdays_in_their_cases(text: str, language: str, day: str) -> None:
    assert heard(DAY, text, language) == (day,)


@pytest.mark.parametrize(
    ("text", "language"),
    [("do", "pl"), ("ma", "pl"), ("za", "pl"), ("do", "uk"), ("неделя", "uk"), ("wtorek i środa", "pl"),
     ("у вівторок і середу", "uk")],
)  # fmt: skip
def test_words_that_only_look_like_a_day(text: str, language: str) -> None:
    assert heard(DAY, text, language) == ()


# --- times
@pytest.mark.parametrize(
    ("text", "times"),
    [("wpół do ósmej", BOTH), ("o wpol do osmej", BOTH), ("wpół do 8", BOTH), ("siódma trzydzieści", BOTH),
     ("za piętnaście ósma", ("07:45", "19:45")), ("za kwadrans ósma", ("07:45", "19:45")),
     ("za dwadzieścia pięć ósma", ("07:35", "19:35")), ("za 5 ósma", ("07:55", "19:55")),
     ("kwadrans po ósmej", ("08:15", "20:15")), ("dziesięć po siódmej", ("07:10", "19:10")),
     ("za pięć wpół do ósmej", ("07:25", "19:25")), ("pięć po wpół do ósmej", ("07:35", "19:35")),
     ("ósma wieczorem", ("20:00",)), ("O ósmej rano.", ("08:00",)), ("o godzinie siódmej wieczorem", ("19:00",)),
     ("dziewiętnasta trzydzieści", ("19:30",)), ("o dwudziestej piętnaście", ("20:15",)), ("godz. 19:30", ("19:30",)),
     ("w południe", ("12:00",)), ("7 wieczorem", ("19:00",)), ("half acht", BOTH)],
)  # fmt: skip
def test_polish_times(text: str, times: tuple[str, ...]) -> None:
    assert heard(TIME, text, "pl") == times


@pytest.mark.parametrize(
    ("text", "times"),
    [("о пів на восьму", BOTH), ("пів на восьму", BOTH), ("пів восьмої", BOTH), ("сьома тридцять", BOTH),
     ("сім тридцять", BOTH), ("за чверть восьма", ("07:45", "19:45")), ("за п'ятнадцять восьма", ("07:45", "19:45")),
     ("за двадцять п’ять восьма", ("07:35", "19:35")), ("чверть на восьму", ("07:15", "19:15")),
     ("чверть по сьомій", ("07:15", "19:15")), ("десять хвилин на восьму", ("07:10", "19:10")),
     ("восьма вечора", ("20:00",)), ("о восьмій ранку", ("08:00",)), ("о дев’ятнадцятій", ("19:00",)),
     ("дев'ятнадцята тридцять", ("19:30",)), ("о 19 годині", ("19:00",)), ("опівдні", ("12:00",)),
     ("полвосьмого", BOTH), ("в половине восьмого", BOTH), ("семь тридцать", BOTH), ("пол восьмого вечера", ("19:30",)),
     ("без четверти восемь", ("07:45", "19:45")), ("без двадцати пяти восемь", ("07:35", "19:35")),
     ("десять минут восьмого", ("07:10", "19:10")), ("в 7 часов вечера", ("19:00",))],
)  # fmt: skip
def test_ukrainian_and_russian_times(text: str, times: tuple[str, ...]) -> None:
    assert heard(TIME, text, "uk") == times


@pytest.mark.parametrize(
    ("text", "language"),
    [("ósma lub dziewiąta", "pl"), ("siedem osiem", "pl"), ("7 8", "pl"), ("po 19", "pl"), ("wieczorem", "pl"),
     ("w nocy", "pl"), ("сьома або восьма", "uk"), ("сім вісім", "uk"), ("увечері", "uk"), ("після восьмої", "uk")],
)  # fmt: skip
def test_no_time_is_guessed(text: str, language: str) -> None:
    assert heard(TIME, text, language) == ()


# --- numbers, dates, options
@pytest.mark.parametrize(
    ("text", "language", "number"),
    [("trzy", "pl", "3"), ("3 razy", "pl", "3"), ("ani razu", "pl", "0"), ("dwa razy w tygodniu", "pl", "2"),
     ("raz", "pl", "1"), ("codziennie", "pl", "7"), ("pięć dni", "pl", "5"),
     ("три", "uk", "3"), ("3 рази", "uk", "3"), ("жодного разу", "uk", "0"), ("двічі", "uk", "2"),
     ("п'ять разів на тиждень", "uk", "5"), ("ни разу", "uk", "0"), ("пять раз", "uk", "5"), ("щодня", "uk", "7")],
)  # fmt: skip
def test_numbers(text: str, language: str, number: str) -> None:
    assert heard(TIMES_A_WEEK, text, language) == (number,)


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [("jutro", "pl", "2026-11-25"), ("25 listopada", "pl", "2026-11-25"), ("w środę", "pl", "2026-11-25"),
     ("завтра", "uk", "2026-11-25"), ("25 листопада", "uk", "2026-11-25"), ("25 ноября", "uk", "2026-11-25"),
     ("1 березня", "uk", "2027-03-01")],
)  # fmt: skip
def test_dates(text: str, language: str, day: str) -> None:
    assert heard(DATE, text, language) == (day,)


@pytest.mark.parametrize(
    ("text", "language", "option"),
    [("przed spaniem", "pl", "bedtijd"), ("po kolacji", "pl", "na_eten"), ("opcja 2", "pl", "na_eten"),
     ("druga", "pl", "na_eten"), ("w weekendy", "pl", "weekend"), ("nie mam czasu", "pl", "lukt_niet"),
     ("на ніч", "uk", "bedtijd"), ("после ужина", "uk", "na_eten"), ("варіант 2", "uk", "na_eten"),
     ("у вихідні", "uk", "weekend"), ("в выходные", "uk", "weekend"), ("не маю часу", "uk", "lukt_niet")],
)  # fmt: skip
def test_options_in_her_words(text: str, language: str, option: str) -> None:
    assert heard(WHEN, text, language) == (option,)


# --- what goes before every flow
@pytest.mark.parametrize(
    ("text", "flow"),
    [("zatrzymaj", "stop"), ("Nie pisz do mnie", "stop"), ("зупинити", "stop"), ("СТОП!", "stop"),
     ("не пишите", "stop"), ("czlowiek", "mens"), ("osoba", "mens"), ("PYTANIE", "mens"), ("людина", "mens"),
     ("питання", "mens"), ("человек", "mens"), ("język", "taal"), ("мова", "taal"), ("язык", "taal"),
     ("pomocy", "help"), ("допоможіть", "help"), ("помогите", "help"), ("меню", "menu"), ("старт", "start"),
     ("Mój mąż bije dzieci.", "gevaar"), ("maz mnie bije", "gevaar"), ("córka mówi, że nie chce już żyć", "gevaar"),
     ("boję się wracać do domu", "gevaar"), ("samobojstwo", "gevaar"), ("syn uciekł z domu", "gevaar"),
     ("nie mamy co jeść", "gevaar"), ("mieszkanie się pali!", "gevaar"), ("molestował ją", "gevaar"),
     ("чоловік мене б’є", "gevaar"), ("Мій чоловік б'є дітей", "gevaar"), ("донька каже, що хоче померти", "gevaar"),
     ("зґвалтували", "gevaar"), ("згвалтували", "gevaar"), ("боюся йти додому", "gevaar"), ("у нас пожежа", "gevaar"),
     ("нам нічого їсти", "gevaar"), ("муж меня бьёт", "gevaar"), ("Муж бьет детей", "gevaar"),
     ("не хочу больше жить", "gevaar"), ("домашнее насилие", "gevaar"), ("дочь сбежала из дома", "gevaar")],
)  # fmt: skip
def test_what_the_house_hears(keywords: Keywords, text: str, flow: str) -> None:
    assert house_flow(text, keywords) == flow


@pytest.mark.parametrize(
    "text",
    ["syn bije rekord w bieganiu", "jak tu zabić czas", "dzieci biją brawo", "serce mi bije", "porwane spodnie",
     "kaszel mnie dusi", "gwałtownie padało", "na gwałt potrzebuję kodu", "próbny pożar jutro", "tnie się internet",
     "kot uciekł z domu", "dziecko jest głodne po szkole", "uderzył się w głowę na wf", "biją się na przerwie",
     "nie mam jedzenia na wycieczkę", "chcę mieszkać w Utrechcie", "autobus nie zatrzymuje się przy szkole",
     "син б'є рекорди", "як вбити час", "годинник б'є дванадцяту", "діти б'ються на перерві", "кашель душить мене",
     "тато загинув на війні", "тата вбили на війні", "повітряна тривога", "навчальна пожежна тривога",
     "кіт утік з дому", "дитині нічого їсти, забула обід", "хочу жити в Роттердамі", "убить время", "бил рекорд",
     "ребёнок голодный после школы", "автобус не зупиняється біля школи"],
)  # fmt: skip
def test_what_is_no_danger(keywords: Keywords, text: str) -> None:
    assert house_flow(text, keywords) == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [("czytanie", "pl"), ("Kiedy czytać?", "pl"), ("читання", "uk"), ("Коли читати?", "uk"), ("когда читать", "uk")],
)
def test_what_starts_the_reading_plan(keywords: Keywords, text: str, language: str) -> None:
    assert flow_for(text, language, keywords) == "voorlezen"


@pytest.mark.parametrize("language", ["pl", "uk"])
def test_every_word_that_a_text_tells_her_to_send_works(keywords: Keywords, language: str) -> None:
    """STOP, MENU and a word for a person stand in capitals in the texts: sent back as they are, they are heard."""
    told = {"stop": "privacy.stop", "mens": "help.wat", "menu": "tips.nee", "start": "stop.klaar"}
    for flow, key in told.items():
        said = CATALOGUE.texts[language][key].forms[0]
        capitals = [word for word in fold_words(said) if house_flow(word, keywords) == flow]
        assert capitals, (language, key)


def fold_words(said: str) -> list[str]:
    words = "".join(sign if sign.isalpha() else " " for sign in said).split()
    return [word for word in words if word.isupper() and len(word) > 2]


@pytest.mark.parametrize("language", ["pl", "uk"])
def test_no_word_mixes_scripts(language: str) -> None:
    """A Latin letter inside a Cyrillic word is invisible to its author, and no parent would ever type it."""
    for text in CATALOGUE.texts[language].values():
        for word in "".join(sign if sign.isalpha() else " " for form in text.forms for sign in form).split():
            scripts = {unicodedata.name(letter).partition(" ")[0] for letter in word}
            assert len(scripts & {"LATIN", "CYRILLIC", "GREEK"}) == 1, (text.key, word)


@pytest.mark.parametrize("language", ["pl", "uk"])
def test_lists_say_each_thing_once(language: str) -> None:
    for text in CATALOGUE.texts[language].values():
        if text.key.startswith("kw.") or text.key.endswith(".words"):
            folded = [fold(word) or word for word in text.words()]
            assert len(folded) == len(set(folded)), text.key
