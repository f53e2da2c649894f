"""An engine that fails again and again rests for 1, 2, 4 ... 60 seconds; then one text goes to see."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

log = structlog.get_logger()
IN_A_ROW = 3
_FIRST, _LONGEST = timedelta(seconds=1), timedelta(minutes=1)
_ITS_FAULT = frozenset({"late", "unreachable", "busy", "refused", "broken", "garbled"})  # not: a text it cannot do


@dataclass(slots=True)
class _Engine:
    failed: int = 0
    rest: timedelta = timedelta(0)
    until: datetime | None = None
    looking: bool = False  # one text is under way to see


class Breaker:
    """What this process has seen of each engine. While one rests, nobody waits for it."""

    def __init__(self) -> None:
        self._engines: dict[str, _Engine] = {}

    def may(self, name: str, now: datetime) -> bool:
        """Whether a text may go there now; after a rest only the first."""
        seen = self._engines.get(name)
        if seen is None or seen.until is None:
            return True
        if now < seen.until or seen.looking:
            return False
        seen.looking = True
        return True

    def heard(self, name: str, reason: str, now: datetime, wait: timedelta = timedelta(0)) -> None:
        """What came of a text: "" where it went well, else why it did not."""
        seen = self._engines.setdefault(name, _Engine())
        seen.looking = False
        if reason not in _ITS_FAULT:
            if seen.until is not None:
                log.warning("engine_works_again", engine=name)
            self._engines[name] = _Engine()
            return
        seen.failed += 1
        if seen.failed >= IN_A_ROW or wait or seen.until is not None:
            seen.rest = min(_LONGEST, max(_FIRST, 2 * seen.rest))
            if seen.until is None:
                log.error("engine_rests", engine=name, reason=reason)
            seen.until = now + max(seen.rest, wait)
