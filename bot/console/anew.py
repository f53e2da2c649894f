"""A new password, and no second factor any more: what asks for a secret again, outside any transaction that writes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.console import forms, threshold, who
from bot.console.account import ME
from bot.console.serve import BASE, HEADERS, cookie, csrf, html
from bot.console.threshold import Device, Mill, go
from bot.console.visit import House, Page, Visit
from bot.people import audit, logins, passwords, second, staff, tries
from bot.store.database import Tx


class Asked(NamedTuple):
    """A form of somebody who is signed in."""

    visit: Visit
    token: str
    device: Device


Answers = Callable[[House, Mill, Asked], Awaitable[Response]]


def open_doors(house: House, mill: Mill) -> list[BaseRoute]:
    """Open, for they see for themselves who is there."""
    doors: tuple[tuple[str, str, Answers], ...] = (
        ("wachtwoord", "wachtwoord.html", _password),
        ("geen-codes", "geen_codes.html", _no_codes),
    )
    return [
        Route(f"{BASE}{ME}/{name}", partial(_enter, house, mill, template, answer), methods=["GET", "POST"])
        for name, template, answer in doors
    ]


async def _enter(house: House, mill: Mill, template: str, answer: Answers, request: Request) -> Response:
    now, token, post = house.clock(), request.cookies.get(cookie(house), ""), request.method == "POST"
    try:
        sent = await forms.read(request, files=False) if post else forms.Sent()
        found = await house.database.fetch(lambda tx: who.of_token(tx, house.config, token, now))
        if found is None:
            return go("/in")
        sign_in, colleague = found
        if sign_in.stale:
            await house.database.write(lambda tx: logins.touch(tx, sign_in, now))
        visit = Visit(house, colleague, now, request.url.path, form=sent.one, sign_in=sign_in.id)
        asked = Asked(visit, token, threshold.device(house, request))
        if not post:
            return await _show(asked, template)
        proof = await house.database.fetch(lambda tx: csrf(tx, token))
        if not forms.is_ours(request) or sent.one.get("_ons") != proof:
            return await _show(asked, template, "in.oud", 403)
        return await answer(house, mill, asked)
    except HTTPException as error:
        return threshold.page(house, request, "even.html", {"what": "vol", "again": ME}, status=error.status_code)


async def _show(asked: Asked, template: str, wrong: str = "", status: int = 200, count: int = 0) -> Response:
    visit = asked.visit
    values = {"wrong": visit.say(wrong, aantal=count) if wrong else "", "me": ME, "shortest": passwords.SHORTEST}

    def work(tx: Tx) -> str:
        row = staff.by_id(tx, visit.who.staff_id)
        name = logins.name_of(visit.config, row) if row else ""
        return html(tx, visit, asked.token, Page(template, {**values, "name": name}))

    return HTMLResponse(await visit.house.database.fetch(work), status, headers=HEADERS)


async def _wait(asked: Asked, template: str, wait: timedelta) -> Response:
    return await _show(asked, template, "in.wacht", 429, count=threshold.minutes(wait))


# --- a new password
async def _password(house: House, mill: Mill, asked: Asked) -> Response:
    visit, form = asked.visit, asked.visit.form
    again = partial(_show, asked, "wachtwoord.html", status=422)
    password = form.get("wachtwoord", "")
    hers, old = await house.database.fetch(lambda tx: _known(tx, visit))
    wrong = passwords.complaint(password, hers) or ("anders" if password != form.get("nog_eens", "") else "")
    if wrong:
        return await again(wrong=f"wachtwoord.{wrong}", count=passwords.SHORTEST)
    async with mill.turn(known=True):
        place, wait = await house.database.write(lambda tx: _try(tx, asked, f"staff:{visit.who.staff_id}"))
        if wait:
            return await _wait(asked, "wachtwoord.html", wait)
        if not await asyncio.to_thread(passwords.fits, old, form.get("oud", "")):
            return await again(wrong="wachtwoord.oud_klopt_niet")
        fresh = await asyncio.to_thread(passwords.hashed, password)
    await house.database.write(lambda tx: _change(tx, visit, place, fresh, visit.now))
    return go(f"{ME}?klaar=klaar.wachtwoord")


def _known(tx: Tx, visit: Visit) -> tuple[list[str], str | None]:
    row = staff.by_id(tx, visit.who.staff_id)
    names = [visit.who.name, visit.school.name, row.key if row else ""]
    return names, logins.password_of(tx, visit.who.staff_id)


def _try(tx: Tx, asked: Asked, account: str) -> tuple[str, timedelta | None]:
    visit = asked.visit
    place = asked.device.place(tx, account, visit.who.staff_id)
    return place, tries.take(tx, place, visit.now)


def _change(tx: Tx, visit: Visit, place: str, fresh: str, now: datetime) -> None:
    """Only this browser stays signed in."""
    tries.right(tx, place)
    logins.set_password(tx, visit.who.staff_id, fresh, now)
    logins.end_all(tx, visit.who.staff_id, now, but=visit.sign_in)
    audit.note(tx, visit.who.school, visit.who.staff_id, "wachtwoord", now)


# --- no second factor any more
async def _no_codes(house: House, mill: Mill, asked: Asked) -> Response:
    gone, wait = await house.database.write(lambda tx: _remove(tx, asked))
    if wait:
        return await _wait(asked, "geen_codes.html", wait)
    if not gone:
        return await _show(asked, "geen_codes.html", "code.klopt_niet", 422)
    return go(f"{ME}?klaar=klaar.geen_codes")


def _remove(tx: Tx, asked: Asked) -> tuple[bool, timedelta | None]:
    """It takes a code to do without."""
    visit = asked.visit
    place, wait = _try(tx, asked, f"code:{visit.who.staff_id}")
    if wait or not second.is_right(tx, visit.who.staff_id, visit.form.get("code", "")[:40], visit.now):
        return False, wait
    tries.right(tx, place)
    second.remove(tx, visit.who.staff_id, visit.now)
    audit.note(tx, visit.who.school, visit.who.staff_id, "geen_codes", visit.now)
    return True, None
