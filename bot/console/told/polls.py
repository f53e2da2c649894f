"""What was answered to a question so far: a bar for each answer, with the names behind it."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.broadcast import answers
from bot.console.visit import CLASS, Visit
from bot.store.database import Tx


class Choice(NamedTuple):
    """An answer. `names`: empty where they are not hers to see."""

    id: str
    label: str
    many: int
    percent: int  # of the longest bar
    names: Sequence[str]
    languages: str
    right: bool


class Poll(NamedTuple):
    choices: Sequence[Choice]
    asked: int
    answered: int
    places: int
    taken: int
    understood: int
    total: int
    check: bool
    numbers: bool


def of(visit: Visit, tx: Tx, number: int) -> Poll:
    """The outcome at this moment. Names are for who has those families."""
    found, say = answers.results(tx, number), visit.say
    choices = []
    for each in found.choices:
        languages = " · ".join(f"{say.named(code)} {many}" for code, many in sorted(each.languages.items()))
        names = list(each.names) if visit.who.role in CLASS else []
        percent = round(100 * each.count / found.most) if found.most else 0
        label = each.label or say(f"berichten.keus_{each.id}")
        choices.append(Choice(each.id, label, each.count, percent, names, languages, each.right))
    yes = next((each.count for each in found.choices if each.id == answers.YES), 0)
    asked = answers.question(tx, number)
    check = bool(asked and asked.content.right)
    numbers = bool(found.choices) and not any(
        (asked and asked.content.choices, *(not each.label for each in found.choices))
    )
    return Poll(choices, found.asked, found.answered, found.places, yes, found.understood, found.total, check, numbers)
