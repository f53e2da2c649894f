"""What the phones' network refuses, as the real channels do, and its dice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.phone import wire
from bot.demo.network_rules import Dice, Faults, check
from bot.demo.network_rules import outbound as parsed
from bot.errors import Rejected
from bot.model import Choice, Outbound
from tests.fakes.phones import ELIF, FATIMA, JOY, YESNO, outbound

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
TEN = tuple(Choice(f"id{number}", f"{number}") for number in range(10))


def refusal(message: Outbound, ago: timedelta | None = None) -> str:
    """The code with which this message is refused if she wrote so long ago; "" where it is taken."""
    try:
        check(message, None if ago is None else NOW - ago, NOW)
    except Rejected as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(
    ("ago", "template", "code"),
    [
        (None, "", "window"),
        (None, "welkom", ""),
        (DAY - SECOND, "", ""),
        (DAY, "", "window"),
        (DAY, "welkom", ""),
    ],
)
def test_whatsapp_is_open_for_a_day_after_she_wrote(ago: timedelta | None, template: str, code: str) -> None:
    assert refusal(outbound(ELIF, template=template), ago) == code


def test_a_template_may_have_ten_buttons_but_no_list() -> None:
    buttons = outbound(ELIF, layout="buttons", choices=TEN, template="welkom")
    choose = outbound(ELIF, layout="list", choices=TEN, template="welkom")
    assert (refusal(buttons), refusal(choose)) == ("", "window")
    assert (refusal(buttons, SECOND), refusal(choose, SECOND)) == ("choices", "")


def test_a_template_is_no_longer_than_a_message_with_buttons() -> None:
    long = outbound(ELIF, "x" * 1025, template="welkom")
    assert (refusal(long), refusal(long, SECOND)) == ("text", "")


def test_a_telegram_bot_cannot_write_first() -> None:
    assert refusal(outbound(JOY, template="welkom")) == "not-started"
    assert refusal(outbound(JOY), 30 * DAY) == ""


def test_sms_is_plain_and_always_open() -> None:
    assert refusal(outbound(FATIMA)) == ""
    assert refusal(outbound(FATIMA, layout="buttons", choices=YESNO)) == "layout"
    assert refusal(outbound(FATIMA, choices=YESNO)) == "choices"


@pytest.mark.parametrize("identity", ["", "../7", "m 7", "m" * 65, "é", "m\n"])
def test_our_ids_can_stand_in_a_path(identity: str) -> None:
    assert refusal(outbound(FATIMA, id=identity)) == "id"


def test_what_travels_arrives_whole() -> None:
    message = outbound(
        ELIF, "Kunt u?", layout="buttons", choices=YESNO, template="vraag", language="nl", expires_at=NOW
    )
    assert parsed(wire(message)) == message


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": 7}, {"text": None}, {"text": "\ud83d"}, {"choices": "ja"}, {"choices": [{}]}, {"choices": 7}, {"to": []},
        {"choices": [{"id": "ja", "label": 1}]}, {"expires_at": "morgen"}, {"expires_at": 7},
        {"expires_at": "2026-11-23T16:00"},
    ],
    ids=ascii,
)  # fmt: skip
def test_what_makes_no_sense_is_malformed(wrong: dict[str, Any]) -> None:
    raw = wire(outbound(FATIMA, layout="buttons", choices=YESNO))
    with pytest.raises(Rejected) as refused:
        parsed({**raw, **wrong})
    assert refused.value.code == "malformed"
    (name,) = wrong
    with pytest.raises(Rejected):
        parsed({key: value for key, value in raw.items() if key != name})


def test_the_same_seed_throws_the_same_dice() -> None:
    def throws(seed: int) -> list[bool]:
        dice = Dice(Faults(seed=seed, lose=0.5))
        return [dice.hit("lose") for _ in range(64)]

    assert throws(1) == throws(1) != throws(2)
    assert set(throws(1)) == {True, False}


@pytest.mark.parametrize("wrong", [{"explode": 1}, {"lose": "often"}, {"lose": None}, {"refuse_code": 7}], ids=ascii)
def test_unknown_faults_are_refused(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=name):
        Faults.parse(wrong)
