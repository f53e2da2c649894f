"""The fictional school De Brug: its families, as the office would write them down, and the phones they hold."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.model import Address
from bot.people import codes, facts, freedays, logins, roster, second, staff
from bot.store import tables as t
from bot.store.database import Tx

SCHOOL = "de-brug"
SCHOOL_NAME = "De Brug"
YEAR = "2026-2027"
URGENT_PHONE = "+31612000198"
PHONE, ILL_BEFORE = "+31612000197", "8:15"  # the office
JOURNEYS = ("schooljaar", "thuis-leren", "nieuw")
GROUP = "groep 4"
TEACHER = "juf Janneke"
ZONE = ZoneInfo("Europe/Amsterdam")


class Colleague(NamedTuple):
    """Somebody at school, whose pages one opens beside the phones."""

    key: str
    name: str
    role: str
    about: str
    groups: tuple[str, ...] = ()


COLLEAGUES = (
    Colleague("janneke", TEACHER, "leerkracht", GROUP, (GROUP,)),
    Colleague("wil", "Wil", "administratie", "administratie"),
    Colleague("ingrid", "Ingrid", "administratie", "directeur"),
    Colleague("fenna", "Fenna", "kansencoach", "kansencoach"),
)
NEWCOMER = Colleague("bas", "meester Bas", "leerkracht", "groep 5", ("groep 5",))  # walks the first day


class Row(NamedTuple):
    """A line of the school's file: one guardian of one child."""

    nummer: str
    groep: str
    kind: str
    ouder: str
    taal: str
    telefoon: str


# Two guardians with a phone each, a phone for two, siblings with two teachers: what a school really has.
FAMILIES = (
    Row("1001", GROUP, "Defne Yılmaz", "Elif Yılmaz", "Turks", "06 1200 0101"),
    Row("1001", GROUP, "Defne Yılmaz", "Murat Yılmaz", "Turks", "06 1200 0102"),
    Row("1002", GROUP, "Amira Haddad", "Fatima Haddad", "Arabisch", "06 1200 0103"),
    Row("1003", GROUP, "Daan de Boer", "Jan de Boer", "Nederlands", "06 1200 0104"),
    Row("1004", GROUP, "Yusuf Khalil", "Samir Khalil", "Arabisch", "06 1200 0105"),
    Row("1005", "groep 5", "Layla Khalil", "Samir Khalil", "Arabisch", "06 1200 0105"),
    Row("1006", GROUP, "Emir Demir", "Ayşe Demir", "Turks", "06 1200 0106"),
    Row("1006", GROUP, "Emir Demir", "Kemal Demir", "Turks", "06 1200 0106"),
    Row("1007", GROUP, "Grace Mensah", "Joy Mensah", "Engels", "06 1200 0107"),
    Row("1008", GROUP, "Sofie van Dijk", "Marieke van Dijk", "Nederlands", "06 1200 0108"),
    Row("1009", GROUP, "Omar Nasser", "Rania Nasser", "Arabisch", "06 1200 0109"),
    Row("1010", GROUP, "Ella Bright", "Kofi Bright", "Engels", "06 1200 0110"),
    Row("1011", GROUP, "Zosia Nowak", "Kasia Nowak", "Pools", "06 1200 0111"),
    Row("1012", "groep 5", "Danylo Koval", "Olena Koval", "Oekraïens", "06 1200 0112"),
    Row("1013", "groep 5", "Nahom Tesfay", "Selam Tesfay", "Tigrinya", "06 1200 0113"),
    Row("1014", "groep 2", "Sagal Warsame", "Hodan Warsame", "Somalisch", "06 1200 0114"),
    Row("1015", "groep 7", "Parisa Rahimi", "Navid Rahimi", "Farsi", "06 1200 0115"),
    Row("1016", "groep 8", "Viktor Petrov", "Ivanka Petrova", "Bulgaars", "06 1200 0116"),
    Row("1017", "groep 2", "Mateo Vargas", "Lucía Vargas", "Spaans", "06 1200 0117"),
    Row("1018", "groep 7", "Aminata Diallo", "Awa Diallo", "Frans", "06 1200 0118"),
)


# On which days there is gym nobody has written down: who asks for that is passed on to the teacher.
TIMES = (
    ("groep", "ma", "di", "wo", "do", "vr"),
    ("alle", "8:30-14:30", "8:30-14:30", "8:30-12:15", "8:30-14:30", "8:30-14:30"),
)  # fmt: skip
CALENDAR = (
    ("van", "tot", "wat"),
    ("17-10-2026", "25-10-2026", "Herfstvakantie"),
    ("04-12-2026", "04-12-2026", "Studiedag"),
    ("19-12-2026", "03-01-2027", "Kerstvakantie"),
    ("10-02-2027", "10-02-2027", "Studiedag"),
    ("20-02-2027", "28-02-2027", "Voorjaarsvakantie"),
    ("26-03-2027", "26-03-2027", "Goede Vrijdag"),
    ("24-04-2027", "09-05-2027", "Meivakantie"),
    ("16-06-2027", "16-06-2027", "Studiedag"),
    ("17-07-2027", "29-08-2027", "Zomervakantie"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone on the page, and who holds it."""

    name: str  # stands in the page as data-phone
    owner: str
    about: str
    language: str
    address: Address
    guardians: tuple[str, ...] = ()  # whose letters from school lie beside it

    @property
    def short(self) -> str:
        return self.owner.removeprefix("De ").split()[0].capitalize()

    @property
    def channel(self) -> str:
        return self.address.channel


def _phone(name: str, about: str, language: str, address: str, *guardians: str) -> Phone:
    owner = " en ".join(each.split()[0] for each in guardians[:-1]) + (" en " if guardians[1:] else "") + guardians[-1]
    return Phone(name, owner, about, language, Address.parse(address), guardians)


ON_DUTY = "krijgt bericht zodra een ouder in nood is"
DUTY = Address("sms", "+31612000199")
PHONES = (
    _phone("elif", "moeder van Defne", "tr", "whatsapp:+31612000101", "Elif Yılmaz"),
    _phone("fatima", "moeder van Amira", "ar", "sms:+31612000103", "Fatima Haddad"),
    _phone("joy", "moeder van Grace", "en", "telegram:700000107", "Joy Mensah"),
    _phone("jan", "vader van Daan", "nl", "sms:+31612000104", "Jan de Boer"),
    _phone("samir", "vader van Yusuf en Layla", "ar", "whatsapp:+31612000105", "Samir Khalil"),
    _phone("murat", "vader van Defne", "tr", "telegram:700000102", "Murat Yılmaz"),
    _phone("ayse", "ouders van Emir, één telefoon", "tr", "whatsapp:+31612000106", "Ayşe Demir", "Kemal Demir"),
    _phone("rania", "moeder van Omar", "ar", "telegram:700000109", "Rania Nasser"),
    _phone("marieke", "moeder van Sofie", "nl", "whatsapp:+31612000108", "Marieke van Dijk"),
    _phone("kofi", "vader van Ella", "en", "sms:+31612000110", "Kofi Bright"),
    _phone("kasia", "moeder van Zosia", "pl", "sms:+31612000111", "Kasia Nowak"),
    _phone("olena", "moeder van Danylo", "uk", "telegram:700000112", "Olena Koval"),
    _phone("selam", "moeder van Nahom", "ti", "whatsapp:+31612000113", "Selam Tesfay"),
    _phone("hodan", "moeder van Sagal", "so", "sms:+31612000114", "Hodan Warsame"),
    _phone("navid", "vader van Parisa", "fa", "telegram:700000115", "Navid Rahimi"),
    _phone("ivanka", "moeder van Viktor", "bg", "sms:+31612000116", "Ivanka Petrova"),
    _phone("lucia", "moeder van Mateo", "es", "whatsapp:+31612000117", "Lucía Vargas"),
    _phone("awa", "moeder van Aminata", "fr", "whatsapp:+31612000118", "Awa Diallo"),
    Phone("dienst", "De dienst", "de telefoon van wie vandaag dienst heeft", "nl", DUTY),
)


def prepare(tx: Tx, home: Path, now: datetime) -> None:
    """The office imports its file; families that are known stay, and who has no working code gets one."""
    roster.load(tx, SCHOOL, YEAR, roster.read(write(home / "gezinnen.csv")), now)
    _employ(tx, now)
    today = now.astimezone(ZONE).date()
    if not facts.everything(tx, SCHOOL):
        facts.store(tx, SCHOOL, facts.read(_file(home / "schooltijden.csv", TIMES), today))
    if not freedays.of(tx, SCHOOL):
        free = _file(home / "kalender.csv", CALENDAR)
        freedays.store(tx, SCHOOL, freedays.read(free, today).days, free.name)


def _employ(tx: Tx, now: datetime) -> None:
    """All but the newcomer have signed in before; with no password, for here one comes in with a click."""
    for each in (*COLLEAGUES, NEWCOMER):
        number = staff.add(tx, SCHOOL, each.key, each.name, each.role, each.groups, YEAR)
        if each is not NEWCOMER and not logins.state(tx, [number], now)[number].accepted:
            logins.set_password(tx, number, "", now)
            second.print_list(tx, number)


def letters(tx: Tx, now: datetime) -> dict[str, str]:
    """Guardian -> the code in the letter that was not answered yet."""
    guardian = t.guardian.c
    rows = tx.execute(select(guardian.contact_id, guardian.name).where(guardian.school == SCHOOL)).all()
    sent = codes.letters(tx, {row.contact_id for row in rows}, SCHOOL, now)
    return {tx.open("guardian.name", row.name): sent[row.contact_id] for row in rows if row.contact_id in sent}


def write(file: Path) -> Path:
    """Write the families as the office's own export would be: a .csv with Dutch headings and semicolons."""
    return _file(file, (Row._fields, *FAMILIES))


def _file(file: Path, rows: Iterable[Iterable[str]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, delimiter=";").writerows(rows)
    return file
