"""Which offers fit a family: in a language that she reads, for the years of a child of hers. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from bot.offers.rows import THEMES, Item
from bot.offers.shelf import Seen, Shelf, is_open

_GROUPS, _BEFORE = 8, 3  # a child comes to groep 1 when it is four
_HOME = "nl"


class Wish(NamedTuple):
    """For whom: the years of her children (youngest and oldest, per child), and the language that she reads."""

    language: str
    ages: tuple[tuple[int, int], ...]


def ages(group: str) -> tuple[int, int]:
    """How old children of a group are: in groep 4 seven or eight. Of other names it can be any age of this school."""
    numbers = [int(each) for each in "".join(sign if sign.isdecimal() else " " for sign in group).split()]
    years = [each for each in numbers if 1 <= each <= _GROUPS]
    return (min(years) + _BEFORE, max(years) + _BEFORE + 1) if years else (_BEFORE + 1, _GROUPS + _BEFORE + 1)


def fits(item: Item, wish: Wish) -> bool:
    """Whether it is for her: in her language or Dutch, and for the years of a child of hers."""
    spoken = wish.language in item.languages or _HOME in item.languages
    wished = wish.ages or (ages(""),)
    low, high = item.youngest or 0, item.oldest if item.oldest is not None else 99
    return spoken and any(young <= high and old >= low for young, old in wished)


def fitting(
    shelf: Shelf, school: str, seen: Mapping[str, Seen], wish: Wish, today: date, theme: str = ""
) -> list[Item]:  # fmt: skip
    """What she may be shown, in her own language first."""
    found = (each for each in shelf.of(school) if is_open(each, seen, today) and fits(each, wish))
    themed = [each for each in found if theme in ("", each.theme)]
    return sorted(themed, key=lambda each: wish.language not in each.languages)


def themes(found: Iterable[Item]) -> list[str]:
    """Their themes, those with most offers first."""
    every = [each.theme for each in found]
    return sorted(set(every), key=lambda theme: (-every.count(theme), THEMES.index(theme)))
