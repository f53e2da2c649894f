"""The doors of the settings."""

from bot.console.settings import (
    channels,
    colleague,
    colleagues,
    days,
    days_file,
    facts,
    facts_file,
    languages,
    leave,
    log,
    overview,
    school,
)

DOORS = (
    *overview.DOORS, *school.DOORS, *facts.DOORS, *facts_file.DOORS, *days.DOORS, *days_file.DOORS, *colleagues.DOORS,
    *colleague.DOORS, *leave.DOORS, *channels.DOORS, *languages.DOORS, *log.DOORS,
)  # fmt: skip
