"""What was said in one talk, as its page shows it: words, files, what became of each answer, who has it now."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.console import heard
from bot.console.files import SAFE
from bot.console.heard import Words
from bot.console.visit import Visit
from bot.desk.attached import Attached
from bot.desk.talked import ThreadMessage, colleagues
from bot.desk.threads import Thread
from bot.inbox.media import KINDS, LIFE
from bot.store import tables as t
from bot.store.database import Tx

_MISSED = ("failed", "expired", "unknown", "cancelled")
_UNDER_WAY = timedelta(hours=1)  # so long an answer of which nothing is known yet is on its way
# Why an answer did not arrive, by the first word of the reason: the text `gesprek.waarom_<...>`.
WHY = {
    "no_consent": "toestemming", "blocked": "geblokkeerd", "no_address": "geen_weg", "window": "venster",
    "not_read": "niet_gelezen", "knocked": "niet_gelezen", "too_late": "te_laat", "off": "uit", "absent": "uit",
    "dead": "nummer", "in_doubt": "onbekend", "no_channel": "onbekend", "unknown": "onbekend", "dropped": "terug",
    "left": "weg", "stopped": "gestopt", "budget": "week", "apart": "te_laat", "quiet_hours": "te_laat",
    "portfolio": "te_laat",
}  # fmt: skip


class Sent(NamedTuple):
    """Something she sent besides words. `sort`: how it is shown: audio image video file line."""

    id: int
    sort: str
    words: str
    until: str = ""


class Fate(NamedTuple):
    """What became of an answer. `next`: what one can do where it did not arrive; `call`: at her number."""

    words: str
    next: str = ""
    call: bool = False


class Said(NamedTuple):
    """One line of a talk. `who`: "" for the parent; `passed`: who gave it to whom, where this is a hand-over."""

    id: int
    side: str
    who: str
    text: str
    language: str
    foreign: str  # the name of a language that is not the reader's own
    at: str
    sent: Sequence[Sent] = ()
    fate: Fate | None = None
    passed: str = ""
    last: bool = False
    words: Words | None = None  # the same in the other language


def lines(visit: Visit, tx: Tx, thread: Thread, most: int, language: str) -> list[Said]:
    """The newest so many, in order, each with what it is in the other language. `language` is hers."""
    shown = thread.messages[-most:] if most else thread.messages
    letters = _letters(tx, [each.id for each in shown if each.side == "parent" and not each.media])
    givers = _givers(tx, [each.id for each in shown if each.side == "given"])
    due = _leaves(tx, thread.id)
    last = next((each.id for each in reversed(shown) if each.side == "school"), 0)
    beside = heard.beside(visit, tx, thread, shown, language)
    made = (
        _said(visit, thread, each, letters.get(each.id, ""), givers.get(each.id, ""), due, last=each.id == last)
        for each in shown
    )
    return [each._replace(words=beside.get(each.id)) for each in made]


def _said(
    visit: Visit, thread: Thread, each: ThreadMessage, besides: str, giver: str, due: dict[int, datetime], *, last: bool
) -> Said:
    say, zone = visit.say, visit.config.zone(thread.school)
    foreign = say.named(each.language) if each.side == "parent" and each.language != say.language else ""
    sent = [_sent(visit, zone, each.at, one) for one in each.media]
    if besides:
        until = say.day((each.at + LIFE).astimezone(zone).date())
        kind = say(f"gesprek.soort_{besides}")
        sent.append(Sent(0, "line", say("gesprek.was_er_tot", soort=kind, dag=until)))
    passed = ""
    if each.side == "given":
        by, to = giver or say("gesprek.iemand"), each.staff or say("gesprek.de_leerkracht")
        passed = say("gesprek.gaf_door", wie=by, aan=to)
    fate = _fate(visit, zone, each, due.get(each.id)) if each.side == "school" else None
    who = each.staff or say("gesprek.school") if each.side == "school" else ""
    return Said(
        each.id, each.side, who, each.text, each.language, foreign, say.moment(each.at, visit.now, zone), sent, fate,
        passed, last,
    )  # fmt: skip


def _sent(visit: Visit, zone: ZoneInfo, at: datetime, each: Attached) -> Sent:
    """A photo is shown and a voice note played where a browser may; all else is a file, or a line."""
    say = visit.say
    kind, until = say(f"gesprek.soort_{each.kind}"), say.day((at + LIFE).astimezone(zone).date())
    if not each.has_file:
        return Sent(each.id, "line", each.line()[1:-1] if say.language == "nl" else kind)
    sort = each.content_type.partition("/")[0] if each.content_type.startswith(SAFE) else "file"
    words = f"{kind} {each.name}".strip()
    return Sent(each.id, sort if sort in ("audio", "image", "video") else "file", words, until)


# --- what became of an answer
def _fate(visit: Visit, zone: ZoneInfo, each: ThreadMessage, due_at: datetime | None) -> Fate | None:
    say = visit.say
    if each.delivery in _MISSED:
        cause = WHY.get((each.reason or each.delivery).partition(" ")[0], "geweigerd")
        missed = say("gesprek.lot_mis", waarom=say(f"gesprek.waarom_{cause}"))
        call = cause != "nummer"
        return Fate(missed, say("gesprek.wat_nu" if call else "gesprek.ander_nummer"), call)
    if each.delivery == "queued" and due_at is not None and due_at > visit.now + timedelta(minutes=1):
        return Fate(say("gesprek.lot_wacht", moment=say.moment(due_at, visit.now, zone)))
    if each.delivery in ("queued", "sending") or (not each.delivery and visit.now - each.at < _UNDER_WAY):
        return Fate(say("gesprek.lot_onderweg"))
    return Fate(say(f"gesprek.lot_{each.delivery}")) if each.delivery else None


def _leaves(tx: Tx, thread_id: int) -> dict[int, datetime]:
    """When the answers that wait are to leave, by their line."""
    o = t.outbox.c
    rows = select(o.scope, o.due_at).where(
        o.thread_id == thread_id, o.status == "queued", o.scope.startswith("answer:")
    )
    return {int(row.scope.removeprefix("answer:")): row.due_at for row in tx.execute(rows)}


# --- what the lines themselves do not say
def _letters(tx: Tx, line_ids: Sequence[int]) -> dict[int, str]:
    """What she sent besides words and is gone since, by its line: `voice`."""
    m, i = t.thread_message.c, t.inbox.c
    rows = select(m.id, i.payload).join(t.inbox, i.id == m.inbox_id).where(m.id.in_(line_ids), i.kind == "message")
    kinds = {row.id: json.loads(tx.open("inbox.payload", row.payload)).get("kind", "") for row in tx.execute(rows)}
    return {line: kind for line, kind in kinds.items() if kind in KINDS}


def _givers(tx: Tx, line_ids: Sequence[int]) -> dict[int, str]:
    """Who gave a talk to somebody, by the line that says so."""
    i = t.inbox.c
    keys = {f"given:{each}": each for each in line_ids}
    rows = tx.execute(select(i.provider_id, i.payload).where(i.channel == "bot", i.provider_id.in_(keys))).all()
    by = {keys[row.provider_id]: json.loads(tx.open("inbox.payload", row.payload)).get("by") for row in rows}
    names = colleagues(tx, {each for each in by.values() if each})
    return {line: names.get(each, "") for line, each in by.items() if each}
