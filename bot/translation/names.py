"""The registered names of a school, ready to be found in what people write: inflected, in lower case, misspelt."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from bot.conversation.folding import fold
from bot.translation import ordinary, scripts

LETTERS = re.compile(
    r"(?:[^\W\d_]|[\u0300-\u036f\u0483-\u0487\u0610-\u061a\u064b-\u065f\u0670\u0640\u00ad\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u2069\ufeff\u0900-\u0903\u093a-\u094f])+"
)
_BORN_BEFORE = 2025  # where nobody says which year it is
_LONG = 5  # letters; shorter names differ by one from too many words
_NEVER = ordinary.WORDS | ordinary.NEAR | ordinary.FIRST_TOO | ordinary.MONTHS

# What a language hangs on a name without a sign between; folded. The rest of the word has to be a name.
_DUTCH = ("s", "je", "tje", "etje", "pje", "tjes", "jes")
_TURKISH = (
    "nin nun in un ye ya yi yu e a i u de da te ta den dan ten tan nda nde ndan nden yle yla le la ler lar "
    "lerin larin lere lara cim cigim sin sun ni nu na ne m im um"
)
_SLAVIC = (
    "a y i e u o owi em iem om ego iego emu iemu im ym ej iej ie ia io ow ach ami owa owie ovi evi oyu oiu "
    "eyu eiu yu iu ya ia ei oi ou am iam akh ah yam yakh amy ami oho ogo omu ykh ikh ymy imy iv ev ov"
)
_ENDINGS = frozenset((*_DUTCH, *_TURKISH.split(), *_SLAVIC.split()))
_SHORT_ENDINGS = frozenset(("s", "tje", "je"))
_LONGEST = max(map(len, _ENDINGS))
_SOFTENED = {"k": "ce", "t": "cie", "r": "rze", "g": "dze", "d": "dzie", "l": "le", "h": "sze"}


class Names(NamedTuple):
    """The registered names of a school. Made once and kept: it is a table, not a search."""

    exact: frozenset[str]
    stems: frozenset[str]  # names without their last vowel: Anna -> Ann(y)
    by_gap: Mapping[str, tuple[str, ...]]  # long names with one letter taken out
    sounds: frozenset[str]  # how they sound, for other scripts
    together: frozenset[str]  # signs in a row, where a script has no spaces
    born_before: int = _BORN_BEFORE

    @classmethod
    def of(cls, names: Iterable[str], born_before: int = _BORN_BEFORE) -> "Names":
        """Children, guardians, colleagues: first names, last names or both, in any order.

        A full date in a year before `born_before` is a day of birth: give it last year's number.
        """
        exact, together = set[str](), set[str]()
        for name in names:
            parts = [fold(part) for part in LETTERS.findall(re.sub("['’‘`´ʼ]", "", name))]
            together.update(part for part in parts if len(part) > 1 and scripts.has_no_spaces(part))
            parts = [part for part in parts if len(part) > 1 and not scripts.has_no_spaces(part)]
            exact.update(parts if len(parts) == 1 else (part for part in parts if part not in ordinary.PARTICLES))
            exact.update(_in_one(name, parts))
        gaps: dict[str, tuple[str, ...]] = {}
        for name in exact:
            if len(name) >= _LONG:
                for gap in _gaps(name):
                    gaps[gap] = (*gaps.get(gap, ()), name)
        stems = frozenset(stem for name in exact for stem in _stems(name))
        sounds = frozenset(key for name in exact for key in scripts.keys(name))
        return cls(frozenset(exact), stems, gaps, sounds, frozenset(together), born_before)

    def knows(self, word: str) -> bool:
        """Whether a folded word is a registered name or a form of one, as it stands."""
        return word in self.exact

    def inflects(self, word: str) -> bool:
        """Whether it is a name with an ending of Dutch, Turkish, Polish or Ukrainian: Jans, Annie, Aysenin."""
        if word in _NEVER:
            return False
        if word in self.stems:
            return True
        for length in range(1, min(_LONGEST, len(word) - 3) + 1):
            stem, ending = word[:-length], word[-length:]
            known = stem in self.exact and (len(stem) > 3 or ending in _SHORT_ENDINGS)
            if known and ending in _ENDINGS and stem not in ordinary.WORDS:
                return True
        return False

    def resembles(self, word: str) -> bool:
        """Whether one letter is too many, missing, wrong or in another place in a name of five letters or more."""
        if len(word) < _LONG - 1 or word in _NEVER:
            return False
        if any(_is_close(word, name) for name in self.by_gap.get(word, ())):
            return True
        for gap in _gaps(word):
            if gap in self.exact and len(gap) >= _LONG:
                return True
            if any(_is_close(word, name) for name in self.by_gap.get(gap, ())):
                return True
        return False

    def sounds_like(self, word: str) -> bool:
        """Whether a word in another script is how that script writes a registered name."""
        return any(key in self.sounds for key in scripts.keys(word))


def _in_one(name: str, parts: "list[str]") -> Iterator[str]:
    """JanWillem, ElAmrani: names that belong together, written as one word."""
    if 1 < len(parts) <= 4:
        yield "".join(parts)
    for word in name.split():
        double = [fold(part) for part in LETTERS.findall(word)]
        if len(double) > 1:
            yield "".join(double)
    for at, part in enumerate(parts[:-1]):
        if part in ordinary.PARTICLES:
            yield part + parts[at + 1]


def _gaps(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _is_close(word: str, name: str) -> bool:
    """One letter changed, missing or too many, or two neighbours changed places; the first letter is right."""
    if word[0] != name[0] or name in ordinary.WORDS:
        return False
    if len(word) != len(name):
        return True  # the shorter is the longer with one letter taken out: that is how they were found
    wrong = [at for at in range(len(word)) if word[at] != name[at]]
    if len(wrong) == 1:
        return True
    return len(wrong) == 2 and wrong[1] == wrong[0] + 1 and word[wrong[0]] == name[wrong[1]]


def _stems(name: str) -> Iterator[str]:
    """Forms of Polish and Ukrainian in which the name itself changes: Ewa, Ewie; Kowalski, Kowalska; Marek, Marka."""
    if len(name) < 4 or not name.isascii() or name in _NEVER:
        return
    base = name[:-1]
    if name[-1] in "aoyi" and len(base) >= 3:
        yield from (base + ending for ending in ("y", "i", "ie", "e", "a", "u", "o", "ii", "iu", "ia"))
        yield from (base + ending for ending in ("iego", "ego", "iemu", "im", "iej", "ej", "oi", "oiu", "ou", "iei"))
        softened = _SOFTENED.get(base[-1])
        if softened:
            yield base[:-1] + softened
    if name.endswith(("ek", "ec", "el")) and len(name) >= 5:
        yield from (name[:-2] + name[-1] + ending for ending in ("a", "owi", "iem", "em", "u", "i"))
