"""Reads everything that is checked; what cannot be read is a finding, and the rest is read all the same."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from bot.check import locales, style
from bot.check.content import Content, file
from bot.check.finding import Finding, Place, error
from bot.check.locales import Locale
from bot.check.style import Style
from bot.config import Config
from bot.conversation import flow as flows
from bot.conversation import journey as journeys
from bot.conversation import ready
from bot.conversation.flow import Flow
from bot.conversation.journey import Journey
from bot.conversation.ready import Ready
from bot.errors import ContentError
from bot.offers import shelf
from bot.translation.texts import PAGES

_BOT = Path(__file__).resolve().parent.parent
_HOLIDAYS = "holidays.toml"  # no flow
_SAID = re.compile(r"""["']([a-z]\w*(?:\.\w+)+)["']""")
_BEGUN = re.compile(r"""f["']([a-z]\w*\.(?:\w+\.)*(?:\w+_)?)\{""")
_JOINED = re.compile(r"""["']([a-z]\w*\.(?:\w+\.)*)["'] ~""")  # in a page's template
_FILES = (".toml", ".po", ".html", ".css", ".js", ".py", ".db", ".keys", ".csv", ".xlsx", ".pdf")


def read(config: Config, actions: Collection[str], offers: Collection[str]) -> tuple[Content, list[Finding]]:
    """The content of a bot with these settings, and what could not be read of it."""
    found: list[Finding] = []
    read_flows = tuple(_flows(config.flows, found))
    read_locales = {locale.language: locale for locale in _locales(config.locales, found)}
    said = frozenset(mentioned(_BOT))
    along = tuple(_journeys(config, found))
    content = Content(
        read_flows, read_locales, config.languages, frozenset(actions), frozenset(offers), said, along,
        tuple(_ready(config.flows / "messages", found)), _style(config.locales, found),
    )  # fmt: skip
    _shelf(config, found)
    return content, found


def _flows(folder: Path, found: list[Finding]) -> Iterator[Flow]:
    for path in sorted(folder.glob("*.toml")):
        place = Place(f"flows/{path.name}")
        try:
            flow = flows.load(path) if path.name != _HOLIDAYS else None
        except ContentError as problem:
            found.append(error(place, "", str(problem).removeprefix(f"{path.name}: "), "mend the file"))
            continue
        if flow:
            yield flow
            if file(flow) != place.file:
                found.append(error(place, "flow", f'says flow = "{flow.name}"', "give both the same name"))


def _journeys(config: Config, found: list[Finding]) -> Iterator[Journey]:
    folder = config.flows / "journeys"
    for path in sorted(folder.glob("*.toml")):
        try:
            yield journeys.load(path)
        except ContentError as problem:
            place = Place(f"flows/journeys/{path.name}")
            found.append(error(place, "", str(problem).removeprefix(f"{path.name}: "), "mend the file"))
    names = {path.stem for path in folder.glob("*.toml")}
    for school in config.schools.values():
        for name in sorted({*school.journeys} - names):
            message = f"there is no flows/journeys/{name}.toml"
            found.append(
                error(Place("config.toml", school.key), "journeys", message, f"choose from: {', '.join(sorted(names))}")
            )


def _ready(folder: Path, found: list[Finding]) -> Iterator[Ready]:
    for path in sorted(folder.glob("*.toml")):
        try:
            yield ready.load(path)
        except ContentError as problem:
            place = Place(f"flows/messages/{path.name}")
            found.append(error(place, "", str(problem).removeprefix(f"{path.name}: "), "mend the file"))


def _shelf(config: Config, found: list[Finding]) -> None:
    """What partners offer is data of schools: each mistake in it is a finding, and nothing else leans on it."""
    path = config.flows / shelf.FILE
    place = Place(f"flows/{shelf.FILE}")
    try:
        faults = shelf.read(path, config.schools)[1] if path.exists() else []
    except ContentError as problem:
        found.append(error(place, "", str(problem).removeprefix(f"{path.name}: "), "save it as CSV in UTF-8"))
        return
    for fault in faults:
        found.append(error(Place(place.file, f"row {fault.row}"), fault.column, fault.problem, fault.way_out))


def _locales(folder: Path, found: list[Finding]) -> Iterator[Locale]:
    for path in sorted(folder.glob("*.po")):
        try:
            yield locales.load(path)
        except ContentError as problem:
            place = Place(f"locales/{path.name}", path.stem)
            found.append(error(place, "", str(problem).removeprefix(f"{path.name}: "), "mend the file"))


def _style(folder: Path, found: list[Finding]) -> Style:
    try:
        return style.load(folder)
    except ContentError as problem:
        place = Place(f"locales/{style.FILE}")
        found.append(error(place, "", str(problem).removeprefix(f"{style.FILE}: "), "mend the file"))
        return Style()


def mentioned(folder: Path) -> Iterator[str]:
    """What the code and its pages quote that may be a text key; with a dot at the end where a field follows."""
    for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.html"))):
        source = path.read_text(encoding="utf-8")
        room = PAGES if folder / "console" in path.parents else ""
        said = (*_BEGUN.findall(source), *_JOINED.findall(source), *_SAID.findall(source))
        yield from (room + each for each in said if not each.endswith(_FILES))
