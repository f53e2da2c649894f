"""DeepL, by its own API of today: the library's way (a GET with the key in its address) has ended."""

from collections.abc import Sequence

from bot.errors import ConfigError, TranslationError
from bot.translation.engines.wire import Wire, whole
from bot.translators import Access

_PAID, _FREE = "https://api.deepl.com", "https://api-free.deepl.com"
_MOST = 50  # texts in one call
_SPOKEN = frozenset((
    "nl", "en", "tr", "ar", "pl", "uk", "bg", "ro", "fr", "de", "es", "pt", "it", "ru", "hu", "el", "zh",
))  # fmt: skip
_TARGETS = {"en": "EN-GB", "pt": "PT-PT", "zh": "ZH-HANS"}  # where it wants to know which of them


class DeepL:
    """A key that ends in `:fx` is one of the free plan, which has an address of its own."""

    name = "deepl"

    def __init__(self, access: Access) -> None:
        if not access.key:
            raise ConfigError("[translation] deepl: its key is missing; set BOT_TRANSLATION_DEEPL_KEY")
        api = access.api or (_FREE if access.key.endswith(":fx") else _PAID)
        self._wire = Wire(api, {"Authorization": f"DeepL-Auth-Key {access.key}"})

    def speaks(self, source: str, target: str) -> bool:
        return {source, target} <= _SPOKEN

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """The texts in order, fifty in a call. Raises TranslationError."""
        said: list[str] = []
        for start in range(0, len(texts), _MOST):
            said += await self._some(texts[start : start + _MOST], source, target)
        return said

    async def _some(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        asked = {
            "text": list(texts), "source_lang": source.upper(), "target_lang": _TARGETS.get(target, target.upper()),
            "split_sentences": "0", "preserve_formatting": True,
        }  # fmt: skip
        said = await self._wire.ask("/v2/translate", asked)
        found = said.get("translations") if isinstance(said, dict) else None
        if not isinstance(found, list):
            raise TranslationError("garbled")
        return whole(texts, [each.get("text") if isinstance(each, dict) else None for each in found])

    async def close(self) -> None:
        await self._wire.close()
