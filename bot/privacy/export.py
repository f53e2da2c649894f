"""Everything that is kept of one parent, for her own eyes: of all tables, and nothing of anybody else's."""

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import JSON, LargeBinary, Row, func, insert, select, update

from bot.config import Config
from bot.conversation.events import Run
from bot.errors import BotError
from bot.model import Value
from bot.outbox.fit import as_read
from bot.people import choices, contacts
from bot.people.addresses import first_name
from bot.privacy.holdings import HOLDINGS, Holding
from bot.store import tables as t
from bot.store.columns import Moment
from bot.store.database import Tx
from bot.translation.languages import LANGUAGES

PATH = "/gegevens"
LIFE = timedelta(hours=24)
COMES = "komt"  # when something comes says enough
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")  # 192 bits
SECTIONS = (
    "u", "bereik", "kinderen", "verteld", "ja", "gesprekken", "geschreven", "gestuurd", "antwoorden", "afspraken",
    "afwezig", "avonden", "aanbod", "stemmen", "komt", "bestanden",
)  # fmt: skip


class Line(NamedTuple):
    """A row on her page: when, and what. `name`: the file that stands beside it."""

    at: datetime | None
    words: tuple[Value, ...]
    file: str = ""


class Handout(NamedTuple):
    """Everything. `tables`: as data, by table; `sections`: as people read it; `files`: what she sent, by its name."""

    contact_id: int
    language: str
    schools: tuple[str, ...]
    made_at: datetime
    tables: Mapping[str, list[dict[str, Any]]]
    sections: Mapping[str, list[Line]]
    files: Mapping[str, int]  # name -> the number of the row that holds it

    def json(self) -> str:
        """For programs."""
        data = {"made_at": self.made_at.isoformat(), "language": self.language, "tables": self.tables}
        return json.dumps(data, ensure_ascii=False, indent=1)


def everything(tx: Tx, config: Config, contact_id: int, now: datetime, *, inward: bool = False) -> Handout:
    """All that is hers. `inward`: with what colleagues noted for each other, for the office to read first.

    Raises BotError where there is nobody of that number.
    """
    language = contacts.languages(tx, [contact_id]).get(contact_id)
    if language is None:
        raise BotError("there is nobody of that number")
    tables: dict[str, list[dict[str, Any]]] = {}
    sections: dict[str, list[Line]] = {}
    files: dict[str, int] = {}
    names = _Names(tx, contact_id)
    for each in HOLDINGS:
        if each.inward and not inward:
            continue
        columns = each.columns + (each.notes if inward else ())
        for row in tx.execute(
            select(*_columns(each, columns)).where(each.hers(contact_id)).order_by(each.table.c.id)
        ).all():
            if getattr(row, "child_id", None) in names.shut:
                continue  # a child of whom she may hear nothing
            shown = {name: names.say(each, row, name) for name in columns}
            tables.setdefault(each.table.name, []).append({name: _plain(value) for name, value in shown.items()})
            file = _file(each, row, files)
            if each.section:
                sections.setdefault(each.section, []).append(_line(each, row, shown, file, names))
    g = t.guardian.c
    schools = tx.execute(select(g.school).where(g.contact_id == contact_id).distinct().order_by(g.school)).scalars()
    known = tuple(config.schools[key].name for key in schools if key in config.schools)
    return Handout(contact_id, language, known, now, tables, _in_order(sections), files)


def _columns(each: Holding, columns: tuple[str, ...]) -> list[Any]:
    also = [name for name in ("id", each.at) if name and name not in columns]
    return [each.table.c[name] for name in (*columns, *also)]


def _in_order(sections: Mapping[str, list[Line]]) -> dict[str, list[Line]]:
    made = {}
    for name in SECTIONS:
        some = (line for line in sections.get(name, []) if line.words or line.file or name == COMES)
        if lines := [*dict.fromkeys(some)]:  # a yes to two things at once is read once
            made[name] = sorted(lines, key=lambda line: line.at.timestamp() if line.at else 0)
    return made


def _line(each: Holding, row: Row[Any], shown: Mapping[str, Any], file: str, names: "_Names") -> Line:
    at = getattr(row, each.at) if each.at else None
    if each.table is t.known:
        said = [_chosen(row.topic, row.option), Value("text", shown["words"] or "")]
    elif each.table is t.run:
        said = names.answers(row)
    else:
        said = [Value("text", str(shown[name])) for name in each.words if shown[name] is not None]
    return Line(at, tuple(value for value in said if value.value), file)


def _chosen(topic: str, option: str) -> Value:
    """What she chose from a list, to be said in her language; nothing where her words say it."""
    if option in LANGUAGES:
        return Value("name", LANGUAGES[option].endonym)
    ask, _, name = choices.text_of(topic, option).rpartition(".")
    return Value("option", name, ask)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _file(each: Holding, row: Row[Any], files: dict[str, int]) -> str:
    """The name under which a file of hers is found, where it is kept."""
    if each.table is not t.media or row.state != "kept" or not row.size:
        return ""
    end = (row.content_type or "").rpartition("/")[2]
    name = f"{row.kind}-{row.id}.{end}" if end.isalnum() else f"{row.kind}-{row.id}"
    files[name] = row.id
    return name


class _Names:
    """What stands in a column, in words: sealed values opened, numbers of rows as what they are called."""

    def __init__(self, tx: Tx, contact_id: int) -> None:
        self._tx = tx
        g, c = t.guardian.c, t.child.c
        hers = select(g.child_id, g.barred_at, c.name).join(t.child, c.id == g.child_id)
        rows = tx.execute(hers.where(g.contact_id == contact_id)).all()
        self.shut = {row.child_id for row in rows if row.barred_at}
        children = {row.child_id: first_name(tx.open("child.name", row.name)) for row in rows if not row.barred_at}
        self._called: Mapping[str, Any] = {
            "child_id": children.get, "children": partial(_those, children),
            "staff_id": partial(self._sealed, t.staff), "group_id": partial(self._named, t.group, "name"),
            "tag_id": partial(self._named, t.tag, "name"), "gathering_id": partial(self._named, t.gathering, "name"),
            "ballot_id": partial(self._named, t.ballot, "title"),
        }  # fmt: skip

    def say(self, each: Holding, row: Row[Any], name: str) -> Any:
        value, kind = getattr(row, name), each.table.c[name].type
        if value is None:
            return None
        if isinstance(kind, LargeBinary):
            return _words(f"{each.table.name}.{name}", self._tx.open(f"{each.table.name}.{name}", value))
        if name in self._called:
            return self._called[name](value)
        if isinstance(kind, Moment):
            return value
        return json.dumps(value, ensure_ascii=False) if isinstance(kind, JSON) else value

    def answers(self, row: Row[Any]) -> list[Value]:
        """What she answered. Her own words stand where she wrote them, and what the house noted is not hers."""
        kept = self._tx.open("run.memory", row.memory) if row.memory else ""
        given = Run.unpack(json.loads(kept)[0]).answers.values() if kept else ()
        return [value for value in given if value.kind not in ("text", "link")]

    def _sealed(self, table: Any, number: int) -> str:
        found = self._tx.execute(select(table.c.name).where(table.c.id == number)).scalar()
        return self._tx.open(f"{table.name}.name", found) if found else ""

    def _named(self, table: Any, column: str, number: int) -> str:
        return str(self._tx.execute(select(table.c[column]).where(table.c.id == number)).scalar() or "")


def _those(children: Mapping[int, str], said: Any) -> Any:
    """The names of these; of an evening it is how many come along."""
    return [children[each] for each in said if each in children] if isinstance(said, list) else said


def _words(column: str, text: str) -> str:
    """What people would call the words of a sealed column."""
    if column == "inbox.payload":
        said = json.loads(text)
        return str(said.get("text") or said.get("choice") or "")
    if column in ("outbox.body", "consent.words"):
        return as_read(text)
    if column == "run.memory" and text:
        answers = Run.unpack(json.loads(text)[0]).answers
        return ", ".join(f"{name}: {value.value}" for name, value in answers.items())
    return text


# --- a secret address, for a day
def hand_out(tx: Tx, config: Config, contact_id: int, now: datetime) -> Value:
    """An address at which she finds everything until tomorrow; an older one of hers does not open any more."""
    h = t.handout.c
    token = secrets.token_urlsafe(24)
    tx.execute(update(t.handout).where(h.contact_id == contact_id, h.expires_at > now).values(expires_at=now))
    row = {"contact_id": contact_id, "find": tx.find(f"handout:{token}"), "made_at": now, "expires_at": now + LIFE}
    tx.execute(insert(t.handout), row)
    return Value("link", f"{config.web.public_url}{PATH}/{token}")


def by_token(tx: Tx, config: Config, token: str, now: datetime) -> Handout | None:
    """What is behind an address; None where there is nothing, or nothing any more."""
    contact_id = _whose(tx, token, now)
    return None if contact_id is None else everything(tx, config, contact_id, now)


def _whose(tx: Tx, token: str, now: datetime) -> int | None:
    h = t.handout.c
    if not _TOKEN.fullmatch(token):
        return None
    works = h.find == tx.find(f"handout:{token}"), h.expires_at > now
    found: int | None = tx.execute(select(h.contact_id).where(*works)).scalar()
    return found


def file(tx: Tx, token: str, number: int, now: datetime) -> tuple[str, bytes] | None:
    """A file of hers behind the same address: its kind and what is in it."""
    contact_id = _whose(tx, token, now)
    return None if contact_id is None else media(tx, contact_id, number)


def media(tx: Tx, contact_id: int, number: int) -> tuple[str, bytes] | None:
    """A file that she sent."""
    m = t.media.c
    row = tx.execute(select(m.content_type, m.data).where(m.id == number, m.contact_id == contact_id)).first()
    if row is None or row.data is None:
        return None
    return row.content_type or "application/octet-stream", tx.open_bytes("media.data", row.data)


# --- counts
def counts(tx: Tx, contact_id: int) -> dict[str, int]:
    """How many rows there are of her, by table: no word, no name."""
    return {name: many for name, many in _counted(tx, contact_id) if many}


def _counted(tx: Tx, contact_id: int) -> Iterator[tuple[str, int]]:
    for each in HOLDINGS:
        many = select(func.count()).select_from(each.table).where(each.hers(contact_id))
        yield each.table.name, int(tx.execute(many).scalar_one())
