"""What a channel may show as commands: the words that work everywhere, and what they do in each language."""

from collections.abc import Mapping, Sequence

from bot.translation.catalogue import Catalogue

_COMMANDS = {"menu": "menu.wat", "voorlezen": "menu.wat.voorlezen", "mens": "menu.wat.mens", "taal": "menu.wat.taal"}


def commands(catalogue: Catalogue, fallback: str) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Language -> (command, what it does); "" for people whose language is not ours."""
    spoken = {language: _of(catalogue, language) for language in catalogue.languages}
    return {"": spoken[fallback], **spoken}


def _of(catalogue: Catalogue, language: str) -> list[tuple[str, str]]:
    words = catalogue.words(language)
    return [(command, words.say(key, {})) for command, key in _COMMANDS.items()]
