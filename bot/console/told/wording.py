"""What is said, from the form: a ready message with its fields, somebody's own words, a question; or what is wrong."""

from datetime import date, datetime, time, timedelta

from bot import hours
from bot.broadcast import filled
from bot.broadcast.content import OUTCOME, OWN, QUESTION, READY, WORDS, Content
from bot.console import reach
from bot.console.told.sheet import FIELD, Sheet
from bot.console.visit import IB, TEACHER, Gone, Visit
from bot.conversation.ready import Ready
from bot.model import Value
from bot.store.database import Tx
from bot.translation.texts import SOURCE

# What a question asks for -> the flow that asks it; the first is chosen where nothing else is.
FLOWS = {
    "janee": "peiling_janee", "keuze": "peiling", "hulp": "helpt_mee", "getal": "peiling_getal",
    "begrip": "begrip",
}  # fmt: skip
CHOOSING = ("keuze", "begrip")
ANSWERS = timedelta(days=7)  # so long answers are waited for, where nothing else is said
_FAR = timedelta(days=400)
_LAST = time(23, 59)
_CHOICES = (filled.CHOICES, filled.CHOICE, filled.RIGHT)
Wrong = dict[str, str]  # field of the form -> what to do about it


def content(visit: Visit, tx: Tx, sheet: Sheet) -> tuple[Content, Wrong]:
    """What the form says, and what is wrong with it; it counts only where nothing is. Raises Gone for a file that is
    not hers."""
    kinds = {"klaar": _ready, "zelf": _own, "vraag": _question}
    if sheet["soort"] not in kinds:
        return Content(OWN), {"soort": visit.say("bericht.fout_soort")}
    made = kinds[sheet["soort"]](visit, sheet)
    file_id = sheet.number("bestand")
    if file_id and not reach.may_see(tx, visit.who, "attachment", file_id):
        raise Gone
    asks = {"bestand": visit.say("bericht.fout_bestand_vraag")} if file_id and made.kind == QUESTION else {}
    return made._replace(file_id=file_id or None), {**wrong(visit, sheet, made), **asks}


def wrong(visit: Visit, sheet: Sheet, made: Content) -> Wrong:
    """What somebody has to mend, by the field where she mends it."""
    if made.kind == READY and ready_of(visit, made) is None:
        return {"klaar": visit.say("bericht.fout_klaar")}
    bad: Wrong = {}
    for name, word in filled.problems(made, ready_of(visit, made), visit.local.date()).items():
        if name.startswith(_CHOICES) and sheet["hoe"] not in CHOOSING:
            continue
        bad.setdefault(_field(made, name), visit.say(f"bericht.fout_{word}"))
    if made.kind == QUESTION:
        bad |= _of_question(visit, sheet, made)
    if sheet["dringend"]:
        bad |= _of_urgent(visit, sheet, made)
    return bad


def _field(made: Content, name: str) -> str:
    """Where on the form it stands."""
    if made.kind == READY:
        return f"{FIELD}{made.what}.{name}"
    if name == WORDS:
        return "tekst" if made.kind == OWN else "vraag"
    return "plaatsen" if name == filled.PLACES else "keuze1"


def _of_question(visit: Visit, sheet: Sheet, made: Content) -> Wrong:
    bad: Wrong = {}
    if sheet["hoe"] not in FLOWS:
        bad["hoe"] = visit.say("bericht.fout_hoe")
    if sheet["hoe"] == "hulp" and made.places < 1:
        bad["plaatsen"] = visit.say("bericht.fout_geen_plekken")
    if sheet["hoe"] == "begrip" and not made.right:
        bad.setdefault("keuze1", visit.say("bericht.fout_geen_goede"))
    last, today = _last_day(visit, sheet), visit.local.date()
    if last is None or not today <= last <= today + _FAR:
        bad["tot"] = visit.say("bericht.fout_tot")
    return bad


def _of_urgent(visit: Visit, sheet: Sheet, made: Content) -> Wrong:
    if not may_be_urgent(visit, made):
        return {"dringend": visit.say("bericht.fout_dringend")}
    return {} if sheet["reden"] else {"reden": visit.say("bericht.fout_reden")}


def may_be_urgent(visit: Visit, made: Content) -> bool:
    """A class says nothing urgent to many, and no question is."""
    if visit.who.role in (TEACHER, IB):
        return False
    ready = ready_of(visit, made)
    return made.kind == OWN or (ready is not None and ready.urgent)


def ready_of(visit: Visit, made: Content) -> Ready | None:
    return visit.house.books.ready.get(made.what) if made.kind == READY else None


def until(visit: Visit, sheet: Sheet, made: Content, due_at: datetime) -> datetime:
    """After that it is of no use to anybody; for a question, the end of the day on which answers are waited for."""
    if made.kind == QUESTION and (last := _last_day(visit, sheet)):
        return hours.at(last, _LAST, visit.school.zone)
    return filled.until(made, ready_of(visit, made), due_at, visit.school.zone)


def _last_day(visit: Visit, sheet: Sheet) -> date | None:
    try:
        return date.fromisoformat(sheet["tot"]) if sheet["tot"] else visit.local.date() + ANSWERS
    except ValueError:
        return None


# --- one after the other
def _ready(visit: Visit, sheet: Sheet) -> Content:
    ready = visit.house.books.ready.get(sheet["klaar"])
    if ready is None:
        return Content(READY)
    given = {
        name: filled.value(field.type, sheet[f"{FIELD}{ready.name}.{name}"]) for name, field in ready.fields.items()
    }
    return Content(READY, ready.name, {name: value for name, value in given.items() if value})


def _own(_: Visit, sheet: Sheet) -> Content:
    return Content(OWN, OUTCOME if sheet["over"] else "", {WORDS: Value("words", sheet["tekst"], SOURCE)})


def _question(_: Visit, sheet: Sheet) -> Content:
    how, words = sheet["hoe"], {WORDS: Value("words", sheet["vraag"], SOURCE)}
    return Content(
        QUESTION, FLOWS.get(how, ""), words, tuple(sheet.choices) if how in CHOOSING else (),
        sheet.number("plaatsen") if how == "hulp" else 0, tuple(sheet.right) if how == "begrip" else (),
    )  # fmt: skip
