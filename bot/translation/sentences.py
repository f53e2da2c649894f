"""Text cut into sentences, so that a machine need not say the same one twice; put together it is the text again."""

import re

_MARKS = "!?؟。！？።፧…‽"  # ends a sentence wherever it stands; the full stop does where it is no abbreviation
_CLOSING = "\"'”’»)\\]"
_END = re.compile(rf"(?:[{_MARKS}]|\.)[{_MARKS}.]*[{_CLOSING}]*(?=\s)")
_LINE = re.compile(r"(\s*\n\s*)")
_BULLET = re.compile(r"(?:[-–—*•·▪◦✓✔☐]|\d{1,2}\)|[1-9]\.)[ \t]+")
_WORD_BEFORE = re.compile(r"[\w.'’-]*\Z")
_EMOJI = re.compile("[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]+(?=\\s)")
_SHORT = frozenset(
    " ".join(
        (
            "o.a d.w.z bijv bv dhr mw mevr mej mr drs dr ir ing prof enz etc e.d i.p.v i.v.m m.b.t t.a.v a.u.b s.v.p",
            "m.u.v t/m ca circa nr blz tel geb incl excl max min evt resp ong ma di wo do vr za zo jan feb mrt apr jun",
            "jul aug sep sept okt nov dec mrs ms st e.g i.e vs no approx a.m p.m tj np itd itp ul godz tzn pl al os św",
            "ks p.o örn vb hz dk sn bkz cad sok т.е тощо напр ін вул буд тел им ім гр ст др пр sra sr ud mme mlle",
        )
    ).split()
)


def split(text: str) -> list[str]:
    """The sentences and, as pieces of their own, the space, line ends and list marks between them.

    Joined they are the text, to the sign. What has no letter needs no translation (`has_words`).
    """
    pieces: list[str] = []
    for line in _LINE.split(text):
        if not line.strip():
            pieces.append(line)
            continue
        bullet = _BULLET.match(line)
        if bullet:
            pieces.append(bullet[0])
        pieces.extend(_sentences(line[bullet.end() :] if bullet else line))
    return [piece for piece in pieces if piece]


def join(pieces: list[str]) -> str:
    """The text again."""
    return "".join(pieces)


def has_words(piece: str) -> bool:
    """Whether there is anything in it that another language would say differently."""
    return any(sign.isalpha() for sign in piece)


def _sentences(line: str) -> list[str]:
    pieces: list[str] = []
    begin = 0
    for at in _ends(line):
        pieces.extend(_bare(line[begin:at]))
        begin = at
    return [*pieces, *_bare(line[begin:])]


def _ends(line: str) -> list[int]:
    """Where a sentence is over; the space behind it belongs to nobody."""
    ends = {match.end() for match in _END.finditer(line) if _is_end(line, match)}
    return sorted(ends | {match.end() for match in _EMOJI.finditer(line) if _begins(line[match.end() :])})


def _is_end(line: str, match: "re.Match[str]") -> bool:
    if match[0][0] != ".":
        return True
    before = _WORD_BEFORE.search(line[: match.start()])
    word = before[0].casefold().lstrip("'’-") if before else ""
    if len(match[0]) == 1 and (word in _SHORT or (len(word) == 1 and word.isalpha())):
        return False
    if word.isdecimal():  # "24. Kasım", but "groep 3. Morgen"
        return len(word) <= 2 and _begins(line[match.end() :]) and not _is_ordinal(line[: match.start()])
    return _begins(line[match.end() :])


def _begins(rest: str) -> bool:
    """Whether a sentence can begin so: not in lower case."""
    first = rest.lstrip(" \t\"'“‘«(¿¡[")[:1]
    return not first.islower()


def _is_ordinal(before: str) -> bool:
    """A number at the very begin is an ordinal ("24. listopada"), behind a word it is a number ("groep 3.")."""
    return not re.search(r"[^\W\d_][)\"']?\s+\d+\Z", before)


def _bare(piece: str) -> list[str]:
    """The piece without the space round it, and that space."""
    core = piece.strip()
    if not core:
        return [piece] if piece else []
    begin = piece.index(core)
    return [each for each in (piece[:begin], core, piece[begin + len(core) :]) if each]
