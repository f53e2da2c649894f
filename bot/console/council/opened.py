"""A ballot on its page: who is asked, how many have voted, who stands; when it is over what came of it, and is told."""

from typing import Any

from bot.console.council.compose import stands
from bot.console.rounds import named
from bot.console.visit import OFFICES, Answer, Go, Gone, Page, Visit, get, post
from bot.council import ballots, candidates, going, results, voting
from bot.council.ballots import CLOSED, ELECTION, OPEN, TOLD, Ballot
from bot.council.candidates import Candidate
from bot.store.database import Tx
from bot.translation import orders
from bot.translation.orders import Wanted
from bot.translation.texts import SOURCE


def show(visit: Visit, tx: Tx) -> Answer:
    return _page(visit, tx)


def _page(visit: Visit, tx: Tx, wrong: str = "") -> Page:
    it = _of(visit, tx)
    over = it.state in (CLOSED, TOLD)
    voted, asked = voting.turnout(tx, it.id)
    before = it.state in (ballots.ASKED, ballots.PLANNED, ballots.STANDING)
    people = candidates.every(tx, it.id) if it.kind == ELECTION else []
    values: dict[str, Any] = {
        "it": it, "stands": stands(visit, it), "wrong": wrong, "over": over, "election": it.kind == ELECTION,
        "choices": [label for _, label in it.options], "closes": named.moment(visit, it.closes_at),
        "opens": named.moment(visit, it.opens_at), "turnout": visit.say("raad.opkomst", aantal=voted, ouders=asked),
        "voters": len(going.voters(tx, visit.config, it.school, visit.now)) if before else asked,
        "unreached": going.unreached(tx, visit.config, it.school, visit.now) if before else 0,
        "mine": it.kind == ELECTION and it.staff_id == visit.who.staff_id,
        "candidates": [(each, _dutch(tx, it, each)) for each in people], "listens": it.listens(visit.now),
        "result": results.of(tx, it) if over else None, "long": ballots.OF_OUTCOME, "fewest": voting.FEWEST,
        "remarks": [(each, _said(tx, it, each.words, each.language)) for each in results.remarks(tx, it.id)]
        if over else [],
        "outcome": visit.form.get("uitslag", it.outcome), "may_stop": before or it.state == OPEN,
        "refresh": 60 if it.state == OPEN else 0,
    }  # fmt: skip
    return Page("raad_stemming.html", values, 422 if wrong else 200)


def _of(visit: Visit, tx: Tx) -> Ballot:
    found = ballots.get(tx, visit.ids["ballot"])
    if found is None:
        raise Gone
    return found


def _dutch(tx: Tx, it: Ballot, each: Candidate) -> str:
    return _said(tx, it, each.words, each.language)


def _said(tx: Tx, it: Ballot, words: str, language: str) -> str:
    """In Dutch, where it was written in another language and is there already."""
    found = orders.one(tx, Wanted(it.school, language, SOURCE, words)) if language != SOURCE else None
    return found.text if found is not None and found.state == orders.DONE else ""


# --- what is done
def agree(visit: Visit, tx: Tx) -> Answer:
    """Parents may hear of it."""
    it = _of(visit, tx)
    return _go(it, "raad_akkoord" if ballots.agree(tx, it.id, visit.who.staff_id) else "raad_niet")


def stop(visit: Visit, tx: Tx) -> Answer:
    """Nobody is asked any more."""
    it = _of(visit, tx)
    return _go(it, "raad_stop" if ballots.stop(tx, it.id) else "raad_niet")


def close(visit: Visit, tx: Tx) -> Answer:
    """The last vote is in."""
    it = _of(visit, tx)
    return _go(it, "raad_sluit" if ballots.close_now(tx, it.id, visit.now) else "raad_niet")


def put(visit: Visit, tx: Tx) -> Answer:
    """A parent on the list, or off it."""
    it, state = _of(visit, tx), candidates.ON_LIST if visit.form.get("op") else candidates.WITHDRAWN
    number = visit.form.get("wie", "")
    known = number.isascii() and number.isdigit() and len(number) < 19
    done = candidates.put(tx, it, int(number), state, visit.now) if known else "over"
    if done == "vol":
        return _page(visit, tx, visit.say("raad.fout_vol", aantal=ballots.LISTED))
    if done == "ok":
        hers = next(each for each in candidates.every(tx, it.id) if str(each.id) == number)
        orders.order(tx, [Wanted(it.school, hers.language, SOURCE, hers.words)], visit.now)
    return _go(it, "raad_lijst" if done == "ok" else "raad_niet")


def tell(visit: Visit, tx: Tx) -> Answer:
    """What school does with it goes to everybody who was asked."""
    it, words = _of(visit, tx), visit.form.get("uitslag", "").strip()
    if not words or len(words) > ballots.OF_OUTCOME:
        return _page(visit, tx, visit.say("raad.fout_leeg" if not words else "raad.fout_te_lang"))
    return _go(it, "raad_uitslag" if ballots.tell(tx, it.id, words, visit.now) else "raad_niet")


def translate(visit: Visit, tx: Tx) -> Answer:
    """What parents wrote beside their votes, in Dutch."""
    it = _of(visit, tx)
    if it.state in (CLOSED, TOLD):
        found = results.remarks(tx, it.id)
        orders.order(tx, [Wanted(it.school, each.language, SOURCE, each.words) for each in found], visit.now)
    return _go(it, "raad_vertaal")


def _go(it: Ballot, note: str) -> Go:
    return Go(f"/raad/{it.id}", f"klaar.{note}")


_IT = "/raad/{ballot}"
DOORS = (
    get(_IT, show, OFFICES),
    post(f"{_IT}/akkoord", agree, OFFICES, "raad_akkoord"),
    post(f"{_IT}/stop", stop, OFFICES, "raad_stop"),
    post(f"{_IT}/sluit", close, OFFICES, "raad_sluit"),
    post(f"{_IT}/lijst", put, OFFICES, "raad_lijst"),
    post(f"{_IT}/vertaal", translate, OFFICES, "raad_vertaal"),
    post(f"{_IT}/uitslag", tell, OFFICES, "raad_uitslag"),
)
