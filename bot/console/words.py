"""The words of the pages, from the same PO files: `say("vandaag.titel")` is the text `console.vandaag.titel`."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.model import Value
from bot.translation.catalogue import LanguageWords
from bot.translation.languages import LANGUAGES, direction

HERE = Path(__file__).parent
PREFIX = "console."


class Say:
    """The texts of one reader. Numbers, days and words stand in the fields; of a plural `aantal` chooses the form."""

    def __init__(self, words: LanguageWords) -> None:
        self._words = words
        self.language = words.language

    def __call__(self, key: str, **fields: "str | int | date | Value") -> str:
        return self._words.say(PREFIX + key, {name: _value(each) for name, each in fields.items()})

    def day(self, day: date) -> str:
        """`dinsdag 24 november`."""
        return self._words.value(Value("date", day.isoformat()))

    def full(self, day: date) -> str:
        """`24 november 2026`."""
        return self._words.value(Value("full_date", day.isoformat()))

    def days(self, weekdays: str) -> str:
        """Of `ma di vr`: `maandag, dinsdag en vrijdag`."""
        return self._words.value(Value("days", weekdays))

    def hour(self, at: datetime, zone: ZoneInfo) -> str:
        """`16.05`, as the wall clock at school has it."""
        return format_time(at.astimezone(zone), "H.mm" if self.language == "nl" else "HH:mm", locale=self.language)

    def moment(self, at: datetime, now: datetime, zone: ZoneInfo) -> str:
        """`16.05`, `gisteren 16.05` or `di 24 nov 16.05`, as far as it is from today."""
        day, today, hour = at.astimezone(zone).date(), now.astimezone(zone).date(), self.hour(at, zone)
        if day == today:
            return hour
        if day == today - timedelta(days=1):
            return self("tijd.gisteren", uur=hour)
        if day == today + timedelta(days=1):
            return self("tijd.morgen", uur=hour)
        return f"{format_skeleton('MMMEd', at.astimezone(zone), locale=self.language)} {hour}"

    def since(self, time: timedelta) -> str:
        """How long something waits: `12 minuten`, `3 uur`, `2 dagen`."""
        minutes = int(time.total_seconds()) // 60
        if minutes < 1:
            return self("tijd.net")
        if minutes < 60:
            return self("tijd.minuten", aantal=minutes)
        if minutes < 24 * 60:
            return self("tijd.uren", aantal=minutes // 60)
        return self("tijd.dagen", aantal=minutes // (24 * 60))

    def named(self, code: str) -> str:
        """The name of a language in the reader's own."""
        language = LANGUAGES.get(code)
        if language is None:
            return code
        return language.dutch if self.language == "nl" else language.english


def _value(value: "str | int | date | Value") -> Value:
    match value:
        case Value():
            return value
        case int():
            return Value("number", str(value))
        case date():
            return Value("date", value.isoformat())
    return Value("text", value)


templates = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip
templates.globals["direction"] = direction


def render(template: str, say: Say, values: Mapping[str, Any]) -> str:
    """The page as HTML."""
    return templates.get_template(template).render(**values, t=say)
