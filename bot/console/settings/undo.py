"""How something was before it was changed, kept for who changed it: only the newest change of a kind can be undone."""

import json
from typing import Any

from bot.console import drafts
from bot.console.visit import Visit
from bot.store.database import Tx


def keep(visit: Visit, tx: Tx, what: str, was: Any) -> str:
    """Remember it; gives what the path of the undoing form ends with."""
    stamp = str(int(visit.now.timestamp() * 1000))
    drafts.keep(tx, visit.who.staff_id, f"terug_{what}", json.dumps([stamp, was]), visit.now)
    return f"?keer={stamp}"


def take(visit: Visit, tx: Tx, what: str) -> Any | None:
    """How it was, once; None where something newer was changed since."""
    place = f"terug_{what}"
    try:
        stamp, was = json.loads(drafts.of(tx, visit.who.staff_id, place))
    except ValueError:
        return None
    if stamp != visit.query.get("keer"):
        return None
    drafts.forget(tx, visit.who.staff_id, place)
    return was
