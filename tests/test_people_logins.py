"""Invitations, passwords, codes and browsers, and how wrong ones are counted, on both engines."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bot.config import Config, School
from bot.people import logins, passwords, second, staff, tries
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.office import code_at

YEAR = "2026-2027"
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
SENTENCE = "de kat slaapt op de piano"


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.begin() as opened:
        yield opened


@pytest.fixture
def janneke(tx: Tx) -> int:
    return staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", [], YEAR)


def schools(*keys: str) -> Config:
    return Config(schools={key: School(key, f"De {key.title()}") for key in keys})


# --- invitations
def test_an_invitation_works_once_and_a_new_one_replaces_it(tx: Tx, janneke: int, now: datetime) -> None:
    first = logins.invite(tx, janneke, now)
    second_one = logins.invite(tx, janneke, now)
    assert logins.invited(tx, first, now) is None
    found = logins.invited(tx, second_one, now)
    assert found is not None
    assert found.key == "janneke"
    assert logins.take_up(tx, second_one, now) == janneke
    assert logins.take_up(tx, second_one, now) is None
    assert logins.invited(tx, second_one, now) is None


def test_an_invitation_ends_after_seven_days_and_with_her(tx: Tx, janneke: int, now: datetime) -> None:
    token = logins.invite(tx, janneke, now)
    assert logins.invited(tx, token, now + 7 * DAY - MINUTE)
    assert logins.invited(tx, token, now + 7 * DAY) is None
    assert logins.take_up(tx, token, now + 7 * DAY) is None
    tx.execute(t.staff.update().values(left_at=now))
    assert logins.invited(tx, token, now) is None


def test_the_state_of_colleagues(tx: Tx, janneke: int, now: datetime) -> None:
    bas = staff.add(tx, "brug", "bas", "meester Bas", "leerkracht", [], YEAR)
    nothing = logins.State(accepted=False, second=False, invited_until=None)
    assert logins.state(tx, [janneke, bas], now) == {janneke: nothing, bas: nothing}
    logins.invite(tx, bas, now)
    logins.set_password(tx, janneke, "x", now)
    assert logins.state(tx, [janneke, bas], now) == {
        janneke: nothing._replace(accepted=True), bas: nothing._replace(invited_until=now + 7 * DAY)
    }  # fmt: skip
    second.print_list(tx, janneke)
    assert logins.state(tx, [janneke, bas], now + 8 * DAY) == {
        janneke: nothing._replace(accepted=True, second=True), bas: nothing
    }  # fmt: skip
    assert logins.state(tx, [], now) == {}


def test_the_address_on_paper(now: datetime) -> None:
    assert logins.link(schools("brug"), "abc") == "http://localhost:8000/console/uitnodiging/abc"


# --- accounts
def test_she_is_called_by_key_school_or_name(tx: Tx, janneke: int) -> None:
    one, two = schools("brug"), schools("brug", "vaart")
    bas = staff.add(tx, "vaart", "janneke", "Janneke Bos", "leerkracht", [], YEAR)
    row = staff.by_id(tx, janneke)
    assert row
    assert (logins.name_of(one, row), logins.name_of(two, row)) == ("janneke", "janneke@brug")

    def called(config: Config, name: str) -> int | None:
        found = logins.called(tx, config, name)
        return found.id if found else None

    assert [called(one, name) for name in ("janneke", " Janneke ", "JANNEKE@brug")] == [janneke] * 3
    assert called(two, "janneke") is None, "there are two"
    assert (called(two, "janneke@brug"), called(two, "janneke@VAART")) == (janneke, bas)
    for nobody in ("", "@", "@brug", "bas", "janneke@bestaat-niet", "janneke@vaart@brug"):
        assert called(one, nobody) is None, nobody
    tx.execute(t.staff.update().where(t.staff.c.id == bas).values(left_at=datetime.now().astimezone()))
    assert (called(two, "janneke@vaart"), called(two, "janneke")) == (None, janneke)


def test_a_password_is_kept_sealed_and_as_argon2id(tx: Tx, janneke: int, now: datetime) -> None:
    hashed = passwords.hashed(SENTENCE)
    assert hashed.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    logins.set_password(tx, janneke, hashed, now)
    assert logins.password_of(tx, janneke) == hashed
    kept = tx.execute(t.login.select()).one()
    assert b"argon2" not in kept.password
    assert passwords.fits(hashed, SENTENCE)
    assert not passwords.fits(hashed, SENTENCE + " ")
    assert not passwords.fits(None, "nobody has this one")
    assert not passwords.fits("not a hash", SENTENCE)
    assert passwords.fits(passwords.hashed("cafe\u0301 op de hoek"), "caf\u00e9 op de hoek"), "whatever the keyboard"
    assert not passwords.wants_anew(hashed)
    assert passwords.wants_anew("$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo")


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("kort", "kort"), ("negen tek", "kort"), ("x" * 201, "lang"), (SENTENCE, ""), ("ik ben pas 10 keer", ""),
        ("1234567890", "bekend"), ("0987654321", "bekend"), ("aaaaaaaaaaaa", "bekend"), ("Wachtwoord123!", "bekend"),
        ("!!Welkom2026", "bekend"), ("wacht woord 1", "bekend"), ("qwertyuiop", "bekend"), ("0612345678", ""),
        ("JufJanneke2026", "naam"), ("debrug2026!", "naam"), ("jannekejanneke", "naam"),
        ("janneke fietst naar school", ""),
    ],
)  # fmt: skip
def test_what_is_too_easy_is_refused(password: str, wrong: str) -> None:
    assert passwords.complaint(password, ("juf Janneke", "janneke", "De Brug")) == wrong


# --- wrong tries
def test_after_five_wrong_ones_one_waits_longer_and_longer(tx: Tx, now: datetime) -> None:
    place = tries.place(tx, "staff:1", "")
    assert [tries.take(tx, place, now) for _ in range(5)] == [None] * 5
    waits = []
    for _ in range(7):
        wait = tries.take(tx, place, now)
        assert wait
        assert tries.take(tx, place, now) == wait, "what comes too soon does not count"
        waits.append(wait // MINUTE)
        now += wait
        assert tries.take(tx, place, now) is None
    assert waits == [1, 2, 4, 8, 15, 15, 15]
    assert tries.take(tx, tries.place(tx, "staff:1", "another browser"), now) is None
    assert tries.take(tx, tries.place(tx, "staff:2", ""), now) is None
    tries.right(tx, place)
    assert tries.take(tx, place, now) is None
    assert tries.take(tx, place, now + 2 * DAY) is None


# --- the second factor
def test_an_authenticator_counts_from_its_first_right_code(tx: Tx, janneke: int, now: datetime) -> None:
    logins.set_password(tx, janneke, "x", now)
    assert second.kinds(tx, janneke) == []
    assert second.proposed(tx, janneke) == ""
    second.propose(tx, janneke, now)
    secret = second.proposed(tx, janneke)
    assert not second.is_right(tx, janneke, code_at(secret, now), now), "not confirmed yet"
    assert not second.confirm(tx, janneke, code_at(secret, now - HOUR), now)
    assert second.kinds(tx, janneke) == []
    code = code_at(secret, now)
    assert second.confirm(tx, janneke, f"{code[:3]} {code[3:]}", now)
    assert second.kinds(tx, janneke) == ["telefoon"]
    assert not second.is_right(tx, janneke, code, now), "no code twice"
    later = now + HOUR
    before, here, after = (code_at(secret, later + timedelta(seconds=each)) for each in (-30, 0, 30))
    assert second.is_right(tx, janneke, before, later)
    assert second.is_right(tx, janneke, here, later)
    assert second.is_right(tx, janneke, after, later)
    assert not second.is_right(tx, janneke, here, later), "older than the last one"
    assert not second.is_right(tx, janneke, code_at(secret, later - MINUTE), later)
    for strange in ("", "12345", "1234567", "abcdef", "٣٣٣٣٣٣", "0" * 40):
        assert not second.is_right(tx, janneke, strange, later + HOUR), strange
    second.propose(tx, janneke, later)
    assert second.kinds(tx, janneke) == ["telefoon"], "what is in use is not replaced unseen"
    second.remove(tx, janneke, later)
    assert second.kinds(tx, janneke) == []


def test_a_printed_code_works_once_and_for_her_alone(tx: Tx, janneke: int, now: datetime) -> None:
    bas = staff.add(tx, "brug", "bas", "meester Bas", "leerkracht", [], YEAR)
    old = second.print_list(tx, janneke)
    codes = second.print_list(tx, janneke)
    assert len(set(codes)) == second.CODES
    assert not second.is_right(tx, janneke, old[0], now), "of an older list"
    assert not second.is_right(tx, bas, codes[0], now)
    assert second.is_right(tx, janneke, codes[0], now)
    assert not second.is_right(tx, janneke, codes[0], now)
    assert second.is_right(tx, janneke, codes[1].replace(" ", ""), now)
    assert second.left(tx, janneke) == 8
    for code in codes[2:]:
        assert second.kinds(tx, janneke) == ["lijst"]
        assert second.is_right(tx, janneke, code, now)
    assert second.kinds(tx, janneke) == []


# --- browsers, and what goes
def test_her_browsers_end_together_but_for_this_one(tx: Tx, janneke: int, now: datetime) -> None:
    tokens = [logins.begin(tx, janneke, now, proven=False) for _ in range(3)]
    assert len(set(tokens)) == 3
    here = logins.found(tx, tokens[0], now)
    assert here
    assert not here.proven
    logins.prove(tx, here.id)
    assert len(logins.browsers(tx, janneke, now)) == 3
    logins.end_all(tx, janneke, now, but=here.id)
    kept = logins.found(tx, tokens[0], now)
    assert kept
    assert kept.proven
    assert [each.id for each in logins.browsers(tx, janneke, now)] == [here.id]
    assert logins.browsers(tx, janneke, now + HOUR) == []


def test_who_left_opens_no_door(tx: Tx, janneke: int, now: datetime) -> None:
    token, invitation = logins.begin(tx, janneke, now, proven=True), logins.invite(tx, janneke, now)
    logins.set_password(tx, janneke, "x", now)
    logins.set_language(tx, janneke, "en")
    assert logins.language_of(tx, janneke) == "en"
    second.print_list(tx, janneke)
    before = logins.version(tx, janneke)
    logins.forget(tx, janneke, now)
    assert logins.found(tx, token, now) is None
    assert logins.invited(tx, invitation, now) is None
    assert logins.password_of(tx, janneke) is None
    assert second.kinds(tx, janneke) == []
    assert before != logins.version(tx, janneke) == -1


def test_what_is_of_no_use_goes(tx: Tx, janneke: int, now: datetime) -> None:
    logins.invite(tx, janneke, now)
    logins.end(tx, logins.begin(tx, janneke, now, proven=True), now)
    logins.begin(tx, janneke, now, proven=True)
    tries.take(tx, tries.place(tx, "staff:1", ""), now)
    tx.execute(t.done.insert(), {"form": "x", "at": now})
    draft = {"staff_id": janneke, "place": "thread:1", "body": tx.seal("draft.body", "half"), "changed_at": now}
    tx.execute(t.draft.insert(), draft)
    names = ("invitation", "sign_in", "login_try", "done", "draft")

    def left(at: datetime) -> dict[str, int]:
        logins.clear(tx, at)
        return {name: len(tx.execute(getattr(t, name).select()).all()) for name in names}

    assert list(left(now + HOUR).values()) == [1, 2, 1, 1, 1]
    assert list(left(now + 2 * DAY).values()) == [1, 2, 0, 0, 1]
    assert list(left(now + 15 * DAY).values()) == [1, 2, 0, 0, 0]
    assert list(left(now + 40 * DAY).values()) == [0, 0, 0, 0, 0]
