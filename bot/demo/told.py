"""What some families of De Brug have told about themselves, and a child that leaves next week."""

from datetime import datetime, timedelta

from sqlalchemy import select

from bot.config import Config
from bot.demo.school import SCHOOL, ZONE
from bot.people import known
from bot.scheduler import leaving
from bot.store import tables as t
from bot.store.database import Tx

LEAVES, IN = "Ella Bright", timedelta(days=8)
# A guardian: a topic, what was chosen, and in which words.
TOLD = (
    ("Fatima Haddad", "thuistaal", ("ar", "nl"), ""),
    ("Fatima Haddad", "contact", ("deur", "app"), ""),
    ("Fatima Haddad", "feest", ("suikerfeest", "offerfeest"), ""),
    ("Elif Yılmaz", "thuistaal", ("tr",), ""),
    ("Elif Yılmaz", "kunnen", ("maken", "avond"), ""),
    ("Elif Yılmaz", "feest", ("suikerfeest", "offerfeest"), ""),
    ("Jan de Boer", "feest", ("kerst", "pasen"), ""),
    ("Jan de Boer", "kunnen", ("werk", "tien"), "Ik ben bakker."),
    ("Kasia Nowak", "thuistaal", ("pl",), ""),
    ("Kasia Nowak", "werk", ("wisselt",), ""),
    ("Kasia Nowak", "kunnen", ("verhaal", "thuis"), ""),
    ("Olena Koval", "feest", ("kerst",), ""),
    ("Selam Tesfay", "feest", ("oostkerst", "oostpasen", "enkutatash"), ""),
)  # fmt: skip


def prepare(tx: Tx, config: Config, now: datetime) -> None:
    """Once; what a family tells on its phone later stays as it is."""
    if tx.execute(select(t.known.c.id).where(t.known.c.school == SCHOOL).limit(1)).first():
        return
    g, c = t.guardian.c, t.child.c
    rows = tx.execute(select(g.contact_id, g.name).where(g.school == SCHOOL)).all()
    names = {tx.open("guardian.name", row.name): row.contact_id for row in rows}
    for name, topic, options, words in TOLD:
        known.tell(tx, names[name], SCHOOL, topic, options, now, words=words, language="nl" if words else "")
    for row in tx.execute(select(c.id, c.name).where(c.school == SCHOOL)).all():
        if tx.open("child.name", row.name) == LEAVES:
            leaving.mark(tx, config.schools[SCHOOL], row.id, now.astimezone(ZONE).date() + IN, now)
