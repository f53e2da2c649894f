"""Requests that no provider makes: forged, malformed and senseless ones, and what may be answered to each."""

import json
import random
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote_plus

from tests.fakes.twilio import ACCOUNT
from tests.fakes.twilio_hooks import signature

PAYLOADS = Path(__file__).parent.parent / "payloads"
MARK = "Zonnebloem"  # stands in every text here, and must stand in no log
SIGNATURE, SECRET = "X-Twilio-Signature", "X-Telegram-Bot-Api-Secret-Token"
HUNG_UP = 0  # no answer at all: hung up, or it still waits for the rest
FORGED, SENSELESS, TAKEN = frozenset({403}), frozenset({400}), frozenset({200})
ODD = frozenset({400, 403, 404, 405, 413, 431, HUNG_UP})
LARGEST = 64 * 1024
_FORM = "application/x-www-form-urlencoded; charset=UTF-8"
_TYPES = (_FORM, "application/json", "text/plain", "multipart/form-data; boundary=x", "", "application/xml", "\xff;;=")
_METHODS = ("GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "BREW", "post", "PRI", "POST\x00")
_WIDE = "".join(map(chr, range(33, 256)))

Pairs = Sequence[tuple[str, str]]
Headers = Sequence[tuple[str, str]]


class Shot(NamedTuple):
    """Bytes for the bot's port, which answers may follow, and how long to wait for one."""

    what: str
    data: bytes
    allowed: frozenset[int]
    patience: float = 15.0


class Good(NamedTuple):
    """A webhook as a provider makes it, unsigned."""

    path: str
    pairs: Pairs  # of a form; for Telegram none
    body: bytes

    @property
    def telegram(self) -> bool:
        return not self.pairs


class Armoury:
    """So many shots, the same for the same seed."""

    def __init__(self, public: str, token: str, secret: str, seed: int) -> None:
        self._public, self._token, self._secret = public, token, secret
        self._dice = random.Random(seed)
        self._good = _payloads()
        self._twilio = [each for each in self._good if not each.telegram]
        self._telegram = [each for each in self._good if each.telegram]

    def shots(self, count: int) -> Iterator[Shot]:
        ways: Sequence[Callable[[], Shot]] = (
            self._unsigned, self._badly_signed, self._foreign, self._replayed, self._elsewhere, self._senseless,
            self._not_ours, self._senseless_update, self._method, self._place, self._rubbish, self._too_large,
            self._lying, self._head, self._fuzz, self._bytes,
        )  # fmt: skip
        for number in range(count):
            yield ways[number % len(ways)]()

    # --- whose is it
    def _unsigned(self) -> Shot:
        good = self._any()
        name = SECRET if good.telegram else SIGNATURE
        given = self._dice.choice([[], [(name, "")], [(name[:-1], self._secret)], [(SIGNATURE, ""), (SECRET, "")]])
        return _shot("unsigned", good.path, given, good.body, FORGED)

    def _badly_signed(self) -> Shot:
        good = self._any()
        name, right = self._right(good)
        place = self._dice.randrange(len(right) - 2)
        wrong = self._dice.choice([
            right[:place] + self._other(right[place]) + right[place + 1 :], right[: place + 1], right + "=", right * 2,
            right.swapcase(), "é" + right, right[::-1], "A" * self._dice.randrange(1, 9000), f"{right},{right}", "=",
        ])  # fmt: skip
        return _shot("badly signed", good.path, [(name, wrong)], good.body, FORGED)

    def _foreign(self) -> Shot:
        """Signed rightly, by somebody else or about somebody else's account."""
        good = self._pick(self._twilio)
        if self._dice.random() < 0.5:
            token = self._dice.choice(
                ["", self._token[:-1], self._token.upper(), f"{self._token} ", self._secret[::-1]]
            )
            return self._signed("another token", good.path, good.pairs, FORGED, token=token)
        account = self._dice.choice([None, "", "AC" + "f" * 32, ACCOUNT.lower() + "0", f"{ACCOUNT} "])
        pairs = [each for each in good.pairs if each[0] != "AccountSid"]
        more = [] if account is None else [("AccountSid", account)]
        twice = [("AccountSid", ACCOUNT), ("AccountSid", "AC" + "f" * 32)] if self._dice.random() < 0.2 else more
        return self._signed("another account", good.path, [*pairs, *twice], FORGED)

    def _replayed(self) -> Shot:
        """A true signature under other words."""
        good = self._pick(self._twilio)
        given = [self._right(good)]
        pairs = list(good.pairs)
        place = self._dice.randrange(len(pairs))
        way = self._dice.randrange(4)
        if way == 0:
            pairs[place] = (pairs[place][0], pairs[place][1] + self._pick("1aé\x00"))
        elif way == 1:
            pairs.append((self._word(), MARK))
        elif way == 2:
            pairs.append((pairs[place][0], pairs[place][1] + "x"))
        else:
            pairs[place] = (pairs[place][0] + "x", pairs[place][1])
        return _shot("replayed", good.path, given, _form(pairs), FORGED)

    def _elsewhere(self) -> Shot:
        """A true signature for another address."""
        good = self._pick(self._twilio)
        path = self._dice.choice([
            "/hooks/sms", "/hooks/whatsapp", "/hooks/telegram", "/hooks/sms/status/1-0", "/hooks/whatsapp/status/2-0",
            f"/hooks/sms/status/{self._dice.randrange(10**6)}-0", good.path + "?x=1",
        ])  # fmt: skip
        if path == good.path:
            path += "x" if "status" in path else "/status/1-0"
        host = self._dice.choice([[], [("X-Forwarded-Host", "evil.example")], [("Host", "evil.example")]])
        return _shot("elsewhere", path, [self._right(good), *host], good.body, FORGED)

    # --- signed rightly, and still nothing
    def _senseless(self) -> Shot:
        good = self._pick([each for each in self._twilio if "status" not in each.path])
        nobody = ["", "+0", "whatsapp:", "+31" + "6" * 30, "\x00", "+" + chr(0x661) * 9, "javascript:1"]
        wrong = self._dice.choice([
            {"MessageSid": self._word()}, {"MessageSid": ""}, {"From": self._pick(nobody)}, {"NumMedia": "-1"},
            {"NumMedia": "1e3"}, {"NumMedia": "9" * 400},
        ])  # fmt: skip
        pairs = [each for each in good.pairs if each[0] not in wrong]
        doubled = self._dice.random() < 0.15
        twice = [("Body", MARK), ("Body", "twee")] if doubled else [*wrong.items()]
        kept = [each for each in good.pairs if each[0] != "Body"] if doubled else pairs
        return self._signed("senseless", good.path, [*kept, *twice], SENSELESS)

    def _not_ours(self) -> Shot:
        """A receipt for a message that we never sent."""
        status = self._dice.choice(["sent", "delivered", "read", "failed", "undelivered", "canceled", "queued"])
        ours = self._dice.choice([
            str(self._dice.randrange(10**6, 10**17)), "999999999999999999-9999-9999", "m-1", "0-0", "1-77", "x.y",
        ])  # fmt: skip
        channel = self._pick(["sms", "whatsapp"])
        fields = {"AccountSid": ACCOUNT, "MessageSid": "SM" + "e" * 32, "MessageStatus": status, "ErrorCode": "30003"}
        wrong = self._dice.choice([{}, {}, {"MessageStatus": "gone"}, {"MessageSid": "x"}, {"ErrorCode": "drie"}])
        allowed = TAKEN if not wrong else SENSELESS if status != "queued" else SENSELESS | TAKEN
        return self._signed("not ours", f"/hooks/{channel}/status/{ours}", [*{**fields, **wrong}.items()], allowed)

    def _senseless_update(self) -> Shot:
        """Behind the right secret: Telegram would bring it again for a day, and hold back that chat."""
        update = json.loads(self._pick(self._telegram).body)
        kind = next(each for each in update if each != "update_id")
        wrong: list[Any] = [
            b"", b"{", b"[" * 60_000, b'{"a":' * 9000, b"\xff\xfe\x00", b"1" * 5000, b"null", b'{"update_id": 1e999}',
            {}, [], {**update, "update_id": 1 << 70}, {**update, "update_id": self._pick([None, "7", True, 1.5])},
            {"update_id": 7, "message": self._pick([None, [], MARK, {}, {"chat": {"id": 7, "type": "private"}}])},
            {"update_id": 8, "callback_query": {"id": "1", "data": "1-0|ja"}}, {"update_id": 9, self._word(): {}},
            {"update_id": 10, "message": {"date": 1, "chat": {"id": -7, "type": "private"}, "text": MARK}},
            {"update_id": 11, "message": {"date": 1 << 80, "chat": {"id": 7, "type": "private"}, "text": MARK}},
            {"update_id": 12, "message": {"date": 1, "chat": {"id": -7, "type": "group"}, "text": MARK}},
        ]  # fmt: skip
        if kind in ("message", "callback_query"):
            wrong.append({"update_id": 13, kind: self._pick([7, [], "", None])})
        body = self._pick(wrong)
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return _shot("senseless update", "/hooks/telegram", [(SECRET, self._secret)], body, TAKEN)

    # --- not the way in
    def _method(self) -> Shot:
        good = self._any()
        return _shot("method", good.path, [self._right(good)], good.body, ODD, method=self._pick(_METHODS))

    def _place(self) -> Shot:
        """Signed rightly for whatever it is, and saying nothing that is to be written down."""
        ids = [
            "..", "../..", "%2e%2e%2f%2e%2e", "1-0%2f..%2f..", "%00", "%0d%0aX:1", "a" * 4000, "1-0/1-0", "..%5c..",
            "%ff", "", "\u0661", "1-0;x", "1-0?x=1", "1-0#rc=5", "%", "%zz", "1-0%20", "{0.__class__}", "{{7*7}}", "-1",
            "1-0'--",
        ]  # fmt: skip
        places = [
            "/", "//", "/hooks", "/hooks/", "//hooks/sms", "/hooks//sms", "/HOOKS/sms", "/hooks/SMS", "/hooks/signal",
            "/hooks/phone", "/hooks/bot", "/hooks/sms/", "/hooks/sms/status", "/hooks/sms/status/", "/hooks/..",
            "\\hooks", "/hooks/sms/../telegram", "/hooks/%73ms", "/hooks/sms%2fstatus%2f1-0", "*", "hooks/sms",
            "/privacy/../nl",
            "/hooks/sms/status/1-0/", "/hooks/sms\t", "/" + "h" * 9000, "/hooks/" + "%41" * 3000, "/.env", "/console",
            *(f"/hooks/{channel}/status/{each}" for channel in ("sms", "whatsapp", "telegram") for each in ids),
        ]  # fmt: skip
        path = self._pick(places)
        pairs = [("AccountSid", ACCOUNT), ("MessageSid", "SM" + "e" * 32), ("MessageStatus", "queued")]
        return self._signed(f"place {path[:60]}", path, pairs, ODD | TAKEN)

    # --- what a body may be
    def _rubbish(self) -> Shot:
        path = self._pick(["/hooks/sms", "/hooks/whatsapp", "/hooks/telegram", "/hooks/sms/status/1-0"])
        body = self._dice.choice([
            b"", self._dice.randbytes(self._dice.randrange(1, 3000)), b"a&" * 5000, b"%" * 999, b"{" * 2000, b"=" * 99,
            b"Body=%zz%&" + MARK.encode(), b"\x00" * 100, b"\xff\xfe\xed\xa0\x80", b"&".join([b"Body=1"] * 501),
            b"9" * 5000, b"[" * 60_000, b'{"a":' * 9000, b"Body=" + b"%00" * 9000, b"x" * LARGEST,
        ])  # fmt: skip
        kind = [("Content-Type", self._pick(_TYPES))]
        given = self._dice.choice([[], [(SIGNATURE, "AAAA")], [(SECRET, "A" * 20)]])
        return _shot("rubbish", path, [*given, *kind], body, FORGED)

    def _too_large(self) -> Shot:
        good = self._any()
        body = good.body + b"&" + b"x" * (LARGEST + 1 - len(good.body) - 1)
        given = [self._right(good)]
        if self._dice.random() < 0.5:
            return _shot("too large", good.path, given, body, frozenset({413}))
        return _shot("too large, in chunks", good.path, given, body, frozenset({413}), chunk=self._pick([1000, 16_384]))

    def _lying(self) -> Shot:
        """A Content-Length that is no length, or not this one's."""
        good = self._any()
        said = self._dice.choice([
            "-1", "abc", "0x10", "1e3", "9" * 30, "", "+5", "1,1", str(LARGEST + 1), str(len(good.body) + 5),
            str(max(1, len(good.body) // 2)),
        ])  # fmt: skip
        more = self._dice.choice([[], [], [("Content-Length", "7")], [("Transfer-Encoding", "chunked")]])
        given = [("Content-Length", said), *more, *([] if self._dice.random() < 0.5 else [(SECRET, "x" * 20)])]
        return _shot("lying", good.path, given, good.body, ODD, length=False, patience=0.3)

    def _head(self) -> Shot:
        good = self._any()
        given = self._dice.choice([
            [("X-Long", "x" * 60_000)], [("X-Long", "x" * 70_000)], [(f"X-{n}", "y" * 50) for n in range(1000)],
            [("X-Nul", "a\x00b")], [("X Space", "a")], [("", "a")], [("X-Fold", "a\r\n b")],
            [(SIGNATURE, "x" * 60_000)],
            [("Host", "")], [("Host", "a"), ("Host", "b")], [("Transfer-Encoding", "gzip, chunked")], [("Expect", "1")],
            [("Content-Type", "\xff" * 500)], [("Upgrade", "websocket"), ("Connection", "Upgrade")],
        ])  # fmt: skip
        return _shot(f"head {given[0][0]}", good.path, given, good.body, ODD, patience=0.5)

    def _fuzz(self) -> Shot:
        """A badly signed webhook with some of its bytes changed, taken out, or twice there."""
        good = self._any()
        data = bytearray(_shot("", good.path, [(SIGNATURE, "AAAA"), (SECRET, "B" * 20)], good.body, ODD).data)
        for _ in range(self._dice.randrange(1, 6)):
            start = self._dice.randrange(len(data))
            end = min(len(data), start + self._dice.randrange(1, 30))
            noise = self._dice.randbytes(end - start)
            data[start:end] = self._pick([b"", bytes(data[start:end]) * 2, noise, b"\r\n", b"\x00"])
        return Shot("fuzz", bytes(data), ODD, 0.3)

    def _bytes(self) -> Shot:
        """No HTTP at all."""
        data = self._dice.choice([
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + self._dice.randbytes(500), b"\x00" * 1000,
            self._dice.randbytes(self._dice.randrange(1, 4000)), b"\r\n" * 500, b"POST /hooks/sms\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"POST /hooks/sms HTTP/9.9\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n", b"POST /hooks/sms HTTP/1.1",
        ])  # fmt: skip
        return Shot("bytes", data, ODD, 0.3)

    # --- how
    def _signed(self, what: str, path: str, pairs: Pairs, allowed: frozenset[int], token: str | None = None) -> Shot:
        key = self._token if token is None else token
        return _shot(what, path, [(SIGNATURE, _sign(key, self._public + path, pairs))], _form(pairs), allowed)

    def _right(self, good: Good) -> tuple[str, str]:
        if good.telegram:
            return SECRET, self._secret
        return SIGNATURE, _sign(self._token, self._public + good.path, good.pairs)

    def _any(self) -> Good:
        return self._dice.choice(self._good)

    def _pick(self, among: Any) -> Any:
        return self._dice.choice(among)

    def _other(self, sign: str) -> str:
        return str(self._pick([each for each in _WIDE if each != sign]))

    def _word(self) -> str:
        return "".join(self._dice.choices(string.ascii_letters, k=12))


def _payloads() -> list[Good]:
    found = []
    for file in sorted((PAYLOADS / "twilio").glob("*.http")):
        head, _, body = file.read_bytes().partition(b"\n\n")
        body = body.rstrip(b"\n")
        path = head.split()[1].decode()
        found.append(Good(path, parse_qsl(body.decode(), keep_blank_values=True), body))
    for file in sorted((PAYLOADS / "telegram").glob("*.json")):
        found.append(Good("/hooks/telegram", (), file.read_bytes().rstrip(b"\n")))
    return found


def _sign(token: str, url: str, pairs: Pairs) -> str:
    """As Twilio signs, also fields that stand there twice."""
    fields: Mapping[str, list[str]] = {name: sorted({v for n, v in pairs if n == name}) for name, _ in pairs}
    return signature(token, url, {name: name.join(values) for name, values in fields.items()})


def _form(pairs: Pairs) -> bytes:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()


def _shot(
    what: str, path: str, given: Headers, body: bytes, allowed: frozenset[int], *, method: str = "POST",
    length: bool = True, chunk: int = 0, patience: float = 15.0,
) -> Shot:  # fmt: skip
    names = {name.lower() for name, _ in given}
    lines = [] if "host" in names else [("Host", "bot.example")]
    lines += [("Connection", "close"), *given]
    if chunk:
        pieces = [body[at : at + chunk] for at in range(0, len(body), chunk)]
        body = b"".join(f"{len(each):x}\r\n".encode() + each + b"\r\n" for each in pieces) + b"0\r\n\r\n"
        lines.append(("Transfer-Encoding", "chunked"))
    elif length:
        lines.append(("Content-Length", str(len(body))))
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n"
    return Shot(what, head.encode("latin-1", "replace") + body, allowed, patience)
