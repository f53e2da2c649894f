"""Who may see what at two schools: a row of every kind for everybody, and the table that says whose it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select

from bot.config import Config
from bot.console import who
from bot.console.visit import Who
from bot.desk import handoff
from bot.inbox import receive
from bot.model import Inbound
from bot.people import staff
from bot.people.contacts import enrolled
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness import rights_mine, rights_talks, rights_told, rights_year
from tests.harness.office import Desk
from tests.world import ELIF, ENROLLED, FATIMA, JAN, KARIN, World

PEOPLE = {
    "janneke": "brug", "bas": "brug", "wil": "brug", "dora": "brug", "fenna": "brug", "ida": "brug", "net": "brug",
    "kees": "vaart", "noor": "vaart",
}  # fmt: skip
_BRUG = {"wil", "dora"}  # its office and its head
_VAART = {"kees", "noor"}
_AT_BRUG = {"janneke", "bas", "fenna", "ida"} | _BRUG
# kind -> row -> who may see it. Janneke has groep 4 (Amira, Tim, Lotte), Bas groep 5 (Can, Saar), Noor groep 3 at De
# Vaart (Deniz, Bram). Jan has children in both groups of De Brug; Elif one at each school. Fenna is the coach, Ida ib.
HERS: Mapping[str, Mapping[str, set[str]]] = {
    "thread": {
        "amira": {"janneke"} | _BRUG, "saar": {"bas"} | _BRUG, "jan": {"janneke", "bas"} | _BRUG,
        "tense": {"janneke", "fenna", "bas"} | _BRUG,  # about Lotte; it was given to Bas
        "given": {"bas", "ida"} | _BRUG,  # about Can
        "deniz": _VAART,
    },
    "contact": {
        "Fatima": {"janneke"} | _BRUG, "Omar": {"janneke"} | _BRUG, "Jan": {"janneke", "bas"} | _BRUG,
        "Karin": {"janneke", "fenna"} | _BRUG, "Elif": {"bas", "ida"} | _BRUG | _VAART, "Ruud": _VAART,
    },
    "child": {
        "Amira": {"janneke"} | _BRUG, "Tim": {"janneke"} | _BRUG, "Lotte": {"janneke", "fenna"} | _BRUG,
        "Can": {"bas", "ida"} | _BRUG, "Saar": {"bas"} | _BRUG, "Deniz": _VAART, "Bram": _VAART,
    },
    "group": {"groep 4": {"janneke"} | _BRUG, "groep 5": {"bas"} | _BRUG, "groep 3": _VAART},
    "staff": {
        **dict.fromkeys(("janneke", "bas", "wil", "dora", "fenna", "ida", "net"), _AT_BRUG),
        **dict.fromkeys(("kees", "noor"), _VAART),
    },
    "media": {"amira": {"janneke"} | _BRUG, "deniz": _VAART},
    "absence": {"Amira": {"janneke"} | _BRUG, "Can": {"bas", "ida"} | _BRUG, "Deniz": _VAART},
    "promise": {"janneke": {"janneke"} | _BRUG, "bas": {"bas"} | _BRUG, "noor": _VAART},
    "free_day": {"brug": _BRUG, "vaart": {"kees"}},
    "fact": {"brug": _BRUG, "vaart": {"kees"}},
    "broadcast": {"janneke": {"janneke"} | _BRUG, "noor": _VAART},
    "attachment": {"janneke": {"janneke"} | _BRUG, "noor": _VAART},
    "tag": {"brug": _BRUG, "vaart": {"kees"}},
    "doubt": {"brug": {"fenna"} | _BRUG, "vaart": {"kees"}},
    "round": {"groep 4": {"janneke"} | _BRUG, "groep 3": _VAART},
    "invitee": {"Amira": {"janneke"} | _BRUG, "Deniz": _VAART},
    "interpreter": {"brug": _BRUG, "vaart": {"kees"}},
    "gathering": {"groep 4": {"janneke"} | _BRUG, "groep 3": _VAART},
    "referral": {"karin": {"fenna"} | _BRUG, "ruud": {"kees"}},
    "ballot": {"brug": _BRUG, "vaart": {"kees"}},
    **{
        kind: {"karin": {"janneke", "fenna"} | _BRUG, "elif": {"bas", "ida"} | _BRUG, "ruud": _VAART}
        for kind in ("appointment", "talk_request")
    },
}  # fmt: skip
NAMES = ("Amira", "Fatima", "Omar", "Elif", "Saar", "Lotte", "Karin", "Deniz", "Ruud", "Bram")
_ALL_OF_BRUG = {"Amira", "Fatima", "Omar", "Elif", "Saar", "Lotte", "Karin"}
ABOUT = {
    "janneke": {"Amira", "Fatima", "Omar", "Lotte", "Karin"}, "bas": {"Elif", "Saar", "Lotte", "Karin"},
    "wil": _ALL_OF_BRUG, "dora": _ALL_OF_BRUG, "fenna": {"Lotte", "Karin"}, "ida": {"Elif"}, "net": set[str](),
    "kees": {"Deniz", "Ruud", "Bram", "Elif"}, "noor": {"Deniz", "Ruud", "Bram", "Elif"},
}  # fmt: skip


def named_in(text: str) -> set[str]:
    """Which of the families' names stand on a page."""
    return {name for name in NAMES if re.search(rf"\b{name}\b", text)}


@dataclass(frozen=True, slots=True)
class People:
    """The rows by kind and name, and who may see them."""

    config: Config
    ids: Mapping[str, Mapping[str, int]]
    world: World
    roles: Mapping[str, str]
    desks: dict[str, Desk] = field(default_factory=dict)

    def desk(self, key: str) -> Desk:
        """Her browser."""
        if key not in self.desks:
            self.desks[key] = Desk(self.world, key, PEOPLE[key])
        return self.desks[key]

    def of(self, kind: str) -> list[str]:
        return list(HERS[kind])

    def id(self, kind: str, name: str) -> int:
        return self.ids[kind][name]

    def any(self, kind: str) -> int:
        return next(iter(self.ids[kind].values()))

    def seen_by(self, kind: str, name: str) -> set[str]:
        return HERS[kind][name]

    def first_for(self, key: str, kind: str) -> int | None:
        """The first row of this kind that she may see."""
        return next((self.ids[kind][name] for name, whose in HERS[kind].items() if key in whose), None)

    def role(self, key: str) -> str:
        """What she is."""
        return self.roles[key]

    def who(self, tx: Tx, key: str, school: str) -> Who:
        row = staff.by_key(tx, school, key)
        return who.colleague(tx, self.config, row, self.world.clock(), proven=True)


async def people(world: World) -> People:
    """Lay down a row of every kind for everybody."""
    for name, address in ENROLLED.items():
        world.enrol(name, address)
    world.enrol("Elif", ELIF)
    config, ids = world.bot.config, world.write(lambda tx: _lay(tx, world))
    with world.bot.database.read() as tx:
        roles = {row.key: row.role for school in config.schools for row in staff.colleagues(tx, school)}
    return People(config, ids, world, roles)


def _lay(tx: Tx, world: World) -> dict[str, dict[str, int]]:
    now = world.clock()
    _one_elif(tx)
    child = {tx.open("child.name", row.name).split()[0]: row.id for row in tx.execute(select(t.child))}
    guardian = {tx.open("guardian.name", row.name).split()[0]: row.contact_id for row in tx.execute(select(t.guardian))}
    assert enrolled(tx, set(guardian.values()))
    group = {row.name: row.id for row in tx.execute(select(t.group))}
    staffed = {tx.open("staff.key", row.key): row.id for row in tx.execute(select(t.staff))}
    letters = {"amira": FATIMA, "saar": JAN, "jan": JAN, "tense": KARIN, "given": ELIF, "deniz": ELIF}
    receive.store(tx, [Inbound(f"R-{name}", address, f"vraag {name}") for name, address in letters.items()], now)
    inbox = {
        row.provider_id[2:]: row.id for row in tx.execute(select(t.inbox).where(t.inbox.c.provider_id.like("R-%")))
    }
    tx.execute(t.inbox.update().values(state="done", handled_at=now))
    about = {"amira": "Amira", "saar": "Saar", "jan": None, "tense": "Lotte", "given": "Can", "deniz": "Deniz"}
    contact = {"amira": "Fatima", "saar": "Jan", "jan": "Jan", "tense": "Karin", "given": "Elif", "deniz": "Elif"}
    threads = {
        name: handoff.open_thread(
            tx, guardian[contact[name]], "vaart" if name == "deniz" else "brug", child[kid] if kid else None, "mens",
            [inbox[name]], now,
        )
        for name, kid in about.items()
    }  # fmt: skip
    tx.execute(t.thread.update().where(t.thread.c.id == threads["tense"]).values(tense=True, staff_id=staffed["bas"]))
    tx.execute(t.thread.update().where(t.thread.c.id == threads["given"]).values(staff_id=staffed["ida"]))
    school = {"Amira": "brug", "Can": "brug", "Deniz": "vaart", "janneke": "brug", "bas": "brug", "noor": "vaart"}

    def laid(table: Any, **values: Any) -> int:
        return int(tx.execute(insert(table).returning(table.c.id), values).scalar_one())

    day = f"{now:%Y-%m-%d}"
    return {
        "thread": threads, "contact": guardian, "child": child, "group": group, "staff": staffed,
        "media": {name: _media(tx, laid, inbox[name], guardian[contact[name]], now) for name in ("amira", "deniz")},
        "absence": {
            name: laid(
                t.absence, school=school[name], child_id=child[name], day=day, kind="ziek", channel="school", at=now
            )
            for name in HERS["absence"]
        },
        "promise": {
            name: laid(
                t.promise, school=school[name], staff_id=staffed[name], words=tx.seal("promise.words", "bellen"),
                due_on=day, made_at=now,
            )
            for name in HERS["promise"]
        },
        "free_day": {
            name: laid(
                t.free_day, school=name, first="2027-02-10", last="2027-02-10", kind="studiedag", name="Studiedag",
                source="school", noted_on=day,
            )
            for name in HERS["free_day"]
        },
        "fact": {
            name: laid(t.fact, school=name, group="", what="tijden", value="8:30 tot 14:00", noted_on=day)
            for name in HERS["fact"]
        },
        **rights_talks.lay(tx, laid, staffed, guardian, child, group, now),
        **rights_mine.lay(laid, staffed, guardian, child, now),
        **rights_year.lay(laid, guardian, now),
        **rights_year.evenings(tx, laid, guardian, group, now),
        **rights_year.ballots(tx, laid, staffed, now),
        **rights_told.lay(tx, laid, staffed, {"brug": guardian["Fatima"], "vaart": guardian["Ruud"]}, group, now),
    }  # fmt: skip


def _one_elif(tx: Tx) -> None:
    """She has a child at each school, on one phone: one contact."""
    both = [row for row in tx.execute(select(t.guardian)) if tx.open("guardian.name", row.name).startswith("Elif")]
    hers = next(row.contact_id for row in both if row.school == "brug")
    tx.execute(t.guardian.update().where(t.guardian.c.id.in_([row.id for row in both])).values(contact_id=hers))


def _media(tx: Tx, laid: Any, inbox_id: int, contact_id: int, now: Any) -> int:
    return int(
        laid(
            t.media, inbox_id=inbox_id, contact_id=contact_id, channel="whatsapp", kind="image",
            reference=tx.seal("media.reference", "x"), name=tx.seal("media.name", "foto.png"), content_type="image/png",
            size=8, state="kept", due_at=now, received_at=now, data=tx.seal_bytes("media.data", b"\x89PNG\r\n\x1a\n"),
        )
    )  # fmt: skip
