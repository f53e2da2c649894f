"""One file that goes with a message: taken in as what its bytes say, shown, and what each channel does with it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.broadcast import attachments
from bot.broadcast.attachments import Unfit
from bot.channels.files import NAMES, carried
from bot.channels.phone import LIMITS
from bot.console import reach
from bot.console.households import CHANNELS
from bot.console.told.sheet import Sheet
from bot.console.visit import NETWORK, TALKING, Answer, Door, File, Gone, Upload, Visit, get
from bot.model import Limits
from bot.store.database import Tx

FIELD, FILE = "bestand", "bestand_nieuw"  # the id of what was taken in; a file that comes with the form
PATH = "/berichten/bijlage"


class Shown(NamedTuple):
    """The file as the page shows it. `what`: picture sound paper."""

    id: int
    path: str
    what: str
    kind: str
    name: str
    ways: Sequence[str]


def may(visit: Visit) -> bool:
    """Whether hers to use: the network's people see no ids of schools, so none of files either."""
    return visit.who.role != NETWORK


def upload(visit: Visit) -> Upload | None:
    return visit.files.get(FILE) if may(visit) else None


def prepared(visit: Visit) -> attachments.Sealed | Unfit | None:
    """Before anything is written: what came with the form, cleaned and sealed; or what is wrong with it."""
    given = upload(visit)
    try:
        return attachments.sealed(visit.house.database.ring, given.name, given.data) if given else None
    except Unfit as error:
        return error


def taken(visit: Visit, tx: Tx, sheet: Sheet) -> tuple[Sheet, Mapping[str, str]]:
    """The form with the file that came with it, in place of the one it had; or what is wrong with that file."""
    file: attachments.Sealed | Unfit | None = visit.prepared
    if file is None:
        return sheet, {}
    if isinstance(file, Unfit):
        return sheet, {FIELD: visit.say(f"bericht.fout_bestand_{file}")}
    number = attachments.keep(tx, visit.who.school, visit.who.staff_id, file, visit.now)
    return without(visit, tx, sheet).having(**{FIELD: str(number)}), {}


def without(visit: Visit, tx: Tx, sheet: Sheet) -> Sheet:
    """The form without its file, which is forgotten where it is hers and nothing else holds it."""
    if number := sheet.number(FIELD):
        attachments.drop(tx, number, visit.who.staff_id)
    return sheet.having(**{FIELD: ""})


def shown(visit: Visit, tx: Tx, number: int | None) -> Shown | None:
    """What goes with it; None where nothing does, or it is not hers to see."""
    if not number or not reach.may_see(tx, visit.who, "attachment", number):
        return None
    about = attachments.about(tx, number)
    what = {"image": "picture", "audio": "sound"}.get(about.content_type.partition("/")[0], "paper")
    kind = visit.say(f"bericht.soort_{about.kind}")
    return Shown(number, f"{PATH}/{number}", what, kind, about.name or kind, ways(visit, about.content_type))


def ways(visit: Visit, content_type: str) -> list[str]:
    """What each channel does with it, in the order of the settings."""
    able = limits(visit)
    found = []
    for name, each in able.items():
        how = "zelf" if content_type in each.files else "binnen" if content_type in LIMITS[name].files else "link"
        found.append(visit.say(f"bericht.bijlage_{how}", kanaal=CHANNELS.get(name, name)))
    return found


def limits(visit: Visit) -> dict[str, Limits]:
    """What each channel can carry, as it is set up here."""
    settings = visit.config.channels
    return {
        name: replace(LIMITS[name], files=carried(each, LIMITS[name].files))
        for name, each in settings.items() if name in LIMITS
    }  # fmt: skip


def one(visit: Visit, tx: Tx) -> Answer:
    """The file itself, for who made it and the office."""
    found = attachments.by_id(tx, visit.ids["attachment"])
    if found is None:
        raise Gone
    return File(found.name or NAMES[found.content_type], found.content_type, found.data, inline=True)


DOORS: tuple[Door, ...] = (get(f"{PATH}/{{attachment}}", one, TALKING),)
