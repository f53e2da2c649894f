"""The stand-in of Twilio is as strict as Twilio, and as a process it forgets nothing."""

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.errors import ChannelError, InDoubt
from bot.model import Address, Outbound, Status
from tests.fakes.bot import listening
from tests.fakes.server import free_port
from tests.fakes.twilio import ACCOUNT, SERVICE, SMS, TOKEN, WHATSAPP
from tests.fakes.twilio_case import PUBLIC, driver
from tests.fakes.twilio_hooks import signature
from tests.fakes.twilio_stage import Ground, Stage, grounded, staged

pytestmark = pytest.mark.asyncio(loop_scope="module")  # the servers are opened once
ROOT = Path(__file__).parent.parent
FATIMA = Address("sms", "+31612000103")
BASIC = (ACCOUNT, TOKEN)
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
GOOD = {
    "To": FATIMA.value, "From": SMS, "Body": "Dag", "ValidityPeriod": "60",
    "StatusCallback": f"{PUBLIC}/hooks/sms/status/1-0#rc=5&rp=all",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground() -> AsyncIterator[Ground]:
    async with grounded() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def stage(ground: Ground, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(ground, tmp_path) as found:
        yield found


# --- how strict it is -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({}, 201, None),
        ({"MessagingServiceSid": SERVICE, "From": None}, 201, None),
        ({"To": None}, 400, 21604),
        ({"To": "0612000001"}, 400, 21211),
        ({"To": f"whatsapp:{FATIMA.value}"}, 400, 21910),
        ({"From": None}, 400, 21603),
        ({"From": "+3197010200099"}, 400, 21606),
        ({"From": f"whatsapp:{WHATSAPP}"}, 400, 21910),
        ({"From": "whatsapp:+31612000009", "To": f"whatsapp:{FATIMA.value}"}, 400, 63007),
        ({"MessagingServiceSid": "MG" + "f" * 32, "From": None}, 400, 21703),
        ({"MessagingServiceSid": "MG1", "From": None}, 400, 21701),
        ({"Body": None}, 400, 21602),
        ({"Body": "x" * 1600}, 201, None),
        ({"Body": "x" * 1601}, 400, 21617),
        ({"ValidityPeriod": None}, 400, 20001),
        ({"ValidityPeriod": "0"}, 400, 20001),
        ({"ValidityPeriod": "36000"}, 201, None),
        ({"ValidityPeriod": "36001"}, 400, 20001),
        ({"StatusCallback": None}, 400, 21609),
        ({"StatusCallback": f"{PUBLIC}/hooks/sms"}, 400, 21609),
        ({"StatusCallback": "https://elsewhere.example/hooks/sms/status/1-0"}, 400, 21609),
        ({"ContentVariables": "{}"}, 400, 21654),
        ({"ContentSid": "HX" + "0" * 32, "Body": None}, 400, 21655),
        ({"Sender": "iemand"}, 400, 20001),
    ],
)
async def test_what_a_message_must_have(
    stage: Stage, change: dict[str, str | None], status: int, code: int | None
) -> None:
    form = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    async with httpx.AsyncClient(base_url=stage.api, auth=BASIC) as client:
        answer = await client.post(MESSAGES, data=form)
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert len(stage.events("accepted")) == (status == 201)


@pytest.mark.parametrize(
    "given", [None, "Basic", "Bearer x", "Basic !", f"{ACCOUNT}:verkeerd", f"AC{'f' * 32}:{TOKEN}"]
)
async def test_nobody_gets_in_without_the_token(stage: Stage, given: str | None) -> None:
    if given and ":" in given:
        given = f"Basic {base64.b64encode(given.encode()).decode()}"
    headers = {"Authorization": given} if given else {}
    async with httpx.AsyncClient(base_url=stage.api, headers=headers) as client:
        answers = [await client.post(MESSAGES, data=GOOD), await client.get(MESSAGES)]
        answers.append(await client.get("/v1/ContentAndApprovals"))
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(401, 20003)] * 3


async def test_the_list_shows_nothing_of_ours(stage: Stage) -> None:
    async with httpx.AsyncClient(base_url=stage.api, auth=BASIC) as client:
        await client.post(MESSAGES, data=GOOD)
        listed = await client.get(MESSAGES, params={"To": FATIMA.value})
        assert (await client.get(MESSAGES, params={"Status": "sent"})).json()["code"] == 20001
    (row,) = listed.json()["messages"]
    assert row["body"] == "Dag"
    assert "1-0" not in listed.text


async def test_its_signature_is_that_of_the_library() -> None:
    """Two hands wrote it, so that each checks the other."""
    for fields in ({"Body": "hé 🙂 &=+", "AccountSid": ACCOUNT, "a": ""}, {"Z": "1", "a": "2", "A": "3"}):
        given = signature(TOKEN, f"{PUBLIC}/hooks/sms", fields)
        assert RequestValidator(TOKEN).validate(f"{PUBLIC}/hooks/sms", fields, given)


# --- what goes wrong there --------------------------------------------------------------------------------------------
async def test_statuses_come_before_the_answer_twice_and_in_the_wrong_order(stage: Stage) -> None:
    channel = driver("sms", api=stage.api)
    stage.twilio.fault(shuffle=1, double=1, late=1, late_by=0.2)
    sending = asyncio.create_task(channel.send(Outbound("1-0", FATIMA, "Dag")))
    receipts = await stage.statuses(channel, "1-0", 4)
    assert not sending.done()
    assert [each.status for each in receipts] == [Status.DELIVERED] * 2 + [Status.SENT] * 2
    assert {each.theirs for each in receipts} == {await sending}
    await channel.close()


async def test_a_webhook_comes_twice_or_never(stage: Stage) -> None:
    channel = driver("sms", api=stage.api)
    stage.twilio.fault(double=1)
    await stage.twilio.say(FATIMA, "een")
    await stage.bot.until(2)
    assert len({str(channel.read(each)) for each in stage.bot.heard}) == 1
    stage.twilio.fault(lose_hook=1)
    sid = await stage.twilio.say(FATIMA, "twee")
    version = 0
    while sid in stage.twilio.book.waiting:
        version = await stage.twilio.changed(version, 5)
    assert len(stage.bot.heard) == 2
    await channel.close()


async def test_the_same_dice_fall_the_same_way(stage: Stage) -> None:
    channel = driver("sms", api=stage.api)
    fallen = []
    for _ in range(2):
        stage.twilio.fault(seed=7, error_before=0.3, cut_after=0.3)
        outcomes = []
        for number in range(12):
            try:
                await channel.send(Outbound(f"{number}-0", FATIMA, "Dag"))
                outcomes.append("sent")
            except ChannelError as error:
                outcomes.append(error.code)
        fallen.append(outcomes)
    assert fallen[0] == fallen[1]
    assert len(Counter(fallen[0])) == 3
    await channel.close()


# --- as a process -----------------------------------------------------------------------------------------------------
@contextmanager
def _process(port: int, log: Path, bot: str, **faults: float) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.fakes.twilio", "--port", str(port), "--log", str(log), "--hooks", bot]
    command += ["--public", PUBLIC, "--token", TOKEN, "--account", ACCOUNT, "--faults", json.dumps(faults)]
    with subprocess.Popen([*command, "--forgiving"], cwd=ROOT, env=os.environ) as process:
        try:
            yield process
        finally:
            process.kill()


async def _up(port: int) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                await client.get(f"http://127.0.0.1:{port}/test/log")
                return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_killed_process_has_forgotten_nothing(tmp_path: Path) -> None:
    log, port = tmp_path / "twilio.jsonl", free_port()
    channel = driver("sms", api=f"http://127.0.0.1:{port}")
    async with listening() as bot:
        with _process(port, log, bot.url, cut_after=1) as process:
            await _up(port)
            with pytest.raises(InDoubt):
                await channel.send(Outbound("1-0", FATIMA, "Dag"))
            process.send_signal(signal.SIGKILL)
        with log.open("a") as torn:
            torn.write('{"at":"2026-11-23T15:00')
        with _process(port, log, bot.url):
            await _up(port)
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                said = await client.post(f"/test/phones/{FATIMA}/say", json={"text": "hoi"})
                shown = (await client.get(f"/test/phones/{FATIMA}")).json()
                await client.post("/test/faults", json={"refuse": 1})
                assert (await client.post(MESSAGES, data=GOOD, auth=BASIC)).status_code == 400
            await bot.wait(lambda: any(said.json()["id"].encode() in each.body for each in bot.heard))
            assert [(each["id"], each["text"]) for each in shown] == [("1-0", "Dag"), (said.json()["id"], "hoi")]
            lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
            assert [(each["id"], each["to"], each["text"]) for each in lines if each["what"] == "accepted"] == [
                ("1-0", FATIMA.value, "Dag")
            ]
    await channel.close()


async def test_what_was_under_way_is_taken_up_again(ground: Ground, tmp_path: Path) -> None:
    """Its end came between the answer and the first status."""
    off = Address("sms", "+31612000104")
    async with staged(ground, tmp_path) as before:
        before.twilio.fault(delay=1, delay_by=60)
        before.twilio.unreachable[off] = 30003
        channel = driver("sms", api=ground.api)
        await channel.send(Outbound("1-0", FATIMA, "Dag"))
        await channel.send(Outbound("2-0", off, "Dag"))
        assert not before.bot.heard
    async with staged(ground, tmp_path) as after:
        assert {each.status for each in await after.statuses(channel, "1-0", 2)} == {Status.SENT, Status.DELIVERED}
        assert [each.code for each in await after.statuses(channel, "2-0")] == ["off 30003"]
    await channel.close()
