"""A flow as a picture: Mermaid for a page of one's own, or one HTML page with every screen."""

from collections.abc import Sequence
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.conversation import paths
from bot.conversation.flow import Flow, Step
from bot.reports.drawing import WIDTH, detail, draw, kind
from bot.reports.screens import Screen, screens
from bot.translation.catalogue import Catalogue
from bot.translation.languages import LANGUAGES, direction

_SHAPES = {"ask": ("([", "])"), "say": ("[", "]"), "person": ("[/", "/]"), "do": ("[[", "]]"), "end": ("((", "))")}
_ARROWS = {"next": "-->", "falls": "-->", "miss": "-.->", "silence": "-.->", "free": "-.->"}
_WHY = {"miss": "not understood", "silence": "silence", "free": "other words"}


class Reader(NamedTuple):
    """Every screen in one language."""

    language: str
    name: str
    direction: str
    screens: tuple[Screen, ...]


def mermaid(flow: Flow) -> str:
    """The flow as a Mermaid flowchart."""
    lines = ["flowchart TD", *(f"    {_node(step)}" for step in flow.steps.values())]
    for way in paths.ways(flow):
        label = _WHY.get(way.kind, way.label)
        said = f'|"{label}"|' if label else ""
        lines.append(f"    {_id(way.source)} {_ARROWS[way.kind]}{said} {_id(way.target)}")
    return "\n".join(lines) + "\n"


def _node(step: Step) -> str:
    left, right = _SHAPES[kind(step)]
    text = f"{step.name}<br/>{detail(step)}".replace('"', "#quot;")
    return f'{_id(step.name)}{left}"{text}"{right}'


def _id(name: str) -> str:
    """A name that Mermaid does not read as a word of its own (`end`)."""
    return f"step_{name}"


def page(flow: Flow, catalogue: Catalogue, languages: Sequence[str]) -> str:
    """One HTML page that needs nothing else: the flow, then every screen per language and channel."""
    readers = [
        Reader(code, LANGUAGES[code].endonym, direction(code), tuple(screens(flow, code, catalogue)))
        for code in languages
    ]
    environment = Environment(
        loader=PackageLoader("bot.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("flow.html").render(
        flow=flow,
        drawing=draw(flow),
        width=WIDTH,
        readers=readers,
        spoken={screen.step for reader in readers for screen in reader.screens},
        mermaid=mermaid(flow),
    )
