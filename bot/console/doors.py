"""Every page on one page: the doors of all rooms, and those that stand open."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from bot.console import drafts, serve, today
from bot.console.visit import Door, House

DOORS: Sequence[Door] = (*today.DOORS, *drafts.DOORS)


def console_routes(house: House) -> list[BaseRoute]:
    """The pages of the school, under /console."""
    return serve.routes(house, DOORS, [])
