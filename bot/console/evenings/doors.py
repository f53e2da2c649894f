"""The doors of the pages of evenings and open days."""

from bot.console.evenings import compose, listing, on_paper, opened

DOORS = (*listing.DOORS, *compose.DOORS, *on_paper.DOORS, *opened.DOORS)  # those without an id first
