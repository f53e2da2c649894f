"""Letters with a code and squares to scan: for a group or the whole school, printed from the browser."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from starlette.responses import FileResponse
from starlette.routing import Route

from bot.console.serve import BASE, HEADERS
from bot.console.visit import CLASS, Answer, Go, Gone, Page, Visit, get, post
from bot.people import codes, letters
from bot.people.addresses import same_name, school_year
from bot.people.letters import Row
from bot.store import tables as t
from bot.store.database import Tx

STACK = 40  # letters on one page: drawing the squares takes its time
OPEN = timedelta(minutes=30)  # so long the printed page can be looked at
STYLE = Route(f"{BASE}/brieven.css", lambda _request: FileResponse(letters.STYLE, headers=HEADERS))


class Chosen(NamedTuple):
    """Whom the letters are for: a group, or ("") all that are hers."""

    group_id: int
    group: str
    rows: Sequence[Row]
    printed: Mapping[int, datetime]

    @property
    def waiting(self) -> dict[int, Row]:
        """Who is not enrolled, each once."""
        mine = (row for row in self.rows if not self.group or same_name(row.group) == same_name(self.group))
        return {row.contact_id: row for row in mine if not row.enrolled}

    def wanted(self, *, again: bool) -> list[int]:
        return [contact for contact in self.waiting if again or contact not in self.printed]


def choose(visit: Visit, tx: Tx) -> Answer:
    """How many letters there are to print, and in which languages."""
    return _page(visit, tx, visit.query.get("groep", ""))


def make(visit: Visit, tx: Tx) -> Answer:
    """Codes for all of them work for two weeks from now; then the sheets."""
    group = visit.form.get("groep", "")
    wanted = _chosen(visit, tx, group).wanted(again=visit.form.get("opnieuw") == "ja")
    if not wanted:
        return _page(visit, tx, group, visit.say("brieven.niemand"), 422)
    codes.renew(tx, wanted, visit.who.school, visit.now)
    beside = "&naast=ja" if visit.form.get("naast") == "ja" else ""
    return Go(f"/brieven/vellen?groep={group}&op={int(visit.now.timestamp() * 1000)}{beside}")


def sheets(visit: Visit, tx: Tx) -> Answer:
    """The letters that were just made, to print."""
    at = _moment(visit.query.get("op", ""))
    if at is None or not timedelta(0) <= visit.now - at <= OPEN:
        return Go("/brieven", "klaar.brieven_oud")
    chosen = _chosen(visit, tx, visit.query.get("groep", ""))
    c = t.code.c
    mine = c.school == visit.who.school, c.purpose == "letter", c.used_at.is_(None), c.printed_at == at
    contacts = set(tx.execute(select(c.contact_id).where(*mine)).scalars()) & chosen.waiting.keys()
    found = letters.reprinted(chosen.rows, contacts, letters.last_day(at, visit.school), group=chosen.group)
    words, beside = visit.house.books.catalogue, visit.query.get("naast") == "ja"
    stacks = max(1, -(-len(found) // STACK))
    asked = visit.query.get("stapel", "1")
    stack = min(int(asked[:6]) if asked.isdecimal() else 1, stacks) or 1
    these = found[(stack - 1) * STACK : stack * STACK]
    html = letters.articles(these, visit.school, words, visit.config, beside=beside)
    again = f"groep={chosen.group_id or ''}&op={visit.query['op']}" + ("&naast=ja" if beside else "")
    values = {
        "sheets": html, "count": len(found), "group": chosen.group_id or "", "beside": beside, "stack": stack,
        "stacks": [(each, f"{again}&stapel={each}") for each in range(1, stacks + 1)],
    }  # fmt: skip
    return Page("brieven_vellen.html", values)


def _page(visit: Visit, tx: Tx, group: str, wrong: str = "", status: int = 200) -> Page:
    chosen = _chosen(visit, tx, group)
    fresh, again = chosen.wanted(again=False), len(chosen.waiting) - len(chosen.wanted(again=False))
    spoken = Counter(visit.say.named(chosen.waiting[each].language) for each in fresh)
    last = max((chosen.printed[each] for each in chosen.waiting if each in chosen.printed), default=None)
    values = {
        "wrong": wrong, "groups": groups_of(visit, tx), "group": chosen.group_id or "", "whole": visit.who.is_office,
        "fresh": len(fresh), "languages": sorted(spoken.items(), key=lambda each: (-each[1], each[0])), "again": again,
        "last": visit.say.day(last.astimezone(visit.school.zone).date()) if last else "",
        "enrolled": len({row.contact_id for row in chosen.rows if row.enrolled}),
        "again_set": visit.form.get("opnieuw") == "ja",
        "channels": any(channel.sender for channel in visit.config.channels.values()),
    }  # fmt: skip
    return Page("brieven.html", values, status)


def _chosen(visit: Visit, tx: Tx, group: str) -> Chosen:
    """Raises Gone for a group that is not hers. A letter names only children that she may see."""
    groups = groups_of(visit, tx)
    if not visit.who.is_office and not group and groups:
        group = str(next(iter(groups)))
    if group and (not group.isdecimal() or int(group[:18]) not in groups):
        raise Gone
    number = int(group) if group else 0
    every = letters.rows(tx, visit.who.school, year_of(visit), visit.now)
    rows = [row for row in every if visit.who.is_office or row.group in groups.values()]
    printed = codes.on_paper(tx, {row.contact_id for row in rows}, visit.who.school)
    return Chosen(number, groups.get(number, ""), rows, printed)


def groups_of(visit: Visit, tx: Tx) -> dict[int, str]:
    """The groups of this school year that are hers: all of an office's school."""
    if not visit.who.is_office:
        return dict(visit.who.groups)
    g = t.group.c
    here = select(g.id, g.name).where(g.school == visit.who.school, g.year == year_of(visit)).order_by(g.name)
    return {row.id: row.name for row in tx.execute(here)}


def year_of(visit: Visit) -> str:
    """The school year that runs."""
    return school_year(visit.local.date())


def _moment(text: str) -> datetime | None:
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        return None
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(text))


DOORS = (
    get("/brieven", choose, CLASS),
    post("/brieven/maak", make, CLASS, "brieven"),
    get("/brieven/vellen", sheets, CLASS),
)
