"""The doors of all pages of what is told to many."""

from bot.console.told import compose, doubts, files, learned, listing, message, preview, sent, tags
from bot.console.visit import Door

DOORS: tuple[Door, ...] = (  # those without an id first: they would be taken for one
    *listing.DOORS, *compose.DOORS, *files.DOORS, *preview.DOORS, *sent.DOORS, *tags.DOORS, *message.DOORS,
    *doubts.DOORS, *learned.DOORS,
)  # fmt: skip
