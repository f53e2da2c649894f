"""The pages of the council: rounds and elections, and the question of the term."""

from collections.abc import Sequence

from bot.console.council import compose, opened, term
from bot.console.visit import Door

DOORS: Sequence[Door] = (*term.DOORS, *compose.DOORS, *opened.DOORS)  # `nieuw` and `vraag` before a number
