"""All messages to many, newest first, each with its state; and, for who works at several schools, where."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement

from bot.broadcast import progress
from bot.broadcast.content import QUESTION
from bot.broadcast.progress import Line
from bot.console import reach
from bot.console.told import named
from bot.console.visit import EVERYONE, NETWORK, Answer, Page, Visit, get
from bot.store import tables as t
from bot.store.database import Tx

A_PAGE = 30
_READ = ("read", "answered")
_HAVE = ("sent", "delivered", *_READ)


class Told(NamedTuple):
    """A message in the list. `way`: "" where its page is not for her."""

    id: int
    title: str
    who: str
    school: str
    at: str
    state: str
    words: str
    warn: bool
    way: str


def show(visit: Visit, tx: Tx) -> Answer:
    """The newest of them; older ones at a tap."""
    many = min(A_PAGE * 10, A_PAGE * (1 + _page(visit)))
    found = progress.listed(tx, hers(visit), many + 1)
    values = {"lines": of(visit, tx, found[:many]), "more": len(found) > many, "next": _page(visit) + 1, "refresh": 30}
    return Page("berichten.html", values)


def _page(visit: Visit) -> int:
    asked = visit.query.get("meer", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 2 else 0


def hers(visit: Visit) -> ColumnElement[bool]:
    """What she may see; somebody of the network: what she proposed, without anybody in it."""
    if visit.who.role == NETWORK:
        b = t.broadcast.c
        return b.school.in_(visit.who.schools) & (b.staff_id == visit.who.staff_id)
    return reach.broadcasts(visit.who)


def of(visit: Visit, tx: Tx, found: list[Line]) -> list[Told]:
    """The same in words."""
    contents = named.contents(tx, [each.id for each in found])
    names = named.authors(tx, [each.staff_id for each in found if each.staff_id])
    told = []
    for each in found:
        zone = visit.config.zone(each.school)
        told.append(
            Told(
                each.id, named.title(visit, contents[each.id]), names.get(each.staff_id or 0, ""),
                visit.config.schools[each.school].name if len(visit.who.schools) > 1 else "",
                visit.say.moment(each.started_at or each.due_at, visit.now, zone), each.state,
                so_far(visit, each), each.state in ("asked", "late", "dropped") or bool(each.counts.get("failed")),
                "" if visit.who.role == NETWORK else f"/berichten/{each.id}",
            )
        )  # fmt: skip
    return told


def so_far(visit: Visit, each: Line) -> str:
    """`27 van 28 gelezen`, how many answered a question, or in which state it is."""
    if each.state not in ("starting", "going", "done", "stopped"):
        return visit.say(f"berichten.stand_{each.state}")
    counts, people = each.counts, sum(each.counts.values())
    if each.kind == QUESTION and each.state != "stopped" and counts.get("answered"):
        asked = people - counts.get("unreachable", 0)
        return visit.say("berichten.geantwoord_van", aantal=counts["answered"], alle=asked)
    read, have = _sum(counts, _READ), _sum(counts, _HAVE)
    if each.state == "stopped":
        return visit.say("berichten.gestopt_na", aantal=have, alle=people)
    if read:
        return visit.say("berichten.gelezen_van", aantal=read, alle=people)
    return visit.say("berichten.verstuurd_van", aantal=have, alle=people)


def _sum(counts: Mapping[str, int], states: tuple[str, ...]) -> int:
    return sum(counts.get(each, 0) for each in states)


DOORS = (get("/berichten", show, EVERYONE),)
