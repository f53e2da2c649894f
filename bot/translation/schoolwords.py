"""Words of school that a machine takes literally (groep 4, studiedag): what each language says instead.

In the PO files: `schoolwoord.<id>` is what a reader gets to see, `schoolwoord.<id>.words` how people spell it.
"""

import functools
import re
from collections.abc import Iterator

from bot.translation.catalogue import Catalogue
from bot.translation.mask import Terms
from bot.translation.texts import SOURCE

_SPELLINGS = ".words"
_EXPLAINED = re.compile(r"\s*\([^)]*\)")  # "4. grup (7-8 yaş)": nobody writes what stands in brackets
_FOREIGN = 4  # letters that a Dutch word needs to be known for one in another language: MR is a gentleman there


@functools.lru_cache(maxsize=256)  # pairs of languages; a catalogue that is read anew is another one
def terms(catalogue: Catalogue, source: str, target: str) -> Terms:
    """Spelling in a text of `source` -> what stands in its place in `target`, for `mask`.

    Parents write Dutch school words in the middle of their own language; a colleague reads the Dutch word. What a
    language has no word for is left to the machine.
    """
    found = Terms()
    for key in _keys(catalogue):
        said = _said(catalogue, target, key)
        if said:
            for spelled in _spelled(catalogue, source, key):
                found.setdefault(spelled, said)
    return found


def _keys(catalogue: Catalogue) -> Iterator[str]:
    return (key for key in catalogue.source if key == f"schoolwoord.{key.rpartition('.')[2]}")


def _said(catalogue: Catalogue, language: str, key: str) -> str:
    if not catalogue.speaks(language) or not catalogue.may_go(language, key):
        return ""
    text = catalogue.text(language, key)
    return text.forms[0] if text and text.forms else ""


def _spelled(catalogue: Catalogue, language: str, key: str) -> Iterator[str]:
    """How it is written: as this language says it, by its own list, and in Dutch."""
    if own := _said(catalogue, language, key):
        yield own
        yield _EXPLAINED.sub("", own)
    if language != SOURCE and catalogue.speaks(language):
        yield from catalogue.words(language).list(key + _SPELLINGS)
    dutch = (_said(catalogue, SOURCE, key), *catalogue.words(SOURCE).list(key + _SPELLINGS))
    yield from (word for word in dutch if word and (language == SOURCE or len(word) >= _FOREIGN or word == "BSO"))
