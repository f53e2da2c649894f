"""A translation that a person made better: at once for who reads these words at her school; and where her word counts
in the whole network, sentence by sentence, without what is personal in them, there too. It can all be taken back."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.store.database import Tx
from bot.store.tables import translation
from bot.translation import phrases, scripts, sentences, trust
from bot.translation.mask import MARK, Masked, mask
from bot.translation.orders import DONE, PERSON
from bot.translation.turn import Known, is_nameless, masked

_SEALED = ("said", "back")


def mend(
    tx: Tx, number: int, said: str, known: Known, terms: Mapping[str, str], staff_id: int, now: datetime, *,
    everywhere: bool,
) -> bool:  # fmt: skip
    """From now on these words are said so; with `everywhere` in the whole network. Whether all of it is remembered
    there: not where a sentence was split or joined, a name in it is written in another way, or it says another time,
    day, number, or the contrary.

    `terms`: the school words of this pair of languages, as whoever orders from a machine takes them out.
    """
    row = tx.execute(select(translation).where(translation.c.id == number)).one()
    pieces = masked(tx.open("translation.text", row.text), known, terms) if everywhere else []
    pairs = {
        sentence: "" if _says_otherwise(sentence, better, row.source, row.target) else better
        for sentence, better in _pairs(pieces, said, known)
    }
    before = _before(tx, row) | {
        "phrases": [
            phrases.correct(tx, row.source, row.target, sentence, better, staff_id, now)
            for sentence, better in sorted(pairs.items()) if better
        ]
    }  # fmt: skip
    values: dict[str, Any] = {
        "said": tx.seal("translation.said", said), "state": DONE, "origin": PERSON, "risks": [], "back": None,
        "reason": None, "engine": None, "made_at": now, "used_at": now, "token": None, "lease_until": None,
        "before": tx.seal("translation.before", json.dumps(before)),
    }  # fmt: skip
    tx.execute(update(translation).where(translation.c.id == number).values(values))
    return bool(pairs) and all(pairs.values())


def restore(tx: Tx, number: int, mended_at: datetime, *, everywhere: bool) -> None:
    """What was there before somebody wrote it better at that moment, unless it was written anew since; `everywhere`:
    also what was remembered for the network."""
    row = tx.execute(select(translation).where(translation.c.id == number)).one()
    if row.before is None or row.made_at != mended_at:
        return
    before = json.loads(tx.open("translation.before", row.before))
    earlier = before.pop("phrases")
    for each in earlier if everywhere else ():
        phrases.put_back(tx, each, mended_at)
    sealed = {name: tx.seal(f"translation.{name}", before[name]) for name in _SEALED if before[name] is not None}
    tx.execute(update(translation).where(translation.c.id == number).values({**before, **sealed, "before": None}))


def _before(tx: Tx, row: Any) -> dict[str, Any]:
    """What is there now, in plain values."""
    sealed = {name: getattr(row, name) for name in _SEALED}
    plain = {name: tx.open(f"translation.{name}", value) if value else None for name, value in sealed.items()}
    return plain | {name: getattr(row, name) for name in ("state", "origin", "risks", "reason", "engine")}


def _pairs(pieces: list[Masked | str], said: str, known: Known) -> Iterator[tuple[str, str]]:
    """Each sentence as it is remembered, with its better wording; "" where that may not leave the school."""
    written = [each for each in pieces if isinstance(each, Masked)]
    spoken = [each for each in sentences.split(said) if sentences.has_words(each)]
    if len(written) != len(spoken):
        return
    for one, better in zip(written, spoken, strict=True):
        if sentences.has_words(MARK.sub("", one.text)):
            yield one.text, _marked(better, one.marks, known)


def _says_otherwise(sentence: str, better: str, source: str, target: str) -> bool:
    """Whether figures, days or a denial are others in it: where nobody knows who wrote it, it would go unlooked at."""
    return bool(trust.SERIOUS.intersection(trust.check(sentence, better, source, target)))


def _marked(said: str, marks: tuple[str, ...], known: Known) -> str:
    """The wording with the marks of the original; "" where one has no place, or something personal is left."""
    for number, value in enumerate(marks, 1):
        at = _place(said, value)
        if at is None:
            return ""
        said = f"{said[:at]}[X{number}X]{said[at + len(value) :]}"
    rest = MARK.sub(" ", said)
    return said if is_nameless([rest], known) and not mask(rest, known.names).marks else ""


def _place(said: str, value: str) -> int | None:
    """Where it stands as a word of its own: "An" is not in "Antalya". Where a script has no spaces, anywhere."""
    for match in re.finditer(re.escape(value), said):
        around = said[: match.start()][-1:], said[match.end() :][:1]
        if not any(sign.isalnum() and not scripts.has_no_spaces(sign) for sign in around):
            return match.start()
    return None
