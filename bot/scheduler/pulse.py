"""Which loops of the bot fail, and since when: what its health says."""

from datetime import datetime, timedelta


class Pulse:
    """Which loops fail, and since when."""

    def __init__(self, longest: timedelta = timedelta(seconds=60)) -> None:
        self._longest = longest
        self._ill: dict[str, tuple[datetime, datetime]] = {}  # since when, and when last

    def well(self, name: str) -> None:
        self._ill.pop(name, None)

    def ill(self, name: str, now: datetime) -> None:
        since, last = self._ill.get(name, (now, now))
        self._ill[name] = now if self._is_over(last, now) else since, now

    def failing(self, now: datetime) -> list[str]:
        """What failed for a minute or longer without one good round, and still does."""
        return [
            name
            for name, (since, last) in self._ill.items()
            if last - since >= self._longest and not self._is_over(last, now)
        ]

    def _is_over(self, last: datetime, now: datetime) -> bool:
        """A loop comes round again; a webhook that failed may be the last of the night."""
        return now - last > 2 * self._longest
