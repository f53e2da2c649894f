"""The school's own pages beside the phones: one click, and one is signed in as somebody who works there."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol

from sqlalchemy import exists, func, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.console.serve import BASE
from bot.demo.forms import HEADERS, back, plain
from bot.demo.school import COLLEAGUES, NEWCOMER, SCHOOL
from bot.people import logins, staff
from bot.people.staff import StaffRow
from bot.store import tables as t
from bot.store.database import Tx

OURS = ("same-origin", "none")  # a link of another site opens nothing


class Waiting(NamedTuple):
    """How many talks wait for a person, and whether one of them is an emergency that nobody has taken."""

    many: int
    alarm: bool = False


class Opened(NamedTuple):
    """A browser that is signed in."""

    cookie: str
    token: str


class School(Protocol):
    """What these links need of the stage."""

    async def waiting(self) -> Waiting: ...

    async def sign_in(self, key: str) -> Opened | None:
        """Sign this browser in as the colleague of this key, her second factor proven; None where there is none."""
        ...

    async def invite(self) -> str:
        """A printed invitation for the teacher who begins today: its address."""
        ...


Answer = Callable[[School, Request], Awaitable[Response]]


def routes(school: School) -> list[BaseRoute]:
    def route(path: str, answer: Answer) -> Route:
        return Route(path, partial(answer, school))

    return [route("/demo/als/{key}", enter), route("/demo/uitnodiging", begin)]


async def enter(school: School, request: Request) -> Response:
    """Her pages, as she finds them after signing in; whoever was signed in before does so no more."""
    if request.headers.get("sec-fetch-site", "none") not in OURS:
        return back("/")
    opened = await school.sign_in(request.path_params["key"])
    if opened is None:
        return plain("Deze collega is er niet.", 404)
    answer = RedirectResponse(f"{BASE}/vandaag", 303, headers=HEADERS)
    answer.set_cookie(opened.cookie, opened.token, httponly=True, samesite="lax")
    return answer


async def begin(school: School, request: Request) -> Response:
    """The invitation that the office printed, opened on the newcomer's own phone."""
    if request.headers.get("sec-fetch-site", "none") not in OURS:
        return back("/")
    return back(await school.invite())


def waiting(tx: Tx) -> Waiting:
    """What stands open at the school of the demo."""
    th, al = t.thread.c, t.alarm.c
    open_ones = th.school == SCHOOL, th.state == "open"
    many = tx.execute(select(func.count()).where(*open_ones)).scalar_one()
    ringing = exists().where(al.school == SCHOOL, al.state == "open")
    return Waiting(many, bool(tx.execute(select(ringing)).scalar()))


def known(tx: Tx, key: str) -> StaffRow | None:
    """One of those beside the phones."""
    named = {each.key for each in COLLEAGUES} & {key}
    return next((each for each in staff.colleagues(tx, SCHOOL) if each.key in named), None)


def invite(tx: Tx, now: datetime) -> str:
    """The token of a fresh invitation."""
    return logins.invite(tx, staff.by_key(tx, SCHOOL, NEWCOMER.key).id, now)
