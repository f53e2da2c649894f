"""What the doctor says of the machines that translate: who serves what, and whether they answer."""

from dataclasses import replace
from pathlib import Path

from bot.config import Config, Languages
from bot.errors import ConfigError
from bot.reports import machines as reports
from bot.reports.finding import Result
from bot.translation.engines.libretranslate import LibreTranslate
from bot.translation.machine import Engine, Machines
from bot.translators import Access, Choice, Translation
from tests.fakes.translators import Fluent
from tests.fakes.translators_http import KEY, LibreTranslateServer
from tests.world import settings


def config(home: Path, translation: Translation, own: Choice | None = None) -> Config:
    plain = settings(home)
    schools = {**plain.schools, "vaart": replace(plain.schools["vaart"], translation=own)}
    return replace(plain, translation=translation, languages=Languages(("nl", "en", "tr", "so")), schools=schools)


async def test_who_serves_which_language(tmp_path: Path) -> None:
    silent = config(tmp_path, Translation())
    assert [each.kind for each in reports.served(silent, Machines(silent, {}), {})] == ["ok"]
    chosen = config(tmp_path, Translation("deepl", {"nl-tr": "google"}), Choice("libretranslate"))
    engines: dict[str, Engine] = {"deepl": Fluent(), "libretranslate": LibreTranslate(Access("http://127.0.0.1:1"))}
    closed = {"google": ConfigError("[translation] google: something is missing; do something")}
    found = list(reports.served(chosen, Machines(chosen, engines), closed))
    assert found == [
        Result("wrong", "translation google", "[translation] google: something is missing", "do something"),
        Result("ok", "translation", "deepl: en so; google: tr"),
        Result("ok", "translation vaart", "libretranslate: en tr so"),
        Result(
            "look", "translation vaart", "not spoken there: so", 'name another engine for "nl-so" in pairs'
        ),
    ]  # fmt: skip
    await Machines(chosen, engines).close()


async def test_whether_it_answers(tmp_path: Path) -> None:
    provider = LibreTranslateServer()
    provider.codes = ("nl", "en")
    chosen = config(tmp_path, Translation("libretranslate"))
    async with provider.open() as url:
        engine = LibreTranslate(Access(url, key=KEY))
        machines = Machines(chosen, {"libretranslate": engine})
        found = await reports.examine(chosen, machines)
        assert [(each.kind, each.what) for each in found] == [
            ("ok", "it answers"), ("look", "this server was not given: tr"),
        ]  # fmt: skip
        for trouble, told in (("key", "the key is refused, or used up"), ("html", "it answers, but not as it should")):
            provider.trouble = trouble
            found = await reports.examine(chosen, machines)
            assert [each.kind for each in found] == ["wrong"]
            assert found[0].what.startswith(told)
            assert found[0].way_out
        await machines.close()
