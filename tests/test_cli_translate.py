"""`ouderbrug translate` as a person types it: what leaves, what comes back, and whether it would be sent."""

import asyncio
from pathlib import Path
from typing import Any

from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.translators import pseudo
from tests.fakes.translators_http import KEY, LibreTranslateServer
from tests.world import World


async def test_a_text_is_tried_as_the_bot_would(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    provider = LibreTranslateServer()
    ouderbrug = command.on(sqlite_url, ring, tmp_path)
    ouderbrug.environment["BOT_TRANSLATION_LIBRETRANSLATE_KEY"] = KEY

    async def run(*words: str) -> Any:
        return await asyncio.to_thread(ouderbrug, "translate", *words, "--school", "brug")

    done = await run("Tot morgen.", "--to", "tr")
    assert done.returncode == 2
    assert "nl to tr at brug: no engine is chosen" in done.stderr
    async with provider.open() as url:
        with ouderbrug.config.open("a") as file:
            file.write(f'[translation]\nengine = "libretranslate"\n[translation.libretranslate]\napi = "{url}"\n')
        done = await run("Amira is ziek. Bel om 8:30!", "--to", "turks")
        assert done.returncode == 0, done.stderr
        sent, said, back, engine = done.stdout.splitlines()
        assert "Amira" not in sent
        assert pseudo("Bel om 8:30!", "nl", "tr") in said
        assert back == "back: Amira is ziek. Bel om 8:30!"
        assert engine.startswith("libretranslate, ")
        assert "Amira" not in str(provider.asked)
        provider.trouble = "digits"
        done = await run("Bel om 8:30!", "--to", "tr", "--json")
        assert done.returncode == 1
        assert '"reason": "cijfers"' in done.stdout or '"reason": "tijd"' in done.stdout
        provider.trouble = "429"
        done = await run("Bel om 8:30!", "--to", "tr")
        assert (done.returncode, done.stderr) == (1, "not to be trusted (busy): the original would be sent\n")
        assert "libretranslate does not speak both" in (await run("Kom je?", "--to", "so")).stderr
        assert "that is nl already" in (await run("Kom je?", "--to", "nl")).stderr
        assert "a language is one of nl, en" in (await run("Kom je?", "--to", "klingon")).stderr
        found = await asyncio.to_thread(ouderbrug.json, "doctor", "--offline")
        told = [each["what"] for each in found["findings"] if each["about"] == "translation"]
        assert told == ["libretranslate: en tr ar fa pl uk ti so bg es fr", "not spoken there: ti so"]
