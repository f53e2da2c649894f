"""Everything that can go wrong, one class per different reaction of the caller.

BotError
├─ ConfigError            the bot does not start: one line, exit 2
│  └─ Unreachable         the database does not answer: exit 1, so that whoever starts it tries again
├─ ContentError           flows/ or locales/ wrong: file, step, key
├─ RosterError            a line of the school's file is wrong: nothing is imported
├─ BackupError            a backup cannot be made or is not whole: nothing was written
├─ ChannelError
│  ├─ Unsent              surely not sent: try again
│  ├─ Throttled           not before .wait
│  ├─ InDoubt             accepted or not, nobody knows: reconcile, never blindly resend
│  ├─ Rejected            final: bad number, closed window, template
│  └─ Blocked             final, and consent is withdrawn
├─ TranslationError       the original text goes out, marked as such
├─ ForgedRequest          403, nothing written
├─ NotAllowed             no consent: not sent, recorded with the reason
└─ Taken                  somebody else got the slot or the row first
"""

import traceback
from datetime import timedelta
from pathlib import PurePath


class BotError(Exception):
    """Something went wrong in a way the bot knows."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class ConfigError(BotError):
    """The configuration is wrong, so the bot does not start."""


class Unreachable(ConfigError):
    """The database does not answer; it may do so later."""


class ContentError(BotError):
    """A flow or a text is wrong."""


class RosterError(BotError):
    """The school's file has errors, so nothing of it was imported."""

    def __init__(self, lines: "dict[int, str]") -> None:
        super().__init__("; ".join(f"line {line}: {text}" for line, text in sorted(lines.items())))
        self.lines = lines


class BackupError(BotError):
    """A backup cannot be made, or it is not whole: nothing was written."""


class ChannelError(BotError):
    """A channel did not take a message."""

    def __init__(self, message: str = "", code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Unsent(ChannelError):
    """The message was surely not sent; it can be tried again."""


class Throttled(ChannelError):
    """The provider asks for patience."""

    def __init__(self, wait: timedelta, message: str = "", code: str = "") -> None:
        super().__init__(message, code)
        self.wait = wait


class InDoubt(ChannelError):
    """Accepted or not, nobody knows yet."""


class Rejected(ChannelError):
    """The provider refused the message for good."""


class Blocked(ChannelError):
    """The receiver closed this channel; her consent for it is withdrawn."""


class TranslationError(BotError):
    """The machine could not translate this text. `reason`: why, in one word; nothing of the text is in it."""

    def __init__(self, reason: str, wait: timedelta = timedelta(0)) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait  # where the provider asks for patience


class ForgedRequest(BotError):
    """The signature of a request is missing or wrong."""


class NotAllowed(BotError):
    """There is no consent for this message."""


class Taken(BotError):
    """Somebody else was first."""


def place(error: BaseException) -> str:
    """Where in our code an error arose, as `room/file.py:line`: for logs, which must not repeat its message."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = PurePath(frame.filename)
        if "bot" in path.parts:
            inside = path.parts[len(path.parts) - path.parts[::-1].index("bot") :]
            return f"{'/'.join(inside)}:{frame.lineno}"
    return ""
