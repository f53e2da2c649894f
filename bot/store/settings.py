"""What must be remembered of this house, a line each: `keys.confirmed`, `restored_at`, `swept.<channel>`."""

from datetime import datetime

from sqlalchemy import delete, select

from bot.store.database import Tx
from bot.store.tables import setting
from bot.store.upsert import upsert


def get(tx: Tx, name: str) -> str:
    """The value of this name; "" where nothing is remembered."""
    return tx.execute(select(setting.c.value).where(setting.c.name == name)).scalar() or ""


def put(tx: Tx, name: str, value: str) -> None:
    """Remember it, instead of what was there. At most 200 signs."""
    upsert(tx, setting, [{"name": name, "value": value}], key=["name"])


def forget(tx: Tx, name: str) -> None:
    tx.execute(delete(setting).where(setting.c.name == name))


def get_moment(tx: Tx, name: str) -> datetime | None:
    """A moment that `put_moment` wrote; None where there is none."""
    value = get(tx, name)
    return datetime.fromisoformat(value) if value else None


def put_moment(tx: Tx, name: str, at: datetime) -> None:
    put(tx, name, at.isoformat())
