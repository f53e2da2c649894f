"""The evening on which a round opens: an invitation and an answer cost little, and answers go before invitations."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from sqlalchemy import event, select, update

from bot.booking import asking
from bot.desk.handle import handle
from bot.inbox import receive
from bot.inbox.put import put
from bot.model import Address, Inbound
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.evening import NOW, Evening
from tests.harness.shelf import books

FEW, MANY = 1, 9  # families in a batch; what each one more of them costs is counted


class Opening:
    """Families of three classes, and the desk; time stands still but for a second from batch to batch."""

    def __init__(self, database: Database) -> None:
        self.there = Evening(database, teachers=3, days=4, per="child")
        self.books = books(self.there.config)
        self.families = [self.there.family(each % 3) for each in range(FEW + MANY)]
        self.there.write(lambda tx: self.books.publish(tx, NOW))
        self.there.write(self._move_in)

    def _move_in(self, tx: Tx) -> None:
        for each in self.families:
            row = {"contact_id": each, "channel": "sms", "find": tx.find(str(_phone(each))), "position": 0}
            tx.execute(t.address.insert(), {**row, "sealed": tx.seal("address.sealed", _phone(each).value)})

    def invite(self, *families: int) -> None:
        self.there.write(lambda tx: put(tx, [asking.note(self.there.round, each, "test") for each in families], NOW))

    def say(self, text: str, *families: int) -> None:
        """They answer what has left meanwhile."""
        now = self.there.now
        self.there.write(lambda tx: tx.execute(update(t.outbox).values(status="sent", left_at=now)))
        self.there.later(seconds=1)
        said = [Inbound(f"{text}-{each}", _phone(each), text) for each in families]
        self.there.write(lambda tx: receive.store(tx, said, self.there.now))

    def read(self, most: int = 200, is_enough: Callable[[], bool] = lambda: False) -> tuple[int, int]:
        """One batch: how many letters were read, with how many statements."""
        said: list[str] = []

        def work(tx: Tx) -> int:
            event.listen(tx.connection, "before_cursor_execute", lambda *call: said.append(call[2]))
            return handle(tx, self.books, self.there.now, most=most, is_enough=is_enough)

        self.there.later(seconds=1)
        return self.there.write(work), len(said)

    def states(self, *families: int) -> list[str]:
        return [state for each in families for state in self.there.states(each)]

    def failed(self) -> list[Any]:
        return self.there.rows(select(t.inbox.c.error).where(t.inbox.c.error.is_not(None)))


def _phone(contact_id: int) -> Address:
    return Address("sms", f"+31612{contact_id:06}")


def test_a_family_more_costs_a_dozen_statements(database: Database) -> None:
    """On both engines: for the invitation, and for the answer with which she books."""
    opening = Opening(database)
    first, rest = opening.families[:FEW], opening.families[FEW:]
    turns: list[tuple[Callable[..., None], int, str]] = [
        (opening.invite, 14, "offered"),
        (partial(opening.say, "1"), 12, "booked"),
    ]
    for asks, most, state in turns:
        asks(*first)
        one = opening.read()
        asks(*rest)
        several = opening.read()
        assert (one[0], several[0], opening.failed()) == (FEW, MANY, [])
        assert set(opening.states(*first, *rest)) == {state}
        assert one[1] <= most + 18
        assert (several[1] - one[1]) / (MANY - FEW) <= most
    opening.there.is_whole()


def test_answers_go_before_invitations_of_which_some_have_their_turn(database: Database) -> None:
    opening = Opening(database)
    heard, invited = opening.families[:5], opening.families[5:]
    opening.invite(*heard)
    opening.read()
    opening.invite(*invited)
    opening.say("1", *heard)
    assert opening.read(most=5)[0] == 5
    assert opening.states(*heard) == ["booked"] * 4 + ["offered"]
    assert opening.states(*invited) == ["offered"] + ["asked"] * 4


def test_when_it_is_enough_the_others_wait_for_the_next_batch(database: Database) -> None:
    opening = Opening(database)
    opening.invite(*opening.families)
    looks = iter([False, False, True])
    assert opening.read(is_enough=lambda: next(looks))[0] == 3
    assert opening.states(*opening.families) == ["offered"] * 3 + ["asked"] * (FEW + MANY - 3)
    assert opening.read()[0] == FEW + MANY - 3
    opening.there.is_whole()


def test_who_meets_another_desk_at_the_same_slot_is_kept_the_next_one(database: Database) -> None:
    """Also where the other has not committed yet, and her slot still looks free (SQLite has one writer)."""
    opening = Opening(database)
    first, second = opening.families[0], opening.families[3]  # of one class
    opening.invite(first, second)
    with ExitStack() as stack:
        assert handle(stack.enter_context(database.begin()), opening.books, opening.there.now, most=1) == 1
        if not database.postgres:
            stack.close()
        assert opening.read()[0] == 1
        assert opening.states(second) == ["offered"]
    assert opening.states(first, second) == ["offered"] * 2
    opening.there.is_whole()
