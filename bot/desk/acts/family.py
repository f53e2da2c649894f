"""What a family tells about itself: choices from a list, several of them, or her own words; each kept at once."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bot.conversation.answers import Question, understand
from bot.conversation.events import Finished
from bot.conversation.folding import fold
from bot.desk.acts import departing
from bot.desk.load import Live
from bot.model import Offer, Value
from bot.people import known
from bot.people.choices import DONE, LISTS, MORE, NONE, SKIP
from bot.translation import orders
from bot.translation.languages import LANGUAGES, joiners
from bot.translation.orders import Wanted
from bot.translation.sentences import has_words
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case

Action = Callable[["Case", Live, Mapping[str, str]], Finished]
_SHOWN = 8  # languages in the list: she may write another one
_SPLIT = re.compile(r"[\s,;.+&/،؛]+|\bو(?=\d)")  # "and" sticks to what follows it in Arabic
_BARE = re.compile(r"[\W\d_]*")
_ASKS = re.compile(r"[?؟]")
_LONGEST = 300
_REHEARSED = "suikerfeest"


# --- several of a list
def offered(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What of this list she has not chosen yet; that it is enough stands first, once she has chosen something."""
    return Finished(case.at, offers=_offers(case, live, given["over"]))


def _offers(case: "Case", live: Live, over: str) -> tuple[Offer, ...]:
    shown, chosen = LISTS[over], _chosen(live, LISTS[over].topic)
    hers = _languages(case) if over == "thuistaal" else [Offer(each) for each in shown.options]
    left = [each for each in hers if each.id not in chosen]
    picked = len(left) < len(hers)
    first = [Offer(DONE)] if picked else []
    further = [Offer(shown.further)] if shown.further else []
    return (*first, *left, *further, *(() if picked else map(Offer, shown.last)))


def _languages(case: "Case") -> list[Offer]:
    """Her own first, then Dutch, and those of this bot."""
    own = case.person.language
    some = list(dict.fromkeys((own, "nl", *case.books.config.languages.offered)))[:_SHOWN]
    return [Offer(each, LANGUAGES[each].endonym) for each in some]


def _chosen(live: Live, topic: str) -> list[str]:
    """What she has chosen of this topic in this conversation."""
    value = live.run.answers.get(_kept(topic))
    return value.value.split() if value else []


def _kept(topic: str) -> str:
    return f"gekozen_{topic}"


def _written(topic: str) -> str:
    return f"eigen_{topic}"


def pick(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Keep what she chose, or wrote: `meer` where she may choose another, `vraag` where she asks something, `weer`
    where it says nothing, the option itself where it closes the list; else `klaar`."""
    over, topic, choice, words = given["over"], LISTS[given["over"]].topic, given["keuze"], given["woorden"]
    chosen, before = _chosen(live, topic), live.run.answers.get(_written(topic))
    own = before.value if before else ""  # what she wrote beside an earlier list stays
    read = {"keuze": Value("text", ""), "woorden": Value("text", "")}  # nothing of it counts twice
    if words:
        several = _several(case, live, over, words)
        if not several and (instead := _instead(case, over, words)):
            return Finished(case.at, instead, fields=read)
        if not several:
            own = "; ".join(filter(None, (own, words)))[:_LONGEST]
        chosen, choice = [*chosen, *several], ""
    elif choice in (DONE, MORE, NONE, SKIP, "nu_niet"):
        if choice == NONE:
            _tell(case, live, topic, [NONE], "")
        return Finished(case.at, choice, fields=read)
    else:
        chosen.append(choice)
    _tell(case, live, topic, chosen, own)
    fields = {**read, _kept(topic): Value("text", " ".join(chosen)), _written(topic): Value("text", own)}
    more = bool(choice) and not set(LISTS[over].options or "-") <= {*chosen}
    return Finished(case.at, "meer" if more else DONE, fields=fields)


def _several(case: "Case", live: Live, over: str, words: str) -> list[str]:
    """`1 3`, `2 and 4` or labels with something between: what she means, where all of it is understood."""
    shown, between = _offers(case, live, over), joiners(case.words.language)
    question, found = Question(LISTS[over].ask, "choice", shown), []
    for piece in filter(None, _SPLIT.split(words[:_LONGEST])):
        meant = understand(question, piece, case.words, case.at.date())
        if meant:
            found.append(meant[0].value)
        elif not found or fold(piece) not in between:
            return []
    return [each for each in dict.fromkeys(found) if each not in (DONE, MORE, NONE, SKIP)]


def _instead(case: "Case", over: str, words: str) -> str:
    """Words that are no answer of her own: she is done before she chose anything, asks something, or says nothing."""
    ready = Question(LISTS[over].ask, "choice", (Offer(DONE),))
    bare = _BARE.fullmatch(words) is not None
    if not bare and understand(ready, words, case.words, case.at.date()):
        return DONE
    if bare and not (over == "werk" and any(map(str.isdigit, words))):  # an hour is an answer there
        return "weer"
    return "vraag" if _ASKS.search(words) else ""


def _tell(case: "Case", live: Live, topic: str, options: list[str], words: str) -> None:
    school = live.school or next(iter(case.schools), None)
    if school is None:
        return
    case.savepoint()
    language = case.person.language
    known.tell(case.tx, case.person.id, school, topic, options, case.now, words=words, language=language)
    if words and language != SOURCE and has_words(words):  # so that who reads it at school reads Dutch
        orders.order(case.tx, [Wanted(school, language, SOURCE, words)], case.now)


# --- her own words, and no more of it
def words(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What school should know, in her words; nothing where she passes it over."""
    if given["woorden"] and given["woorden"] != SKIP:
        _tell(case, live, given["over"], [], given["woorden"][:_LONGEST])
    return Finished(case.at)


def forget(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Nothing of this topic is known any more."""
    _tell(case, live, given["over"], [], "")
    return Finished(case.at)


def decline(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She would rather not say: only that is known, so that nobody asks again."""
    _tell(case, live, given["over"], [SKIP], "")
    return Finished(case.at)


# --- a wish on the day of a feast
def greeting(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """The feast that it is today, where she still keeps it."""
    feast = live.run.answers.get("feest")
    if feast is None:
        return Finished(case.at, _REHEARSED)  # where an author rehearses
    hers = known.of(case.tx, live.school or "", [case.person.id])[case.person.id]
    keeps = any(each.topic == "feest" and each.option == feast.value for each in hers)
    return Finished(case.at, feast.value if keeps else "weg")


ACTIONS: Mapping[str, Action] = {
    "family.pick": pick,
    "family.words": words,
    "family.forget": forget,
    "family.decline": decline,
    "family.greeting": greeting,
    **departing.ACTIONS,
}
OFFERS: Mapping[str, Action] = {"family.choices": offered}
