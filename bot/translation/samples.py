"""An example of every field, so that a text can be shown and measured before anyone has said anything."""

from collections.abc import Iterable, Mapping

from bot.conversation.flow import Flow, Step
from bot.conversation.ready import Ready
from bot.model import Value

# What the bot itself knows in every conversation.
CONTEXT: Mapping[str, Value] = {
    "ouder": Value("name", "Fatima"),
    "kind": Value("name", "Amira"),
    "school": Value("name", "De Regenboog"),
    "leerkracht": Value("name", "juf Janneke"),
    "code": Value("text", "7KQ2-9FMX"),
    "link": Value("link", "https://ouderbrug.example/nl"),
    "links": Value("link", "https://wa.me/31612000000"),
    "privacy": Value("link", "https://ouderbrug.example/privacy/nl"),
    "telefoon": Value("text", "0612000000"),
    "kanaal": Value("name", "WhatsApp"),
    "tijd": Value("time", "19:30"),
    "datum": Value("date", "2026-11-25"),
    "taal": Value("text", "ar"),
    "tekst": Value("text", "Dank u wel, tot morgen."),
    "school_doet": Value("words", "Wij lezen elke dag samen.", "nl"),
    "thuis_doet": Value("words", "U leest voor bij het slapen.", "nl"),
    "keuze": Value("text", "menu"),
    "verder": Value("text", "menu"),
    "vraag": Value("words", "Wat eten wij op het feest?", "nl"),
    "aantal": Value("number", "3"),
    "groep": Value("name", "groep 4"),
    "met": Value("name", "juf Janneke"),
    "plek": Value("text", "lokaal 4"),
    "soort": Value("option", "rapport", "gesprek.soort"),
    "tijden": Value("text", "Amira 15:10 (juf Janneke), Yusuf 15:25 (meester Bas)"),
    "voorstel": Value("moments", "2026-11-26T15:10 Amira"),
    "tot_dan": Value("moments", "2026-11-25T12:00"),
    "niet_op": Value("date", "2026-11-24"),
    "plaats": Value("text", "lokaal 3"),
    "van": Value("time", "22:30"),
    "tot": Value("time", "08:00"),
    "aanbod": Value("name", "Nederlandse les voor ouders"),
    "uitleg": Value("words", "Samen Nederlands praten, elke dinsdag van 9:00 tot 10:30.", "nl"),
    "eigenaar": Value("name", "Bibliotheek De Brugwijk"),
    "beller": Value("name", "Nora Smit"),
    "onderwerp": Value("words", "een dag uit", "nl"),
    "namen": Value("name", "Fatima H., Karin B."),
    "wat": Value("words", "Het gaat over telefoon, spelletjes en filmpjes.", "nl"),
    "woorden": Value("words", "Wij maken samen een tuin bij school.", "nl"),
    "reden": Value("words", "De school is die avond dicht.", "nl"),
    "samenvatting": Value("words", "Maak samen af wanneer de telefoon weg gaat. Doe het zelf ook.", "nl"),
}
_UNKNOWN = Value("text", "…")
_BY_TYPE = {
    "text": Value("text", "Dank u wel, tot morgen."),
    "number": Value("number", "3"),
    "time": Value("time", "19:30"),
    "weekday": Value("weekday", "wo"),
    "date": Value("date", "2026-11-25"),
    "phone": Value("text", "+31612000001"),
}

_TO_FILL_IN = {
    "date": Value("date", "2026-11-25"),
    "time": Value("time", "08:30"),
    "amount": Value("amount", "12.50"),
    "number": Value("number", "3"),
    "place": Value("name", "de gymzaal"),
    "name": Value("name", "meester Bas"),
}


def samples(flow: Flow, fields: Iterable[str]) -> dict[str, Value]:
    """A value for each of these fields, as a text of this flow would have it."""
    known = {**CONTEXT, **{step.save: answer(step) for step in flow.steps.values() if step.save}}
    return {name: known.get(name, _UNKNOWN) for name in fields}


def of_ready(ready: Ready) -> dict[str, Value]:
    """A value for each field of a ready message, and who sends it."""
    return {**CONTEXT, **{name: _TO_FILL_IN[field.type] for name, field in ready.fields.items()}}


def answer(step: Step) -> Value:
    """An answer to the question of this step."""
    if step.type in _BY_TYPE:
        return _BY_TYPE[step.type]
    if not step.options:
        return _UNKNOWN
    return Value("option", step.options[0], step.ask)
