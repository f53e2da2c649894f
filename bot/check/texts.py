"""What can be wrong with the texts of the PO files: missing, unused, stale, damaged, or not as we speak."""

import re
import unicodedata
from collections.abc import Iterator

from bot.check.content import Content
from bot.check.finding import Finding, Place, error, warning
from bot.check.locales import Locale, Text, strange_braces, without_fields
from bot.translation.languages import direction, plural_forms
from bot.translation.texts import PAGES, concerns, fields

_SPACES = re.compile(r"[^\S\n]{2,}|^\s|\s$")
_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MARKS = re.compile("[\u061c\u200e\u200f]")  # harmless beside a number in a right-to-left text
_STOP = re.compile(r"\bSTOP\b")
_SHORT = 12  # a Dutch word of this length may well be the same elsewhere: Menu, WhatsApp
_NUMBER = "aantal"  # "one message" needs no figure
_SYNC = "run: bot text sync"
_NAMES = frozenset({"gesprek.soort"})  # of options that no flow asks: the code says which of them


def files(content: Content) -> Iterator[Finding]:
    """Languages that are offered without words, and headers that do not say what tools need."""
    for language in dict.fromkeys((content.languages.fallback, *content.languages.offered)):
        if language not in content.locales:
            where = Place("config.toml", language)
            yield error(where, "languages.offered", f"there is no locales/{language}.po", "make it, or do not offer it")
    for locale in content.locales.values():
        for name, wanted in _header(locale.language).items():
            if not locale.header.get(name, "").lower().startswith(wanted.lower()):
                yield error(locale.place, name, "is missing from the header, or not right", f"write: {name}: {wanted}")
        if "X-Reviewed-By" not in locale.header:
            message = "is missing from the header: who read these texts?"
            yield warning(locale.place, "X-Reviewed-By", message, "write names, or nothing after the colon")


def _header(language: str) -> dict[str, str]:
    """How each line of the header begins."""
    return {
        "Language": language,
        "Content-Type": "text/plain; charset=utf-8",
        "Plural-Forms": f"nplurals={plural_forms(language)};",
    }


def missing(content: Content) -> Iterator[Finding]:
    """Texts that a flow or the code says and the Dutch lacks, and those that a language lacks."""
    for key, place in content.needed.items():
        if key not in content.source.texts:
            what = "option without a label" if _is_label(content, key) else "is not in the Dutch texts"
            yield error(place, key, what, f"add it to {content.source.file}")
    rooms = {_room(key) for key in content.source.texts}
    for key in sorted(content.said):
        if _room(key) in rooms and not key.endswith((".", "_")) and not _is_there(content, key):
            yield error(content.source.place, key, "is said by the code but not here", "add it")
    for locale in content.translations():
        if locale.language in content.languages.offered:
            yield from _missing_in(content, locale)


def _is_there(content: Content, key: str) -> bool:
    """Pages may quote a text that parents read too."""
    return key in _NAMES or bool({key, key.removeprefix(PAGES)} & content.source.texts.keys())


def _room(key: str) -> str:
    """What a key begins with: `menu`, `console.vandaag`."""
    page = PAGES if key.startswith(PAGES) else ""
    return page + key.removeprefix(page).partition(".")[0]


def _is_label(content: Content, key: str) -> bool:
    ask, _, option = key.rpartition(".")
    return ask in content.menus or (ask in content.questions and option in content.questions[ask].options)


def _missing_in(content: Content, locale: Locale) -> Iterator[Finding]:
    for key, dutch in content.source.texts.items():
        own = locale.texts.get(key)
        if (
            concerns(key, locale.language)
            and content.is_met(key, locale.language)
            and not (own and may_go(content, dutch, own))
        ):
            level = error if "risk" in dutch.marks else warning
            message = "may not be sent as it is; parents read Dutch" if own and own.forms else "is not translated"
            yield level(locale.place, key, message, "translate it" if own else _SYNC)


def may_go(content: Content, dutch: Text, own: Text) -> bool:
    """Whether the bot would send this translation: it is there, fits its Dutch, and drafts are allowed."""
    if own.draft and content.languages.send == "reviewed":
        return False
    return bool(own.forms) and not (own.stale and own.fields != dutch.fields)


def unused(content: Content) -> Iterator[Finding]:
    """Texts that nobody says, and translations of texts that are gone."""
    for key in content.source.texts:
        if not content.is_used(key):
            yield warning(content.source.place, key, "is used nowhere", "remove it, or use it")
    for locale in content.translations():
        for key in locale.texts.keys() - content.source.texts.keys():
            yield warning(locale.place, key, f"is not in {content.source.file}", _SYNC)


def stale(content: Content) -> Iterator[Finding]:
    """Translations of a Dutch text that has changed since."""
    for locale in content.translations():
        for dutch, own in content.pairs(locale):
            if own.stale and not dutch.is_list:
                way_out = f"read it again; if the meaning is the same: bot text touch {own.key}"
                yield warning(locale.place, own.key, "its Dutch has changed", way_out)
            elif own.dutch != dutch.dutch:
                yield error(locale.place, own.key, "belongs to another Dutch text than today's", _SYNC)


def damaged(content: Content) -> Iterator[Finding]:
    """Fields that differ from the Dutch or are no plain names; plural forms that are not all there."""
    for locale in content.locales.values():
        for dutch, own in content.pairs(locale):
            if not dutch.is_list:
                yield from _damage(locale, dutch, own)


def _damage(locale: Locale, dutch: Text, own: Text) -> Iterator[Finding]:
    odd = next(filter(None, map(strange_braces, own.forms)), "")
    if odd:
        yield error(locale.place, own.key, f"has {odd} in it", "a field is a plain name in braces: {kind}")
    elif own.fields != dutch.fields and not own.stale:
        names = ", ".join(f"{{{name}}}" for name in sorted(own.fields ^ dutch.fields))
        yield error(locale.place, own.key, f"fields differ from the Dutch: {names}", "use the same fields")
    elif own.is_plural and all(own.forms) and not own.stale:
        for name in sorted({name for form in own.forms for name in own.fields - fields((form,)) - {_NUMBER}}):
            yield error(locale.place, own.key, f"not every plural form has {{{name}}}", "use it in each of them")
    wanted = plural_forms(locale.language)
    if own.is_plural and not (len(own.forms) == wanted and all(own.forms)):
        given = len([form for form in own.forms if form])
        yield error(locale.place, own.key, f"has {given} of {wanted} plural forms", "give every form")


def manners(content: Content) -> Iterator[Finding]:
    """What a parent should not have to read."""
    for locale in content.locales.values():
        for dutch, own in content.pairs(locale):
            if not dutch.is_list:
                yield from (finding for form in own.forms for finding in _untidy(locale, own.key, form))
                yield from _unkind(locale, dutch, own, is_source=locale is content.source)


def _untidy(locale: Locale, key: str, form: str) -> Iterator[Finding]:
    if _SPACES.search(form):
        yield warning(locale.place, key, "has a double space, or one at its begin or end", "remove it")
    if _CONTROLS.search(form) or (_MARKS.search(form) and direction(locale.language) == "ltr"):
        yield error(locale.place, key, "has an invisible direction sign", "remove it; the bot adds its own")
    if any(unicodedata.category(sign) == "Cc" and sign != "\n" for sign in form):
        yield error(locale.place, key, "has a control character", "remove it")


def _unkind(locale: Locale, dutch: Text, own: Text, *, is_source: bool) -> Iterator[Finding]:
    if "stop" not in dutch.marks and any(map(_STOP.search, own.forms)):
        yield error(locale.place, own.key, "names STOP", "leave it out, or mark the Dutch `#. stop`")
    if not is_source and own.forms == dutch.forms and len(without_fields(own.forms[0]).strip()) > _SHORT:
        yield warning(locale.place, own.key, "is still Dutch", "translate it")
