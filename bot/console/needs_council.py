"""What deciding together asks of the office: somebody looks along, writes the outcome, asks the term's question."""

from collections.abc import Iterator

from bot.broadcast import termly
from bot.console.council.term import PAGE
from bot.console.needs import Need, to
from bot.console.visit import Visit
from bot.council import ballots
from bot.council.ballots import ASKED, CLOSED, ELECTION
from bot.people.addresses import school_year
from bot.schooldays import Schooldays
from bot.store.database import Tx


def votes(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Ballots that wait for her."""
    if not visit.who.is_office:
        return
    for each in ballots.waiting(tx, visit.who.school):
        hers = each.kind == ELECTION and each.staff_id == visit.who.staff_id
        if each.state == CLOSED:
            yield Need(
                "stemming", visit.say("vandaag.stemming", naam=each.title), to(visit, _page(each.id)), id=each.id
            )
        elif each.state == ASKED and not hers:
            text = visit.say("vandaag.stemming_akkoord", naam=each.title)
            yield Need("stemming", text, to(visit, _page(each.id)), id=each.id)


def question(visit: Visit, tx: Tx) -> Iterator[Need]:
    """In the eighth week of a term: its question, with one proposed."""
    if not visit.who.is_office:
        return
    today, school, regional = visit.local.date(), visit.who.school, visit.house.books.almanac.regional
    year, region = school_year(today), visit.school.region  # the school's own days do not move a week: not looked up
    days = Schooldays(regional.free[region], regional.known_until[region])
    if not termly.is_time(days, year, today):
        return
    which = termly.term(days, year, today)
    if which not in termly.asked(tx, school, year):
        content = termly.content(visit.house.books.catalogue, termly.QUESTIONS[which][0])
        more = visit.say("vandaag.vraag.meer", vraag=content.fields["tekst"])
        yield Need("vraag", visit.say("vandaag.vraag"), to(visit, PAGE), more)


def _page(number: int) -> str:
    return f"/raad/{number}"
