"""What one does with a message to many: send it once, take it back in time, stop it half-way, agree, ask once more."""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import select

from bot import hours
from bot.broadcast import again, answers, attachments, send
from bot.broadcast.audience import Audience
from bot.broadcast.content import Content
from bot.broadcast.send import HOLD, Plan
from bot.console.told import choose, compose, message, named, preview, wording
from bot.console.told.choose import ASKING
from bot.console.told.sheet import KEY, Sheet, forget, keep, looked_at
from bot.console.visit import CLASS, OFFICES, TALKING, Answer, Door, Go, Visit, post
from bot.people import audit
from bot.store import tables as t
from bot.store.database import Tx

SENT, URGENT, ASKED = "bericht", "bericht_dringend", "bericht_gevraagd"  # in the audit
_FARTHEST = timedelta(days=120)


class Fit(NamedTuple):
    """A message that may go as she saw it."""

    sheet: Sheet
    audiences: list[Audience]
    content: Content
    due_at: datetime


def checked(what: str, visit: Visit) -> Answer | Fit:
    """Whether it may go. With hundreds of readers that takes long to look up."""
    with visit.house.database.read() as tx:
        return _checked(what, visit, tx)


def _checked(what: str, visit: Visit, tx: Tx) -> Answer | Fit:
    sheet = looked_at(visit, tx)
    if sheet is None or sheet[KEY] != visit.form.get(KEY, ""):
        return _again(visit, tx, sheet)
    audiences = choose.audiences(visit, tx, sheet)
    content, bad = wording.content(visit, tx, sheet)
    if bad or not audiences:
        return compose.page(visit, tx, sheet, bad or {"aan": visit.say("bericht.fout_aan")})
    if what != (ASKED if choose.asks(visit) else URGENT if sheet["dringend"] else SENT):
        return preview.page(visit, tx, sheet, visit.say("bericht.fout_anders"))
    due_at = visit.now if sheet["dringend"] else _due(visit)
    wrong = "" if due_at else visit.say("bericht.fout_moment")
    if due_at and wording.until(visit, sheet, content, due_at) <= due_at + HOLD:
        wrong = visit.say("bericht.fout_te_laat")
    if not wrong and not visit.form.get("zeker") and _needs_sure(visit, tx, sheet, audiences, content):
        wrong = visit.say("bericht.fout_zeker")
    if wrong or due_at is None:
        return preview.page(visit, tx, sheet, wrong)
    return Fit(sheet, audiences, content, due_at)


def made(what: str, visit: Visit, tx: Tx) -> Answer:
    """It is planned as she saw it, once; then its own page. What she has not seen like this does not go."""
    fit: Answer | Fit = visit.prepared
    if not isinstance(fit, Fit):
        return fit
    sheet, audiences, content, due_at = fit
    now = looked_at(visit, tx)
    if now is None or now.dump() != sheet.dump() or choose.audiences(visit, tx, sheet) != audiences:
        return _again(visit, tx, now)
    numbers = [_plan(visit, tx, sheet, each, content, due_at) for each in audiences]
    forget(visit, tx)
    for audience, number in [*zip(audiences, numbers, strict=True)][1:]:  # the first is noted by the door
        audit.note(tx, audience.school, visit.who.staff_id, what, visit.now, kind="broadcast", target=number)
    one = len(numbers) == 1 and visit.who.role in TALKING
    note = "klaar.bericht_gevraagd" if what == ASKED else ""
    return Go(f"/berichten/{numbers[0]}" if one else "/berichten", note, about=("broadcast", numbers[0]))


def _again(visit: Visit, tx: Tx, sheet: Sheet | None) -> Answer:
    """The form is of a message that was sent, or changed since."""
    b = t.broadcast.c
    same = b.key == visit.form.get(KEY, ""), b.staff_id == visit.who.staff_id, b.school.in_(visit.who.schools)
    found = tx.execute(select(b.id).where(*same)).scalar()
    if found:
        return Go(f"/berichten/{found}" if visit.who.role in TALKING else "/berichten", "klaar.al_gedaan")
    if sheet is None:
        return compose.page(visit, tx, compose.fresh(visit), {"soort": visit.say("bericht.fout_niets")})
    return preview.page(visit, tx, sheet, visit.say("bericht.fout_anders"))


def _needs_sure(visit: Visit, tx: Tx, sheet: Sheet, audiences: list[Audience], content: Content) -> bool:
    if sheet["dringend"] or len(audiences) > 1:
        return True
    first = preview.picture(visit, tx, audiences[0], content, preview.leaving(visit, sheet, content))
    return bool(preview.sure(visit, audiences, first))


def _plan(visit: Visit, tx: Tx, sheet: Sheet, audience: Audience, content: Content, due_at: datetime) -> int:
    urgent, over = bool(sheet["dringend"]), sheet.number("over")
    if content.file_id:
        content = content._replace(file_id=attachments.at(tx, content.file_id, audience.school))
    plan = Plan(
        audience, content, "urgent" if urgent else "broadcast", visit.who.staff_id, sheet[KEY], due_at,
        wording.until(visit, sheet, content, due_at), sheet["reden"][:200] if urgent else "",
        answers.root(tx, over) if over else None, choose.asks(visit),
    )  # fmt: skip
    return send.make(tx, plan, visit.now)


def _due(visit: Visit) -> datetime | None:
    """When it is to leave: now, when quiet hours end, or at a moment to come; None where that is no such moment."""
    how, latest = visit.form.get("wanneer", "nu"), visit.now + _FARTHEST
    if how == "straks":
        return preview.next_loud(visit)
    if how != "om":
        return visit.now
    try:
        day, wall = date.fromisoformat(visit.form.get("dag", "")), time.fromisoformat(visit.form.get("tijd", ""))
        at = hours.at(day, wall.replace(tzinfo=None), visit.school.zone)
    except (ValueError, OverflowError):
        return None
    return at if visit.now < at < latest else None


# --- what was planned, or is under way
def take_back(visit: Visit, tx: Tx) -> Answer:
    """In time: nobody gets it. It can be changed and sent again."""
    number = visit.ids["broadcast"]
    if not send.take_back(tx, number, visit.now):
        return message.page(visit, tx, visit.say("berichten.fout_begonnen"))
    return Go(f"/berichten/{number}", "klaar.bericht_terug")


def stop(visit: Visit, tx: Tx) -> Answer:
    """Half-way: the page says who has it and who has not."""
    number = visit.ids["broadcast"]
    if message.state_of(tx, number) not in ("starting", "going"):
        return message.page(visit, tx, visit.say("berichten.fout_klaar"))
    send.stop(tx, number, visit.now)
    return Go(f"/berichten/{number}", "klaar.bericht_gestopt")


def at_once(visit: Visit, tx: Tx) -> Answer:
    """What was planned for later leaves now."""
    number = visit.ids["broadcast"]
    if not send.send_now(tx, number, visit.now):
        return message.page(visit, tx, visit.say("berichten.fout_begonnen"))
    return Go(f"/berichten/{number}", "klaar.bericht_nu")


def agree(visit: Visit, tx: Tx) -> Answer:
    """The second person says yes."""
    number = visit.ids["broadcast"]
    if not send.agree(tx, number, visit.who.staff_id, visit.now):
        return message.page(visit, tx, visit.say("berichten.fout_vraag"))
    row = tx.execute(select(*t.broadcast.c["school", "audience"]).where(t.broadcast.c.id == number)).one()
    preview.order(visit, tx, [Audience(row.school, *row.audience)], named.contents(tx, [number])[number])
    return Go(f"/berichten/{number}", "klaar.bericht_akkoord")


def refuse(visit: Visit, tx: Tx) -> Answer:
    """The second person says no."""
    number = visit.ids["broadcast"]
    if not send.refuse(tx, number, visit.who.staff_id, visit.now):
        return message.page(visit, tx, visit.say("berichten.fout_vraag"))
    return Go(f"/berichten/{number}", "klaar.bericht_nee")


def remind(visit: Visit, tx: Tx) -> Answer:
    """Who did not answer is asked once more, once."""
    number = again.remind(tx, visit.config, visit.ids["broadcast"], visit.who.staff_id, visit.now)
    if number is None:
        return message.page(visit, tx, visit.say("berichten.fout_herinnerd"))
    return Go(f"/berichten/{number}", "klaar.bericht_herinnerd", about=("broadcast", number))


def change(visit: Visit, tx: Tx) -> Answer:
    """What was taken back or refused lies on her desk again."""
    keep(visit, tx, message.sheet_of(visit, tx, visit.ids["broadcast"]))
    return Go(compose.NEW)


def _sends(path: str, may: frozenset[str], what: str) -> Door:
    return post(
        f"{compose.LOOK}/{path}", partial(made, what), may, what, proven=True, before=partial(checked, what)
    )  # fmt: skip


_ONE = "/berichten/{broadcast}"
DOORS = (
    _sends("stuur", CLASS, SENT),
    _sends("dringend", OFFICES, URGENT),
    _sends("vraag", ASKING, ASKED),
    post(f"{_ONE}/terug", take_back, TALKING, "bericht_terug"),
    post(f"{_ONE}/stop", stop, TALKING, "bericht_stop"),
    post(f"{_ONE}/nu", at_once, CLASS, "bericht_nu", proven=True),
    post(f"{_ONE}/akkoord", agree, OFFICES, "bericht_akkoord", proven=True),
    post(f"{_ONE}/nee", refuse, OFFICES, "bericht_nee"),
    post(f"{_ONE}/herinner", remind, CLASS, "bericht_herinnerd", proven=True),
    post(f"{_ONE}/opnieuw", change, TALKING, ""),
)
