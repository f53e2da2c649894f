"""What arrives, seen before it is sent: by language, by channel, how long it takes, and who cannot be reached."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from bot import hours
from bot.broadcast import attachments, compose, goodnews, outlook
from bot.broadcast.audience import Audience, Receiver, families, receivers
from bot.broadcast.compose import AUTHORED, Shown
from bot.broadcast.content import READY, Content
from bot.broadcast.estimate import LIMITS as LIMITS_OF
from bot.broadcast.estimate import QUIET, Estimate
from bot.broadcast.outlook import Sending
from bot.broadcast.send import HOLD
from bot.config import School
from bot.console import reach
from bot.console.heard import Bit, bits
from bot.console.households import CHANNELS
from bot.console.settings.languages import FEW
from bot.console.told import choose, files, named, wording
from bot.console.told.sheet import KEY, Sheet, looked_at
from bot.console.visit import EVERYONE, Answer, Go, Page, Visit, get
from bot.model import Value
from bot.outbox.hours import loud_from
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation import orders
from bot.translation.languages import direction
from bot.translation.texts import SOURCE
from bot.translators import NONE

NEW, LOOK = "/berichten/nieuw", "/berichten/bekijk"
OPEN = 2  # languages of which one sees at once what arrives
_MINUTE = 60
_ORDERED = 3  # schools for which a proposal is put into other languages at once; the others when somebody there looks


class Words(NamedTuple):
    """What arrives in one language. `spoken`: the one its words are in; `machine`: a machine made them."""

    language: str
    name: str
    spoken: str
    direction: str
    readers: str
    channel: str
    text: str
    choices: Sequence[str]
    parts: int
    state: str
    note: str
    machine: bool
    back: Sequence[Bit]
    risks: Sequence[str]


class Lost(NamedTuple):
    """Somebody who cannot be reached. `name`: "" where that is not hers to see."""

    contact_id: int
    name: str
    children: str
    why: str


class Picture(NamedTuple):
    """One school of it."""

    school: str
    name: str
    to: str
    families: int
    people: int
    groups: int
    words: Sequence[Words]
    ways: str
    facts: Sequence[str]
    lost: Sequence[Lost]
    lost_many: int
    file: files.Shown | None = None

    @property
    def waits(self) -> bool:
        """Whether a machine is still at it."""
        return any(each.state == orders.WAITING for each in self.words)


def order(visit: Visit, tx: Tx, audiences: Sequence[Audience], content: Content) -> None:
    """Ask for what no machine has put into other languages yet."""
    if content.kind == READY:
        return
    for audience in audiences[:_ORDERED]:
        people = receivers(tx, visit.config, audience, visit.now)
        languages = {each.language for each in people if each.channel}
        compose.order_all(tx, visit.config.schools[audience.school], content, languages, visit.now)


class Leaves(NamedTuple):
    """From whom it is, when it leaves, and until when it is of use."""

    sender: str
    at: datetime
    until: datetime
    urgent: bool = False


def picture(visit: Visit, tx: Tx, audience: Audience, content: Content, leaves: Leaves) -> Picture:
    """What would arrive if it left then."""
    school, books = visit.config.schools[audience.school], visit.house.books
    people = receivers(tx, visit.config, audience, visit.now)
    file = attachments.value(tx, visit.config.web.public_url, content.file_id)
    limits = files.limits(visit)
    shown = compose.preview(tx, books, limits, school, leaves.sender, content, people, visit.now, file=file)
    message = compose.message(books, school, leaves.sender, content, file)
    sending = Sending(school, message, "urgent" if leaves.urgent else "broadcast", leaves.at, leaves.until)
    comes = outlook.look(tx, books, sending, people, shown, visit.now)
    shown = [_now(visit, school, each) for each in shown]
    lost = {contact_id for ids in comes.unreachable.values() for contact_id in ids}
    reached = [each for each in people if each.contact_id not in lost]
    quiet = [*_quiet(visit, reached, leaves, school.key)]
    return Picture(
        school.key, school.name, named.to_whom(visit, tx, audience), families(reached), comes.people,
        len({child.group for each in people for child in each.children}), [_words(visit, each) for each in shown],
        _ways(visit, comes), [*_facts(visit, comes, leaves, quiet), *quiet],
        _lost(visit, tx, people, comes), len(lost),
        files.shown(visit, tx, content.file_id),
    )  # fmt: skip


def _now(visit: Visit, school: School, each: Shown) -> Shown:
    """Where the school has no machine for it nobody waits for one."""
    engine = visit.config.translation.engine_for(school.translation, SOURCE, each.language)
    return each._replace(state=orders.FAILED) if each.state == orders.WAITING and engine == NONE else each


def _words(visit: Visit, each: Shown) -> Words:
    say = visit.say
    turned = each.state not in (AUTHORED, orders.OWN)
    notes = {orders.WAITING: "bericht.vertaalt", orders.FAILED: "bericht.niet_vertaald", orders.DONE: "bericht.machine"}
    note = say(notes[each.state]) if turned else ""
    risks = each.risks if each.state == orders.DONE else ()
    if each.state == orders.FAILED and each.risks:
        note = say("bericht.vertaling_klopte_niet")
    if not turned and each.said_in != each.language:
        note = say("bericht.in_het", taal=say.named(each.said_in))
    spoken = each.language if each.state == orders.DONE else each.said_in
    return Words(
        each.language, say.named(each.language), spoken, direction(spoken), _readers(visit, each.people),
        CHANNELS.get(each.channel, each.channel), each.text, each.choices, each.parts, each.state, note,
        each.state == orders.DONE, bits(each.back, risks, SOURCE) if each.back and risks is each.risks else (),
        [say(f"gesprek.risico_{risk}") for risk in risks],
    )  # fmt: skip


def _readers(visit: Visit, many: int) -> str:
    """How many; to who does not know these families a few could be somebody."""
    few = choose.asks(visit) and many < FEW
    return visit.say("bericht.lezers_weinig", aantal=FEW) if few else visit.say("bericht.lezers", aantal=many)


def _ways(visit: Visit, comes: Estimate) -> str:
    """`21 WhatsApp · 4 SMS (5 delen) · 3 Telegram`, and what it costs."""
    said = []
    for line in comes.lines:
        parts = f" ({visit.say('bericht.delen', aantal=line.parts)})" if line.parts else ""
        said.append(f"{line.people} {CHANNELS.get(line.channel, line.channel)}{parts}")
    if comes.euros:
        said.append(visit.say("bericht.kosten", bedrag=Value("amount", f"{comes.euros:.2f}")))
    return " · ".join(said)


def _facts(visit: Visit, comes: Estimate, leaves: Leaves, quiet: Sequence[str]) -> Iterable[str]:
    """How long it takes, and which limits bind."""
    say = visit.say
    if comes.people:
        seconds = max(1, round(comes.seconds))
        if seconds < _MINUTE:
            yield say("bericht.klaar_direct", aantal=seconds)
        elif comes.until - leaves.at < timedelta(hours=2):
            yield say("bericht.klaar_in", tijd=say.since(timedelta(seconds=seconds)))
        else:
            yield say("bericht.klaar_om", moment=say.moment(comes.until, visit.now, visit.school.zone))
    for limit in LIMITS_OF:
        if limit == QUIET and quiet:
            continue  # that is said with the hour
        if limit == comes.limit or (limit != QUIET and comes.held.get(limit)):
            yield say(f"bericht.grens_{limit}")


def _quiet(visit: Visit, people: Iterable[Receiver], leaves: Leaves, school: str) -> Iterable[str]:
    """Who reads it only when quiet hours are over."""
    at, config = leaves.at, visit.config
    if leaves.urgent:
        return
    later = [
        each for each in people if each.channel and loud_from(config, school, each.rest, each.contact_id, at) > at
    ]  # fmt: skip
    if later:
        zone, quiet = config.zone(school), config.quiet(school)
        first = min(hours.next_loud(at, zone, quiet, each.rest) for each in later)
        yield visit.say("bericht.stil", aantal=len(later), moment=visit.say.moment(first, visit.now, zone))


def _lost(visit: Visit, tx: Tx, people: Iterable[Receiver], comes: Estimate) -> list[Lost]:
    """By name, as far as those names are hers to see."""
    why = {contact_id: reason for reason, ids in comes.unreachable.items() for contact_id in ids}
    hers = seen(visit, tx, [*why])
    return [
        Lost(
            each.contact_id, each.name, ", ".join(child.name for child in each.children),
            visit.say(f"bericht.waarom_{why[each.contact_id]}"),
        )
        for each in people if each.contact_id in hers
    ]  # fmt: skip


def seen(visit: Visit, tx: Tx, contact_ids: Sequence[int]) -> set[int]:
    """Those of them whose names she may see."""
    if not contact_ids:
        return set()
    c = t.contact.c
    return set(tx.execute(select(c.id).where(c.id.in_(contact_ids), reach.contacts(visit.who))).scalars())


# --- the page
def show(visit: Visit, tx: Tx) -> Answer:
    """What she composed, as it arrives."""
    sheet = looked_at(visit, tx)
    return Go(NEW) if sheet is None else page(visit, tx, sheet)


def page(visit: Visit, tx: Tx, sheet: Sheet, wrong: str = "") -> Answer:
    """The preview; after a form with what is wrong."""
    content, bad = wording.content(visit, tx, sheet)
    audiences = choose.audiences(visit, tx, sheet)
    if bad or not audiences:
        return Go(NEW)
    urgent, asks = bool(sheet["dringend"]), choose.asks(visit)
    first = picture(visit, tx, audiences[0], content, leaving(visit, sheet, content))
    rest = [visit.config.schools[each.school].name for each in audiences[1:]]
    local = (visit.now + timedelta(hours=1)).astimezone(visit.school.zone)
    values: dict[str, Any] = {
        "picture": first, "rest": rest, "urgent": urgent, "asks": asks, "key": sheet[KEY], "reason": sheet["reden"],
        "sure": sure(visit, audiences, first), "wrong": wrong, "open": OPEN, "refresh": 5 if first.waits else 0,
        "loud": _loud(visit), "today": visit.local.date().isoformat(), "content": content,
        "day": visit.form.get("dag", "") or local.date().isoformat(),
        "hour": visit.form.get("tijd", "") or f"{local:%H}:00",
        "to": "vraag" if asks else "dringend" if urgent else "stuur",
        "at_a_moment": visit.form.get("wanneer") == "om", "title_of": named.title(visit, content), "door": LOOK,
        "first_news": _first_news(visit, tx, audiences[0], content),
        "text": named.dutch(visit, first.school, visit.who.name, content),
    }  # fmt: skip
    return Page("bericht_bekijk.html", values, 422 if wrong else 200)


def _first_news(visit: Visit, tx: Tx, audience: Audience, content: Content) -> int:
    """For how many families this would be the first message of school, where it is hard to read."""
    ready = visit.house.books.ready.get(content.what) if content.kind == READY else None
    if ready is None or not ready.hard:
        return 0
    people = [each for each in receivers(tx, visit.config, audience, visit.now) if each.channel]
    new = goodnews.never_told(tx, audience.school, {each.contact_id for each in people})
    return families([each for each in people if each.contact_id in new])


def leaving(visit: Visit, sheet: Sheet, content: Content) -> Leaves:
    """If she sent it now."""
    urgent = bool(sheet["dringend"])
    at = visit.now if urgent else visit.now + HOLD
    return Leaves(visit.who.name, at, wording.until(visit, sheet, content, at), urgent)


def sure(visit: Visit, audiences: Sequence[Audience], first: Picture) -> str:
    """What she has to say yes to once more: more than one group, or more than one school."""
    if len(audiences) > 1:
        return visit.say("bericht.ja_scholen", aantal=len(audiences))
    return visit.say("bericht.ja_groepen", aantal=first.groups) if first.groups > 1 else ""


def _loud(visit: Visit) -> str:
    """When quiet hours end, where it is quiet now."""
    at = next_loud(visit)
    return visit.say.moment(at, visit.now, visit.school.zone) if at > visit.now + HOLD else ""


def next_loud(visit: Visit) -> datetime:
    return hours.next_loud(visit.now + HOLD, visit.school.zone, visit.config.quiet(visit.school.key))


DOORS = (get(LOOK, show, EVERYONE),)
