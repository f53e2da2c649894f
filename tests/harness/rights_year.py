"""A row of every kind of id that belongs to the school year: offers of partners, evenings, deciding together."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.gatherings import gatherings, posters
from bot.store import tables as t
from bot.store.database import Tx

Laid = Callable[..., int]
_DAY = timedelta(days=1)


def lay(laid: Laid, contacts: Mapping[str, int], now: datetime) -> dict[str, dict[str, int]]:
    """Who wants to be called about an offer, at each school."""
    whose = {"karin": ("brug", "Karin"), "ruud": ("vaart", "Ruud")}
    return {
        "referral": {
            name: laid(
                t.referral, school=school, contact_id=contacts[parent], offer="taalcafe", asked_at=now, changed_at=now
            )
            for name, (school, parent) in whose.items()
        }
    }


def evenings(
    tx: Tx, laid: Laid, contacts: Mapping[str, int], groups: Mapping[str, int], now: datetime
) -> dict[str, dict[str, int]]:  # fmt: skip
    """An open day of groep 4 with its poster and one of groep 3 without, each with somebody who comes."""
    found = {}
    for group, (school, parent) in {"groep 4": ("brug", "Fatima"), "groep 3": ("vaart", "Ruud")}.items():
        at = {"starts_at": now + 9 * _DAY, "invites_at": now - _DAY, "closes_at": now + 8 * _DAY, "made_at": now}
        found[group] = laid(
            t.gathering, school=school, kind="open_dag", name="Open dag", place="de hal", minutes=120, state="open",
            key=f"rights:{school}", places=30, **at,
        )  # fmt: skip
        laid(t.gathering_group, gathering_id=found[group], group_id=groups[group])
        laid(t.visitor, gathering_id=found[group], contact_id=contacts[parent], state="coming", changed_at=now)
    posters.make(tx, gatherings.known(tx, found["groep 4"], "brug"), now)
    return {"gathering": found}


def ballots(tx: Tx, laid: Laid, staffed: Mapping[str, int], now: datetime) -> dict[str, dict[str, int]]:
    """A decision at each school, written down and not looked at."""
    found = {}
    for school, by in (("brug", "wil"), ("vaart", "kees")):
        words, when = tx.seal("ballot.words", "Waar gaan wij heen?"), {"opens_at": now, "closes_at": now + 8 * _DAY}
        found[school] = laid(
            t.ballot, school=school, kind="besluit", title="een dag uit", words=words, seats=1, state="asked",
            options=[["1", "Het bos"], ["2", "Het museum"]], staff_id=staffed[by], key="rights", made_at=now, **when,
        )  # fmt: skip
    return {"ballot": found}
