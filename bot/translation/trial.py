"""One text through a machine for somebody who looks on: as the interpreter does it, but nothing is claimed or kept."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from time import perf_counter
from typing import NamedTuple

from bot.config import Config
from bot.errors import ConfigError, TranslationError
from bot.store.database import Database
from bot.translation import machine
from bot.translation.catalogue import Catalogue
from bot.translation.machine import NAMELESS, Engine
from bot.translation.mask import Masked
from bot.translation.orders import PATIENCE
from bot.translation.phrases import Phrase
from bot.translation.schoolwords import terms
from bot.translation.turn import Known, Turned, is_nameless, leaving, masked, turn
from bot.translation.work import names


class Tried(NamedTuple):
    """What was made of a text. `sent`: what left the house; `reason`: why the original would be sent, or ""."""

    engine: str
    sent: tuple[str, ...]
    said: str
    back: str
    risks: tuple[str, ...]
    reason: str
    seconds: float


async def translate(
    config: Config, database: Database, catalogue: Catalogue, school: str, source: str, target: str, text: str,
    today: date,
) -> Tried:  # fmt: skip
    """Have it translated and said back. Raises ConfigError where nobody translates this pair."""
    machines = machine.make(config)
    try:
        engine = machines.engine(school, source, target)
        if engine is None:
            chosen = machines.chosen(school, source, target)
            why = "no engine is chosen" if chosen == "none" else f"{chosen} does not speak both"
            raise ConfigError(f"{source} to {target} at {school}: {why}; choose one in [translation]")
        known = Known.of(await database.fetch(lambda tx: names(tx, school)), today)
        pieces = masked(text, known, terms(catalogue, source, target))
        began = perf_counter()
        there = await _turn(engine, pieces, known, source, target)
        spent = perf_counter() - began
        back = Turned("")
        if there.text and engine.speaks(target, source):
            returned = masked(there.veiled.text, known, terms(catalogue, target, source))
            back = (await _turn(engine, returned, known, target, source)).lifted(there.veiled)
        return Tried(engine.name, tuple(leaving(pieces)), there.text, back.text, there.risks, there.reason, spent)
    finally:
        await machines.close()


async def _turn(engine: Engine, pieces: Sequence[Masked | str], known: Known, source: str, target: str) -> Turned:
    async def remember(_: Collection[str]) -> Mapping[str, Phrase]:
        return {}

    async def ask(sentences: Sequence[str]) -> list[str]:
        if engine.name in NAMELESS and not is_nameless(sentences, known):
            raise TranslationError("named")
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await engine.translate(sentences, source, target)

    try:
        return await turn(pieces, source, target, remember=remember, ask=ask)
    except TimeoutError:
        return Turned("", "late")
    except TranslationError as error:
        return Turned("", error.reason)
