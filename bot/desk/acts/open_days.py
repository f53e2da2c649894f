"""The first contact of a family that has no child here yet: a poster's code, an open day, a talk to get to know."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import update

from bot.conversation.events import Finished
from bot.desk import context, handoff, passed
from bot.desk.acts.evening_words import finished, meant
from bot.desk.load import Live
from bot.gatherings import guests
from bot.model import Value
from bot.people import contacts, known
from bot.store import tables as t
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case

_KIND = "mens"  # of the thread that the office reads
_NAME = 80  # signs of a name


def arrive(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`nieuw`, or `bekend` where this school may write to her already. From now on this phone is hers."""
    gathering = meant(case, live)
    assert case.letter is not None
    if gathering is None:
        return Finished(case.at, "bekend")
    case.savepoint()
    guests.arrive(case.tx, gathering.id, case.person.id, case.now)
    if case.letter.address_id is not None:
        contacts.link(case.tx, case.letter.address_id, case.person.id, case.now)
    is_known = any(at == gathering.school for at, _, _ in case.person.consents)
    return finished(case, gathering, "bekend" if is_known else "nieuw")


def named(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """How the office may call her, on the list of who comes."""
    gathering, name = meant(case, live), live.run.answers.get("naam_ouder")
    if gathering is not None and name is not None:
        case.savepoint()
        v, sealed = t.visitor.c, case.tx.seal("visitor.name", name.value[:_NAME])
        hers = v.gathering_id == gathering.id, v.contact_id == case.person.id
        case.tx.execute(update(t.visitor).where(*hers).values(name=sealed))
    return Finished(case.at)


def first_talk(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She wants to get to know the school: the office reads who she is, how old the child is, and when she can be
    called. `datum`: until when somebody calls."""
    if live.school is None:
        return Finished(case.at)
    named(case, live, given)
    dutch, said = case.books.catalogue.words(SOURCE), live.run.answers
    lines = [dutch.say("open_dag.draad", {"naam": Value("name", said["naam_ouder"].value[:_NAME])})]
    if "leeftijd" in said:
        lines.append(dutch.say("open_dag.draad_kind", {"aantal": Value("number", said["leeftijd"].value)}))
    if "moment" in said:
        moment = dutch.say(f"open_dag.wanneer.{said['moment'].value}", {})
        lines.append(dutch.say("open_dag.draad_bellen", {"moment": Value("text", moment)}))
    context.tell_school(case, live.school, None, _KIND, " ".join(lines))
    until = passed.promised(case, live.school)
    day = until.astimezone(case.books.config.zone(live.school)).date() if until else case.at.date()
    return Finished(case.at, fields={"datum": Value("date", day.isoformat())})


def intake(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """An answer to one of three questions: in the thread, below what was asked; her languages also where the school
    keeps those of all families."""
    which, letter = given["vraag"], case.letter
    value = live.run.answers.get(which)
    if live.school is None or letter is None or value is None:
        return Finished(case.at)
    dutch = case.books.catalogue.words(SOURCE).say(f"intake.draad_{which}", {})
    context.tell_school(case, live.school, None, _KIND, dutch, [letter.id])
    until = passed.promised(case, live.school)
    handoff.open_thread(case.tx, case.person.id, live.school, None, _KIND, [letter.id], case.now, until)
    if which == "thuistaal":
        language = case.person.language
        known.tell(case.tx, case.person.id, live.school, which, (), case.now, words=value.value, language=language)
    return Finished(case.at)


ACTIONS: Mapping[str, Callable[["Case", Live, Mapping[str, str]], Finished]] = {
    "evenings.arrive": arrive,
    "evenings.named": named,
    "evenings.first_talk": first_talk,
    "evenings.intake": intake,
}
