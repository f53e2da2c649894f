"""The school's file of families: read, checked to the last row, matched with who is known, imported as a whole."""

from bot.people.roster.save import Report, load
from bot.people.roster.sheet import Sheet, read

__all__ = ["Report", "Sheet", "load", "read"]
