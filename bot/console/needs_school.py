"""What the school's own affairs ask: families not reached, days not known, a channel at rest, her own sign-in."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import exists, func, or_, select

from bot.console import households
from bot.console import unreached as lost
from bot.console.needs import Need, Tap, to
from bot.console.visit import CLASS, NETWORK, Visit
from bot.outbox import limits
from bot.people.addresses import school_year
from bot.privacy import erase
from bot.store import tables as t
from bot.store.database import Tx

CHANNELS = {"whatsapp": "WhatsApp", "sms": "SMS", "telegram": "Telegram"}
PUT_ASIDE = "weg_"  # what she put aside is kept as a draft is: after two weeks it is asked again
ASIDE = ("tweede", "telefoon")
_AHEAD = timedelta(days=120)  # so long before a school year its days are asked for


def unreached(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Guardians who do not read us, counted as on the page behind it."""
    if visit.who.role not in CLASS:
        return
    found = households.rows(visit, tx)
    many = len(lost.rows_of(visit, tx, found, households.reaches(tx, found)))
    if many:
        yield Need("bereik", visit.say("vandaag.bereik", aantal=many), to(visit, lost.LIST, "wat_nu"))


def channels(visit: Visit, tx: Tx) -> Iterator[Need]:
    """On which nothing leaves now."""
    if not visit.who.is_office:
        return
    held = limits.held(tx, visit.config, visit.now)
    for channel, until in ((channel, until) for channel, until in held.items() if until > visit.now):
        name = CHANNELS.get(channel, channel)
        when = visit.say.moment(until, visit.now, visit.school.zone)
        text = visit.say("vandaag.kanaal", kanaal=name, tot=when)
        yield Need(f"kanaal-{channel}", text, to(visit, "/instellingen/kanalen"))


def forgotten(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Somebody is forgotten half, and it does not go on by itself yet."""
    if visit.who.is_office and (many := erase.troubled(tx, visit.who.schools)):
        yield Need("vergeten", visit.say("vandaag.vergeten", aantal=many), to(visit, "/instellingen/vergeten"))


def days(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Nobody has said yet when next year's holidays are."""
    if not visit.who.is_office:
        return
    year = school_year(visit.local.date() + _AHEAD)
    known = visit.house.books.almanac.of(tx, visit.who.school)
    if known.ends(year) is None:
        yield Need("dagen", visit.say("vandaag.dagen", jaar=year), to(visit, "/instellingen/dagen", "vul_in"))


def colleagues(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Who works here and cannot sign in yet."""
    if not visit.who.is_office:
        return
    s, lo = t.staff.c, t.login.c
    inside = exists().where(lo.staff_id == s.id, lo.password.is_not(None))
    here = s.school == visit.who.school, s.left_at.is_(None), s.id != visit.who.staff_id
    many = tx.execute(select(func.count()).select_from(t.staff).where(*here, ~inside)).scalar_one()
    if many:
        yield Need("collegas", visit.say("vandaag.collegas", aantal=many), to(visit, "/instellingen/collegas"))


def herself(visit: Visit, tx: Tx) -> Iterator[Need]:
    """What makes her own sign-in safer and her work easier; she may put it aside."""
    who = visit.who
    if who.role == NETWORK:
        return
    s, a, d, lo, sl = t.staff.c, t.address.c, t.draft.c, t.login.c, t.slip.c
    aside = {PUT_ASIDE + kind for kind in ASIDE}
    put_aside = set(tx.execute(select(d.place).where(d.staff_id == who.staff_id, d.place.in_(aside))).scalars())
    phone = exists().where(a.contact_id == s.contact_id, a.linked_at.is_not(None))
    factor = exists().where(lo.staff_id == s.id, lo.proven_at.is_not(None))
    listed = exists().where(sl.staff_id == s.id, sl.used_at.is_(None))
    row = tx.execute(
        select(phone.label("phone"), or_(factor, listed).label("factor")).where(s.id == who.staff_id)
    ).one()
    for kind, there, where in (("tweede", row.factor or who.proven, "/codes"), ("telefoon", row.phone, "")):
        if not there and PUT_ASIDE + kind not in put_aside:
            later = Tap(visit.say("vandaag.tik.later"), f"/vandaag/later/{kind}", True)
            taps = (*to(visit, f"/instellingen/mij{where}", "regel"), later)
            yield Need(kind, visit.say(f"vandaag.{kind}"), taps, visit.say(f"vandaag.{kind}.meer"))
