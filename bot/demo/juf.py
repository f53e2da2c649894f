"""The teacher's page of the demo: who waits for a person, in their own words, and a plain form to answer."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, Protocol
from unicodedata import bidirectional
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.demo import agreed, clock
from bot.demo.forms import back, page, plain, read_form
from bot.demo.school import GROUP, PHONES, SCHOOL_NAME, TEACHER
from bot.demo.screen import RTL, visible
from bot.desk.threads import LONGEST, Thread, ThreadMessage
from bot.translation.languages import LANGUAGES

SHOWN = 6  # the newest words of a talk
AGAIN = 10  # seconds after which a page without scripts looks again, while nothing can be typed on it
_NOT_FOUND = "Dit gesprek is er niet."
_EMPTY = "Er staat nog geen antwoord."
_LONG = "Een antwoord heeft hooguit {most} tekens, dit zijn er {count}. Wat er stond, staat er nog."
_ANSWERED = "De ouder stuurde STOP, of er is al geantwoord. Dit ging niet weg: {text}"
_ALARMS = {
    "open": "Nood. De dienst is gebeld; nog niemand heeft het overgenomen.",
    "taken": "Nood. Iemand van de dienst heeft het overgenomen.",
}


class Desk(agreed.Desk, Protocol):
    """What this page needs of the stage."""

    def lately(self) -> str:
        """What happened last on the whole stage, in one Dutch line."""
        ...

    async def talks(self) -> Sequence[Thread]:
        """The talks that wait for a person, what is urgent first."""
        ...

    async def answer(self, talk: int, text: str) -> bool:
        """The teacher answers; returns when it is on its way. False where this talk does not wait any more."""
        ...


class Said(NamedTuple):
    """Words in a talk, as they were written."""

    side: str  # parent school
    text: str
    language: str
    foreign: str  # the language's Dutch name, where it is not Dutch
    direction: str
    at: str
    sent: tuple[str, ...] = ()  # what came besides the words


class Card(NamedTuple):
    """A talk that waits."""

    id: int
    who: str
    about: str
    alarm: str
    waits: str
    since: str
    hidden: int  # older words that are not shown
    said: tuple[Said, ...]

    @property
    def foreign(self) -> str:
        """In which language the answer will be read, where that is not Dutch."""
        return next((each.foreign for each in reversed(self.said) if each.side == "parent"), "")


Answer = Callable[[Desk, Request], Awaitable[Response]]


def routes(desk: Desk) -> list[BaseRoute]:
    def route(path: str, answer: Answer, method: str) -> Route:
        return Route(path, partial(answer, desk), methods=[method])

    return [route("/juf", show, "GET"), *agreed.routes(desk), route("/juf/{talk}", reply, "POST")]


async def show(desk: Desk, request: Request) -> Response:
    return await _page(desk)


async def reply(desk: Desk, request: Request) -> Response:
    """The teacher answered; whatever is wrong with it, her words stay."""
    form = await read_form(request)
    if form is None:
        return plain("Dat is te veel voor één antwoord, of het komt van een andere pagina.", 413)
    talk, text = request.path_params["talk"], form.get("text", "").replace("\r\n", "\n")
    if not (talk.isascii() and talk.isdigit() and len(talk) < 19):
        return plain(_NOT_FOUND, 404)
    status, trouble = 422, ""
    if not text.strip():
        trouble = _EMPTY
    elif len(text) > LONGEST:
        trouble = _LONG.format(most=LONGEST, count=len(text))
    elif not await desk.answer(int(talk), text):
        status, trouble = 409, _ANSWERED.format(text=visible(text))
    if not trouble:
        return back("/juf")
    if "text/html" not in request.headers.get("accept", ""):
        return plain(trouble, status)  # the script puts it beside what was typed
    return await _page(desk, status, wrong=int(talk), trouble=trouble, typed=visible(text))


async def _page(desk: Desk, status: int = 200, *, wrong: int = 0, trouble: str = "", typed: str = "") -> Response:
    found = await cards(desk)
    lost = trouble if all(each.id != wrong for each in found) else ""
    told = {"wrong": wrong, "trouble": trouble, "typed": typed, "lost": lost}
    tomorrow = desk.now().astimezone(desk.zone).date() + timedelta(days=1)
    noted = {"agreed": await desk.agreed(), "tomorrow": tomorrow.isoformat()}
    return page("juf.html", status, **setting(desk), **told, **noted, cards=found, again=AGAIN)


def setting(desk: Desk) -> dict[str, str]:
    """What stands in the header of every page."""
    now, zone = desk.now(), desk.zone
    return {
        "school": SCHOOL_NAME, "group": GROUP, "teacher": TEACHER, "lately": visible(desk.lately()),
        "day": clock.day(now, zone), "hour": clock.hour(now, zone),
        "iso": now.astimezone(zone).isoformat(timespec="minutes"),
    }  # fmt: skip


async def cards(desk: Desk) -> list[Card]:
    """The talks that wait, as the page draws them."""
    now = desk.now()
    return [_card(each, now, desk.zone) for each in await desk.talks()]


def _card(talk: Thread, now: datetime, zone: ZoneInfo) -> Card:
    since = _since(talk)
    return Card(
        id=talk.id,
        who=visible(talk.guardian.replace(" / ", " en ")) or "Iemand die nog niet is ingeschreven",
        about=f"over {visible(talk.child)}" if talk.child else _ABOUT.get(talk.guardian, ""),
        alarm=_ALARMS.get(talk.alarm, "Nood.") if talk.kind == "gevaar" else "",
        waits=waited(now - since),
        since=since.astimezone(zone).isoformat(timespec="minutes"),
        hidden=max(0, len(talk.messages) - SHOWN),
        said=tuple(_said(talk.messages[-SHOWN:], now, zone)),
    )


def _said(messages: Iterable[ThreadMessage], now: datetime, zone: ZoneInfo) -> Iterable[Said]:
    for each in messages:
        name = LANGUAGES[each.language].dutch if each.language in LANGUAGES else each.language
        yield Said(
            each.side, visible(each.text), each.language, "" if each.language == "nl" else name,
            _direction(each.text, each.language), clock.soon(each.at, now, zone),
            tuple(visible(sent.line()) for sent in each.media),
        )  # fmt: skip


def _direction(text: str, language: str) -> str:
    """An Arabic message reads from the right also where it begins with a name; her Dutch or a code does not."""
    return "rtl" if language in RTL and any(bidirectional(sign) in ("R", "AL") for sign in text) else "auto"


def _since(talk: Thread) -> datetime:
    """Since when she waits: her first words after the school's last."""
    since = talk.changed_at
    for each in reversed(talk.messages):
        if each.side != "parent":
            break
        since = each.at
    return since


def waited(time: timedelta) -> str:
    """`12 minuten`, as one says it."""
    minutes = int(time.total_seconds()) // 60
    if minutes < 1:
        return "net binnen"
    if minutes < 60:
        return f"wacht {minutes} {'minuut' if minutes == 1 else 'minuten'}"
    if minutes < 24 * 60:
        return f"wacht {minutes // 60} uur"
    days = minutes // (24 * 60)
    return f"wacht {days} {'dag' if days == 1 else 'dagen'}"


_ABOUT = {" / ".join(phone.guardians): phone.about for phone in PHONES}
