"""Beside the lines of a talk the same in the other language: what she wrote in Dutch, what she read of an answer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from bot.console.visit import Visit
from bot.desk.talked import ANSWER
from bot.desk.threads import Thread, ThreadMessage
from bot.outbox.words import stands_in
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation import orders, trust
from bot.translation.orders import DONE, FAILED, PERSON, WAITING, Said, Wanted
from bot.translation.sentences import has_words
from bot.translation.texts import SOURCE
from bot.translators import NONE

_TELLING = (trust.FIGURES, trust.TIME, trust.DATE, trust.AMOUNT, trust.DENIAL)
_LONG = timedelta(minutes=1)  # after that nobody is told any more that it will come


class Bit(NamedTuple):
    """A piece of a text. `risk`: what may be wrong with it, as a word of trust.py."""

    text: str
    risk: str = ""


class Words(NamedTuple):
    """The same in another language. `state`: done, waiting, failed, and `dutch` where she read the original.

    `label`: whose it is ("zo las de ouder het"); `back`: in Dutch again; `again`: one may ask for it once more.
    """

    state: str
    language: str
    label: str = ""
    bits: Sequence[Bit] = ()
    by_machine: bool = True
    back: Sequence[Bit] = ()
    risks: Sequence[str] = ()
    again: bool = False
    doubted: bool = False


def bits(text: str, risks: Sequence[str], language: str) -> list[Bit]:
    """The text in pieces, those that a reader should look at by themselves."""
    found, begin = list[Bit](), 0
    for span in sorted(trust.spans(text, tuple(risks), language)):
        if span.begin >= begin:
            found += [Bit(text[begin : span.begin]), Bit(text[span.begin : span.end], span.risk)]
            begin = span.end
    return [each for each in (*found, Bit(text[begin:])) if each.text]


def doubtful(text: str, back: str, known: Sequence[str], language: str) -> tuple[str, ...]:
    """What a reader should look at: what is known to be doubtful, and what came back other than it was said."""
    came_back = trust.check(text, back, language, language) if back else ()
    return tuple(dict.fromkeys((*known, *(each for each in came_back if each in _TELLING))))


def can(visit: Visit, school: str, source: str, target: str) -> bool:
    """Whether there is a machine for this pair."""
    own = visit.config.schools[school].translation
    return visit.config.translation.engine_for(own, source, target) != NONE


def beside(visit: Visit, tx: Tx, thread: Thread, shown: Sequence[ThreadMessage], language: str) -> dict[int, Words]:
    """What stands beside these lines, by their number; `language` is the one that she reads."""
    wanted = {each.id: one for each in shown if (one := _wanted(thread, each, language)) is not None}
    if not wanted:
        return {}
    found = orders.said(tx, set(wanted.values()))
    read = _read(tx, thread, [each.id for each in shown if each.side == "school"])
    doubted = _doubted(tx, thread, [each.id for each in found.values()])
    named = ((each, wanted[each.id]) for each in shown if each.id in wanted)
    made = {
        each.id: _hers(visit, one, found.get(one))
        if each.side == "parent"
        else _ours(visit, one, found.get(one), read.get(each.id), doubted)
        for each, one in named
    }
    return {number: words for number, words in made.items() if words is not None}


def preview(visit: Visit, tx: Tx, school: str, text: str, language: str) -> Words | None:
    """What is half written, as she would read it; None where nobody asked for these very words."""
    said = orders.one(tx, Wanted(school, SOURCE, language, text.strip()))
    if said is None or said.state == orders.OWN:
        return None
    return _words(visit, Wanted(school, SOURCE, language, text), said, "gesprek.zo_leest")


def _wanted(thread: Thread, each: ThreadMessage, language: str) -> Wanted | None:
    if each.side not in ("parent", "school") or not has_words(each.text):
        return None
    source, target = (each.language, SOURCE) if each.side == "parent" else (SOURCE, language)
    return Wanted(thread.school, source, target, each.text) if source != target else None


def _hers(visit: Visit, wanted: Wanted, said: Said | None) -> Words | None:
    """Her words in Dutch. Where she wrote Dutch, or nobody can translate, nothing stands beside them."""
    if said is not None and said.state == DONE and _same(said.text, wanted.text):
        return None
    if (said is None or said.state != DONE) and not can(visit, wanted.school, wanted.source, wanted.target):
        return None
    return _words(visit, wanted, said, "")._replace(back=())  # her own words stand above it


def _ours(
    visit: Visit, wanted: Wanted, said: Said | None, body: str | None, doubted: frozenset[int]
) -> Words | None:  # fmt: skip
    """An answer as it left, where that is known, else as she will read it."""
    done = said is not None and said.state == DONE
    if said is None or (done and _same(said.text, wanted.text)):
        return None
    if body is not None and not (done and stands_in(said.text, body)):
        return Words("dutch", wanted.target, visit.say("gesprek.las_nederlands"))
    if not done:
        comes = _comes(visit, said) and can(visit, wanted.school, wanted.source, wanted.target)
        return _words(visit, wanted, said, "") if comes else None
    words = _words(visit, wanted, said, "gesprek.zo_leest" if body is None else "gesprek.zo_las")
    return words._replace(doubted=said.id in doubted)


def _words(visit: Visit, wanted: Wanted, said: Said | None, label: str) -> Words:
    shown = visit.say(label) if label else ""
    if said is None or said.state != DONE:
        if said is not None and _comes(visit, said):
            return Words(WAITING, wanted.target, shown)
        return Words(FAILED, wanted.target, shown, again=said is None or _may_again(visit.now, said))
    risks = doubtful(wanted.text, said.back, said.risks, wanted.source)
    return Words(
        DONE, wanted.target, shown, bits(said.text, risks, wanted.target), said.origin != PERSON,
        bits(said.back, risks, wanted.source) if said.back else (), risks,
    )  # fmt: skip


def _comes(visit: Visit, said: Said) -> bool:
    return said.state == WAITING and (said.deadline_at is None or visit.now < said.deadline_at + _LONG)


def _may_again(now: datetime, said: Said) -> bool:
    """Whether asking once more makes a machine try again."""
    asked_at = said.deadline_at - orders.PATIENCE if said.deadline_at else None
    return said.state == FAILED and (asked_at is None or now - asked_at >= orders.AGAIN)


def _same(one: str, other: str) -> bool:
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()


# --- what is known of what she read
def _read(tx: Tx, thread: Thread, line_ids: Sequence[int]) -> Mapping[int, str]:
    """What left of each answer, by its line."""
    o = t.outbox.c
    scopes = {f"{ANSWER}{number}": number for number in line_ids}
    rows = tx.execute(select(o.scope, o.body).where(o.thread_id == thread.id, o.scope.in_(scopes), o.body.is_not(None)))
    return {scopes[row.scope]: tx.open("outbox.body", row.body) for row in rows}


def _doubted(tx: Tx, thread: Thread, numbers: Sequence[int]) -> frozenset[int]:
    """The translations that sounded wrong to her."""
    d = t.doubt.c
    hers = d.contact_id == thread.contact_id, d.translation_id.in_([each for each in numbers if each])
    return frozenset(tx.execute(select(d.translation_id).where(*hers)).scalars())


def order_answer(tx: Tx, thread: Thread, language: str, text: str, now: datetime) -> None:
    """Ask for an answer in her language: to be looked at, and so that it is there when it leaves."""
    orders.order(tx, [Wanted(thread.school, SOURCE, language, text)], now)


def order(tx: Tx, thread: Thread, language: str, lines: Iterable[ThreadMessage], now: datetime) -> None:
    """Ask for what stands beside these lines."""
    orders.order(tx, filter(None, (_wanted(thread, each, language) for each in lines)), now)
