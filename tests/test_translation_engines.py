"""Every engine against its provider over real HTTP: what goes well, and each trouble by its one word."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.errors import ConfigError, TranslationError
from bot.translation.engines.deepl import DeepL
from bot.translation.engines.libretranslate import LibreTranslate
from bot.translation.engines.threaded import Google, Microsoft, Threads
from bot.translation.languages import LANGUAGES
from bot.translation.machine import MAKERS, Engine
from bot.translators import Access
from tests.fakes.server import free_port, resetting, talking
from tests.fakes.translators import pseudo
from tests.fakes.translators_http import (
    KEY,
    DeepLServer,
    GoogleServer,
    LibreTranslateServer,
    MicrosoftServer,
    Provider,
)

PATIENCE = 0.25
ENGINES: Mapping[str, tuple[Callable[[], Provider], Callable[[Access], Engine]]] = {
    "libretranslate": (LibreTranslateServer, LibreTranslate),
    "deepl": (DeepLServer, DeepL),
    "microsoft": (MicrosoftServer, lambda access: Microsoft(access, Threads(patience=PATIENCE))),
    "google": (GoogleServer, lambda access: Google(access, Threads(patience=PATIENCE))),
}
TEXTS = ["Morgen geen gym om 8:30.", "Neem [X1X] mee, € 3,50!"]


@asynccontextmanager
async def opened(name: str, key: str = KEY) -> AsyncIterator[tuple[Provider, Engine]]:
    """An engine and the provider that it speaks to."""
    make_provider, make_engine = ENGINES[name]
    provider = make_provider()
    async with provider.open() as url:
        engine = make_engine(Access(url, "westeurope", key=key))
        yield provider, engine
        await engine.close()


async def reason(engine: Engine, texts: list[str] = TEXTS) -> str:
    """Why it could not, in its one word."""
    with pytest.raises(TranslationError) as caught:
        await engine.translate(texts, "nl", "tr")
    return caught.value.reason


@pytest.mark.parametrize("name", ENGINES)
async def test_an_engine_says_all_of_it_in_order(name: str) -> None:
    async with opened(name) as (provider, engine):
        assert engine.name == provider.name == name
        said = await engine.translate(TEXTS, "nl", "tr")
        assert said == [pseudo(each, "nl", "tr") for each in TEXTS]
        assert await engine.translate(said, "tr", "nl") == TEXTS
        many = [f"Zin {number}." for number in range(60)] if name == "deepl" else TEXTS
        assert len(await engine.translate(many, "nl", "en")) == len(many)
        assert engine.speaks("nl", "uk")
        assert not engine.speaks("nl", "pap")
        assert not engine.speaks("rif", "nl")


TROUBLES = {
    "429": "busy", "key": "refused", "down": "broken", "html": "garbled", "cut": "unreachable", "empty": "empty",
    "half": "garbled", "flood": "garbled",
}  # fmt: skip


@pytest.mark.parametrize("name", ENGINES)
async def test_each_trouble_has_its_word(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with opened(name) as (provider, engine):
        for trouble, word in TROUBLES.items():
            provider.trouble = trouble
            refused = name == "google" and trouble in ("key", "down")  # its library says the same of every refusal
            assert await reason(engine) == ("unreachable" if refused else word), trouble
        for trouble in ("same", "wrong_language", "digits", "marks"):  # no engine can know: trust.py does
            provider.trouble = trouble
            assert len(await engine.translate(TEXTS, "nl", "tr")) == len(TEXTS)
    assert not any(word in caplog.text for word in ("Morgen", "gym", KEY))


@pytest.mark.parametrize("name", ENGINES)
async def test_who_is_not_there_and_who_hangs(name: str) -> None:
    nobody = ENGINES[name][1](Access(f"http://127.0.0.1:{free_port()}", key=KEY))
    assert await reason(nobody) == "unreachable"
    await nobody.close()
    async with talking(resetting) as url:
        cut = ENGINES[name][1](Access(url, key=KEY))
        assert await reason(cut) == "unreachable"
        await cut.close()
    async with opened(name) as (provider, engine):
        provider.trouble = "hang"
        began = asyncio.get_running_loop().time()
        with pytest.raises((TranslationError, TimeoutError)):
            async with asyncio.timeout(2 * PATIENCE):  # as the interpreter does
                await engine.translate(TEXTS, "nl", "tr")
        assert asyncio.get_running_loop().time() - began < 4 * PATIENCE
        provider.trouble = ""
        provider.let_go.set()
        assert await engine.translate(TEXTS[:1], "nl", "tr") == [pseudo(TEXTS[0], "nl", "tr")]


async def test_threads_that_hang_are_left_and_never_more_than_so_many() -> None:
    provider = MicrosoftServer()
    async with provider.open() as url:
        engine = Microsoft(Access(url, "westeurope", key=KEY), Threads(most=2, patience=PATIENCE))
        provider.trouble = "hang"
        assert await reason(engine, ["een", "twee", "drie", "vier"]) == "late"
        assert await reason(engine, ["vijf"]) == "late", "both threads still hang: this one was never begun"
        assert {text for texts, _, _ in provider.asked for text in texts} == {"een", "twee"}
        provider.trouble = ""
        provider.let_go.set()
        async with asyncio.timeout(5):
            assert await engine.translate(["zes"], "nl", "tr") == [pseudo("zes", "nl", "tr")]


async def test_a_provider_that_asks_for_patience_gets_it_but_not_for_ever() -> None:
    async with opened("deepl") as (provider, engine):
        provider.trouble = "429"
        for said, wait in (("", 0), ("7", 7), ("99999999", 3600), ("soon", 0)):
            provider.retry_after = said
            with pytest.raises(TranslationError) as caught:
                await engine.translate(TEXTS, "nl", "tr")
            assert caught.value.wait == timedelta(seconds=wait)


async def test_a_wrong_key_and_a_language_that_a_server_lacks() -> None:
    for name in ("libretranslate", "deepl", "microsoft"):
        async with opened(name, "another key") as (_, engine):
            assert await reason(engine) == "refused"
    async with opened("libretranslate") as (provider, engine):
        assert isinstance(engine, LibreTranslate)
        assert await engine.languages() == {"ar", "en", "fr", "nl", "pl", "tr", "uk", "zh"}
        with pytest.raises(TranslationError, match="strange"):
            await engine.translate(TEXTS, "nl", "hu")
        provider.trouble = "down"
        with pytest.raises(TranslationError, match="broken"):
            await engine.languages()


def test_keys_are_needed_and_never_shown() -> None:
    for name in ("deepl", "microsoft"):
        with pytest.raises(ConfigError, match=f"BOT_TRANSLATION_{name.upper()}_KEY"):
            MAKERS[name](Access())
    assert KEY not in repr(Access(key=KEY))


async def test_who_speaks_what() -> None:
    spoken = {
        name: {code for code in LANGUAGES if engine.speaks("nl", code)}
        for name, (_, make) in ENGINES.items()
        if (engine := make(Access("http://127.0.0.1:1", key=KEY)))
    }
    assert {"en", "tr", "ar", "pl", "uk"} <= set.intersection(*spoken.values())
    assert not spoken["libretranslate"] & {"ps", "so", "ti", "am", "kmr", "ckb", "prs"}
    assert {"so", "ti", "am", "ps", "kmr", "ckb"} <= spoken["google"] & spoken["microsoft"]
    assert not {"pap", "rif"} & (spoken["google"] | spoken["microsoft"]), "no machine knows these"
