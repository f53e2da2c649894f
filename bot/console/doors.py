"""Every page on one page: the doors of all rooms, and those that stand open."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from bot.console import (
    absent,
    absent_entry,
    account,
    anew,
    at_the_door,
    drafts,
    enter,
    families,
    family,
    family_forms,
    importing,
    letters_page,
    media,
    network,
    serve,
    talk,
    talk_deeds,
    talk_words,
    talks,
    threshold,
    today,
)
from bot.console.council import doors as council
from bot.console.evenings import doors as evenings
from bot.console.leaving import doors as leaving
from bot.console.mine import doors as mine
from bot.console.rounds import doors as rounds
from bot.console.settings import doors as settings
from bot.console.shelf import doors as shelf
from bot.console.threshold import Mill
from bot.console.told import doors as told
from bot.console.visit import Door, House

DOORS: Sequence[Door] = (
    *today.DOORS, *drafts.DOORS, *account.DOORS,
    *at_the_door.DOORS, *letters_page.DOORS, *importing.DOORS,  # before the families: they would take `deur` for an id
    *absent.DOORS, *absent_entry.DOORS,
    *talks.DOORS, *talk.DOORS, *talk_deeds.DOORS, *talk_words.DOORS, *media.DOORS,
    *leaving.DOORS, *evenings.DOORS, *shelf.DOORS, *council.DOORS,
    *families.DOORS, *family.DOORS, *family_forms.DOORS, *mine.DOORS,
    *rounds.DOORS, *told.DOORS, *settings.DOORS, *network.DOORS,
)  # fmt: skip


def console_routes(house: House) -> list[BaseRoute]:
    """The pages of the school, under /console."""
    if not threshold.may_open(house):
        return enter.closed_doors()
    mill = Mill()
    return serve.routes(
        house, DOORS, [letters_page.STYLE, *enter.open_doors(house, mill), *anew.open_doors(house, mill)]
    )
