"""What a year costs at the planned frequency, in euros: an estimate with its assumptions. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bot.channels.prices import SMS_PART, WHATSAPP_MESSAGE, WHATSAPP_TEMPLATE

WEEKS = 40  # of school in a year
BROADCASTS = 20  # of the school in a year: two a month
PARTS = 2.0  # of an SMS, where the texts of a language are not known


class Assumed(NamedTuple):
    """What an estimate rests on. `shares`: of the families, per channel; `languages`: of the families."""

    families: int
    shares: Mapping[str, float]
    languages: Mapping[str, float]
    parts: Mapping[str, float]  # SMS parts of a message, per language
    per_week: float = 2.0  # messages that begin with us: a reminder and a question

    @property
    def began(self) -> float:
        """Messages to one family in a year that we begin."""
        return self.per_week * WEEKS + BROADCASTS

    @property
    def answered(self) -> float:
        """Half of what we ask each week she answers with a message, which we answer; and each knock once."""
        return self.per_week * WEEKS / 2

    @property
    def sms_parts(self) -> float:
        """Of one message, over all languages that are spoken."""
        known = sum(self.languages.values())
        if not known:
            return self.parts.get("nl", PARTS)
        return sum(share * self.parts.get(language, PARTS) for language, share in self.languages.items()) / known


class Cost(NamedTuple):
    """One channel in a year."""

    channel: str
    families: int
    out: int
    come: int
    euros: float


def year(assumed: Assumed) -> list[Cost]:
    """What each channel costs in a year, in the order of their shares."""
    return list(_costs(assumed))


def _costs(assumed: Assumed) -> Iterator[Cost]:
    for channel, share in sorted(assumed.shares.items(), key=lambda each: (-each[1], each[0])):
        families = round(assumed.families * share)
        knocks = BROADCASTS if channel == "whatsapp" else 0  # free words wait until she has tapped the knock
        out = families * (assumed.began + assumed.answered + knocks)
        come = families * (assumed.answered + knocks)
        yield Cost(channel, families, round(out), round(come), round(_euros(channel, assumed, out, come, families), 2))


def _euros(channel: str, assumed: Assumed, out: float, come: float, families: int) -> float:
    if channel == "sms":
        return out * assumed.sms_parts * SMS_PART
    if channel == "whatsapp":  # everything that we begin is taken to find her window closed
        return (out + come) * WHATSAPP_MESSAGE + families * assumed.began * WHATSAPP_TEMPLATE
    return 0.0
