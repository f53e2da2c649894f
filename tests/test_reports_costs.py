"""A year's costs: what each channel counts, by hand."""

import pytest

from bot.reports.costs import Assumed, year


def assumed(channel: str = "", **given: object) -> Assumed:
    values = {"families": 100, "shares": {channel: 1.0}, "languages": {"nl": 1.0}, "parts": {"nl": 1.0}, **given}
    return Assumed(**values)  # type: ignore[arg-type]


def test_sms_is_paid_by_the_part() -> None:
    """80 that we begin in a year and 20 rounds; 40 answers of hers, each answered: 140 messages of one part."""
    [cost] = year(assumed("sms"))
    assert (cost.families, cost.out, cost.come, cost.euros) == (100, 14_000, 4_000, 1_400.0)
    [twice] = year(assumed("sms", parts={"nl": 2.0}))
    assert twice.euros == 2 * cost.euros


def test_an_arabic_message_costs_what_arabic_costs() -> None:
    half = assumed("sms", languages={"nl": 50, "ar": 50}, parts={"nl": 1.0, "ar": 3.0})
    assert half.sms_parts == 2.0
    assert year(half)[0].euros == 2_800.0
    assert assumed(languages={}, parts={"nl": 1.5}).sms_parts == 1.5


def test_whatsapp_is_paid_by_the_message_and_dearer_when_we_begin() -> None:
    """160 out (20 of them after a knock) and 60 in at half a cent, and 100 templates at five cents: 6.10 a family."""
    [cost] = year(assumed("whatsapp"))
    assert (cost.out, cost.come) == (16_000, 6_000)
    assert cost.euros == pytest.approx(610.0)


def test_telegram_costs_nothing_and_the_largest_comes_first() -> None:
    costs = year(assumed(shares={"sms": 0.25, "telegram": 0.75}))
    assert [(each.channel, each.families) for each in costs] == [("telegram", 75), ("sms", 25)]
    assert costs[0].euros == 0


def test_who_plans_less_pays_less() -> None:
    seldom, often = (year(assumed("sms", per_week=number))[0].euros for number in (0.5, 4.0))
    assert seldom < often
    assert year(assumed("sms", per_week=0.0))[0].out == 2_000, "the rounds remain"
