"""The clock on the wall, for what talks to real sockets."""

from datetime import UTC, datetime


def wall_clock() -> datetime:
    return datetime.now(UTC)
