"""What the school knows about her, all of it behind a secret address, and being forgotten."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bot.conversation.events import Finished
from bot.desk.load import Live
from bot.model import HOME, Part, Value
from bot.people.addresses import same_name
from bot.privacy import erase, export, retention
from bot.store import tables as t
from bot.translation.languages import LANGUAGES

if TYPE_CHECKING:
    from bot.desk.case import Case

Action = Callable[["Case", Live, Mapping[str, str]], Finished]
_CHANNELS = {"whatsapp": "WhatsApp", "telegram": "Telegram", "sms": "SMS"}
_LAST = 3  # figures of a number, by which she knows it again
_QUIET = timedelta(days=90)  # so long without a word, and a number may be somebody else's
_LATELY = timedelta(days=14)  # who has it now may have said hello before she asks


def agreed(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What she said yes to: `tips`, only what is needed from `school`, or `geen`."""
    purposes = {purpose for _, _, purpose in case.person.consents}
    return Finished(case.at, "tips" if "tips" in purposes else "school" if purposes else "geen")


def look(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What is kept of her, in a few lines: her language, where she is reached, since when, how much, and until when."""
    o, i = t.outbox.c, t.inbox.c
    sent = select(func.count()).where(o.contact_id == case.person.id, o.left_at.is_not(None))
    heard = select(func.count()).where(i.contact_id == case.person.id, i.channel != "bot")
    many = sum(int(case.tx.execute(each).scalar_one()) for each in (sent, heard))
    since = min((each.linked_at for each in case.addresses.values() if each.linked_at), default=case.now)
    until = retention.next_moment(case.now).astimezone(HOME).date()
    fields = {
        "taal": Value("name", LANGUAGES[case.person.language].endonym), "nummers": Value("text", _reached(case)),
        "sinds": Value("full_date", since.astimezone(HOME).date().isoformat()), "aantal": Value("number", str(many)),
        "datum": Value("full_date", until.isoformat()),
    }  # fmt: skip
    for key in ("gegevens.gezin", "gegevens.bereik", "gegevens.hoe_lang"):
        case.say(Part(key, {name: fields[name] for name in fields.keys() & case.books.catalogue.fields(key)}), live)
    return Finished(case.at)


def _reached(case: "Case") -> str:
    """`WhatsApp ...001, SMS ...002`: nobody who looks over her shoulder reads a number."""
    a = t.address.c
    hers = a.contact_id == case.person.id, a.linked_at.is_not(None), a.alias_of.is_(None)
    rows = case.tx.execute(select(a.channel, a.sealed).where(*hers).order_by(a.position, a.id)).all()
    shown = [
        f"{_CHANNELS.get(row.channel, row.channel)} ...{case.tx.open('address.sealed', row.sealed)[-_LAST:]}"
        for row in rows
    ]
    return ", ".join(shown) or "-"


def all_of_it(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`adres`: one that opens for a day; `mens` where a person has to see first whose it is."""
    if _may_be_another(case):
        return Finished(case.at, "mens")
    case.savepoint()
    link = export.hand_out(case.tx, case.books.config, case.person.id, case.now)
    return Finished(case.at, "adres", fields={"link": link})


def _may_be_another(case: "Case") -> bool:
    """Two names on one phone: what is kept is also of the other. Or nothing was heard from it for so long that the
    number may have been given to somebody else."""
    g, i = t.guardian.c, t.inbox.c
    rows = case.tx.execute(select(g.name).where(g.contact_id == case.person.id)).scalars()
    if len({same_name(case.tx.open("guardian.name", each)) for each in rows}) > 1:
        return True
    since, lately = case.now - _QUIET, case.now - _LATELY
    if any(each.linked_at and each.linked_at > since for each in case.addresses.values()):
        return False
    heard = i.contact_id == case.person.id, i.channel != "bot", i.received_at > since, i.received_at < lately
    return case.tx.execute(select(i.id).where(*heard).limit(1)).first() is None


def may_forget(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`werk` where she works at school or is on duty, `school` where a person has to look at it first."""
    found = erase.hindrance(case.tx, case.books.config, case.person.id)
    if found not in ("", "bar"):
        return Finished(case.at, "werk")
    return Finished(case.at, "school" if found or _may_be_another(case) else "ok")


def forget(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """From here on nothing reaches her but the last word of this conversation; in a minute she is forgotten."""
    erase.begin(case.tx, case.books.config, case.person.id, "parent", case.now, school=live.school)
    for other in case.person.runs:
        if other is not live and other.state != "ended":
            case.end(other, erase.FORGOTTEN)
    case.plans.clear()
    case.person.consents = set()
    return Finished(case.at)


ACTIONS: Mapping[str, Action] = {
    "own.agreed": agreed,
    "own.look": look,
    "own.all": all_of_it,
    "own.may_forget": may_forget,
    "own.forget": forget,
}
OFFERS: Mapping[str, Action] = {}
