"""Having Twilio forget a message: its record goes, with the files that hang on it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels.twilio_inbound import SID
from bot.errors import InDoubt, Rejected, Throttled

_GONE = "20404"  # no such message: somebody else was first, or Twilio's own time for it is over
_UNDER_WAY = "20009"  # it is not over yet; that takes minutes, and now and then days
_LATER = timedelta(minutes=10)


async def forget(client: Client, call: Callable[[Awaitable[Any]], Awaitable[Any]], name: str, sid: str) -> bool:
    """Delete the record of this message; False where that is no number of Twilio's. Raises ChannelError.

    Twilio's own backups hold the text for up to 30 days more; what WhatsApp or an operator holds is not Twilio's.
    """
    if not SID.fullmatch(sid):
        return False
    try:
        done = await call(client.messages(sid).delete_async())
    except (Rejected, Throttled) as error:
        number = error.code.rpartition(" ")[2]
        if number == _GONE:
            return True
        if number == _UNDER_WAY:
            raise Throttled(_LATER, f"{name}: it is still under way", error.code) from None
        raise
    if done is not True:
        raise InDoubt(f"{name}: an answer that makes no sense")
    return True
