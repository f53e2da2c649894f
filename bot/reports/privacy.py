"""The page that a consent links to: what is kept, why, who reads it, and how to stop, in the reader's language."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.translation.catalogue import Catalogue

_KEYS = ("privacy.wat", "privacy.waarom", "privacy.wie", "privacy.lang", "privacy.stop")
_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def page(catalogue: Catalogue, language: str) -> str:
    """The privacy page as HTML; as a whole in the fallback language where a text is missing."""
    words = catalogue.reader(language, ["privacy.titel", *_KEYS])
    return _pages.get_template("privacy.html").render(
        language=words.language,
        direction=words.direction,
        title=words.say("privacy.titel", {}),
        texts=[words.say(key, {}) for key in _KEYS],
    )
