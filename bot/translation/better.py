"""A translation that a person made better: at once for who reads these words, and sentence by sentence, without what is
personal in them, for the whole network."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.store.database import Tx
from bot.store.tables import translation
from bot.translation import phrases, sentences, trust
from bot.translation.mask import MARK, Masked, mask
from bot.translation.orders import DONE, PERSON
from bot.translation.turn import Known, is_nameless, masked


def mend(
    tx: Tx, number: int, said: str, known: Known, terms: Mapping[str, str], staff_id: int, now: datetime
) -> bool:  # fmt: skip
    """From now on these words are said so. Whether all of it is remembered for other schools too: not where a sentence
    was split or joined, a name in it is written in another way, or it says another time, day, number, or the contrary.

    `terms`: the school words of this pair of languages, as whoever orders from a machine takes them out.
    """
    row = tx.execute(select(translation).where(translation.c.id == number)).one()
    values: dict[str, Any] = {
        "said": tx.seal("translation.said", said), "state": DONE, "origin": PERSON, "risks": [], "back": None,
        "reason": None, "engine": None, "made_at": now, "used_at": now, "token": None, "lease_until": None,
    }  # fmt: skip
    tx.execute(update(translation).where(translation.c.id == number).values(values))
    pairs = [
        (sentence, "" if _says_otherwise(sentence, better, row.source, row.target) else better)
        for sentence, better in _pairs(masked(tx.open("translation.text", row.text), known, terms), said, known)
    ]
    for sentence, better in pairs:
        if better:
            phrases.correct(tx, row.source, row.target, sentence, better, staff_id, now)
    return bool(pairs) and all(better for _, better in pairs)


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
        if value not in said:
            return ""
        said = said.replace(value, f"[X{number}X]", 1)
    rest = MARK.sub(" ", said)
    return said if is_nameless([rest], known) and not mask(rest, known.names).marks else ""
