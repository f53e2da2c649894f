"""A conversation that an author can read: tests/conversations/*.chat as data, and back as text. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.conversation.shape import span
from bot.errors import ContentError

ALL = "all"
_FAMILY = ("children", "phones", "schools")
_POLL = ("question", "choices", "right", "places", "taken", "open")
_TALKS = ("round", "slots", "mode", "other", "interpreter", "hers", "kept", "waits", "closes", "stops")
_SHELF = ("offers", "referral", "last")
_EVENING = ("evening", "childcare")
_COMMENT = re.compile(r"(?:^|\s{2,})#\s?(.*)$")
_OPTIONS = re.compile(r"^(\S+)(?:\s+\[([^\]]*)\])?$")
_AT = "%Y-%m-%d %H:%M"
_WIDTH = 28  # where comments stand


class Poll(NamedTuple):
    """What is put to many, in a transcript of such a question: `question` is the teacher's own words, each parent has
    one of her own. `taken`: places that others have by then; `open`: until when it is, counted from its beginning."""

    question: str
    choices: tuple[str, ...] = ()
    right: tuple[int, ...] = ()
    places: int = 0
    taken: int = 0
    open: timedelta = timedelta(days=7)


class Talks(NamedTuple):
    """A round of talks that is open for each parent. `per`: child household. `slots`: how many talks her teacher can
    have on one afternoon; else on two afternoons and an evening. `mode`: school phone video home. `other`: how the
    other parent wants it (samen apart ander, or vrij: not said yet), and whether that one is `geboekt` or `dicht` (a
    contact bar). `hers`: what she has already: bewaard geboekt lijst gemist, af (called off by school), los (outside
    of a round), dicht, samen (with the other, who has booked), mee (and she comes along). `kept`: so long the first
    moment is kept for another; `waits`: somebody else waits for a place. `closes`: after so long; `stops`: it is off.
    """

    per: str = "household"
    slots: int | None = None
    mode: str = "school"
    other: tuple[str, ...] = ()
    interpreter: bool = False
    hers: tuple[str, ...] = ()
    kept: timedelta | None = None
    waits: bool = False
    closes: timedelta | None = None
    stops: bool = False


class Shelved(NamedTuple):
    """What partners offer (check/shelving.py has them). `last`: of which this is the last day; `referral`: how it
    stands with her yes to the first of them: open passed."""

    offers: tuple[str, ...]
    referral: str = ""
    last: str = ""


class Evening(NamedTuple):
    """An evening to which each parent is asked, or an open day with a poster, whose code she holds. `what`: a kind, or
    a theme. `taken`: places that others have; `kept`: one more is kept so long for another. `hers`: what she said
    before: komt lijst plek weg; and what came of it: verzet af na."""

    what: str
    places: int | None = None
    taken: int = 0
    childcare: bool = False
    interpreter: bool = False
    hers: tuple[str, ...] = ()
    kept: timedelta | None = None


class Line(NamedTuple):
    """One line. kind: `<` a text of ours, `>` her words, `~` time, `=` a result, "" an empty line or a remark."""

    kind: str
    text: str = ""
    options: tuple[str, ...] | None = None  # of a question; None where the author did not write them down
    comment: str = ""
    number: int = 0

    def __str__(self) -> str:
        options = "" if self.options is None else f" [{' '.join(self.options)}]"
        left = f"{self.kind} {self.text}{options}".strip()
        if not self.comment:
            return left
        return f"{left:<{_WIDTH}} # {self.comment}" if left else f"# {self.comment}"

    def is_for(self, language: str) -> bool:
        """Whether who speaks this language reads it: `# not nl` says who does not."""
        word, _, others = self.comment.partition(" ")
        return word != "not" or language not in others.split()


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole conversation. `purposes`: what she has said yes to; none: she is not enrolled yet."""

    flow: str
    languages: tuple[str, ...] = (ALL,)
    channels: tuple[str, ...] = (ALL,)
    start: datetime = datetime(2026, 11, 23, 16, 0)  # noqa: DTZ001 - wall time at school
    consent: tuple[str, ...] = ("school", "tips")
    family: Mapping[str, int] = field(default_factory=dict)  # her children, phones and schools, where more than one
    poll: Poll | None = None  # what is asked, where it is a question to many
    talks: Talks | None = None  # the round in which she may book
    shelf: Shelved | None = None  # what partners offer
    evening: Evening | None = None  # to which she may come
    lines: tuple[Line, ...] = field(default=())
    head: str = ""  # the file up to and with its header, as it is

    @property
    def begins_by_itself(self) -> bool:
        """Whether the house begins: then the first line is ours."""
        return next((line.kind for line in self.lines if line.kind), "<") == "<"


def parse(source: str, file: str) -> Transcript:
    """Read a transcript. Raises ContentError: file and line."""
    lines = []
    header: dict[str, str] | None = None
    head = ""
    for number, raw in enumerate(source.splitlines(), 1):
        try:
            line = _line(raw.rstrip(), number)
            if line.kind or not line.text:
                lines.append(line)
            elif header is None:
                header = _header(line.text)
                head = "\n".join(source.splitlines()[:number])
                lines.clear()
            else:
                raise ValueError("a line begins with <, >, ~, = or #")
        except ValueError as problem:
            raise ContentError(f"{file}: line {number}: {problem}") from None
    try:
        return _transcript(header or {}, lines, head)
    except (KeyError, ValueError) as problem:
        what = f"{problem.args[0]} is missing" if isinstance(problem, KeyError) else str(problem)
        raise ContentError(f"{file}: the header: {what}") from None


def _line(raw: str, number: int) -> Line:
    comment = _COMMENT.search(raw)
    body = raw[: comment.start()].rstrip() if comment else raw
    said = comment[1].strip() if comment else ""
    if body[:1] not in ("<", ">", "~", "="):
        return Line("", body, None, said, number)
    kind, text = body[0], body[1:].strip()
    if kind != "<":
        return Line(kind, text, None, said, number)
    match = _OPTIONS.match(text)
    if not match:
        raise ValueError(f"{text!r}: write a text key, and perhaps [its options]")
    options = None if match[2] is None else tuple(match[2].split())
    return Line(kind, match[1], options, said, number)


def _header(text: str) -> dict[str, str]:
    """`flow voorlezen   channels sms telegram`: names with values, two spaces or more between them."""
    return dict(part.split(maxsplit=1) for part in re.split(r"\s{2,}", text.strip()))


def _transcript(header: dict[str, str], lines: Sequence[Line], head: str) -> Transcript:
    if unknown := header.keys() - {
        "flow",
        "languages",
        "channels",
        "start",
        "consent",
        *_FAMILY,
        *_POLL,
        *_TALKS,
        *_SHELF,
        *_EVENING,
    }:
        raise ValueError(f"{min(unknown)} is unknown")
    values: dict[str, object] = {"flow": header["flow"], "lines": tuple(lines), "head": head}
    for name in ("languages", "channels", "consent"):
        if name in header:
            values[name] = tuple(word for word in header[name].split() if word != "none")
    if "start" in header:
        values["start"] = datetime.strptime(header["start"], _AT)  # noqa: DTZ007 - wall time at school
    values["family"] = {name: int(header[name]) for name in _FAMILY if name in header}
    values["poll"] = _poll(header) if "question" in header else None
    values["talks"] = _talks(header) if "round" in header else None
    values["shelf"] = _shelf(header) if "offers" in header else None
    values["evening"] = _evening(header) if "evening" in header else None
    return Transcript(**values)  # type: ignore[arg-type]


def _poll(header: Mapping[str, str]) -> Poll:
    return Poll(
        header["question"],
        tuple(filter(None, map(str.strip, header.get("choices", "").split(",")))),
        tuple(map(int, header.get("right", "").split())),
        int(header.get("places", 0)),
        int(header.get("taken", 0)),
        span(header.get("open", "7d")),
    )


def _talks(header: Mapping[str, str]) -> Talks:
    """`round household   slots 2   other samen geboekt   hers lijst   kept 3h`."""
    if header["round"] not in ("child", "household"):
        raise ValueError(f"round {header['round']}; it must be child or household")
    return Talks(
        header["round"],
        int(header["slots"]) if "slots" in header else None,
        header.get("mode", "school"),
        tuple(header.get("other", "").split()),
        "interpreter" in header,
        tuple(header.get("hers", "").split()),
        span(header["kept"]) if "kept" in header else None,
        "waits" in header,
        span(header["closes"]) if "closes" in header else None,
        "stops" in header,
    )


def _shelf(header: Mapping[str, str]) -> Shelved:
    """`offers taalcafe zwemles   last zwemles   referral open`; `offers none`."""
    named = tuple(each for each in header["offers"].split() if each != "none")
    return Shelved(named, header.get("referral", ""), header.get("last", ""))


def _evening(header: Mapping[str, str]) -> Evening:
    """`evening media   places 4   taken 4   childcare yes   interpreter yes   hers komt verzet   kept 3h`."""
    return Evening(
        header["evening"],
        int(header["places"]) if "places" in header else None,
        int(header.get("taken", 0)),
        "childcare" in header,
        "interpreter" in header,
        tuple(header.get("hers", "").split()),
        span(header["kept"]) if "kept" in header else None,
    )


def write(head: str, lines: Iterable[Line]) -> str:
    """The file of a transcript."""
    return "\n".join([head, *map(str, lines), ""])


def header_line(flow: str, language: str, channel: str, start: datetime) -> str:
    """The header of a recording."""
    return f"flow {flow}   languages {language}   channels {channel}   start {start.strftime(_AT)}"
