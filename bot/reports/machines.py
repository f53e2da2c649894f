"""Which machine translates what people write themselves, for which school and language, and whether it answers."""

import asyncio
from collections.abc import Iterator, Mapping

from bot.config import Config
from bot.errors import ConfigError, TranslationError
from bot.reports.finding import Result, look, ok, wrong
from bot.translation.engines.libretranslate import LibreTranslate
from bot.translation.machine import Engine, Machines
from bot.translation.orders import PATIENCE
from bot.translation.texts import SOURCE

ABOUT = "translation"
_PROBE = "Goedemorgen, tot morgen!"
_WHY = {
    "refused": ("the key is refused, or used up", "look at the account there"),
    "unreachable": ("nobody is reached there", "look at its api in [translation], and at the way there"),
    "late": ("it does not answer in time", "look at the server; texts go out untranslated meanwhile"),
    "busy": ("it asks for patience", "a larger plan, or another engine for some pairs"),
}


def served(config: Config, machines: Machines, closed: Mapping[str, ConfigError]) -> Iterator[Result]:
    """Per choice of machines, which languages each of them serves."""
    for name, error in closed.items():
        what, _, way_out = str(error).rpartition("; ")
        yield wrong(f"{ABOUT} {name}", what, way_out)
    common = [key for key, school in config.schools.items() if school.translation is None]
    if common:
        yield from _choice(config, machines, common[0], ABOUT)
    for key, school in config.schools.items():
        if school.translation is not None:
            yield from _choice(config, machines, key, f"{ABOUT} {key}")


def _choice(config: Config, machines: Machines, school: str, about: str) -> Iterator[Result]:
    by_engine: dict[str, list[str]] = {}
    unspoken: list[str] = []
    for language in config.languages.offered:
        if language != SOURCE:
            chosen = machines.chosen(school, SOURCE, language)
            by_engine.setdefault(chosen, []).append(language)
            if chosen in machines.engines and machines.engine(school, SOURCE, language) is None:
                unspoken.append(language)
    served_by = "; ".join(f"{engine}: {' '.join(languages)}" for engine, languages in by_engine.items())
    if by_engine.keys() <= {"none"}:
        yield ok(about, "no machine: what people write themselves goes out as it is")
    else:
        yield ok(about, served_by)
    if unspoken:
        pair = f"{SOURCE}-{unspoken[0]}"
        yield look(about, f"not spoken there: {' '.join(unspoken)}", f'name another engine for "{pair}" in pairs')


async def examine(config: Config, machines: Machines) -> list[Result]:
    """Whether they answer: each is asked to say good morning."""
    found = await asyncio.gather(*(_one(config, each) for each in machines.engines.values()))
    return [each for results in found for each in results]


async def _one(config: Config, engine: Engine) -> list[Result]:
    about = f"{ABOUT} {engine.name}"
    target = next((each for each in config.languages.offered if each != SOURCE and engine.speaks(SOURCE, each)), "en")
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await engine.translate([_PROBE], SOURCE, target)
            return [ok(about, "it answers"), *await _lacking(config, engine, about)]
    except TimeoutError:
        return [wrong(about, *_WHY["late"])]
    except TranslationError as error:
        said = _WHY.get(error.reason, (f"it answers, but not as it should ({error.reason})", "look at the server"))
        return [wrong(about, *said)]


async def _lacking(config: Config, engine: Engine, about: str) -> list[Result]:
    """What a server of one's own was not given."""
    if not isinstance(engine, LibreTranslate):
        return []
    known = {each for each in config.languages.offered if engine.speaks(SOURCE, each)}
    missing = sorted(known - await engine.languages())
    told = f"this server was not given: {' '.join(missing)}"
    return [look(about, told, "load these languages there, or name another engine for them")] if missing else []
