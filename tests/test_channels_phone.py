"""The driver phone alone: its settings, its pool and its token."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest

from bot.channels.phone import PhoneChannel
from bot.config import ChannelSettings
from bot.errors import ConfigError, InDoubt, Unsent
from bot.model import Address, Outbound
from tests.fakes.clock import wall_clock
from tests.fakes.providers import NOWHERE, TOKEN, PhoneCase
from tests.fakes.server import silent, talking

HALLO = Outbound("m-1", Address("sms", "+31612000001"), "hallo")


@pytest.mark.parametrize(
    ("name", "api"), [("post", NOWHERE), ("sms", ""), ("sms", "127.0.0.1:8000"), ("sms", "ftp://127.0.0.1")]
)
def test_settings_that_cannot_work_are_refused(name: str, api: str) -> None:
    with pytest.raises(ConfigError, match=name):
        PhoneChannel(ChannelSettings(name, "phone", api=api, token=TOKEN), wall_clock)


def test_the_refusal_of_a_short_token_does_not_show_it() -> None:
    with pytest.raises(ConfigError, match="BOT_CHANNELS_SMS_TOKEN") as refused:
        PhoneChannel(ChannelSettings("sms", "phone", api=NOWHERE, token="geheim"), wall_clock)
    assert "geheim" not in str(refused.value)


async def test_what_never_got_a_connection_did_not_go() -> None:
    async with talking(silent) as api:
        settings = ChannelSettings("sms", "phone", api=api, token=TOKEN)
        driver = PhoneChannel(settings, wall_clock, timeout=httpx.Timeout(1, pool=0.1))
        errors = await asyncio.gather(*(driver.send(HALLO) for _ in range(40)), return_exceptions=True)
        await driver.close()
    assert Counter(map(type, errors)) == {InDoubt: 10, Unsent: 30}  # the pool has ten connections


async def test_a_wrong_token_sends_nothing(tmp_path: Path) -> None:
    case = PhoneCase("sms")
    async with case.open(tmp_path) as provider:
        stranger = case.driver(api=provider.api, secret="a-token-of-somebody-else")
        with pytest.raises(Unsent):
            await stranger.send(HALLO)
        await stranger.close()
        assert provider.accepted(HALLO) == 0
