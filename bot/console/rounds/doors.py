"""The doors of the pages of talks that are planned together, and of interpreters."""

from bot.console.rounds import absent, before, by_hand, compose, listing, opened, paper, tongues

DOORS = (  # those without an id first: they would be taken for one
    *listing.DOORS, *compose.DOORS, *before.DOORS, *tongues.DOORS, *by_hand.DOORS, *paper.DOORS, *absent.DOORS,
    *opened.DOORS,
)  # fmt: skip
