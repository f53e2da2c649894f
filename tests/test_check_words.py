"""What `bot check` asks of words: Dutch that can be read and is kind, translations without leftovers or odd signs."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.check import cells, dutch, everything, leftovers, reading, signs, sizes, style, texts
from bot.check.content import Content
from bot.check.finding import Finding
from bot.check.locales import Locale, Text
from bot.check.sizes import Size
from tests.fakes.tea import FLOW, STYLE, Tea

RULES = style.load(STYLE.parent)


def content(language: str, nl: str, own: str, **more: tuple[str, str]) -> Content:
    """One text in Dutch and one other language, and lists of keywords: Dutch, own."""
    pairs = {"thee.zeg": (nl, own), **{key.replace("_", ".", 1): pair for key, pair in more.items()}}
    marks = {key: frozenset({"list"} if key.startswith("kw.") else ()) for key in pairs}
    source = {key: Text(key, (nl,), (nl,), marks=marks[key]) for key, (nl, _) in pairs.items()}
    theirs = {key: Text(key, (nl,), (own,), draft=True) for key, (nl, own) in pairs.items()}
    locales = {"nl": Locale("nl", source)}
    if language != "nl":
        locales[language] = Locale(language, theirs)
    return Content((), locales, style=RULES)


def messages(found: "list[Finding]") -> list[str]:
    return [each.message for each in found]


LEVEL = [
    ("Wij sturen u deze week nog een brief over de plannen die wij met alle ouders van school maken.", "19 words"),
    ("Op school: een schrift, een pen, een gum, een lijm, een schaar, een kam, een doos.", ""),  # a list behind a colon
    ("Vul het aanmeldingsformulier in.", "'aanmeldingsformulier' (20 letters; 14 read well)"),
    ("De voorjaarsvakantie begint.", ""),  # every calendar has it
    ("Uw vraag wordt morgen door de juf gelezen.", "is passive: '... gelezen'"),
    ("De brief wordt bewaard.", "is passive: '... bewaard'"),
    ("De kast is door een ouder gemaakt.", "is passive: '... gemaakt'"),
    ("Het wordt morgen warm, en de gesprekken zijn kort.", ""),
    ("Wij zijn gisteren naar het bos gegaan.", ""),
    ("Dat is afgesproken.", ""),  # what counts is that it is so
    ("Ik denk dat u komt, omdat u het zei.", "has 'dat' and 'omdat' in one sentence"),
    ("Die dag is vrij. Wij denken dat het past.", ""),
]


@pytest.mark.parametrize(("said", "found"), LEVEL, ids=[case[0][:40] for case in LEVEL])
def test_dutch_that_is_hard_to_read(said: str, found: str) -> None:
    given = messages(list(dutch.level(content("nl", said, ""))))
    assert len(given) == bool(found)
    assert found in "".join(given)


TONE = [
    ("U moet komen.", "it orders her about"), ("U dient te komen.", "stiffly"),
    ("U bent de gymtas vergeten.", "blames"), ("Vergeet niet te betalen.", "blames"),
    ("U heeft nog steeds niet betaald.", "late"), ("Helaas heeft u niet geantwoord.", "sighs"),
    ("Betaal nu. Anders gaat uw kind niet mee.", "threat"), ("Kom op tijd, anders bellen wij.", "threat"),
    ("Dat heeft gevolgen.", "threatens"), ("Dit is verplicht.", "punishes"), ("Uw kind is al weer te laat.", "counts"),
    ("Goede ouders lezen voor.", "measures"),
    ("Past het niet? Stuur ANDERS.", ""), ("Wilt u iets anders?", ""), ("U kunt nog steeds kiezen.", ""),
    ("Het is niemands schuld.", ""), ("Anders is ook goed.", ""),
]  # fmt: skip


@pytest.mark.parametrize(("said", "found"), TONE, ids=[case[0] for case in TONE])
def test_dutch_that_blames_or_threatens(said: str, found: str) -> None:
    given = list(dutch.tone(content("nl", said, "")))
    assert bool(given) == bool(found)
    assert found in "".join(messages(given))
    assert all(each.way_out for each in given)  # always with what is better


def test_pages_are_asked_for_tone_only() -> None:
    said = "Dit aanmeldingsformulier wordt door het kantoor gelezen. Helaas. U moet wachten."
    found = content("nl", "Goed.", "", console_wacht=(said, ""))
    assert list(dutch.level(found)) == []
    assert messages(list(dutch.tone(found))) == ["says 'moet': it orders her about"]  # a sigh is between colleagues


SIGNS = [
    ("fa", "Dag.", "سلام كتاب", "letters", "'ك' (U+0643) of a neighbouring language"),
    ("ar", "Dag.", "مرحبا کتاب", "letters", "'ک' (U+06A9) of a neighbouring language"),
    ("fa", "Dag.", "سلام، کتاب", "letters", ""),
    ("ar", "Om 8:30.", "الساعة ٨:٣٠.", "letters", "has the digits ٠ ٣ ٨"),
    ("ti", "Dag.", "ሰላምa", "letters", "mixes scripts in 'ሰላምa'"),
    ("bg", "Dag.", "Здраве\u0439те", "letters", ""),
    ("bg", "Dag.", "Здpавейте", "letters", "mixes scripts in 'Здpавейте'"),
    ("ar", "Stuur STOP.", "STOP أرسلوا", "lines", "begins with 'STOP'"),
    ("ar", "{kind} is ziek.", "{kind} مريض", "lines", "begins with '{kind}'"),
    ("ar", "Dag.\n{kind}", "مرحبا\n{kind}", "lines", ""),  # a line of its own has nothing to turn round
    ("ar", "Stuur STOP.", "أرسلوا STOP.", "lines", ""),
    ("tr", "STOP werkt.", "STOP durdurur.", "lines", ""),
    ("es", "Komt u?", "Viene usted?", "marks", "has not as many ¿ as ?"),
    ("ti", "Wij bellen u morgen op.", "ጽባሕ ክንድውለልኩም ኢና", "marks", "ends without a full stop"),
    ("ti", "Wij bellen u morgen op.", "ጽባሕ ክንድውለልኩም ኢና።", "marks", ""),
    ("tr", "Hier is de link: {link}", "Bağlantı burada: {link}", "marks", ""),
]


@pytest.mark.parametrize(("language", "nl", "own", "check", "found"), SIGNS)
def test_signs_that_do_not_belong(language: str, nl: str, own: str, check: str, found: str) -> None:
    given = messages(list(getattr(signs, check)(content(language, nl, own))))
    assert len(given) == bool(found)
    assert found in "".join(given)


LEFT = [
    ("tr", "Het is goed.", "Bu niet iyi.", "foreign", "has the Dutch word niet"),
    ("pl", "Stuur het met de brief.", "Proszę your list", "foreign", "has the English word your"),
    ("fr", "De juf van uw kind.", "La maîtresse de votre enfant.", "foreign", ""),
    ("es", "De juf komt.", "Los padres van de paseo.", "foreign", ""),
    ("tr", "Dag.", "Okul okul açık.", "doubled", "says 'okul' twice in a row"),
    ("tr", "Dag.", "Seve seve.", "doubled", ""),
    ("tr", "Dag.", "Okul, okul açık.", "doubled", ""),
    ("tr", "Stuur MENS.", "SOR yazın.", "words_to_send", ""),
    ("tr", "Stuur MENS.", "MENS yazın.", "words_to_send", ""),  # the Dutch word is heard from everybody
    ("tr", "Stuur MENS.", "Bize sorun.", "words_to_send", "does not name 'mens'"),
    ("tr", "Stuur MENS.", "KONUŞ yazın.", "words_to_send", "asks for 'konus', which starts nothing"),
    ("ar", "Stuur MENS.", 'أرسلوا "شخص".', "words_to_send", ""),
    ("ar", "Stuur MENS.", 'أرسلوا "انسان".', "words_to_send", "does not name 'mens'"),
    ("tr", "Per SMS.", "SMS ile.", "words_to_send", ""),
]  # fmt: skip


@pytest.mark.parametrize(("language", "nl", "own", "check", "found"), LEFT)
def test_what_was_left_behind(language: str, nl: str, own: str, check: str, found: str) -> None:
    lists = ("mens, persoon", {"tr": "sor, insan", "ar": "شخص"}.get(language, "mens"))
    given = messages(list(getattr(leftovers, check)(content(language, nl, own, kw_mens=lists))))
    assert len(given) == bool(found)
    assert found in "".join(given)


def test_a_text_that_is_still_english() -> None:
    english = content("en", "Wij bellen u morgen.", "We will call you tomorrow.")
    turkish = replace(english, locales={**english.locales, "tr": Locale("tr", english.locales["en"].texts)})
    assert [(each.where, each.message) for each in leftovers.copied(turkish)] == [("tr", "is still English")]


def test_a_question_stays_one(tmp_path: Path) -> None:
    tea = Tea(tmp_path)
    tea.words({"thee.dag": ("Wanneer komt u theedrinken?", "Çaya gelin.")})
    assert messages(tea.findings()) == ["asks nothing, and the Dutch does"]
    tea.words({"thee.groet": ("Tot {dag}, {ouder}!", "{dag} görüşelim mi, {ouder}?")})
    assert messages(tea.findings()) == ["ends with a question, and the Dutch has none"]


def test_every_plural_form_has_the_fields_but_need_not_have_the_number() -> None:
    dutch_one = Text("a.b", ("{kind} leest een boek.", "{kind} leest {aantal} boeken."), ())
    source = replace(dutch_one, forms=dutch_one.dutch)
    for forms, found in (
        (("{kind} bir kitap okur.", "{kind} {aantal} kitap okur."), []),
        (("Bir kitap okur.", "{kind} {aantal} kitap okur."), ["not every plural form has {kind}"]),
    ):
        own = replace(dutch_one, forms=forms, draft=True)
        both = Content((), {"nl": Locale("nl", {"a.b": source}), "tr": Locale("tr", {"a.b": own})})
        assert messages(list(texts.damaged(both))) == found


def test_more_than_three_sms_parts_is_an_error() -> None:
    found = content("tr", "Lang.", "Uzun.")
    measured = [Size("tr", "thee.zeg", 201, 3), Size("tr", "thee.zeg", 202, 4), Size("nl", "thee.zeg", 150, 1)]
    assert [(each.level, each.message) for each in sizes.too_long(found, measured)] == [
        ("warning", "has 201 signs (3 SMS parts); an SMS should have 160"),
        ("error", "costs 4 SMS parts (202 signs); 3 is the most"),
    ]


def test_who_is_no_part_of_the_house_stands_in_a_cell(tmp_path: Path) -> None:
    tea = Tea(tmp_path)
    for change, said in (("", "has kind 'communicatie' and no cell"), ("cell = 13", "and cell 13")):
        tea.flow(FLOW.replace("cell = 3", change))
        found = list(cells.named(tea.content()))
        assert [(each.level, each.file, each.key) for each in found] == [("error", "flows/thee.toml", "cell")]
        assert said in found[0].message
    tea.flow(FLOW.replace('"communicatie"', '"huis"'))
    assert messages(list(cells.named(tea.content()))) == ["is of the house and has cell 3"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("[level]\nsentense = 3\n", "unknown key 'sentense'"),
        ('[known]\nlangwoord = ""\n', "langwoord: say why"),
        ("[[say]]\npattern = '('\nwhy = 'x'\nbetter = 'y'\n", "missing )"),
        ("[[say]]\npattern = 'x'\nwhy = 'x'\n", "'better' is missing"),
    ],
)
def test_a_rule_that_cannot_be_read_is_a_finding(tmp_path: Path, wrong: str, said: str) -> None:
    tea = Tea(tmp_path)
    (tea.config.locales / style.FILE).write_text(wrong, encoding="utf-8")
    _, unread = reading.read(tea.config, {"tea.note"}, {"tea.days"})
    assert [each.file for each in unread] == ["locales/style.toml"]
    assert said in unread[0].message
    shutil.copy(STYLE, tea.config.locales)
    assert everything.findings(tea.content()) == []
