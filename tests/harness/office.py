"""The pages of the school as its people use them: over the real application, signed in as somebody."""

import base64
import html
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import httpx
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from bot.console.serve import BASE, cookie, csrf
from bot.people import logins, second, staff
from bot.store import tables as t
from tests.world import YEAR, World

ORIGIN = "http://localhost:8000"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
# key, name, role, school, groups; the teachers Janneke (groep 4), Bas (groep 5) and Noor (De Vaart) are there already
COLLEAGUES: tuple[tuple[str, str, str, str, list[str]], ...] = (
    ("wil", "Wil", "administratie", "brug", []),
    ("dora", "Dora", "directie", "brug", []),
    ("fenna", "Fenna", "kansencoach", "brug", []),
    ("ida", "Ida", "ib", "brug", []),
    ("net", "Nel", "netwerk", "brug", []),
    ("kees", "Kees", "administratie", "vaart", []),
)  # fmt: skip


def employ(world: World) -> None:
    """Everybody who works at the two schools."""

    def work(tx: Any) -> None:
        for key, name, role, school, groups in COLLEAGUES:
            staff.add(tx, school, key, name, role, groups, YEAR)

    world.write(work)


class Seen(NamedTuple):
    """An answer of the pages."""

    status: int
    text: str
    path: str  # after redirects
    headers: httpx.Headers
    data: bytes

    def __contains__(self, words: object) -> bool:
        return isinstance(words, str) and words in self.text


class Desk:
    """A browser without scripts, in which one colleague is signed in ("" for nobody)."""

    def __init__(self, world: World, key: str = "", school: str = "brug", *, proven: bool = True) -> None:
        self.world = world
        self.token = ""
        self._page = ""
        self.app = world.web()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app), base_url=ORIGIN, follow_redirects=True,
            headers={"sec-fetch-site": "same-origin"},
        )  # fmt: skip
        if key:
            self.token = world.write(
                lambda tx: logins.begin(tx, staff.by_key(tx, school, key).id, world.clock(), proven=proven)
            )
            self._client.cookies.set(cookie(world.bot), self.token)

    @cached_property
    def proof(self) -> str:
        """What pages of ours put into every form that this browser is shown."""
        with self.world.bot.database.read() as tx:
            return csrf(tx, self.token)

    async def get(self, path: str) -> Seen:
        """A page, by its address under /console."""
        return self._see(await self._client.get(BASE + path))

    async def post(self, path: str, files: Mapping[str, tuple[str, bytes]] | None = None, /, **fields: Any) -> Seen:
        """A form, with the proof that a page of ours carries."""
        given = {"_ons": self.proof, "_form": secrets.token_hex(8), **fields}
        return self._see(await self._client.post(BASE + path, data=given, files=files))

    async def fill(self, path: str, /, **fields: Any) -> Seen:
        """The form of the page that was seen last, as a browser sends it."""
        return self._see(await self._client.post(BASE + path, data={**self._hidden(), **fields}))

    async def plainly(self, path: str, headers: Mapping[str, str] | None = None, /, **fields: Any) -> httpx.Response:
        """The same without following, for what stands in the answer itself."""
        return await self.bare("POST", path, data={**self._hidden(), **fields}, headers=headers)

    def _hidden(self) -> dict[str, str]:
        return {name: html.unescape(value) for name, value in _HIDDEN.findall(self._page)}

    async def bare(self, method: str, path: str, **given: Any) -> httpx.Response:
        """One request as it is, without proof and without following."""
        return await self._client.request(method, BASE + path, follow_redirects=False, **given)

    def _see(self, answer: httpx.Response) -> Seen:
        self._page = answer.text
        return Seen(answer.status_code, answer.text, answer.url.path, answer.headers, answer.content)


def code_at(secret: str, now: datetime) -> str:
    """What her authenticator shows."""
    return TOTP(base64.b32decode(secret), 6, SHA1(), second.STEP).generate(int(now.timestamp())).decode()


def deeds(world: World) -> list[str]:
    """What the audit says was done, in order."""
    return [row.what for row in world.rows(t.audit.select().order_by(t.audit.c.id))]
