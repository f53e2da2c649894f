"""Twilio's error codes in the words of CODES, and what each outcome of a request means. Pure."""

import re
from datetime import timedelta

from bot.errors import Blocked, ChannelError, InDoubt, Rejected, Throttled

_WORDS = {
    # She closed this channel: STOP to a number, or the sender blocked in WhatsApp.
    "blocked": (21610, 63014, 63033),
    # More than a day after her last message.
    "window": (63016,),
    # Nobody has this address on WhatsApp, or never joined its sandbox.
    "absent": (63003, 63015, 63024),
    # No number, no mobile number, no longer in use, a short code, a premium number.
    "dead": (21211, 21214, 21217, 21265, 21268, 21614, 21635, 30005, 30006),
    "off": (30001, 30003),
    # WhatsApp lets no more of this kind through to her; the sender reached the people it may write to in a day.
    "limit": (63017, 63018, 63032, 63038, 63049),
    # The content is unknown or not approved, paused or disabled; its values are too many, too few, empty or too long.
    "template": (
        21654, 21655, 21656, 21657, 21658, 63005, 63021, 63027, 63028, 63029, 63030, 63035, 63036, 63037, 63040,
        63041, 63042, 92005,
    ),
    "filtered": (30007, 30450, 63013),
    # The token, the account, the sender, its messaging service, a trial account, the callback's address.
    "config": (
        10001, 20003, 20005, 20006, 20008, 20010, 20404, 21212, 21603, 21606, 21608, 21609, 21659, 21660, 21661, 21701,
        21702, 21703, 21704, 21705, 21706, 30002, 63001, 63002, 63007, 63020, 63051, 63110, 63112,
    ),
}  # fmt: skip
WORDS = {code: word for word, codes in _WORDS.items() for code in codes}
SLOW = {20429, 14107, 30022, 63017, 63018, 63038}  # as an answer, nothing was taken and it may be tried again
TOO_MANY = 429

_SECONDS = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")
_CONFIG_WAIT = timedelta(minutes=5)
_SLOW_WAIT = timedelta(minutes=1)
_FORBIDDEN = (401, 403, 404)


def worded(code: int | str) -> str:
    """Twilio's code behind its word: `off 30003`, and `refused 63999` where nobody knows it."""
    number = int(code) if isinstance(code, int) or (code.isascii() and code.isdecimal()) else 0
    return f"{WORDS.get(number, 'refused')} {code}"


def failure(channel: str, status: int, code: int, retry_after: str = "") -> ChannelError:
    """What a message's answer means that is no success. `code`: Twilio's own, 0 where it said none.

    It names the channel and the code, and nobody: Twilio's own words may hold a number.
    """
    if status == TOO_MANY or code in SLOW:
        return Throttled(patience(retry_after, status), f"{channel}: asked for patience", f"slow {code or status}")
    if status >= 500 or status == 408:
        return InDoubt(f"{channel}: the provider failed", str(code or status))
    word = WORDS.get(code, "config" if status in _FORBIDDEN or status < 400 else "refused")
    said = f"{word} {code or status}"
    if word == "config":
        return Throttled(_CONFIG_WAIT, f"{channel}: nothing can leave; are its account, sender and token right?", said)
    return (Blocked if word == "blocked" else Rejected)(f"{channel}: refused", said)


def patience(retry_after: str, status: int = TOO_MANY) -> timedelta:
    """How long to wait: as long as was asked, else a second, or a minute where a limit of WhatsApp was reached."""
    if _SECONDS.fullmatch(retry_after):
        return timedelta(seconds=float(retry_after))
    return timedelta(seconds=1) if status == TOO_MANY else _SLOW_WAIT
