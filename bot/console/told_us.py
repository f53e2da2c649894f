"""What a family told about itself, as a colleague reads it: by topic, in her own words and in Dutch, with the day."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.console.visit import Visit
from bot.people import choices, known
from bot.people.choices import SKIP
from bot.people.known import Known
from bot.store.database import Tx
from bot.translation import orders
from bot.translation.languages import LANGUAGES
from bot.translation.orders import DONE, Said, Wanted
from bot.translation.texts import SOURCE

SHOWN = ("thuistaal", "contact", "werk", "weten", "feest", "kunnen")  # why somebody left is not about her


class Own(NamedTuple):
    """Her own words; `dutch`: the same, where a machine or a colleague has put them into it."""

    text: str
    language: str
    dutch: str = ""


class Told(NamedTuple):
    """One topic. `what`: what she chose, in words."""

    topic: str
    title: str
    what: str
    own: Sequence[Own]
    on: str


def of(visit: Visit, tx: Tx, schools: Iterable[str], contact_id: int) -> list[Told]:
    """All that she told these schools, in the order of the topics."""
    found = []
    for school in schools:
        hers = known.of(tx, school, [contact_id])[contact_id]
        found += [
            _told(visit, tx, school, topic, [each for each in hers if each.topic == topic])
            for topic in SHOWN
            if any(each.topic == topic and each.option != SKIP for each in hers)
        ]
    return found


def _told(visit: Visit, tx: Tx, school: str, topic: str, hers: Sequence[Known]) -> Told:
    said_at = max(each.said_at for each in hers).astimezone(visit.school.zone)
    on = visit.say("gezin.vertelde.op", dag=visit.say.full(said_at.date()))
    what = ", ".join(filter(None, (named(visit, topic, each.option) for each in hers)))
    return Told(topic, visit.say(f"gezin.vertelde.{topic}"), what, own_words(tx, school, hers), on)


def named(visit: Visit, topic: str, option: str) -> str:
    """An option in the colleague's language; "" for one that only says how she answered."""
    if option in LANGUAGES:
        return visit.say.named(option)
    key = choices.text_of(topic, option)
    return visit.house.books.catalogue.words(visit.who.language).say(key, {}) if key and option != SKIP else ""


def own_words(tx: Tx, school: str, hers: Sequence[Known]) -> list[Own]:
    """What she wrote herself, with its Dutch where there is one."""
    wanted = {each: Wanted(school, each.language, SOURCE, each.words) for each in hers if each.words}
    turned = orders.said(tx, set(wanted.values())) if wanted else {}
    return [Own(each.words, each.language, _dutch(each, turned.get(wanted[each]))) for each in wanted]


def _dutch(each: Known, said: Said | None) -> str:
    return said.text if said is not None and said.state == DONE and each.language != SOURCE else ""
