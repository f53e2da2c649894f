"""The two engines that come by deep-translator, which knows no deadline: each call in a thread that may be left."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import requests
from deep_translator import GoogleTranslator, MicrosoftTranslator
from deep_translator.exceptions import (
    LanguageNotSupportedException,
    MicrosoftAPIerror,
    NotValidLength,
    RequestError,
    TooManyRequests,
    TranslationNotFound,
)

from bot.errors import ConfigError, TranslationError
from bot.translation.engines.wire import failure, whole
from bot.translators import Access

logging.getLogger("urllib3").setLevel(logging.ERROR)  # it would tell of every address, and Google's holds the text
AT_ONCE = 8  # threads of one engine; who hangs keeps his until the other side lets go
PATIENCE = 10.0  # seconds for one text
_BOTH = (
    "nl", "en", "tr", "ar", "ti", "pl", "uk", "fa", "so", "bg", "ro", "ps", "ur", "am", "fr", "de", "es", "it", "ru",
    "hu", "sq", "bs", "hr", "el", "hy", "vi", "hi",
)  # fmt: skip
_SAME = {code: code for code in _BOTH}
_MICROSOFT = _SAME | {"prs": "prs", "kmr": "kmr", "ckb": "ku", "pt": "pt-pt", "sr": "sr-Cyrl", "zh": "zh-Hans"}
_GOOGLE = _SAME | {"kmr": "ku", "ckb": "ckb", "pt": "pt", "sr": "sr", "zh": "zh-CN"}
Call = Callable[[], object]


class Threads:
    """Calls that nobody can break off. They are daemons: one that hangs does not keep the bot from ending."""

    def __init__(self, most: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self._free = asyncio.Semaphore(most)
        self._patience = patience

    async def run(self, call: Call) -> object:
        """What the call returns, within our patience. Raises TranslationError."""
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
                return await self._begin(call)
        except TimeoutError:
            raise TranslationError("late") from None

    def _begin(self, call: Call) -> "asyncio.Future[object]":
        loop = asyncio.get_running_loop()
        done: asyncio.Future[object] = loop.create_future()

        def settle(result: object, error: TranslationError | None) -> None:
            self._free.release()
            if not done.done():  # else nobody waits any more
                done.set_exception(error) if error else done.set_result(result)

        def work() -> None:
            result, error = _in_our_words(call)
            try:
                loop.call_soon_threadsafe(settle, result, error)
            except RuntimeError:
                return  # the bot has ended meanwhile

        threading.Thread(target=work, name="translator", daemon=True).start()
        return done


def _in_our_words(call: Call) -> tuple[object, TranslationError | None]:
    """What came of it. The library's errors hold the text: none of them goes any further."""
    try:
        return call(), None
    except TooManyRequests:
        return None, TranslationError("busy", timedelta(seconds=30))
    except MicrosoftAPIerror as error:
        return None, _of_microsoft(error.api_message)
    except (LanguageNotSupportedException, NotValidLength):
        return None, TranslationError("strange")
    except TranslationNotFound:
        return None, TranslationError("garbled")
    except requests.exceptions.JSONDecodeError:
        return None, TranslationError("garbled")
    except (requests.exceptions.RequestException, RequestError):
        return None, TranslationError("unreachable")
    except Exception:  # whatever it stumbles over in an answer
        return None, TranslationError("garbled")


def _of_microsoft(message: str) -> TranslationError:
    """The library gives the provider's error as words; in them stands a code of six digits: the status and a detail."""
    code = next((word for word in message.replace(",", " ").replace("}", " ").split() if word.isdecimal()), "")
    return failure(int(code[:3])) if len(code) == 6 else TranslationError("broken")


class _Microsoft(MicrosoftTranslator):  # type: ignore[misc]  # the library has no types
    """The library's class, which asks a fixed address for its languages as soon as it is made."""

    def __init__(self, access: Access, source: str, target: str) -> None:
        super().__init__(source, target, api_key=access.key, region=access.region or None)
        if access.api:
            self._base_url = f"{access.api}/translate?api-version=3.0"

    def _get_supported_languages(self) -> dict[str, str]:
        return {code: code for code in _MICROSOFT.values()}

    def translate(self, text: str, **kwargs: Any) -> str:
        try:
            return super().translate(text, **kwargs)  # type: ignore[no-any-return]
        except AttributeError:  # it goes on without an answer where there was none
            raise RequestError from None


class Microsoft:
    """Microsoft's Translator."""

    name = "microsoft"

    def __init__(self, access: Access, threads: Threads | None = None) -> None:
        if not access.key:
            raise ConfigError("[translation] microsoft: its key is missing; set BOT_TRANSLATION_MICROSOFT_KEY")
        self._access = access
        self._threads = threads or Threads()

    def speaks(self, source: str, target: str) -> bool:
        return {source, target} <= _MICROSOFT.keys()

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """The texts in order, each in a call of its own. Raises TranslationError."""

        def one(text: str) -> object:  # made in the thread: it holds the pair, and the text while it works
            return _Microsoft(self._access, _MICROSOFT[source], _MICROSOFT[target]).translate(text)

        return await _all(self._threads, texts, one)

    async def close(self) -> None:
        """Nothing stays open."""


class _Google(GoogleTranslator):  # type: ignore[misc]
    def __init__(self, access: Access, source: str, target: str) -> None:
        super().__init__(source, target)
        if access.api:
            self._base_url = f"{access.api}/m"


class Google:
    """Google's open page. There is no contract: only where the school says so, and never with a name."""

    name = "google"

    def __init__(self, access: Access, threads: Threads | None = None) -> None:
        self._access = access
        self._threads = threads or Threads()

    def speaks(self, source: str, target: str) -> bool:
        return {source, target} <= _GOOGLE.keys()

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """The texts in order, each in a call of its own. Raises TranslationError."""

        def one(text: str) -> object:
            return _Google(self._access, _GOOGLE[source], _GOOGLE[target]).translate(text)

        return await _all(self._threads, texts, one)

    async def close(self) -> None:
        """Nothing stays open."""


async def _all(threads: Threads, texts: Sequence[str], one: Callable[[str], object]) -> list[str]:
    """All of them or none. A text that it knows no answer to comes back as nothing."""
    said = await asyncio.gather(*(threads.run(partial(one, text)) for text in texts), return_exceptions=True)
    for each in said:
        if isinstance(each, BaseException):
            raise each
    return whole(texts, ["" if each is None else each for each in said])
