"""A ready message: what schools send all the time, with typed fields, read from one TOML file and checked for form."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.conversation.flow import KINDS, PHASES
from bot.conversation.shape import Table, read
from bot.errors import ContentError
from bot.model import PURPOSES

TYPES = ("date", "time", "amount", "number", "place", "name")
THEMES = ("vandaag", "rooster", "uitje", "school", "hulp", "leren", "samen")  # how the list is ordered
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a teacher fills in. `type`: date time amount (euros) number, or a few words of her own that are not
    translated: place name. `last`: after this date the message is of no use."""

    name: str
    type: str
    optional: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """One ready message. Its words stand under the text key `bericht.<name>`; `console.klaarbericht.<name>` names it on
    the pages, and `console.veld.<field>` its fields. A message with an optional field says `bericht.<name>.<field>`
    where that field is given, in place of the shorter text. `urgent`: it may go out with an urgent reason."""

    name: str
    theme: str
    kind: str
    phase: str
    cell: int
    purpose: str
    fields: Mapping[str, Field]
    urgent: bool = False
    place: int = 0  # in the list of its theme
    hard: bool = False  # something that is hard to read: it should not be what a family hears first
    peace: timedelta | None = None  # so long after it nothing but what is needed is sent: no tips, no reminders

    def say(self, given: "set[str]") -> str:
        """The text key for these fields: that of the optional field that is given, else the plain one."""
        extra = next((name for name, field in self.fields.items() if field.optional and name in given), "")
        return f"bericht.{self.name}.{extra}" if extra else f"bericht.{self.name}"

    def variants(self) -> "list[set[str]]":
        """The fields of each text it can be said with: the plain one, and one with each optional field."""
        plain = {name for name, field in self.fields.items() if not field.optional}
        return [plain, *(plain | {name} for name, field in self.fields.items() if field.optional)]

    def texts(self) -> "list[str]":
        """The key of each text it can be said with."""
        return [self.say(given) for given in self.variants()]


def read_folder(folder: Path) -> "dict[str, Ready]":
    """All ready messages of a folder, by their names; none where there is no such folder. Raises ContentError."""
    found = [load(path) for path in sorted(folder.glob("*.toml"))]
    ordered = sorted(found, key=lambda each: (THEMES.index(each.theme), each.place, each.name))
    return {each.name: each for each in ordered}


def load(path: Path) -> Ready:
    """Read one file. Raises ContentError that names the file, the field and the key."""
    return read(path, parse)


def parse(source: str, file: str) -> Ready:
    """Read a ready message from TOML. Raises ContentError that names the file, the field and the key."""
    try:
        return _ready(tomllib.loads(source), file.removesuffix(".toml"))
    except ValueError as error:  # also what tomllib raises
        raise ContentError(f"{file}: {error}") from None


_KEYS = ("message", "theme", "place", "kind", "phase", "cell", "purpose", "urgent", "hard", "peace", "field")


def _ready(raw: "dict[str, Any]", stem: str) -> Ready:
    table = Table(raw, "", _KEYS)
    name = table.text("message")
    if name != stem or not _NAME.fullmatch(name):
        raise ValueError(f"message = {name!r} must be the file's name, in small letters")
    if raw.get("cell") == 12:
        raise ValueError("cell 12 stays empty: a school does not decide at home")
    bodies = raw.get("field", {})
    if not isinstance(bodies, dict):
        raise ValueError("write each field as [field.<name>]")
    fields = {each: _field(each, body) for each, body in bodies.items()}
    return Ready(
        name, table.one_of("theme", THEMES), table.one_of("kind", KINDS), table.one_of("phase", PHASES),
        table.number("cell"), table.one_of("purpose", PURPOSES, "school"), fields, table.flag("urgent"),
        table.number("place", 0), table.flag("hard"), table.span("peace") if "peace" in table else None,
    )  # fmt: skip


def _field(name: str, body: Any) -> Field:
    table = Table(body, f"field {name}", ("type", "optional", "last"))
    flags = [table.raw.get(each, False) for each in ("optional", "last")]
    if not all(isinstance(each, bool) for each in flags):
        raise ValueError(f"field {name}: optional and last are true or false")
    return Field(name, table.one_of("type", TYPES), *flags)
