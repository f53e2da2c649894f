"""The words of all languages: what is said, in which language, and when a message falls back."""

from datetime import date
from gettext import c2py
from pathlib import Path

import pytest
from babel import localedata

from bot.conversation.answers import Question, fold, understand
from bot.errors import ContentError
from bot.model import WEEKDAYS, Offer, Value
from bot.translation import languages
from bot.translation.catalogue import Catalogue
from bot.translation.languages import LANGUAGES

LOCALES = Path(__file__).parent.parent / "locales"
HEADER = 'msgid ""\nmsgstr ""\n"Language: {0}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
NL = """
msgctxt "plan.klaar"
msgid "Elke {dag} om {tijd}: {wat}."
msgstr ""

msgctxt "plan.wat"
msgid "Wat?"
msgstr ""

msgctxt "plan.wat.lezen"
msgid "Lezen"
msgstr ""

msgctxt "plan.wat.weekend"
msgid "Weekend"
msgstr ""

#. list
msgctxt "plan.wat.lezen.words"
msgid "lees, boek"
msgstr ""

msgctxt "plan.keren"
msgid "{aantal} keer"
msgid_plural "{aantal} keren"
msgstr[0] ""
msgstr[1] ""

msgctxt "algemeen.ja"
msgid "Ja"
msgstr ""

msgctxt "algemeen.nee"
msgid "Nee"
msgstr ""
"""
AR = """
#, fuzzy
msgctxt "plan.klaar"
msgid "Elke {dag} om {tijd}: {wat}."
msgstr "كل {dag} الساعة {tijd}: {wat}."

#, fuzzy
msgctxt "plan.wat"
msgid "Wat?"
msgstr "ماذا؟"

msgctxt "plan.wat.lezen"
msgid "Lezen"
msgstr "قراءة"

#. list
#, fuzzy
msgctxt "plan.wat.lezen.words"
msgid "lees"
msgstr "اقرأ، كتاب"

msgctxt "plan.keren"
msgid "{aantal} keer"
msgid_plural "{aantal} keren"
msgstr[0] "ولا مرة"
msgstr[1] "مرة"
msgstr[2] "مرتان"
msgstr[3] "{aantal} مرات"
msgstr[4] "{aantal} مرة"
msgstr[5] "{aantal} مرة!"
"""
FIELDS = {"dag": Value("weekday", "di"), "tijd": Value("time", "19:30"), "wat": Value("option", "lezen", "plan.wat")}


def catalogue(folder: Path, *, nl: str = NL, send: str = "drafts", **others: str) -> Catalogue:
    for language, body in {"nl": nl, **others}.items():
        (folder / f"{language}.po").write_text(HEADER.format(language) + body, encoding="utf-8")
    return Catalogue.load(folder, offered=("nl", *others), send=send)


def test_fields_are_said_in_the_readers_language(tmp_path: Path) -> None:
    words = catalogue(tmp_path, ar=AR)
    assert words.words("nl").say("plan.klaar", FIELDS) == "Elke dinsdag om 19:30: Lezen."
    assert words.words("ar").say("plan.klaar", FIELDS) == "كل الثلاثاء الساعة 19:30: قراءة."
    assert words.words("ar").direction == "rtl"
    assert words.fields("plan.klaar") == {"dag", "tijd", "wat"}


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "ولا مرة"), (1, "مرة"), (2, "مرتان"), (3, "3 مرات"), (11, "11 مرة"), (100, "100 مرة!"), (103, "103 مرات")],
)
def test_arabic_has_six_plurals(tmp_path: Path, number: int, said: str) -> None:
    words = catalogue(tmp_path, ar=AR)
    fields = {"aantal": Value("number", str(number))}
    assert words.words("ar").say("plan.keren", fields) == said
    assert words.words("nl").say("plan.keren", fields) == f"{number} {'keer' if number == 1 else 'keren'}"


@pytest.mark.parametrize("value", ["{0.__class__}", "{{7*7}}", "{tijd}", "{", "%s", "\\1", "<b>", "\x00"])
def test_values_are_data(tmp_path: Path, value: str) -> None:
    words = catalogue(tmp_path).words("nl")
    assert words.say("plan.klaar", {**FIELDS, "wat": Value("text", value)}) == f"Elke dinsdag om 19:30: {value}."


@pytest.mark.parametrize(
    ("language", "value", "isolated"),
    [("nl", "أميرة", True), ("nl", "Amira", False), ("nl", "juf أميرة", True), ("nl", "+31 6 12000001", False),
     ("ar", "أميرة", False), ("ar", "Amira", True), ("ar", "19:30", False), ("ar", "+31 6 12000001", True),
     ("ar", "3", False)],
)  # fmt: skip
def test_isolates_stand_only_round_what_runs_the_other_way(
    tmp_path: Path, language: str, value: str, isolated: bool
) -> None:
    words = catalogue(tmp_path, ar=AR).words(language)
    fields = {**FIELDS, "wat": Value("name", value)}
    assert (f"\u2068{value}\u2069" in words.say("plan.klaar", fields)) == isolated
    assert "\u2068" not in words.say("plan.klaar", fields, isolates=False)


def test_a_value_cannot_turn_the_rest_of_the_message(tmp_path: Path) -> None:
    said = catalogue(tmp_path).words("nl").say("plan.klaar", {**FIELDS, "wat": Value("name", "\u202eabc\u2069\u2066")})
    assert said == "Elke dinsdag om 19:30: abc."


def test_a_message_falls_back_only_as_a_whole(tmp_path: Path) -> None:
    words = catalogue(tmp_path, ar=AR)
    assert words.complete("ar", ["plan.wat", "plan.wat.lezen"])
    assert words.reader("ar", ["plan.wat", "plan.wat.lezen"]).language == "ar"
    assert words.reader("ar", ["plan.wat", "plan.wat.lezen", "plan.wat.weekend"]).language == "nl"
    assert words.reader("ar", ["plan.dag.di"]).language == "ar"
    assert words.reader("ar", ["plan.zeker.ja"]).language == "nl"  # no Arabic yes in this file
    assert words.reader("ti", ["plan.wat"]).language == "nl"
    assert words.words("ti").language == "nl"
    assert not words.complete("ti", [])


def test_reviewed_sends_no_drafts(tmp_path: Path) -> None:
    words = catalogue(tmp_path, send="reviewed", ar=AR)
    assert not words.complete("ar", ["plan.wat"])
    assert words.complete("ar", ["plan.wat.lezen"])
    assert words.words("ar").list("plan.wat.lezen.words") == ("اقرأ", "كتاب")  # lists are understood, not said


LIST = '\n#. list\nmsgctxt "{0}"\nmsgid "{1}"\nmsgstr ""\n'
STALE = '\n#, fuzzy\n#| msgid "{0}"\nmsgctxt "plan.wat"\nmsgid "Wat?"\nmsgstr "{1}"\n'


def test_a_stale_text_is_sent_unless_its_fields_changed(tmp_path: Path) -> None:
    assert catalogue(tmp_path, tr=STALE.format("Wat dan?", "Ne?")).words("tr").say("plan.wat", {}) == "Ne?"
    assert catalogue(tmp_path, tr=STALE.format("Wat, {kind}?", "Ne, {kind}?")).words("tr").say("plan.wat", {}) == "Wat?"


@pytest.mark.parametrize(
    ("nl", "tr", "named"),
    [(NL.replace("{tijd}", "{0.tijd}"), "", "nl.po: plan.klaar"),
     (NL.replace("{tijd}", "{tijd"), "", "nl.po: plan.klaar"),
     (NL + 'msgctxt "plan.wat"\nmsgid "Nog eens"\nmsgstr ""\n', "", "nl.po: plan.wat stands there twice"),
     (NL, 'msgctxt "plan.wat"\nmsgid "Wat?"\nmsgstr "Ne, {kind}?"\n', "tr.po: plan.wat has the field {kind}"),
     (NL, "dit is geen PO", "tr.po: "), (NL, 'msgid "zonder sleutel"\nmsgstr "x"\n', "tr.po: line"),
     (NL + LIST.format("woorden.getallen", "een"), "", "nl.po: woorden.getallen: 'een' must be"),
     (NL + LIST.format("woorden.tijd", "half {u}=laat"), "", "nl.po: woorden.tijd: 'half {u}=laat' must"),
     (NL + LIST.format("woorden.dagen", "dinsdag=tu"), "", "nl.po: woorden.dagen: 'tu' is no weekday")],
)  # fmt: skip
def test_what_cannot_be_read_is_named(tmp_path: Path, nl: str, tr: str, named: str) -> None:
    with pytest.raises(ContentError) as caught:
        catalogue(tmp_path, nl=nl, tr=tr)
    assert str(caught.value).startswith(named)


def test_a_missing_file_text_or_field_is_named(tmp_path: Path) -> None:
    words = catalogue(tmp_path).words("nl")
    with pytest.raises(ContentError, match=r"there is no text plan\.niets"):
        words.say("plan.niets", {})
    with pytest.raises(ContentError, match=r"plan\.klaar: nobody gave a value for \{dag\}"):
        words.say("plan.klaar", {})
    with pytest.raises(ContentError, match=r"so\.po"):
        Catalogue.load(tmp_path, offered=("nl", "so"))


def test_labels_are_hers_first_then_dutch_and_elsewhere_only_full_ones(tmp_path: Path) -> None:
    tr = '\n#, fuzzy\nmsgctxt "plan.wat.weekend"\nmsgid "Weekend"\nmsgstr "Lezen"\n'  # an unlucky Turkish word
    words = catalogue(tmp_path, ar=AR, tr=tr)
    ids = ("lezen", "weekend")
    assert words.words("nl").labels("plan.wat", ids)["lezen"] == "lezen"
    assert words.words("tr").labels("plan.wat", ids)["lezen"] == "weekend"
    assert words.words("nl").labels("plan.wat", ids)["boek"] == "lezen"
    assert words.words("nl").labels("plan.wat", ids)[fold("قراءة")] == "lezen"
    assert fold("كتاب") not in words.words("nl").labels("plan.wat", ids)
    assert words.words("nl").labels("plan.wat", ids) is words.words("nl").labels("plan.wat", ids)


def test_two_options_that_read_alike_are_neither(tmp_path: Path) -> None:
    nl = NL.replace('"Weekend"', '"Léézen"').replace('"Lezen"', '"Leezen"')
    assert "leezen" not in catalogue(tmp_path, nl=nl).words("nl").labels("plan.wat", ("lezen", "weekend"))


# --- the words that parents get
@pytest.fixture(scope="module")
def real() -> Catalogue:
    return Catalogue.load(LOCALES, offered=("nl", "en", "tr", "ar", "pl", "uk"))


@pytest.mark.parametrize("language", ["nl", "en", "tr", "ar", "pl", "uk"])
def test_every_language_has_word_tables(real: Catalogue, language: str) -> None:
    tables = real.words(language).tables
    own = real.words(language).glossary
    assert set(own.weekdays.values()) == set(WEEKDAYS)
    assert set(own.months.values()) == set(range(1, 13))
    assert set(own.hours.values()) == set(range(1, 13))
    assert set(range(32)) <= set(own.numbers.values())
    assert own.picks
    assert own.counts[1]
    assert own.days
    assert len(tables.clocks) == (2 if language in ("nl", "en") else 3)


@pytest.mark.parametrize("language", ["nl", "en", "tr", "ar", "pl", "uk"])
def test_what_she_reads_she_may_type(real: Catalogue, language: str) -> None:
    words = real.words(language)
    day = Question("voorlezen.dag", "weekday", tuple(map(Offer, WEEKDAYS)))
    for offer in day.offers:
        said = words.label(day.ask, offer)
        assert understand(day, f"{said}!", words, date(2026, 11, 24)) == (Value("weekday", offer.id),)
    for ask, ids in {
        "tips.mag": ("ja", "nee"),
        "voorlezen.wanneer": ("bedtijd", "na_eten", "weekend", "lukt_niet"),
    }.items():
        for option in ids:
            assert words.labels(ask, ids)[fold(words.label(ask, Offer(option)))] == option


# --- languages
@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda language: language.code)
def test_every_language_has_a_calendar_and_plurals(language: languages.Language) -> None:
    code = language.code
    assert localedata.exists(language.babel or code)
    assert len({languages.weekday(code, day) for day in WEEKDAYS}) == 7
    assert "24" in languages.say_date(code, date(2026, 11, 24))
    assert "2026" not in languages.say_date(code, date(2026, 11, 24))
    forms, _, rule = languages.plural_header(code).partition("; plural=")
    assert forms == f"nplurals={languages.plural_forms(code)}"
    assert [c2py(rule.rstrip(";"))(number) for number in range(201)] == [
        languages.plural_form(code, number) for number in range(201)
    ]
    assert language.direction == ("rtl" if code in {"ar", "fa", "prs", "ps", "ur", "ckb"} else "ltr")


@pytest.mark.parametrize(
    ("name", "code"),
    [("tr", "tr"), ("TURKS", "tr"), ("Türkçe", "tr"), ("turkce", "tr"), ("Turkish", "tr"), ("العربية", "ar"),
     ("Arabisch", "ar"),
     ("Dari", "prs"), ("prs", "prs"), ("Koerdisch (Sorani)", "ckb"), ("Kurmanci", "kmr"), ("Oekraiens", "uk"),
     ("tigrinya ", "ti")],
)  # fmt: skip
def test_a_language_is_found_by_code_or_name(name: str, code: str) -> None:
    found = languages.find(name)
    assert found
    assert found.code == code


@pytest.mark.parametrize("name", ["", "Klingon", "nl en"])
def test_an_unknown_language_is_none(name: str) -> None:
    assert languages.find(name) is None


def test_dates_and_plurals_of_languages_that_borrow() -> None:
    assert languages.say_date("nl", date(2026, 11, 24)) == "dinsdag 24 november"
    assert languages.say_date("en", date(2026, 11, 24)) == "Tuesday 24 November"
    assert languages.say_date("tr", date(2026, 11, 24)) == "24 Kasım Salı"
    assert languages.say_date("ru", date(2026, 11, 24)) == "вторник, 24 ноября"
    assert languages.plural_form("fa", 0) == languages.plural_form("prs", 0) == languages.plural_form("prs", 1) == 0
    assert languages.plural_form("pl", 21) == 2
    assert languages.plural_form("uk", 21) == 0
    assert languages.plural_form("ti", 0) == 0
