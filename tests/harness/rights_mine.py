"""A row of every kind of id that belongs to agreed talks, and to talks that somebody asked for."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.store import tables as t

Laid = Callable[..., int]
# Whose: with whom, and about which child.
_WHOSE = {"karin": ("brug", "janneke", "Karin", "Lotte"), "elif": ("brug", "bas", "Elif", "Can"),
          "ruud": ("vaart", "noor", "Ruud", "Bram")}  # fmt: skip


def lay(
    laid: Laid, staffed: Mapping[str, int], guardian: Mapping[str, int], child: Mapping[str, int], now: datetime
) -> dict[str, dict[str, int]]:
    """A talk that goes on just now, and a request, for each of these."""
    found: dict[str, dict[str, int]] = {"appointment": {}, "talk_request": {}}
    for name, (school, teacher, parent, kid) in _WHOSE.items():
        whose = {
            "school": school, "staff_id": staffed[teacher], "contact_id": guardian[parent], "child_id": child[kid],
            "made_at": now,
        }  # fmt: skip
        begun = {"starts_at": now - timedelta(minutes=5), "minutes": 15, "changed_at": now, "place": "lokaal 3"}
        found["appointment"][name] = laid(t.appointment, **whose, **begun)
        found["talk_request"][name] = laid(t.talk_request, **whose, who="parent")
    return found
