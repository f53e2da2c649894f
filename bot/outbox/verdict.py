"""What follows from a provider's no: the end, the same way once more, or her next address. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

OFF_AGAIN = timedelta(hours=1)  # a phone that is off gets so long
WINDOWS = 3  # times that a window may turn out to be closed after all


class Facts(NamedTuple):
    """A message that a provider refused. `tried`: ids of addresses where it failed, and marks of what was repeated."""

    cls: str
    thread_id: int | None
    address_id: int | None
    tried: Sequence[int | str]
    expires_at: datetime


class Verdict(NamedTuple):
    """What to do: `end` it, or put it back for `again` after a wait.

    `mark` is what its row remembers as tried. `closed`: the window of its address is closed. `refused`: the provider
    does not take this form. `withdrawn`: she closed the channel. `loud`: somebody must look.
    """

    again: bool = False
    wait: timedelta = timedelta(0)
    mark: int | str = ""
    closed: bool = False
    refused: bool = False
    withdrawn: bool = False
    loud: bool = False


END = Verdict()


def verdict(code: str, facts: Facts, now: datetime) -> Verdict:
    """What follows from `code`, a word of CODES and the provider's own. An unknown word ends it: never repeated."""
    word = code.partition(" ")[0]
    if word == "blocked":
        return Verdict(withdrawn=True)
    if word == "off" and _once(f"off {facts.address_id}", facts) and now + OFF_AGAIN < facts.expires_at:
        return Verdict(again=True, wait=OFF_AGAIN, mark=f"off {facts.address_id}")
    if word in ("off", "absent", "dead", "limit"):
        return _next_address(facts)
    if word == "window":
        return Verdict(again=facts.tried.count("window") < WINDOWS, mark="window", closed=True)
    if word == "template":
        return Verdict(again=_once("template", facts), mark="template", refused=True)
    return Verdict(loud=True) if word in ("filtered", "config") else END


def doubt(facts: Facts, wait: timedelta) -> Verdict:
    """What follows where nobody can ever know whether it arrived: only danger is worth saying twice."""
    return Verdict(again=facts.cls == "urgent" and _once("doubt", facts), wait=wait, mark="doubt")


def _next_address(facts: Facts) -> Verdict:
    # What answers her own words stays where she wrote them, unless a person of the school said it.
    stays = facts.cls in ("reply", "urgent") and facts.thread_id is None
    return END if stays or facts.address_id is None else Verdict(again=True, mark=facts.address_id)


def _once(mark: str, facts: Facts) -> bool:
    return mark not in facts.tried
