"""Our own flows and texts are without fault, in every language that we offer."""

from pathlib import Path

import pytest

from bot import config
from bot.check import dutch, everything, reading, sizes
from bot.check.content import Content
from bot.check.finding import Finding
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


@pytest.fixture(scope="module")
def found(settings: config.Config, content: Content) -> list[Finding]:
    """Everything that any check has to say, sizes too."""
    measured, unmeasured = sizes.measure(content, settings.locales)
    assert unmeasured == []
    return everything.findings(content, measured)


def test_nothing_is_wrong(found: list[Finding]) -> None:
    assert [finding for finding in found if finding.level == "error"] == []


def test_the_dutch_can_be_read_and_is_kind(content: Content) -> None:
    assert [*dutch.level(content), *dutch.tone(content)] == []


def test_every_language_we_offer_is_complete(content: Content, found: list[Finding]) -> None:
    counts = everything.counts(content, [])
    assert {count.language for count in counts if count.offered} == set(content.languages.offered)
    assert [(count.language, count.missing, count.stale) for count in counts if count.missing or count.stale] == []
    assert [finding for finding in found if "translated" in finding.message] == []
