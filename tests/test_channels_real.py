"""What must be set before a bot writes to real people; for played phones nothing of it is asked."""

from pathlib import Path
from typing import Any

import pytest

from bot import config
from bot.channels import real
from bot.config import Config
from bot.errors import ConfigError

SCHOOL = {"name": "De Brug", "urgent_phone": "030 123 45 67", "duty": ["sms:+31612009001"]}


def settings(driver: str = "twilio", *, school: Any = None, **tables: Any) -> Config:
    """One school and its channel, as it could be served; with what a test changes of it."""
    web = {"public_url": "https://bot.school.nl"} | tables.pop("web", {})
    sms = {"driver": driver} | tables.pop("sms", {})
    raw = {"schools": {"brug": SCHOOL | (school or {})}, "web": web, "channels": {"sms": sms}, **tables}
    return config.parse(raw, Path(), {})


def test_what_is_set_well_may_start() -> None:
    real.check(settings())
    assert real.names(settings()) == ["sms"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"school": {"urgent_phone": " "}}, "[schools.brug] urgent_phone: "),
    ({"school": {"duty": []}}, "[schools.brug] duty: name whom"),
    ({"school": {"duty": ["telegram:4711"]}}, "[schools.brug] duty: name whom"),
    ({"school": {"duty": ["sms:+31612009001", "telegram:4711"]}}, "[schools.brug] duty: telegram is off; add [chan"),
    ({"web": {"public_url": "http://bot.school.nl"}}, "[web] public_url: [channels.sms] is called there"),
    ({"waits": {"lease": 10.0}}, "[waits] lease: "),
    ({"waits": {"settle": 20.0, "resend": 44.0}}, "[waits] resend: write at least lease + 15"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_what_could_do_harm_does_not_start(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        real.check(settings(**change))
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("change", [change for change, _ in WRONG])
def test_nobody_is_behind_a_played_phone(change: dict[str, Any]) -> None:
    real.check(settings("phone", **change))


def test_who_asks_itself_needs_no_address_that_can_be_called() -> None:
    plain = {"public_url": "http://bot.school.nl"}
    real.check(settings(web=plain, sms={"mode": "polling"}))
    real.check(settings(web={"public_url": "http://localhost:8000"}))


def test_a_stand_in_on_this_machine_may_be_hurried() -> None:
    quick = {"lease": 1.5, "settle": 0.3, "resend": 3.0}
    real.check(settings(waits=quick, sms={"api": "http://127.0.0.1:8001"}))
    with pytest.raises(ConfigError, match="lease"):
        real.check(settings(waits=quick, sms={"api": "https://proxy.school.nl"}))
