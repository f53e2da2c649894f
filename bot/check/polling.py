"""A question that is put to many, laid down for one parent on the stage the way a colleague would have sent it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update

from bot.broadcast import send
from bot.broadcast.answers import FLOWS, NEXT_FLOW, WITH_CHOICES, YES
from bot.broadcast.audience import Audience
from bot.broadcast.content import QUESTION, WORDS, Content
from bot.broadcast.send import Plan
from bot.check.casting import SCHOOLS, Parent
from bot.check.transcript import Poll
from bot.model import Value
from bot.people import contacts, staff
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation import orders
from bot.translation.orders import Wanted
from bot.translation.texts import SOURCE

_USUAL = Poll("Wat eten wij op het feest?", ("Soep", "Pannenkoeken", "Couscous"), right=(2,))


_DONE = (
    update(t.translation)
    .where(t.translation.c.id == bindparam("it"))
    .values(state=orders.DONE, said=bindparam("words"))
)


def usual(flow: str) -> Poll | None:
    """What is asked where nobody has said it; None where this flow asks nothing of many."""
    if flow not in (*FLOWS, NEXT_FLOW):
        return None
    return _USUAL if flow in WITH_CHOICES else _USUAL._replace(choices=(), right=())


def asked(tx: Tx, flow: str, poll: Poll, parent: Parent, now: datetime) -> dict[str, Any]:
    """Her own poll, which has begun and in which others took their places; with what her conversation begins."""
    school = SCHOOLS[0].key
    teacher = staff.colleagues(tx, school)[0]
    words = Value("words", poll.question, "nl")
    content = Content(QUESTION, flow, {WORDS: words}, poll.choices, poll.places, poll.right)
    key, until = f"rehearsal:{parent.contact_id}", now + poll.open
    plan = Plan(Audience(school, all=True), content, "broadcast", teacher.id, key, now, until)
    number = send.make(tx, plan, now)
    tx.execute(update(t.broadcast).where(t.broadcast.c.id == number).values(state="going", started_at=now))
    took = {each: [YES] for each in contacts.new_contacts(tx, ["nl"] * poll.taken, now)}
    if flow == NEXT_FLOW:
        took[parent.contact_id] = [YES]
    rows = [
        {
            "broadcast_id": number, "contact_id": who, "children": [], "answer": took.get(who),
            "answered_at": now if who in took else None,
        }
        for who in {*took, parent.contact_id}
    ]  # fmt: skip
    tx.execute(t.broadcast_to.insert(), rows)
    translate(tx, [poll.question, *poll.choices], parent.role.language, now)
    fields = {"leerkracht": Value("name", teacher.name), "vraag": words, "peiling": Value("number", str(number))}
    return {"fields": fields, "broadcast": number, "until": until.isoformat()}


def translate(tx: Tx, texts: Iterable[str], language: str, now: datetime) -> None:
    """On this stage everybody reads what the teacher wrote: what a machine makes of it is not rehearsed."""
    wanted = [Wanted(SCHOOLS[0].key, SOURCE, language, text) for text in texts if language != SOURCE]
    orders.order(tx, wanted, now)
    for each, said in orders.said(tx, wanted).items():
        tx.execute(_DONE, {"it": said.id, "words": tx.seal("translation.said", each.text)})
