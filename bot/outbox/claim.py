"""From the queue: what is due is asked for consent, hours and rates again, rendered, and marked as under way."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Integer, Row, bindparam, literal_column, null, select, update

from bot import errors
from bot.channels.base import Templates
from bot.model import Outbound, Status
from bot.outbox import budget, halted, limits, merge
from bot.outbox.address import Addressee, load_addressees
from bot.outbox.due import due
from bot.outbox.fit import Piece, dump, fit, load_pieces
from bot.outbox.forms import Message, question
from bot.outbox.judge import Held, Judge, is_counted, over
from bot.outbox.post import Post
from bot.outbox.render import NOTES, render
from bot.outbox.ways import Way, Ways
from bot.people import unsaid
from bot.store.database import Tx
from bot.store.many import Many
from bot.store.tables import contact, outbox

__all__ = ["Letter", "Post", "claim", "reclaim"]
log = structlog.get_logger()


class Letter(NamedTuple):
    """A claimed message under way. `look`: it may have been sent before; first ask the provider."""

    row_id: int
    token: str
    channel: str
    message: Outbound
    cls: str
    tried_at: datetime
    ours_until: datetime  # after that somebody else may look after it
    expires_at: datetime  # after that it is worth nothing any more
    more: bool = False  # another piece follows
    look: bool = False
    others: frozenset[str] = frozenset()  # ids at the provider that other messages to her have


_LATELY = timedelta(minutes=10)  # before a doubt began: far beyond what clocks differ
_CLAIMED = ("address_id", "body", "token", "lease_until", "left_at", "pieces", "expires_at", "way")
_CLAIM = Many(
    update(outbox)
    .where(outbox.c.id == bindparam("it"))
    .values(status=literal_column("'sending'"), lane=literal_column("''"), lane_at=null())
    .values({name: bindparam(f"new_{name}") for name in _CLAIMED})
)
_SET = ("status", "reason", "due_at", "expires_at", "lane", "lane_at", "settled_at", "merged_into")
_IN_DOUBT = (
    select(outbox, *contact.c["language", "rest_from", "rest_until"])
    .join(contact, contact.c.id == outbox.c.contact_id)
    .where(outbox.c.status == "sending", outbox.c.lease_until <= bindparam("now"))
    .order_by(outbox.c.lease_until)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(of=outbox, skip_locked=True)
)
_PUT_OFF = Many(
    update(outbox).where(outbox.c.id == bindparam("it")).values({name: bindparam(f"new_{name}") for name in _SET})
)


def claim(
    tx: Tx, post: Post, now: datetime, *, most: int = 100, hands: Mapping[str, int] | None = None
) -> tuple[list[Letter], int]:
    """Take what is due: ask consent, hours and rates again, render in today's language, mark as `sending`.

    `hands`: how many letters of each channel the caller can take. Returns the letters to post once this transaction is
    committed, and how many rows were looked at.
    """
    rates = limits.load(tx, post.config, now, hands)
    found = due(tx, now, rates, most)
    if not found:
        return [], 0
    stopped = halted.among(tx, found)
    gone = {row.id for row in stopped}
    rows = [row for row in found if row.id not in gone]
    people = load_addressees(tx, {row.contact_id for row in rows})
    rates.know(tx, [each.id for person in people.values() for each in person])
    ways = Ways(tx, post, now, rows)
    judge = Judge(ways, rates, budget.load(tx, post.config, {row.contact_id for row in rows if is_counted(row)}, now))
    taken = _take(ways, judge, rates, rows, people)
    put_off = [*taken.put_off, *merge.join(tx, post, taken.waiting, now)]
    put_off += [over(row, Status.CANCELLED, halted.REASON, now) for row in stopped]
    for statement, values in ((_CLAIM, taken.claimed), (_PUT_OFF, put_off)):
        if values:
            statement(tx, values)
    unsaid.leave(tx, stopped, halted.REASON, now)
    unsaid.leave(tx, _given_up(rows, put_off), unsaid.NOT_ASKED, now)
    rates.save(tx)
    ways.words.ask()
    if ways.knocks:
        post.knock(tx, ways.knocks, now)
    return taken.letters, len(found)


def _given_up(rows: Sequence[Row[Any]], put_off: Sequence[Mapping[str, Any]]) -> list[Row[Any]]:
    """Those of these rows that end here, but for what another message says from now on."""
    ended = {each["it"] for each in put_off if each["new_status"] != Status.QUEUED and not each["new_merged_into"]}
    return [row for row in rows if row.id in ended]


class _Taken(NamedTuple):
    """What came of the rows of a claim: letters with the values of their rows, and the rows that stay."""

    letters: list[Letter]
    claimed: list[dict[str, Any]]
    put_off: list[dict[str, Any]]
    waiting: list[merge.Waiting]


def _take(
    ways: Ways, judge: Judge, rates: limits.Rates, rows: Sequence[Row[Any]], people: Mapping[int, list[Addressee]]
) -> _Taken:
    taken = _Taken([], [], [], [])
    for row in rows:
        try:
            verdict = judge.verdict(row, people[row.contact_id])
            if isinstance(verdict, Held):
                if verdict.alone:
                    taken.waiting.append(merge.Waiting(row, verdict.alone, verdict.state))
                else:
                    taken.put_off.append(verdict.state)
                continue
            letter, values = _address(ways, row, verdict)
            parts = ways.post.channels[letter.channel].limits.parts
            rates.spend(letter.channel, limits.units(letter.message.text, parts=parts) - 1)
        except Exception as error:  # a loop: noted on the row, and the others go on
            log.error("letter_failed", row=row.id, error=type(error).__name__, at=errors.place(error))
            taken.put_off.append(over(row, Status.FAILED, type(error).__name__, ways.now))
        else:
            taken.letters.append(letter)
            taken.claimed.append(values)
    return taken


def _address(ways: Ways, row: Row[Any], way: Way) -> tuple[Letter, dict[str, Any]]:
    """Put the row into words for this way and make the letter of the piece that is next."""
    tx, now, to = ways.tx, ways.now, way.to
    language = tx.open("contact.language", row.language)
    pieces = _pieces(ways, row, way, language)
    token = secrets.token_hex(16)
    letter = _letter(ways, row, pieces, to, token, language)
    if letter.message.form:
        sid = way.content or ways.known.sid(to.channel, letter.message.form)
        letter = letter._replace(message=replace(letter.message, content=sid))
    return letter, {
        "it": row.id, "new_address_id": to.id, "new_body": tx.seal("outbox.body", dump(pieces)), "new_token": token,
        "new_lease_until": letter.ours_until, "new_left_at": now, "new_pieces": len(pieces),
        "new_expires_at": row.expires_at, "new_way": "free" if way.free else "template",
    }  # fmt: skip


def _pieces(ways: Ways, row: Row[Any], way: Way, language: str) -> list[Piece]:
    """What leaves, in her language of today; the forms with it where the provider must know them."""
    if way.piece:
        return [way.piece]
    channel = ways.post.channels[way.to.channel]
    if row.piece:  # its first part is on her phone already
        pieces = load_pieces(ways.tx.open("outbox.body", row.body))
    else:
        message = ways.words.message(row)
        said = render(ways.post.catalogue, language, *message, isolates=channel.limits.isolates)
        pieces = fit(said.texts, said.choices, way.to.limits_now(channel.limits, ways.now), said.files)
        if isinstance(channel, Templates):
            pieces[-1] = _formed(ways, pieces, message, language, channel.limits.isolates)
    form = pieces[-1].form
    if form and ways.known.refused(way.to.channel, form):
        pieces[-1] = pieces[-1].without_buttons()
    return pieces


def _formed(ways: Ways, pieces: Sequence[Piece], message: Message, language: str, isolates: bool) -> Piece:
    """The last piece, which holds the question, with its form; where there can be none, with numbers."""
    last = pieces[-1]
    if last.layout == "plain":
        return last
    if len(pieces) > 1:  # what came before stands in pieces of its own
        last_parts = 2 if message.parts[-1].key in NOTES else 1
        message = message._replace(parts=message.parts[-last_parts:])
    filled = question(ways.post.catalogue, language, message, last.layout, isolates=isolates)
    if filled is None or filled.text != last.text:
        return last.without_buttons()
    return last._replace(form=filled.form, values=filled.values)


def _letter(ways: Ways, row: Row[Any], pieces: Sequence[Piece], to: Addressee, token: str, language: str) -> Letter:
    tx, post, now = ways.tx, ways.post, ways.now
    piece = pieces[row.piece]
    template = piece.form.template if piece.form else ""
    if not template and to.window_closed(post.channels[to.channel].limits.window, now):
        template = ways.words.written(row).parts[0].key
    message = Outbound(
        id=f"{row.id}-{row.piece}" + (f"-{row.hop}" if row.hop else ""), to=to.open(tx), text=piece.text,
        choices=piece.choices, layout=piece.layout, template=template,
        language=piece.form.language if piece.form else language,
        expires_at=ways.hours.last_moment(row, to), urgent=row.cls == "urgent",
        form=piece.form, values=piece.values, file=piece.file,
    )  # fmt: skip
    until = now + post.config.waits.span("lease")
    more = row.piece + 1 < len(pieces)
    return Letter(row.id, token, to.channel, message, row.cls, now, until, row.expires_at, more)


def reclaim(tx: Tx, post: Post, now: datetime, *, most: int = 50) -> list[Letter]:
    """Take letters whose lease has run out: their sender died, or nobody knows whether they arrived. Look first."""
    rows = tx.execute(_IN_DOUBT, {"now": now, "most": most}).all()
    if not rows:
        return []
    people = load_addressees(tx, {row.contact_id for row in rows})
    known, ways = _known(tx, rows), Ways(tx, post, now)
    letters = []
    for row in rows:
        to = next((each for each in people[row.contact_id] if each.id == row.address_id), None)
        if to is None or to.channel not in post.channels:
            tx.execute(
                update(outbox)
                .where(outbox.c.id == row.id)
                .values(status="unknown", reason="no_channel", token=None, lease_until=None)
            )
            continue
        token = secrets.token_hex(16)
        tx.execute(
            update(outbox)
            .where(outbox.c.id == row.id)
            .values(token=token, lease_until=now + post.config.waits.span("lease"))
        )
        pieces = load_pieces(tx.open("outbox.body", row.body))
        letter = _letter(ways, row, pieces, to, token, tx.open("contact.language", row.language))
        letters.append(letter._replace(look=True, tried_at=row.left_at, others=known.get(row.contact_id, frozenset())))
    return letters


def _known(tx: Tx, rows: Sequence[Row[Any]]) -> dict[int, frozenset[str]]:
    """For each of these people what providers call our messages to her of the time in doubt."""
    if not rows:
        return {}
    hers = outbox.c.contact_id.in_({row.contact_id for row in rows}), outbox.c.provider_id.is_not(None)
    lately = outbox.c.settled_at >= min(row.left_at for row in rows) - _LATELY
    found: dict[int, set[str]] = {}
    for row in tx.execute(select(outbox.c.contact_id, outbox.c.provider_id).where(*hers, lately)):
        found.setdefault(row.contact_id, set()).add(row.provider_id)
    return {contact_id: frozenset(ids) for contact_id, ids in found.items()}
