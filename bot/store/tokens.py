"""The end of a small link that only one person was given: a number, and a sign that nobody finds by trying."""

import hmac
import re

from bot.store.database import Tx

_SIGNS = "0123456789abcdefghijklmnopqrstuvwxyz"  # a small link is read out, typed over, and costs an SMS the least
_LENGTH = 11  # 56 bits
_TOKEN = re.compile(rf"([1-9a-z][0-9a-z]{{0,11}})-[0-9a-z]{{{_LENGTH}}}")
_MOST = 1 << 62  # no id is larger


def make(tx: Tx, what: str, number: int, contact_id: int) -> str:
    """Hers for this row. `what` says what such links are for, so that none opens something else."""
    return f"{_in_36(number)}-{_sign(tx, what, number, contact_id)}"


def number_of(token: str) -> int | None:
    """Which row a token is for, with or without what follows a dot; None where it is none of ours."""
    found = _TOKEN.fullmatch(token.partition(".")[0])
    number = int(found[1], 36) if found else _MOST
    return number if number < _MOST else None


def is_hers(tx: Tx, token: str, what: str, number: int, contact_id: int) -> bool:
    """Whether she was given this token for this row. It is kept nowhere."""
    sign = token.partition(".")[0][-_LENGTH:]
    return hmac.compare_digest(_sign(tx, what, number, contact_id), sign)


def _sign(tx: Tx, what: str, number: int, contact_id: int) -> str:
    return _in_36(int(tx.find(f"{what}:{number}:{contact_id}"), 16))[-_LENGTH:].rjust(_LENGTH, "0")


def _in_36(number: int) -> str:
    signs = ""
    while number:
        number, left = divmod(number, 36)
        signs = _SIGNS[left] + signs
    return signs or "0"
