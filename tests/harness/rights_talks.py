"""A row of every kind of id that belongs to talks planned together, each round with something of everything in it."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot import hours as wall
from bot.booking.slots import cells
from bot.store import tables as t
from bot.store.database import Tx

Laid = Callable[..., int]
Ids = Mapping[str, int]
_ZONE = ZoneInfo("Europe/Amsterdam")
_DAY = timedelta(days=1)
AHEAD = timedelta(days=3)  # the talks are on Thursday


def lay(
    tx: Tx, laid: Laid, staffed: Ids, contacts: Ids, children: Ids, groups: Ids, now: datetime
) -> dict[str, dict[str, int]]:  # fmt: skip
    """An open round of groep 4 with something of everything in it, one of groep 3; an interpreter at each school."""
    helps = {school: _interpreter(tx, laid, school, now) for school in ("brug", "vaart")}
    whose = {
        "groep 4": ("brug", staffed["janneke"], (
            ("Fatima", "Amira", "booked", "ar"), ("Omar", "Amira", "asked", ""), ("Karin", "Lotte", "call", ""),
            ("Jan", "Tim", "offered", ""),
        )),
        "groep 3": ("vaart", staffed["noor"], (("Elif", "Deniz", "asked", ""),)),
    }  # fmt: skip
    found: dict[str, dict[str, int]] = {"round": {}, "invitee": {}, "interpreter": helps}
    for group, (school, teacher, people) in whose.items():
        here = _round(laid, school, teacher, groups[group], now)
        for parent, kid, state, language in people:
            hers = {"round_id": here, "contact_id": contacts[parent], "child_id": children[kid], "school": school,
                    "staff_id": teacher, "state": state, "changed_at": now}  # fmt: skip
            number = laid(t.invitee, **hers, interpreter=language, asks_at=now - _DAY)
            found["invitee"].setdefault(kid, number)
            if state == "booked":
                _talk(laid, hers | {"state": "planned", "interpreter_id": helps[school]}, 0, now)
            elif state == "offered":
                _talk(laid, hers | {"hold_until": now + _DAY}, 20, now)
        found["round"][group] = here
    return {**found, "invitee": {name: found["invitee"][name] for name in ("Amira", "Deniz")}}


def _round(laid: Laid, school: str, staff_id: int, group_id: int, now: datetime) -> int:
    number = laid(
        t.talk_round, school=school, kind="rapport", name="Rapportgesprekken november", state="open", per="child",
        minutes=10, opens_at=now - _DAY, closes_at=now + 2 * _DAY, staff_id=staff_id, key=f"rights:{school}",
        made_at=now - _DAY,
    )  # fmt: skip
    laid(t.round_group, round_id=number, group_id=group_id)
    for start, until in (("15:00", "16:30"), ("18:30", "20:00")):
        hours = {"staff_id": staff_id, "day": f"{now + AHEAD:%Y-%m-%d}", "from_at": start, "until_at": until}
        laid(t.talk_hours, round_id=number, **hours, place="lokaal 4")
    return number


def _talk(laid: Laid, hers: Mapping[str, Any], after: int, now: datetime) -> None:
    """So many minutes `after` the first could begin; its time is given away."""
    starts_at = wall.at((now + AHEAD).date(), time(15, after), _ZONE)
    row = {name: value for name, value in hers.items() if name != "changed_at"}
    number = laid(
        t.appointment, **row, starts_at=starts_at, minutes=10, made_at=now, changed_at=now, place="lokaal 4",
        once=f"{hers['round_id']}:{hers['child_id']}",
    )  # fmt: skip
    for kind, who in (("staff", hers["staff_id"]), ("contact", hers["contact_id"])):
        for cell in cells(starts_at, 10):
            laid(t.busy, kind=kind, who=who, at=cell, appointment_id=number)


def _interpreter(tx: Tx, laid: Laid, school: str, now: datetime) -> int:
    name = tx.seal("interpreter.name", "Samira Nour")
    number = laid(
        t.interpreter, school=school, name=name, languages=["ar"], modes=["phone", "site"], cost=4500, made_at=now
    )
    day = f"{now + AHEAD:%Y-%m-%d}"
    laid(t.interpreter_hours, interpreter_id=number, day=day, from_at="15:00", until_at="17:00")
    return number
