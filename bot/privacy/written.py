"""Who is forgotten, written down beside the database: a backup that is put back knows nothing of it otherwise."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from bot.store import tables as t
from bot.store.database import Database

FILE = "erased.txt"  # a line each: a contact, and since when it was one in milliseconds
_EPOCH, _MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


def number(moment: datetime) -> int:
    """A moment as it stands in the file."""
    return (moment - _EPOCH) // _MS


def down(home: Path, database: Database, number: int) -> None:
    """Write down that the one of this erasure is forgotten, once: numbers, and nothing of her."""
    e = t.erasure.c
    with database.read() as tx:
        row = tx.execute(select(e.contact_id, e.left).where(e.id == number)).one()
    line = f"{row.contact_id} {int(row.left['since'])}"
    path = home / FILE
    if path.exists() and line in path.read_text(encoding="ascii").splitlines():
        return
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="ascii") as file:
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())


def read(*folders: Path) -> list[tuple[int, datetime]]:
    """Contacts that were forgotten, and since when each was one, as these folders know it."""
    found = set()
    for path in (folder / FILE for folder in folders):
        for line in path.read_text(encoding="ascii").splitlines() if path.exists() else ():
            contact_id, _, since = line.partition(" ")
            if contact_id.isdigit() and since.isdigit():
                found.add((int(contact_id), _EPOCH + int(since) * _MS))
    return sorted(found)


def copy(home: Path, folder: Path) -> None:
    """Beside the backups, for where the machine itself is lost."""
    if (home / FILE).exists() and home.resolve() != folder.resolve():
        shutil.copyfile(home / FILE, folder / FILE)
        (folder / FILE).chmod(0o600)
