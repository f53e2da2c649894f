"""What a backup is made of: a folder with one packed file per table, and a manifest that vouches for each of them."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import JSON, Connection, MetaData

from bot.errors import BackupError
from bot.store.sealed import Ring

FORMAT = "ouderbrug-backup-1"
FILE = "manifest.json"
MOMENT = "%Y-%m-%dT%H%M%SZ"  # a backup's folder is named by its moment
_PIECE = 1 << 20
_SLICE, _FEW = 1000, 4  # rows in memory at once; of those that hold a file of up to 5 MB


@dataclass(frozen=True, slots=True)
class Packed:
    """One table in a backup: its columns in order, which of them hold bytes (in base64), and its file's SHA-256."""

    table: str
    columns: tuple[str, ...]
    bytes: tuple[str, ...]
    rows: int
    sha256: str

    @property
    def file(self) -> str:
        return f"{self.table}.jsonl.gz"

    @property
    def at_once(self) -> int:
        """How many of its rows are in memory together."""
        return rows_at_once(self.columns)


@dataclass(frozen=True, slots=True)
class Manifest:
    """`ring`: by which the key ring is known again, which itself is no part of a backup."""

    schema: str
    made_at: datetime
    ring: str
    tables: tuple[Packed, ...]

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.tables)

    def text(self) -> str:
        """As it is written to the folder."""
        return json.dumps({"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}, indent=1)


def rows_at_once(columns: Collection[str]) -> int:
    """How many rows of a table with these columns are in memory together."""
    return _FEW if "data" in columns else _SLICE


def mark(ring: Ring) -> str:
    """16 hexadecimal digits that tell whose backup it is, and nothing of a key; a newer key does not change them."""
    return ring.find("backup")[:16]


def read(folder: Path) -> Manifest:
    """The manifest of a backup's folder. Raises BackupError where this is none of ours, or a half one."""
    path = folder / FILE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["format"] != FORMAT:
            raise BackupError(f"{path}: its format is {str(raw['format'])[:40]!r}; use the program that made it")
        return Manifest(
            str(raw["schema"]), datetime.fromisoformat(raw["made_at"]), str(raw["ring"]),
            tuple(map(_packed, raw["tables"])),
        )  # fmt: skip
    except (FileNotFoundError, NotADirectoryError):
        raise BackupError(f"{folder}: there is no backup here (no {FILE}); name the folder of one backup") from None
    except (ValueError, KeyError, TypeError):
        raise BackupError(f"{path}: it is damaged; take another backup") from None


def _packed(raw: dict[str, Any]) -> Packed:
    table = str(raw["table"])
    if not table.replace("_", "").isalnum():  # it becomes the name of a file
        raise ValueError(table)
    return Packed(table, tuple(raw["columns"]), tuple(raw["bytes"]), int(raw["rows"]), str(raw["sha256"]))


def verify(folder: Path, manifest: Manifest) -> None:
    """Raises BackupError unless every file is there and is what was written."""
    for each in manifest.tables:
        digest = hashlib.sha256()
        try:
            with (folder / each.file).open("rb") as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
        except FileNotFoundError:
            raise BackupError(f"{folder / each.file}: it is missing; take another backup") from None
        if digest.hexdigest() != each.sha256:
            raise BackupError(f"{folder / each.file}: it is damaged; take another backup")


def found(folder: Path) -> Sequence[tuple[Path, Manifest]]:
    """The whole backups in a folder, oldest first."""
    whole = []
    for each in folder.iterdir():
        if each.name.startswith("."):  # half ones have a dot before their name
            continue
        try:
            whole.append((each, read(each)))
        except BackupError:
            continue
    return sorted(whole, key=lambda one: (one[1].made_at, one[0]))


def tables_of(connection: Connection) -> MetaData:
    """The tables as this database has them, whatever its revision; moments are the numbers they are stored as."""
    metadata = MetaData()
    metadata.reflect(connection)
    metadata.remove(metadata.tables["alembic_version"])
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return metadata


class Hashing:
    """A file that is hashed while it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()
