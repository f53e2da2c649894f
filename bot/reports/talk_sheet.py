"""A parent's own sheet of a talk, to print: the questions in her language, her words, room to write."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.booking.hers import Line, Paper
from bot.booking.sheet import Asked
from bot.model import Value
from bot.translation import languages
from bot.translation.catalogue import Catalogue, LanguageWords

_KEYS = (
    "gespreksblad.titel", "gespreksblad.wanneer", "gespreksblad.met", "gespreksblad.zonder", "gespreksblad.plek",
    "gespreksblad.vooraf", "gespreksblad.medium", "gespreksblad.vragen", "gespreksblad.afspraken",
    "gespreksblad.school_doet", "gespreksblad.thuis_doet", "gespreksblad.terug", "gespreksblad.machine",
    "algemeen.uw_kind",
)  # fmt: skip
_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(catalogue: Catalogue, paper: Paper) -> str:
    """The sheet as HTML; all of it in the fallback language where a text is missing in hers."""
    asked = [each.question.key for each in paper.asked]
    keys = [said.key for each in paper.asked for said in each.answers if said.key]
    words = catalogue.reader(paper.language, [*_KEYS, *(key for key in (*asked, *keys) if catalogue.has(key))])
    fields = {
        "kind": Value("name", paper.child or words.say("algemeen.uw_kind", {})),
        "leerkracht": Value("name", paper.teacher), "school": Value("name", paper.school),
        "datum": Value("date", paper.date), "tijd": Value("time", paper.time), "plek": Value("name", paper.place),
    }  # fmt: skip

    def say(name: str) -> str:
        return words.say(f"gespreksblad.{name}", fields)

    return _pages.get_template("talk_sheet.html").render(
        language=words.language, direction=words.direction, say=say,
        heads=[say("wanneer"), say("met" if paper.teacher else "zonder"), *([say("plek")] if paper.place else ())],
        questions=[_question(words, each, fields) for each in paper.asked if catalogue.has(each.question.key)],
        lines=_lines(words, paper),
    )  # fmt: skip


def _question(words: LanguageWords, asked: Asked, fields: Mapping[str, Value]) -> dict[str, Any]:
    answers = []
    for said in asked.answers:
        if said.medium:
            answers.append(_text(words.say("gespreksblad.medium", fields), words.language))
        elif said.key:
            answers.append(_text(words.say(said.key, fields), words.language))
        else:
            answers.append(_text(said.text, said.language))
    return {"text": words.say(asked.question.key, fields), "answers": answers}


def _lines(words: LanguageWords, paper: Paper) -> dict[str, Any] | None:
    if paper.lines is None:
        return None
    day = words.value(Value("date", paper.lines.look_on)) if paper.lines.look_on else ""
    return {"school": _line(paper.lines.school_does), "home": _line(paper.lines.home_does), "day": day}


def _line(line: Line) -> dict[str, Any]:
    return {**_text(line.text, line.language), "by_machine": line.by_machine}


def _text(text: str, language: str) -> dict[str, Any]:
    return {"text": text, "lang": language, "dir": languages.direction(language)}
