"""Whether the channels work, in words; and what the doctor finds, with who can do something about it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.console.needs_school import CHANNELS
from bot.console.settings import health
from bot.console.settings.health import Health
from bot.console.visit import NETWORK, OFFICES, Answer, Page, Visit, get
from bot.reports.finding import WRONG, Result
from bot.store.database import Tx

_ABOUT = ("settings", "channels", "duty", "keys", "backup", "templates", "languages", "channel")


class Shown(NamedTuple):
    """A channel in words; `well` decides its mark."""

    name: str
    well: bool
    how: str
    lines: Sequence[str]
    failed: Sequence[str]


class Finding(NamedTuple):
    """Something that is not well: what, and what to do. `told`: the doctor's own words, for the operator."""

    wrong: bool
    what: str
    do: str
    told: str


def show(visit: Visit, tx: Tx) -> Answer:
    channels = [shown(visit, each) for each in health.channels(visit, tx)]
    found = [_finding(visit, each) for each in health.findings(visit, tx)]
    found.sort(key=lambda each: not each.wrong)
    values = {"channels": channels, "findings": found, "later": health.later(visit, tx), "refresh": 60}
    return Page("instellingen_kanalen.html", values)


def shown(visit: Visit, each: Health) -> Shown:
    failed = [visit.say(f"kanalen.reden.{one.reason}", aantal=one.many) for one in each.failed]
    return Shown(CHANNELS.get(each.name, each.name), each.well, _how(visit, each), list(_lines(visit, each)), failed)


def _how(visit: Visit, each: Health) -> str:
    if each.rests_until:
        return visit.say("kanalen.rust", uur=visit.say.hour(each.rests_until, visit.school.zone))
    return visit.say("kanalen.werkt" if each.well else "kanalen.let_op")


def _lines(visit: Visit, each: Health) -> Iterator[str]:
    say, zone = visit.say, visit.school.zone
    sent = say.moment(each.sent_at, visit.now, zone) if each.sent_at else say("kanalen.langer")
    heard = say.moment(each.heard_at, visit.now, zone) if each.heard_at else say("kanalen.nooit")
    yield say("kanalen.laatst", verstuurd=sent, ontvangen=heard)
    yield say("kanalen.wacht", aantal=each.waiting) if each.waiting else say("kanalen.wacht_niet")
    if each.approved or each.pending or each.refused:
        yield say("kanalen.goedgekeurd", aantal=each.approved)
    if each.pending:
        yield say("kanalen.in_behandeling", aantal=each.pending)
    if each.refused:
        yield say("kanalen.afgekeurd", aantal=each.refused)


def _finding(visit: Visit, each: Result) -> Finding:
    """The doctor speaks English to the operator; here he speaks Dutch to the school."""
    about, _, which = each.about.partition(" ")
    key = f"bevinding.{about if about in _ABOUT else 'anders'}"
    name = visit.say.named(which) if about == "templates" else which
    told = f"{each.what} -> {each.way_out}"
    return Finding(each.kind == WRONG, visit.say(key, wat=name), visit.say(f"{key}.doe"), told)


DOORS = (get("/instellingen/kanalen", show, OFFICES | {NETWORK}),)
