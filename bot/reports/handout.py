"""Everything that is kept of a parent as a page in her language, to read and to print; and as a folder of files."""

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.model import HOME, WEEKDAYS, Value
from bot.privacy import export
from bot.privacy.export import COMES, SECTIONS, Handout, Line
from bot.store.database import Tx
from bot.translation.catalogue import Catalogue, LanguageWords
from bot.translation.languages import LANGUAGES

_CHANNELS = {"whatsapp": "WhatsApp", "telegram": "Telegram", "sms": "SMS"}
_KEYS = (
    "gegevens.pagina.titel", "gegevens.pagina.gemaakt", "gegevens.pagina.niet", "gegevens.pagina.programma",
    "gegevens.pagina.voor_wie", *(f"gegevens.pagina.{name}" for name in SECTIONS),
)  # fmt: skip
_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(catalogue: Catalogue, handout: Handout, *, data: str, folder: str = "") -> str:
    """The page; all of it in the fallback language where a text is missing in hers. `data`: where the file for
    programs is, `folder`: before the names of what she sent."""
    words = catalogue.reader(handout.language, _KEYS)
    day = handout.made_at.astimezone(HOME)
    fields = {
        "datum": Value("full_date", day.date().isoformat()), "tijd": Value("time", f"{day:%H:%M}"),
        "school": Value("name", ", ".join(handout.schools) or words.say("algemeen.school", {})),
    }  # fmt: skip

    def say(name: str) -> str:
        return words.say(f"gegevens.pagina.{name}", fields)

    return _pages.get_template("handout.html").render(
        language=words.language, direction=words.direction, say=say, data=data, folder=folder,
        sections=[(say(name), _lines(words, name, lines)) for name, lines in handout.sections.items()],
    )  # fmt: skip


def _lines(words: LanguageWords, name: str, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """What can be read of them; when something comes says enough."""
    shown = [_line(words, each) for each in lines]
    return [each for each in shown if each["words"] or each["file"] or name == COMES]


def _line(words: LanguageWords, line: Line) -> dict[str, Any]:
    at = line.at.astimezone(HOME) if line.at else None
    day = words.value(Value("full_date", at.date().isoformat())) if at else ""
    return {
        "when": f"{day} {at:%H:%M}" if at else "", "file": line.file,
        "words": [said for each in line.words if (said := _said(words, each))],
    }  # fmt: skip


def _said(words: LanguageWords, value: Value) -> str:
    """A value as she reads it; "" for a choice that was only a number or a name of ours."""
    if value.kind != "option":
        return _CHANNELS.get(value.value, words.value(value))
    key = f"{value.of}.{value.value}"
    if words.catalogue.may_go(words.language, key) or value.value in (*WEEKDAYS, "ja", "nee"):
        return words.value(value)
    return LANGUAGES[value.value].endonym if value.value in LANGUAGES else ""


def files(tx: Tx, catalogue: Catalogue, handout: Handout, put: Callable[[str, bytes], None]) -> int:
    """Everything as files: a page, the same for programs, and what she sent. Says how many."""
    put("mijn-gegevens.html", page(catalogue, handout, data="mijn-gegevens.json", folder="bestanden/").encode())
    put("mijn-gegevens.json", handout.json().encode())
    for name, number in handout.files.items():
        found = export.media(tx, handout.contact_id, number)
        if found is not None:
            put(f"bestanden/{name}", found[1])
    return 2 + len(handout.files)


def packed(tx: Tx, catalogue: Catalogue, handout: Handout) -> bytes:
    """The files in one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as whole:
        files(tx, catalogue, handout, whole.writestr)
    return buffer.getvalue()
