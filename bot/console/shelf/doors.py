"""The pages of what partners offer, and of who wants to be called."""

from collections.abc import Sequence

from bot.console.shelf import listing, referred
from bot.console.visit import Door

DOORS: Sequence[Door] = (*listing.DOORS, *referred.DOORS)
