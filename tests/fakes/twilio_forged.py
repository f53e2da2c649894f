"""Requests that Twilio never signed, made from one that it did: each is wrong in one way at least."""

import random
from collections.abc import Iterator
from urllib.parse import urlencode

from bot.channels.twilio_inbound import SIGNATURE
from bot.model import Request
from tests.fakes.twilio import ACCOUNT, TOKEN
from tests.fakes.twilio_hooks import signature

_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=é\x00,; \ud800"


def forgeries(good: Request, public: str, count: int, seed: int = 0) -> Iterator[Request]:
    """So many forged requests, the same for the same seed."""
    dice = random.Random(seed)
    ways = [_signature, _body, _path, _nothing, _another_token, _another_account, _another_host, _rubbish]
    for number in range(count):
        yield ways[number % len(ways)](good, public, dice)


def _signature(good: Request, _public: str, dice: random.Random) -> Request:
    given = list(good.headers[SIGNATURE])
    place = dice.randrange(len(given) - 2)  # the last sign before "=" carries spare bits; nothing depends on them here
    given[place] = dice.choice([each for each in _SIGNS if each != given[place]])
    cut = dice.choice([len(given), dice.randrange(len(given))])
    return Request(good.path, {**good.headers, SIGNATURE: "".join(given[:cut])}, good.body)


def _body(good: Request, _public: str, dice: random.Random) -> Request:
    body = bytearray(good.body)
    place = body.index(b"Body=") + 5 + dice.randrange(3)
    body[place:place] = bytes([dice.choice(b"abcXYZ019")])
    return Request(good.path, good.headers, bytes(body))


def _path(good: Request, _public: str, dice: random.Random) -> Request:
    more = dice.choice(["/", "/status/1-0", "?a=b", "x", f"/status/{dice.randrange(10**6)}-0", "/../telegram"])
    return Request(good.path + more, good.headers, good.body)


def _nothing(good: Request, _public: str, dice: random.Random) -> Request:
    headers = dice.choice([{}, {SIGNATURE: ""}, {"x-twilio-signature-": "1"}])
    return Request(good.path, headers, good.body)


def _another_token(good: Request, public: str, dice: random.Random) -> Request:
    token = dice.choice(["", TOKEN[:-1], TOKEN.upper(), f"{TOKEN} ", "".join(dice.choices(_SIGNS[:60], k=32))])
    return _signed(good.path, public, {"AccountSid": ACCOUNT, "Body": str(dice.random())}, token)


def _another_account(good: Request, public: str, dice: random.Random) -> Request:
    account = dice.choice(["", "AC" + "f" * 32, ACCOUNT.lower(), f"{ACCOUNT} "])
    return _signed(good.path, public, {"AccountSid": account, "Body": str(dice.random())}, TOKEN)


def _another_host(good: Request, _public: str, dice: random.Random) -> Request:
    host = f"{dice.randrange(10**6)}.example"
    request = _signed(good.path, f"https://{host}", {"AccountSid": ACCOUNT, "Body": "hallo"}, TOKEN)
    return Request(request.path, {**request.headers, "host": host, "x-forwarded-host": host}, request.body)


def _rubbish(good: Request, _public: str, dice: random.Random) -> Request:
    body = dice.choice([b"", dice.randbytes(dice.randrange(1, 2000)), b"a&" * 5000, b"%" * 999, b"{" * 2000, b"=" * 99])
    return Request(good.path, dict(good.headers), body)


def _signed(path: str, public: str, fields: dict[str, str], token: str) -> Request:
    given = {SIGNATURE: signature(token, public + path, fields)}
    return Request(path, given, urlencode(fields).encode())
