"""A letter for every guardian: in her language, with squares that really open a chat, on one A5."""

from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Browser

from bot.config import ROOT, ChannelSettings, Config, School
from bot.model import Address
from bot.people import contacts, letters, roster
from bot.people.letters import Letter
from bot.store.database import Database
from bot.translation.catalogue import Catalogue

YEAR = "2026-2027"
SCHOOL = School("brug", "De Brug & Co")
SENDERS = {"sms": "+31850000002", "telegram": "ouderbrug_demo_bot", "whatsapp": "+31850000001"}
CONFIG = Config(
    schools={"brug": SCHOOL},
    channels={name: ChannelSettings(name, "phone", sender) for name, sender in SENDERS.items()},
)
FAMILIES = """\
groep,kind,ouder,taal,telefoon
groep 4,Elif Yılmaz,Ayşe Yılmaz,Turks,0612000001
groep 1,Can Yılmaz,Ayşe Yılmaz,Turks,0612000001
groep 4,"Haddad, Amira",Fatima Haddad,Arabisch,
groep 5,Daan de Boer,=HYPERLINK(1)<script>,nl,
groep 5,Selam Tesfay,Hiwet Tesfay,Tigrinya,
"""


@pytest.fixture(scope="module")
def words() -> Catalogue:
    return Catalogue.load(ROOT / "locales", offered=("nl", "en", "tr", "ar", "pl", "uk"))


@pytest.fixture
def school(database: Database, tmp_path: Path, now: datetime) -> Database:
    (tmp_path / "families.csv").write_text(FAMILIES)
    sheet = roster.read(tmp_path / "families.csv")
    with database.begin() as tx:
        roster.load(tx, "brug", YEAR, sheet, now)
    return database


def collected(database: Database, now: datetime, group: str = "", *, again: bool = False) -> list[Letter]:
    with database.begin() as tx:
        return letters.collect(tx, SCHOOL, YEAR, now, group=group, again=again)


def test_a_guardian_gets_one_letter_for_all_her_children(school: Database, now: datetime) -> None:
    found = collected(school, now)
    assert [(each.guardian, each.language, each.group, each.children) for each in found] == [
        ("Ayşe Yılmaz", "tr", "groep 1", ("Can", "Elif")),
        ("Fatima Haddad", "ar", "groep 4", ("Amira",)),
        ("=HYPERLINK(1)<script>", "nl", "groep 5", ("Daan",)),
        ("Hiwet Tesfay", "ti", "groep 5", ("Selam",)),
    ]
    assert {each.until for each in found} == {date(2026, 12, 6)}


def test_the_letters_of_one_group(school: Database, now: datetime) -> None:
    found = collected(school, now, "Groep 4")
    assert [(each.guardian, each.group) for each in found] == [("Ayşe Yılmaz", "groep 4"), ("Fatima Haddad", "groep 4")]
    assert collected(school, now, "groep 8") == []


def test_a_reprint_is_the_same_letter_with_two_new_weeks(school: Database, now: datetime) -> None:
    first, again = collected(school, now), collected(school, now + timedelta(days=10))
    assert [each.code for each in again] == [each.code for each in first]
    assert again[0].until == date(2026, 12, 16)
    later = collected(school, now + timedelta(days=30))
    assert not {each.code for each in later} & {each.code for each in first}


def test_who_is_enrolled_gets_one_only_when_asked(school: Database, now: datetime) -> None:
    mother = collected(school, now)[0].contact_id
    with school.begin() as tx:
        phone = Address("sms", "+31612000001")
        contacts.link(tx, contacts.resolve(tx, [phone], now)[phone][1], mother, now)
        rows = letters.rows(tx, "brug", YEAR, now)
    assert [row.enrolled for row in rows if row.contact_id == mother] == [True, True]
    assert mother not in [each.contact_id for each in collected(school, now)]
    assert mother in [each.contact_id for each in collected(school, now, again=True)]


class Page(HTMLParser):
    """What a page says, and how it says it is written."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.sheets: list[tuple[str | None, str | None]] = []
        self.channels: list[str | None] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if tag == "article":
            self.sheets.append((given["lang"], given["dir"]))
        if "data-channel" in given:
            self.channels.append(given["data-channel"])

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def pages(school: Database, now: datetime, words: Catalogue, tmp_path: Path) -> list[Path]:
    return letters.write(collected(school, now), tmp_path / "letters", SCHOOL, words, CONFIG)


def test_a_page_each_and_one_to_print_them_all(pages: list[Path]) -> None:
    names = [page.name for page in pages]
    assert [name[:7] for name in names[:-1]] == ["groep-1", "groep-4", "groep-5", "groep-5"]
    assert not any("ilmaz" in name for name in names), "a file's name tells nobody's name"
    assert pages[-1].name == "all.html"
    assert pages[0].parent.stat().st_mode & 0o077 == 0
    every = Page(pages[-1].read_text())
    assert every.sheets == [("tr", "ltr"), ("ar", "rtl"), ("nl", "ltr"), ("nl", "ltr")]
    assert every.channels == ["whatsapp", "telegram", "sms"] * 4


def test_a_letter_in_her_language_with_the_dutch_for_the_teacher(pages: list[Path]) -> None:
    turkish, arabic = Page(pages[0].read_text()), Page(pages[1].read_text())
    assert "Merhaba Ayşe Yılmaz," in turkish.text
    assert "Can ve Elif" in turkish.text
    assert "Voor Ayşe Yılmaz · Can en Elif · groep 1" in turkish.text
    assert "De Brug & Co" in turkish.text
    assert "http://localhost:8000/privacy/tr" in turkish.text
    assert arabic.sheets == [("ar", "rtl")]
    assert "\u2068Fatima Haddad\u2069" in arabic.text, "a Dutch name inside Arabic is held together"
    assert "+31 85 000 0001" in arabic.text
    assert "<bdi>Amira</bdi>" in pages[1].read_text()
    assert "@ouderbrug_demo_bot" in arabic.text


def test_names_are_data(pages: list[Path]) -> None:
    dutch = Page(pages[2].read_text())
    assert "Dag =HYPERLINK(1)<script>," in dutch.text
    assert "script" not in dutch.tags


def test_only_channels_that_are_there(words: Catalogue, tmp_path: Path) -> None:
    letter = Letter(1, "Jan", "nl", "groep 4", ("Daan",), "7KQ2-9FMX", date(2026, 12, 6))
    only_sms = Config(schools=CONFIG.schools, channels={"sms": CONFIG.channels["sms"]})
    (page, _) = letters.write([letter], tmp_path / "sms", SCHOOL, words, only_sms)
    assert Page(page.read_text()).channels == ["sms"]
    (page, _) = letters.write([letter], tmp_path / "none", SCHOOL, words, Config(schools=CONFIG.schools))
    assert Page(page.read_text()).channels == []
    assert "7KQ2-9FMX" in Page(page.read_text()).text
    assert letters.write([], tmp_path / "nobody", SCHOOL, words, CONFIG) == [tmp_path / "nobody" / "all.html"]


def test_the_squares_open_a_chat_with_the_code_in_it() -> None:
    drawn = {each.channel: each.picture for each in letters.squares("7KQ2-9FMX", CONFIG)}
    for channel, link in {
        "whatsapp": "https://wa.me/31850000001?text=START%207KQ2-9FMX",
        "telegram": "https://t.me/ouderbrug_demo_bot?start=7KQ29FMX",
        "sms": "sms:+31850000002?body=START%207KQ2-9FMX",
    }.items():
        assert drawn[channel] == segno.make(link, error="m", micro=False).svg_inline(omitsize=True, border=2), channel


def test_every_language_has_the_whole_letter(words: Catalogue) -> None:
    for language in words.languages:
        assert words.complete(language, letters.KEYS)


@pytest.mark.browser
@pytest.mark.parametrize("language", ["nl", "en", "tr", "ar", "pl", "uk"])
def test_a_letter_fits_on_one_a5(browser: Browser, words: Catalogue, tmp_path: Path, language: str) -> None:
    """Also for a large family with long names; the code and the squares are whole."""
    letter = Letter(
        1, "Maria-Magdalena van der Westerlaken-Öztürk", language, "groep 4",
        ("Anne-Fleur", "Mohammed-Amin", "Willem-Alexander", "Elisabeth"), "7KQ2-9FMX", date(2026, 12, 6),
    )  # fmt: skip
    every = letters.write([letter] * 3, tmp_path, SCHOOL, words, CONFIG)[-1]
    page = browser.new_page()
    page.goto(every.as_uri())
    sheet = page.locator(".sheet").first
    assert sheet.evaluate("sheet => sheet.scrollHeight <= sheet.clientHeight")
    foot, more = page.locator(".foot").first.bounding_box(), page.locator(".more p").nth(2).bounding_box()
    assert foot is not None
    assert more is not None
    assert more["y"] + more["height"] <= foot["y"], "nothing had to be cut"
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    page.close()
    assert printed.count(b"/Type /Page\n") == 3
    assert printed.count(b"/MediaBox [0 0 420 594") == 3, "A5 in points"
