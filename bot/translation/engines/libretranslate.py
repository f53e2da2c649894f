"""LibreTranslate, which a school can run itself: nothing leaves its network."""

from collections.abc import Sequence

from bot.errors import TranslationError
from bot.translation.engines.wire import Wire, whole
from bot.translators import Access

# Of the languages of languages.py. It has no ps, so, ti, am or ku; and its Persian is not Dari.
_SPOKEN = frozenset((
    "nl", "en", "tr", "ar", "pl", "uk", "fa", "bg", "ro", "ur", "fr", "de", "es", "pt", "it", "ru", "hu", "sq",
    "el", "zh", "vi", "hi",
))  # fmt: skip


class LibreTranslate:
    """Which of these a server has is its operator's choice; what it lacks it refuses."""

    name = "libretranslate"

    def __init__(self, access: Access) -> None:
        self._wire = Wire(access.api)
        self._key = {"api_key": access.key} if access.key else {}

    def speaks(self, source: str, target: str) -> bool:
        return {source, target} <= _SPOKEN

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """The texts in order. Raises TranslationError."""
        asked = {"q": list(texts), "source": source, "target": target, "format": "text", **self._key}
        said = await self._wire.ask("/translate", asked)
        if not isinstance(said, dict):
            raise TranslationError("garbled")
        return whole(texts, said.get("translatedText"))

    async def languages(self) -> frozenset[str]:
        """What this server really has. Raises TranslationError."""
        said = await self._wire.ask("/languages")
        if not isinstance(said, list):
            raise TranslationError("garbled")
        codes = (each.get("code") for each in said if isinstance(each, dict))
        return frozenset(code.partition("-")[0] for code in codes if isinstance(code, str))

    async def close(self) -> None:
        await self._wire.close()
