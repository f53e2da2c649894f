"""What the flows and ready messages cover of partnership: six kinds, three phases and twelve cells."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.conversation.flow import KINDS, PHASES, Flow
from bot.conversation.ready import Ready

HOUSE = "huis"
WHO = ("meeleven", "meehelpen", "meedenken", "meebeslissen")
HOW = ("eigen kind", "groep en school", "thuis")
CLOSED = 12
WHY_CLOSED = "een school beslist niet thuis"
NONE_YET = "nog niets"
_KINDS = {
    "opvoeding": "Opvoeden", "communicatie": "Communiceren", "vrijwilligerswerk": "Meehelpen op school",
    "thuis-leren": "Thuis leren", "besluitvorming": "Meedenken en beslissen", "buurt": "School en buurt",
}  # fmt: skip
_PHASES = {"voor": "Binnenkomen", "hoofd": "De schooltijd", "na": "Weggaan"}
_SHOWN = 6  # names in a cell of the picture; the page has them all
_LETTERS = 27  # that fit in a cell


class Entry(NamedTuple):
    """A flow or a ready message, with the name that a school knows it by."""

    name: str
    title: str
    kind: str
    phase: str
    cell: int
    is_message: bool
    why: str = ""  # the first line of its file: for whom it is


class Cell(NamedTuple):
    """One of the twelve: who a parent is in it, and where; what stands in it."""

    number: int
    who: str
    how: str
    entries: tuple[Entry, ...]

    @property
    def closed(self) -> bool:
        return self.number == CLOSED

    @property
    def shown(self) -> tuple[str, ...]:
        """The names that fit the picture, and how many do not."""
        names = [_cut(entry.title) for entry in self.entries]
        more = len(names) - _SHOWN
        return (*names[:_SHOWN], f"en nog {more}") if more > 0 else tuple(names)


class Coverage(NamedTuple):
    """All of it. Flows of the house (menu, language, STOP) are of no kind and stand in no cell."""

    entries: tuple[Entry, ...]
    house: tuple[Entry, ...]

    def of(self, kind: str, phase: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if (entry.kind, entry.phase) == (kind, phase))

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The twelve in their order: four of the own child, four of group and school, four of the home."""
        return tuple(
            Cell(
                number, WHO[(number - 1) % len(WHO)], HOW[(number - 1) // len(WHO)],
                tuple(entry for entry in self.entries if entry.cell == number),
            )
            for number in range(1, CLOSED + 1)
        )  # fmt: skip


def coverage(flows: Iterable[Flow], messages: Iterable[Ready], titles: Mapping[str, str]) -> Coverage:
    """What these cover; `titles` has the name that a school gives to a ready message."""
    found = [
        Entry(flow.name, flow.name.replace("_", " ").capitalize(), flow.kind, flow.phase, flow.cell, False, _why(flow))
        for flow in flows
        if not flow.language
    ]
    found += [
        Entry(each.name, titles.get(each.name, each.name), each.kind, each.phase, each.cell, True) for each in messages
    ]
    ordered = sorted(found, key=lambda entry: (entry.is_message, entry.title.casefold()))
    kinds = tuple(entry for entry in ordered if entry.kind != HOUSE)
    return Coverage(kinds, tuple(entry for entry in ordered if entry.kind == HOUSE))


def as_data(found: Coverage) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "kinds": {
            kind: {phase: [entry.name for entry in found.of(kind, phase)] for phase in PHASES}
            for kind in KINDS if kind != HOUSE
        },
        "cells": [
            {
                "cell": cell.number, "who": cell.who, "how": cell.how, "entries": [each.name for each in cell.entries],
                "closed": WHY_CLOSED if cell.closed else None,
            }
            for cell in found.cells
        ],
        "house": [entry.name for entry in found.house],
    }  # fmt: skip


def svg(found: Coverage) -> str:
    """The twelve cells as a picture that needs nothing else."""
    return _templates().get_template("coverage.svg").render(**_given(found))


def page(found: Coverage) -> str:
    """The same as a page, with the kinds and phases and every name."""
    return _templates().get_template("coverage.html").render(picture=svg(found), **_given(found))


def _given(found: Coverage) -> dict[str, Any]:
    cells: Sequence[Cell] = found.cells
    return {
        "found": found, "rows": [cells[at : at + len(WHO)] for at in range(0, CLOSED, len(WHO))], "kinds": _KINDS,
        "phases": _PHASES, "who": WHO, "how": HOW, "none_yet": NONE_YET, "why_closed": WHY_CLOSED,
    }  # fmt: skip


def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("bot.reports"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _why(flow: Flow) -> str:
    first = flow.source.partition("\n")[0]
    return first.lstrip("# ") if first.startswith("#") else ""


def _cut(title: str) -> str:
    return title if len(title) <= _LETTERS else title[: _LETTERS - 1].rstrip() + "…"
