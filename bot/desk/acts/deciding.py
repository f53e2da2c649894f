"""Deciding together: what can be chosen, a vote that leaves no trace of what it was, and what came of it."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select, update

from bot.conversation.answers import fold
from bot.conversation.events import Finished
from bot.council import ballots, candidates, going, results, voting
from bot.council.ballots import DECISION, Ballot
from bot.council.going import BALLOT, SECRET
from bot.desk import context
from bot.desk.load import Live
from bot.model import Offer, Part, Value
from bot.people import barred
from bot.store import tables as t
from bot.translation.sentences import has_words
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case

Action = Callable[["Case", Live, Mapping[str, str]], Finished]
_CHOSEN, _READY = "gekozen", "klaar"
_BESIDE = "erbij"  # the step after a vote
_HELP = "Deze ouder vraagt hulp bij het stemmen. Wat zij schreef is gewist, want stemmen is geheim."


def _ballot(case: "Case", live: Live) -> Ballot | None:
    number = live.run.answers.get(BALLOT)
    return ballots.get(case.tx, int(number.value)) if number else None


# --- what it is about
def look(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Whether she may vote now: `ok`, `al` where she has, `weg`. It is asked until it closes, and not after that."""
    it = _ballot(case, live)
    if it is None or not it.takes(case.now) or barred.is_shut(case.tx, case.person.id, it.school, None, case.now):
        return Finished(case.at, "weg")
    live.school, live.expires_at = it.school, min(live.expires_at, it.closes_at)
    voted = voting.has_voted(case.tx, it.id, case.person.id)
    return Finished(case.at, "al" if voted else "ok", fields=_about(case, it, it.closes_at))


def look_standing(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Whether she may put herself forward now: `ok`, `weg`."""
    it = _ballot(case, live)
    if it is None or not it.listens(case.now) or barred.is_shut(case.tx, case.person.id, it.school, None, case.now):
        return Finished(case.at, "weg")
    live.school, live.expires_at = it.school, min(live.expires_at, it.opens_at)
    return Finished(case.at, fields=_about(case, it, it.opens_at))


def _about(case: "Case", it: Ballot, until: datetime) -> dict[str, Value]:
    wall = until.astimezone(case.books.config.zone(it.school))
    return {
        "vraag": Value("words", it.words, SOURCE), "onderwerp": Value("words", it.title, SOURCE),
        "datum": Value("date", wall.date().isoformat()), "tijd": Value("time", f"{wall:%H:%M}"),
        "aantal": Value("number", str(it.seats)),
    }  # fmt: skip


def choices(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What there is to choose, as the school wrote it."""
    it = _ballot(case, live)
    labels = it.options if it else ()
    return _offered(case, [*(Offer(each, label, SOURCE) for each, label in labels), Offer(ballots.UNSURE)])


def names(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Who can be chosen."""
    return _offered(case, [*_candidates(case, live), Offer(ballots.UNSURE)])


def more(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """The same once more, all of them: who is left out would tell whom she has chosen."""
    return _offered(case, [*_candidates(case, live), Offer(_READY)])


def _candidates(case: "Case", live: Live) -> Iterable[Offer]:
    it = _ballot(case, live)
    return [Offer(str(each.id), each.name) for each in (candidates.on_list(case.tx, it.id) if it else ())]


def _offered(case: "Case", offers: list[Offer]) -> Finished:
    return Finished(case.at, offers=tuple(offers))


def introduce(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Who stands, each with her own sentence: for who reads another language also as she wrote it."""
    it = _ballot(case, live)
    for each in candidates.on_list(case.tx, it.id) if it else ():
        name = Value("name", each.name)
        fields = {"naam": name, "woorden": Value("words", each.words, each.language)}
        case.say(Part("verkiezing.kandidaat", fields), live)
        if each.language != case.person.language:
            own = {"naam": name, "woorden": Value("text", each.words)}
            case.say(Part("verkiezing.eigen_woorden", own), live)
    return Finished(case.at)


# --- voting
def vote(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Count what she chose: `ok`, `al`, `over`. In the same commit it is forgotten that it was she."""
    return _counted(case, live, [given["keuze"]])


def pick(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """One more name: `meer` where she may choose another, `dubbel` where she chose it before; else as `vote`."""
    it, chosen = _ballot(case, live), _picked(live)
    picked = given["keuze"]
    if it is None or picked in (ballots.UNSURE, _READY):
        return _counted(case, live, chosen or [ballots.UNSURE])
    twice = picked in chosen
    chosen = chosen if twice else [*chosen, picked]
    if len(chosen) >= it.seats and not twice:
        return _counted(case, live, chosen)
    if voting.has_voted(case.tx, it.id, case.person.id):
        return _counted(case, live, chosen)
    _forget(case, live)
    live.run = live.run._replace(answers={**live.run.answers, _CHOSEN: Value("text", " ".join(chosen))})
    return Finished(case.at, "dubbel" if twice else "meer")


def finish(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She chose a name and says no more: that name counts."""
    chosen = _picked(live)
    return _counted(case, live, chosen) if chosen else Finished(case.at, "niets")


def _picked(live: Live) -> list[str]:
    return live.run.answers[_CHOSEN].value.split() if _CHOSEN in live.run.answers else []


def _counted(case: "Case", live: Live, chosen: list[str]) -> Finished:
    it = _ballot(case, live)
    result = voting.vote(case.tx, it.id, case.person.id, chosen, case.now) if it else "over"
    _forget(case, live)
    return Finished(case.at, result)


def remark(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What she writes beside her vote, for the school, without her name: `ok`, `niets`, `over`."""
    it, words = _ballot(case, live), given["woorden"]
    labels = {fold(label) for _, label in it.options} if it else set()
    if not has_words(words) or fold(words) in labels:  # nothing, or her vote once more
        _forget(case, live)
        return Finished(case.at, "niets")
    kept = it is not None and voting.remark(case.tx, it.id, words, case.person.language, case.now)
    _forget(case, live)
    return Finished(case.at, "ok" if kept else "over")


def hush(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Nobody understood her: a person helps, who does not read what she wrote, for it may be what she would choose."""
    school = live.school or (case.schools[0] if case.schools else None)
    _forget(case, live)
    if school is not None:
        context.tell_school(case, school, live.child_id, "mens", _HELP)
    return Finished(case.at)


def hide(case: "Case") -> None:
    """After each letter of hers: where she has voted, what she sends once more tells nobody what it was either."""
    for live in case.person.runs:
        voted = live.state == "ended" or live.run.step == _BESIDE
        if live.flow is not None and live.flow.name in going.FLOWS and voted:
            _forget(case, live)


def answered_twice(case: "Case", text: str, choice: str) -> bool:
    """Whether two taps came together: the vote is counted just now, and this is the same once more."""
    ended = (live for live in case.person.runs if live.state == "ended" and live.flow is not None)
    if any(live.flow.name in going.FLOWS for live in ended if live.flow) and (choice or not has_words(text)):
        case.say(Part("besluit.al", {}))
        return True
    return False


def _forget(case: "Case", live: Live) -> None:
    """What she wrote since she was asked is taken out of her letters, and what she chose out of this conversation.

    Left alone is what lies with the school already, what another question of hers is about, and what is not read yet.
    """
    live.run = live.run._replace(answers={name: it for name, it in live.run.answers.items() if name not in SECRET})
    live.kept.clear()
    live.changed = True
    i, line = t.inbox.c, t.thread_message.c
    letter = case.letter
    of_others = {each for other in case.person.runs if other is not live for each in other.kept}
    in_thread = exists().where(line.inbox_id == i.id)
    hers = i.contact_id == case.person.id, i.kind == "message", i.received_at >= _since(case)
    for row in case.tx.execute(select(i.id, i.payload, i.state).where(*hers, ~in_thread)).all():
        is_read = row.state != "waiting" or (letter is not None and row.id == letter.id)
        if is_read and row.id not in of_others:
            payload = json.loads(case.tx.open("inbox.payload", row.payload))
            said = {"text": "", "choice": "", "ours": "", "kind": payload["kind"], "name": payload.get("name", "")}
            sealed = case.tx.seal("inbox.payload", json.dumps(said))
            case.tx.execute(update(t.inbox).where(i.id == row.id).values(payload=sealed))


def _since(case: "Case") -> datetime:
    """When she was first asked: by the conversations about a ballot that may still be open."""
    r, b = t.run.c, t.ballot.c
    opened = select(func.min(b.opens_at)).where(b.state == ballots.OPEN).scalar_subquery()
    asked = r.contact_id == case.person.id, r.flow.in_(going.FLOWS), r.started_at >= opened
    first: datetime | None = case.tx.execute(select(func.min(r.started_at)).where(*asked)).scalar()
    now = case.letter.received_at if case.letter is not None else case.now
    return min(first, now) if first else now


# --- putting oneself forward
def stand(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She would like to be on the list: `ok`, `lang`, `over`."""
    it = _ballot(case, live)
    if it is None:
        return Finished(case.at, "over")
    hers = given["naam"], given["zin"], case.person.language
    return Finished(case.at, candidates.stand(case.tx, it, case.person.id, *hers, case.now))


# --- what came of it
def outcome(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What is to be said: besluit gelijk weinig verkiezing, `weg` where nothing is told."""
    it = _ballot(case, live)
    if it is None or it.state != ballots.TOLD or barred.is_shut(case.tx, case.person.id, it.school, None, case.now):
        return Finished(case.at, "weg")
    live.school = it.school
    found = results.of(case.tx, it)
    fields = {"tekst": Value("words", it.outcome, SOURCE), "onderwerp": Value("words", it.title, SOURCE)}
    if found.few:
        return Finished(case.at, "weinig", fields=fields)
    if it.kind != DECISION:
        return Finished(case.at, it.kind, fields={**fields, "namen": Value("name", ", ".join(found.seats))})
    if found.equal:
        return Finished(case.at, "gelijk", fields=fields)
    return Finished(case.at, it.kind, fields={**fields, "keuze": Value("words", found.counts[0].label, SOURCE)})


def counts(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """How many chose what, a line each."""
    it = _ballot(case, live)
    for each in results.of(case.tx, it).counts if it else ():
        many = {"aantal": Value("number", str(each.votes))}
        if each.label:
            case.say(Part("uitslag.regel", {"keuze": Value("words", each.label, SOURCE), **many}), live)
        elif each.votes:
            case.say(Part("uitslag.weet_niet", many), live)
    return Finished(case.at)


ACTIONS: Mapping[str, Action] = {
    "council.look": look, "council.look_standing": look_standing, "council.introduce": introduce,
    "council.vote": vote, "council.pick": pick, "council.finish": finish, "council.remark": remark,
    "council.hush": hush, "council.stand": stand, "council.outcome": outcome, "council.counts": counts,
}  # fmt: skip
OFFERS: Mapping[str, Action] = {"council.choices": choices, "council.names": names, "council.more": more}
