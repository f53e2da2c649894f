"""Whatever a person can send, over every real channel: confirmed, answered in her language, nothing wrong is done."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

import pytest
from sqlalchemy import Row, func, select

from bot.model import Address, Part
from bot.outbox.queue import load_parts
from bot.scheduler.playing import play
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.sealed import Ring
from bot.translation.texts import FIELD
from tests.harness.lines import Lines, lines
from tests.harness.parents import Parent, address, enrol
from tests.harness.stage import FULL, Stage, all_of

pytestmark = pytest.mark.slow
CHANNELS = ("sms", "whatsapp", "telegram")
LANGUAGES = ("nl", "ar", "tr")
STATES = ("stranger", "asked", "idle")
STRANGERS = ("nl", "en")  # a stranger reads both

ODD = [
    "", " ", "\n", "\x00", "\x00\x01\x1b[31m", "a" * 1601, "b" * 4097, "w" * 60_000, "\u200b", "\u202egewoon\u202c",
    "e" + "\u0301" * 300, "😀" * 50, "👍🏽", "🇳🇱", "²", "①", "1_000", "-1", "1e3", "0x1", "+1", "1.5", "0", "5", "9️⃣",
    "99999999999999999999", "ja maar nee", "3ajebni", "ı", "İ", "{0.__class__}", "{{7*7}}", "{kind}", "%s%n",
    "'; DROP TABLE contact; --", "<script>alert(1)</script>", "=1+1", "???", "nee nee nee", "Waarom?", "ለምን?", "为什么",
]  # fmt: skip
TWO = ["2", "٢", "۲", "२", "2️⃣", "2.", "2)", " 2 ", "nummer 2", "\u202e2\u202c"]
LONE = ["\ud800", "\udfff\ud800"]  # only Telegram's JSON can carry them
BROKEN = [b"\xff\xfe", b"\xed\xa0\x80", b"a%FFb%00%ZZ%", b"%F0%9F%98", b"\xc0\xaf"]  # and this only a form
KINDS = {
    "sms": ("image", "contact", "video"),
    "whatsapp": ("voice", "image", "video", "document", "contact", "sticker", "location", "reaction"),
    "telegram": (
        "voice", "image", "video", "document", "contact", "sticker", "location", "poll", "dice", "edit", "album"
    ),
}  # fmt: skip
SILENT = {"reaction"}  # a thumb is no question
QUIET = {"sticker"}  # a mood may go unanswered


class Sent(NamedTuple):
    """One thing that one person sends, in one state."""

    what: str
    words: tuple[str | bytes, ...]  # all at once
    kind: str
    channel: str
    language: str
    state: str

    def __str__(self) -> str:
        return f"{self.what[:30]!r} by {self.channel} in {self.language}, {self.state}"


def _all() -> Iterator[tuple[str, tuple[str | bytes, ...], str, str]]:
    """What is sent, on which channel."""
    for channel in CHANNELS:
        texts = [*ODD, *TWO, *(LONE if channel == "telegram" else [])]
        yield from ((text, (text,), "text", channel) for text in texts)
        yield from ((kind, (), kind, channel) for kind in KINDS[channel])
        yield "two at once", ("hallo?", "is daar iemand"), "text", channel
        if channel == "sms":  # WhatsApp's form is the same
            yield from ((repr(body), (body,), "bytes", channel) for body in BROKEN)
        if channel == "whatsapp":
            yield "album", ("image",) * 10, "kinds", channel


def _cases() -> list[Sent]:
    """Everything in every state; in every language in `make torture`, else in one in turn."""
    found = []
    for number, (what, words, kind, channel) in enumerate(_all()):
        for place, state in enumerate(STATES):
            languages = LANGUAGES if FULL else [LANGUAGES[(number + place) % len(LANGUAGES)]]
            found += [Sent(what, words, kind, channel, language, state) for language in languages]
    return found


@pytest.fixture
def stage(sqlite_url: str, tmp_path: Path, ring: Ring) -> Iterator[Stage]:
    with Stage(tmp_path, sqlite_url, ring).open() as opened:
        yield opened


def people(here: Lines, cases: Sequence[Sent]) -> list[Parent]:
    """A person for each: who is no stranger is enrolled."""
    with here.bot.database.begin() as tx:
        return enrol(
            tx, len(cases), here.clock(), channels=[each.channel for each in cases],
            languages=[each.language for each in cases],
        )  # fmt: skip


async def ask_all(here: Lines, parents: Sequence[Parent]) -> None:
    """Each is asked when she will read to her child."""
    await all_of(here.say(parent.address, "voorlezen") for parent in parents)
    await here.at_rest()


async def send(here: Lines, who: Address, case: Sent) -> None:
    for each in case.words or (case.kind,):
        if isinstance(each, bytes):
            await here.post(who, each, {"Body": _read(each)})
        elif case.kind == "text":
            await here.say(who, each)
        else:
            await here.say(who, kind=each)


def _read(body: bytes) -> str:
    return unquote_plus(body.decode("utf-8", "replace"))


async def test_whatever_she_sends_is_answered_and_does_nothing_wrong(stage: Stage) -> None:
    began = time.monotonic()
    cases = _cases()
    async with lines(stage) as here:
        known = [case for case in cases if case.state != "stranger"]
        parents = people(here, known)
        who = {case: parent.address for case, parent in zip(known, parents, strict=True)}
        strangers = [case for case in cases if case.state == "stranger"]
        who |= {case: address(50_000 + number, case.channel) for number, case in enumerate(strangers)}
        await ask_all(here, [parent for case, parent in zip(known, parents, strict=True) if case.state == "asked"])
        before = {case: len(here.got(who[case])) for case in cases}
        assert {before[case] for case in cases if case.state == "asked"} == {1}
        consents = await here.bot.database.fetch(lambda tx: tx.execute(select(t.consent)).all())

        await all_of(send(here, who[case], case) for case in cases)
        await here.at_rest()

        assert here.refused() == []
        with here.bot.database.read() as tx:
            assert set(tx.execute(select(t.inbox.c.state, t.inbox.c.error)).all()) == {("done", None)}
            states = Counter(tuple(row) for row in tx.execute(select(t.outbox.c.status, t.outbox.c.reason)))
            assert {status for status, _ in states} <= {"sent", "delivered", "read"}, states
            assert tx.execute(select(func.count()).select_from(t.followup)).scalar_one() == 0, "nobody planned anything"
            assert tx.execute(select(t.consent)).all() == consents
        wrong = [found for case in cases for found in check(here, case, who[case], before[case])]
        assert not wrong, "\n".join([f"{len(wrong)} of {len(cases)} wrong:", *wrong[:40]])
    print(f"{len(cases)} odd things, {time.monotonic() - began:.0f} seconds")


def check(here: Lines, case: Sent, who: Address, before: int) -> Iterator[str]:
    """What is wrong with the answer to this."""
    got, rows = here.got(who)[before:], said(here, who, before)
    least, most = (0, 0) if case.kind in SILENT else (0, 1) if case.kind in QUIET else (1, 2)
    if not least <= len(got) <= most:
        yield f"{case}: got {len(got)}: {[each[:60] for each in got]}"
    languages = STRANGERS if case.state == "stranger" else (case.language,)
    for language in languages:
        for part in rows:
            if part.language in (None, "", language) and not stands(here, part, language, "\n".join(got)):
                yield f"{case}: {part.key} is not there in {language}: {got}"
    step = asked_now(here, who) if case.state == "asked" else "wanneer"
    wanted = "dag" if case.what in TWO else "wanneer"
    if case.state == "asked" and step != wanted:
        yield f"{case}: voorlezen stands at {step}, not at {wanted}"


def said(here: Lines, who: Address, before: int) -> list[Part]:
    """What she was told after her first messages, by key."""
    found = []
    with here.bot.database.read() as tx:
        for row in _rows(tx, who)[before:]:
            found += load_parts(tx.open("outbox.parts", row.parts))[0]
    return found


def rows_of(here: Lines, who: Address) -> int:
    """How many messages were made for her, sent or not."""
    with here.bot.database.read() as tx:
        return len(_rows(tx, who))


def _rows(tx: Tx, who: Address) -> Sequence[Row[Any]]:
    hers = select(t.address.c.contact_id).where(t.address.c.find == tx.find(str(who))).scalar_subquery()
    return tx.execute(select(t.outbox).where(t.outbox.c.contact_id == hers).order_by(t.outbox.c.id)).all()


def stands(here: Lines, part: Part, language: str, text: str) -> bool:
    """Whether the words round the fields of this text, in this language, stand in that order."""
    written = here.bot.catalogue.text(language, part.key)
    assert written is not None, f"{part.key} is no text in {language}"
    patterns = (".*?".join(map(re.escape, FIELD.split(form)[::2])) for form in written.forms)
    return any(re.search(pattern, text, re.DOTALL) for pattern in patterns)


def asked_now(here: Lines, who: Address) -> str | None:
    """The step at which her reading plan stands."""
    with here.bot.database.read() as tx:
        hers = select(t.address.c.contact_id).where(t.address.c.find == tx.find(str(who))).scalar_subquery()
        mine = t.run.c.contact_id == hers, t.run.c.flow == "voorlezen", t.run.c.state != "ended"
        return tx.execute(select(t.run.c.step).where(*mine)).scalar_one_or_none()


# --- in the middle of things
EACH = [Sent("", (), "text", channel, language, "asked") for channel in CHANNELS for language in LANGUAGES]


async def test_an_answer_to_yesterdays_question(stage: Stage) -> None:
    """It is answered once, kindly, and nothing is planned that she did not choose."""
    async with lines(stage) as here:
        parents = people(here, EACH)
        await ask_all(here, parents)
        await play(here.clock, here.bot, here.clock() + timedelta(hours=30))
        await here.at_rest()
        before = {parent: (len(here.got(parent.address)), rows_of(here, parent.address)) for parent in parents}
        await all_of(here.say(parent.address, "2") for parent in parents)
        await here.at_rest()
        for case, parent in zip(EACH, parents, strict=True):
            messages, rows = before[parent]
            got = here.got(parent.address)[messages:]
            assert 1 <= len(got) <= 2, f"{case}: {got}"
            for part in said(here, parent.address, rows):
                assert stands(here, part, case.language, "\n".join(got)), f"{case}: {part.key} is not there: {got}"
        with here.bot.database.read() as tx:
            assert set(tx.execute(select(t.inbox.c.state)).scalars()) == {"done"}
            assert tx.execute(select(func.count()).select_from(t.followup)).scalar_one() == 0


async def test_stop_in_the_middle_of_things_stops_everything(stage: Stage) -> None:
    """In her own language; what she writes at the same moment does not undo it."""
    async with lines(stage) as here:
        parents = people(here, EACH)
        await ask_all(here, parents)
        words = {language: here.bot.catalogue.words(language).list("kw.stop")[-1] for language in LANGUAGES}
        for case, parent in zip(EACH, parents, strict=True):
            await here.say(parent.address, "2")
            await here.say(parent.address, words[case.language])
        await here.at_rest()
        with here.bot.database.read() as tx:
            open_ones = tx.execute(select(t.consent.c.contact_id).where(t.consent.c.withdrawn_at.is_(None))).all()
            assert open_ones == []
            assert set(tx.execute(select(t.inbox.c.state)).scalars()) == {"done"}
        for case, parent in zip(EACH, parents, strict=True):
            last = here.got(parent.address)[-1]
            assert stands(here, Part("stop.klaar", {}), case.language, last), f"{case}: {last}"
