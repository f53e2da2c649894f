"""What partners offer: what fits her, more about it, and her yes to be called, which she may take back."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from bot.conversation.events import Finished
from bot.desk import context
from bot.desk.load import Live
from bot.model import Offer, Part, Value
from bot.offers import fitting, referrals, seen
from bot.offers.fitting import Wish
from bot.offers.referrals import Referral
from bot.offers.rows import Item
from bot.translation.languages import LANGUAGES
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case

_MOST_THEMES, _MOST = 6, 3  # themes at once; offers of a theme


# --- what she waits for
def mine(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`staat`: she waits to be called, one after the other as she reads on; `gezien`: those were all; `nieuw`."""
    waits, read = _waits(case, live), _answer(live, "bekeken").split()
    left = [each for each in waits if str(each.id) not in read]
    if not left:
        return Finished(case.at, "gezien" if waits else "nieuw")
    item = case.books.shelf.get(left[0].offer)
    name = item.name if item else left[0].offer
    fields = {
        "verwijzing": Value("number", str(left[0].id)), "bekeken": Value("text", " ".join([*read, str(left[0].id)])),
        "aanbod": Value("name", name), "eigenaar": Value("name", item.owner if item else name),
    }  # fmt: skip
    return Finished(case.at, "staat", fields=fields)


def take_back(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`closed`, or `back` where the partner has her name already; "" where nothing is open any more."""
    return Finished(case.at, referrals.take_back(case.tx, _number(live), case.person.id, case.now))


# --- what there is
def themes(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """The themes in which something fits her; `only` where nothing does."""
    return _themes(case, live, 0)


def more_themes(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Those for which there was no room."""
    return _themes(case, live, _MOST_THEMES)


def _themes(case: "Case", live: Live, first: int) -> Finished:
    found = fitting.themes(_fitting(case, live))
    shown = found[first : first + _MOST_THEMES] + (["meer"] if len(found) > first + _MOST_THEMES else [])
    return Finished(case.at, "ok" if shown else "only", tuple(map(Offer, shown)))


def following(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """The next offer of a theme: `een`; `op` after three, or the last; `niets` where none fits (any more). What she has
    read comes again only when she has read all."""
    found = _fitting(case, live, given["thema"]) if given["thema"] else []
    read, count = _answer(live, "getoond").split(), int(_answer(live, "teller") or 0)
    left = [each for each in found if each.key not in read]
    if found and not left and not count:
        read, left = [], found
    if not left or count >= _MOST:
        return Finished(case.at, "op" if found else "niets", fields={"teller": Value("number", "0")})
    fields = {
        "getoond": Value("text", " ".join([*read, left[0].key])), "teller": Value("number", str(count + 1)),
        "welk": Value("text", left[0].key), "aanbod": Value("name", left[0].name), "uitleg": _what(case, left[0]),
    }  # fmt: skip
    return Finished(case.at, "een", fields=fields)


def more(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Where, what it costs, in which languages, how to reach the owner herself; `weg` where it is there no more."""
    item = _meant(case, live)
    if item is None:
        return Finished(case.at, "weg")
    lines = {"aanbod.wie": ("eigenaar", Value("name", item.owner)), "aanbod.waar": ("plek", Value("name", item.place))}
    for key, (field, value) in lines.items():
        case.say(Part(key, {field: value}), live)
    case.say(_cost(item), live)
    if set(item.languages) < set(LANGUAGES):
        spoken = ", ".join(LANGUAGES[each].endonym for each in item.languages)
        case.say(Part("aanbod.talen", {"talen": Value("name", spoken)}), live)
    if item.phone:
        case.say(Part("aanbod.bel", {"nummer": Value("name", _national(item.phone))}), live)
    if item.page:
        case.say(Part("aanbod.pagina", {"pagina": Value("link", item.page)}), live)
    return Finished(case.at)


def _cost(item: Item) -> Part:
    if item.cost is None:
        return Part("aanbod.kosten.vraag", {})
    if not item.cost:
        return Part("aanbod.kosten.niets", {})
    key = f"aanbod.kosten.{item.per}" if item.per else "aanbod.kosten"
    return Part(key, {"bedrag": Value("amount", f"{item.cost:.2f}")})


def _national(phone: str) -> str:
    return f"0{phone.removeprefix('+31')}" if phone.startswith("+31") else phone


def _what(case: "Case", item: Item) -> Value:
    """In her language as people wrote it; else the Dutch, which a machine may translate and which is marked so."""
    own = item.said.get(case.person.language, "")
    return Value("text", own) if own else Value("words", item.what, SOURCE)


# --- to be called
def may(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Before she is asked: who calls. `al`: she waits for that already; `weg`: it is there no more."""
    item = _meant(case, live)
    if item is None:
        return Finished(case.at, "weg")
    if any(each.offer == item.key for each in _waits(case, live)):
        return Finished(case.at, "al")
    fields = {"beller": Value("name", item.contact), "eigenaar": Value("name", item.owner)}
    return Finished(case.at, "mag", fields=fields)


def refer(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She said yes: somebody at school passes her first name, number and language on, and nothing about a child."""
    item, school = _meant(case, live), _school(case, live)
    if item is None or not school:
        return Finished(case.at, "weg")
    new = referrals.ask(case.tx, case.person.id, school, item.key, case.now)
    return Finished(case.at, "genoteerd" if new else "al")


# --- a week later
def check(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What she is asked about; `over` where that is settled."""
    found = referrals.get(case.tx, _number(live))
    if found is None or found.contact_id != case.person.id or found.state != referrals.PASSED:
        return Finished(case.at, "over")
    item = case.books.shelf.get(found.offer)
    name = item.name if item else found.offer
    return Finished(case.at, "vraag", fields={"aanbod": Value("name", name)})


def checked(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Whether somebody called."""
    settled = referrals.answered(case.tx, _number(live), case.person.id, given["antwoord"], case.now)
    return Finished(case.at, given["antwoord"] if settled else "over")


def useful(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    referrals.was_useful(case.tx, _number(live), case.person.id, given["nut"], case.now)
    return Finished(case.at)


# --- what they need
def _school(case: "Case", live: Live) -> str:
    return live.school or (case.schools[0] if case.schools else "")


def _number(live: Live) -> int:
    given = _answer(live, "verwijzing")
    return int(given) if given.isdecimal() else 0


def _answer(live: Live, name: str) -> str:
    """What this conversation keeps under that name."""
    found = live.run.answers.get(name)
    return found.value if found else ""


def _waits(case: "Case", live: Live) -> list[Referral]:
    return referrals.of_contact(case.tx, case.person.id, _school(case, live))


def _fitting(case: "Case", live: Live, theme: str = "") -> list[Item]:
    school = _school(case, live)
    rows = context.children(case, school, None)
    wish = Wish(case.person.language, tuple(fitting.ages(row.group or "") for row in rows))
    return fitting.fitting(case.books.shelf, school, seen.of(case.tx, school), wish, _today(case, school), theme)


def _meant(case: "Case", live: Live) -> Item | None:
    """The offer that she reads about, if it may still be shown to her."""
    return next((each for each in _fitting(case, live) if each.key == _answer(live, "welk")), None)


def _today(case: "Case", school: str) -> date:
    return case.now.astimezone(case.books.almanac.zone(school or None)).date()


Action = Callable[["Case", Live, Mapping[str, str]], Finished]
ACTIONS: Mapping[str, Action] = {
    "offers.mine": mine,
    "offers.take_back": take_back,
    "offers.next": following,
    "offers.more": more,
    "offers.may": may,
    "offers.refer": refer,
    "offers.check": check,
    "offers.checked": checked,
    "offers.useful": useful,
}
OFFERS: Mapping[str, Action] = {"offers.themes": themes, "offers.more_themes": more_themes}
