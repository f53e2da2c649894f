"""A text in another language, sentence by sentence: masked, remembered or asked for, checked, put together again."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeGuard

from bot.conversation.folding import fold
from bot.translation import sentences, trust
from bot.translation.mask import MARK, Masked, Names, mask, unmask
from bot.translation.orders import MACHINE, PERSON
from bot.translation.phrases import Phrase

Remember = Callable[[Collection[str]], Awaitable[Mapping[str, Phrase]]]  # masked sentences -> those that are known
Ask = Callable[[Sequence[str]], Awaitable[list[str]]]  # masked sentences -> the machine's; raises TranslationError


class Known(NamedTuple):
    """The names of a school: as mask.py wants them, and every word of them."""

    names: Names
    words: frozenset[str]

    @classmethod
    def of(cls, names: Collection[str], today: date) -> "Known":
        """A full date before last year is a day of birth."""
        return cls(
            Names.of(names, today.year - 1),
            frozenset(fold(word) for name in names for word in _words(name) if len(word) > 1),
        )


class Turned(NamedTuple):
    """What came of it. `text`: "" where it cannot be trusted; `reason`: why, in one word.

    `made`: masked sentences that the machine has said now, and may be remembered; `used`: those that were known.
    `veiled`: the text in which all that was personal is hidden still: only so it goes back.
    """

    text: str
    reason: str = ""
    risks: tuple[str, ...] = ()
    origin: str = MACHINE
    made: Mapping[str, str] = {}
    used: tuple[str, ...] = ()
    veiled: Masked = Masked("", ())

    def lifted(self, veiled: Masked) -> "Turned":
        """What came of a veiled text, with all in its place again; nothing where something of it is lost."""
        return self._replace(text=unmask(self.text, veiled.marks) or "")


def masked(text: str, known: Known, terms: Mapping[str, str]) -> list[Masked | str]:
    """The pieces of a text: masked sentences, and what needs no translation."""
    return [mask(piece, known.names, terms) if sentences.has_words(piece) else piece for piece in sentences.split(text)]


def leaving(pieces: Sequence[Masked | str]) -> list[str]:
    """What a machine would get to see of them, each once."""
    return list(dict.fromkeys(each.text for each in pieces if _has_words(each)))


def is_nameless(texts: Sequence[str], known: Known) -> bool:
    """Whether no word of any name is left, not even one that is also another word."""
    return not any(fold(word) in known.words for text in texts for word in _words(text))


async def turn(pieces: Sequence[Masked | str], source: str, target: str, *, remember: Remember, ask: Ask) -> Turned:
    """The pieces in `target`. Raises TranslationError where the machine does not answer."""
    wanted = leaving(pieces)
    remembered = await remember(wanted)
    whole = {each.text: each for each in pieces if isinstance(each, Masked)}
    known = {text: each for text, each in remembered.items() if unmask(each.said, whole[text].marks) is not None}
    missing = [text for text in wanted if text not in known]
    fresh = dict(zip(missing, await ask(missing), strict=True)) if missing else {}
    said = fresh | {text: each.said for text, each in known.items()}
    risks = {
        text: trust.check(text, words, source, target) for text, words in said.items() if not _by_hand(known, text)
    }
    good = {text: words for text, words in fresh.items() if _is_good(words, whole[text], risks[text])}
    text, veiled = _together(pieces, said)
    all_risks = tuple(dict.fromkeys(risk for found in risks.values() for risk in found))
    reason = "lost" if text is None else next((risk for risk in all_risks if risk in trust.SERIOUS), "")
    origin = PERSON if wanted and all(_by_hand(known, text) for text in wanted) else MACHINE
    return Turned("" if reason else text or "", reason, all_risks, origin, good, tuple(known), veiled)


def _together(pieces: Sequence[Masked | str], said: Mapping[str, str]) -> tuple[str | None, Masked]:
    """The whole text veiled, with one row of marks, and with everything in its place; None where that cannot be."""
    found: list[str] = []
    hidden: list[str] = []
    for each in pieces:
        if isinstance(each, str):
            found.append(each)
            continue
        shown: list[str] = []
        for number, value in enumerate(each.marks, 1):
            if number not in each.terms:
                hidden.append(value)
            shown.append(value if number in each.terms else f"[X{len(hidden)}X]")
        words = unmask(said.get(each.text, each.text), tuple(shown))
        if words is None:
            return None, Masked("", ())
        found.append(words)
    veiled = Masked(sentences.join(found), tuple(hidden))
    return unmask(*veiled[:2]), veiled


def _is_good(words: str, sentence: Masked, risks: Collection[str]) -> bool:
    """Whether it may be remembered."""
    return not trust.SERIOUS.intersection(risks) and unmask(words, sentence.marks) is not None


def _by_hand(known: Mapping[str, Phrase], text: str) -> bool:
    return text in known and known[text].origin == PERSON


def _has_words(piece: Masked | str) -> TypeGuard[Masked]:
    """Whether there is more in it than marks."""
    return isinstance(piece, Masked) and sentences.has_words(MARK.sub("", piece.text))


def _words(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in MARK.sub(" ", text)).split()
