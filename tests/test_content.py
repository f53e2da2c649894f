"""Our own flows and texts are without fault, in every language that we offer."""

from pathlib import Path

import pytest

from bot import config
from bot.check import everything, reading, sizes
from bot.check.content import Content
from bot.desk.actions import ACTIONS, OFFERS

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def settings() -> config.Config:
    return config.load(ROOT / "config.toml", {})


@pytest.fixture(scope="module")
def content(settings: config.Config) -> Content:
    read, unread = reading.read(settings, ACTIONS, OFFERS)
    assert unread == []
    return read


def test_nothing_is_wrong(settings: config.Config, content: Content) -> None:
    measured, unmeasured = sizes.measure(content, settings.locales)
    assert unmeasured == []
    assert [finding for finding in everything.findings(content, measured) if finding.level == "error"] == []


def test_every_language_we_offer_is_complete(content: Content) -> None:
    counts = everything.counts(content, [])
    assert {count.language for count in counts if count.offered} == set(content.languages.offered)
    assert [(count.language, count.missing, count.stale) for count in counts if count.missing or count.stale] == []
    assert [finding for finding in everything.findings(content) if "translated" in finding.message] == []
