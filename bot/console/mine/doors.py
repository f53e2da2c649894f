"""The doors of all pages of a colleague's own talks."""

from bot.console.mine import asked, by_hand, day, deeds, on_paper, own_calendar, talk
from bot.console.visit import Door

DOORS: tuple[Door, ...] = (  # those without an id first: they would be taken for one
    *day.DOORS, *own_calendar.DOORS, *asked.DOORS, *on_paper.DOORS, *by_hand.DOORS, *talk.DOORS, *deeds.DOORS,
)  # fmt: skip
