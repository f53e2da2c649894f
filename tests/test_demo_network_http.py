"""The phones' network over HTTP, mounted in another application."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.channels.phone import wire
from bot.demo.network import Network
from tests.fakes.bot import Listener, listening
from tests.fakes.phones import FATIMA, JOY, YESNO, Phones, outbound
from tests.fakes.providers import TOKEN
from tests.fakes.server import serving


@dataclass
class Mounted:
    http: httpx.AsyncClient
    network: Network
    bot: Listener


@pytest.fixture
async def mounted(tmp_path: Path) -> AsyncIterator[Mounted]:
    async with listening() as bot, Phones(tmp_path / "network.jsonl", bot).open() as network:
        app = Starlette(routes=[Mount("/network", network.app())])
        async with serving(app) as url, httpx.AsyncClient(base_url=f"{url}/network") as http:
            yield Mounted(http, network, bot)


async def test_one_types_taps_and_looks(mounted: Mounted) -> None:
    http = mounted.http
    said = await http.post(f"/phones/{JOY}/say", json={"text": "/start"})
    question = outbound(JOY, layout="buttons", choices=YESNO)
    await mounted.network.accept(question)
    tapped = await http.post(f"/phones/{JOY}/say", json={"choice": "ja", "ours": question.id})
    looked = await http.post(f"/phones/{JOY}/read")
    assert (said.status_code, tapped.status_code, looked.status_code) == (201, 201, 204)
    await mounted.bot.until(4)
    first, second = mounted.bot.messages()
    assert (first["id"], first["text"], first["kind"]) == (said.json()["id"], "/start", "text")
    assert (second["text"], second["choice"], second["ours"], second["kind"]) == ("Ja", "ja", question.id, "choice")
    lines = (await http.get("/log")).text.splitlines()
    assert [json.loads(line)["id"] for line in lines if '"what":"accepted"' in line] == [question.id]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/phones/{FATIMA}/say", b"", 400),
        (f"/phones/{FATIMA}/say", b"[]", 400),
        (f"/phones/{FATIMA}/say", b"[" * 60_000, 400),
        (f"/phones/{FATIMA}/say", b'{"choice": "ja", "ours": "m-0"}', 400),
        (f"/phones/{FATIMA}/say", b'{"text": "' + b"x" * 65_536 + b'"}', 413),
        ("/phones/iemand/say", b"{}", 400),
        ("/phones/fax:+31612000103/say", b"{}", 400),
        ("/faults", b'{"explode": 1}', 400),
        ("/messages", b"{}", 401),
    ],
    ids=lambda value: ascii(value)[:40],
)
async def test_a_wrong_request_is_refused(mounted: Mounted, path: str, body: bytes, status: int) -> None:
    assert (await mounted.http.post(path, content=body)).status_code == status
    assert mounted.network.log() == ""


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer another-token-of-somebody", f"Basic {TOKEN}", "Bearer \xe9"])
async def test_only_the_bot_may_send_and_look_up(mounted: Mounted, token: str) -> None:
    headers = {b"Authorization": token.encode("latin-1")}
    assert (await mounted.http.post("/messages", json=wire(outbound(FATIMA)), headers=headers)).status_code == 401
    assert (await mounted.http.get("/messages", headers=headers)).status_code == 401
    assert mounted.network.messages(FATIMA) == []


async def test_a_refusal_tells_its_rule(mounted: Mounted) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    refused = await mounted.http.post("/messages", json=wire(outbound(JOY)), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "not-started")
    for since in ("", "gisteren", "2026-11-23T16:00"):
        query = {"ours": "m-1", "since": since}
        assert (await mounted.http.get("/messages", params=query, headers=headers)).status_code == 400
