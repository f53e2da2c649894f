"""What a parent is asked before a talk: a few questions by the years of her child's group. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from bot.conversation.journey import levels

PARENT, CHILD = "parent", "child"
YOUNG, MIDDLE, OLD = "onder", "midden", "boven"  # groups 1 and 2, 3 to 5, 6 to 8
PRINCIPLES = range(1, 8)  # of working with what a child needs, in the order in which the school knows them
_UP_TO = ((2, YOUNG), (5, MIDDLE), (8, OLD))


class Question(NamedTuple):
    """One question. Its id stands with what was answered: another question has another id, also where it replaces one.

    `principle`: where it stands on the sheet.
    """

    id: str
    principle: int
    who: str = PARENT

    @property
    def key(self) -> str:
        return f"voorbereiding.{self.id}"


# The first is always what goes well, the last is for the child.
_EVERY = {
    YOUNG: (
        Question("doet_graag", 4), Question("helpt_spelen", 1), Question("thuis_dag", 2), Question("praten", 5),
        Question("kind_wijst", 3, CHILD),
    ),
    MIDDLE: (
        Question("trots", 4), Question("helpt", 1), Question("thuis", 2), Question("doel", 6),
        Question("kind_vertelt", 3, CHILD),
    ),
    OLD: (
        Question("trots", 4), Question("helpt", 1), Question("praten", 5), Question("doel", 6),
        Question("kind_wil", 3, CHILD),
    ),
}  # fmt: skip
MORE = Question("verder", 5)  # who has answered all of them and wants to add something
_BY_ID = {each.id: each for each in (*(each for some in _EVERY.values() for each in some), MORE)}


def level(groups: Iterable[str]) -> str:
    """The set for a child in these groups: the youngest year counts, and without any it is the middle one."""
    years = [year for name in groups for year in levels(name)]
    return next((name for most, name in _UP_TO if years and min(years) <= most), MIDDLE)


def questions(name: str) -> tuple[Question, ...]:
    """Those of a level, in the order in which they are asked."""
    return _EVERY[name]


def by_id(question: str) -> Question:
    """A question as it was asked; of one that is not asked any more nobody knows more than who answered it."""
    return _BY_ID.get(question, MORE._replace(id=question))
