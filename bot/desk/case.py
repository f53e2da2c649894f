"""One contact in this transaction: who she is, what she is in the midst of, what must go out and be saved."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import NestedTransaction

from bot.conversation import answers, engine, events
from bot.conversation.flow import Flow
from bot.desk import context
from bot.desk.effects import carry_out
from bot.desk.knock import is_knock
from bot.desk.load import AddressRow, Batch, Letter, Live, Person
from bot.errors import ContentError
from bot.model import CLASSES, HOME, Part, Value
from bot.outbox import queue
from bot.outbox.queue import Draft
from bot.outbox.ways import A_DAY
from bot.scheduler.plans import PlanRow

_STARTS = 8  # flows that one letter may start, one after the other
_EACH = ("afspraak", "afspraken", "avond", "peiling", "ronde", "verwijzing")  # about one ends none about another


class Case:
    """One contact in this transaction: what came in, and what must go out and be saved because of it."""

    def __init__(self, batch: Batch, person: Person) -> None:
        self.batch = batch
        self.tx = batch.tx
        self.books = batch.books
        self.now: datetime = batch.now
        self.person = person
        self.drafts: list[Draft] = []
        self.draft: Draft | None = None
        self.questions: list[tuple[Draft, Live]] = []  # a new run has its id only when it is saved
        self.plans: list[PlanRow] = []
        self.letter: Letter | None = None
        self.moved: tuple[int, Letter] | None = None  # a code has shown that this letter belongs to another contact
        self.done: list[int] = []
        self.failed: list[tuple[int, str]] = []
        self._savepoint: NestedTransaction | None = None
        self._starts = 0

    def take_up(self, letter: Letter) -> None:
        """From here on it is about this letter; what it leads to is said in a message of its own."""
        self.letter = letter
        self.draft = None
        self._starts = 0

    # --- keeping
    def savepoint(self) -> None:
        """Before the first write of this case: what follows can be taken back without touching the others."""
        if self._savepoint is None:
            self._savepoint = self.tx.connection.begin_nested()

    def release(self) -> None:
        if self._savepoint is not None and self._savepoint.is_active:
            self._savepoint.commit()
        self._savepoint = None

    def fail(self, letter: Letter, error: Exception) -> None:
        """Take everything of this case back and set the letter aside with the kind of its error."""
        if self._savepoint is not None:
            self._savepoint.rollback()
        self.__init__(self.batch, self.person)  # type: ignore[misc]
        self.person.runs = []
        self.failed = [(letter.id, type(error).__name__)]

    def say_once(self) -> None:
        """What two letters in a row would be told alike is said once: ten photos are one album."""
        if len(self.drafts) > 1 and self.drafts[-1] == self.drafts[-2]:
            del self.drafts[-2]

    # --- running
    @property
    def words(self) -> answers.Words:
        return self.books.catalogue.words(self.person.language)

    @property
    def at(self) -> datetime:
        """Now, as her clock on the wall shows it."""
        school = self.books.config.schools.get(self.schools[0]) if self.schools else None
        return self.now.astimezone(school.zone if school else HOME)

    @property
    def known(self) -> bool:
        """Whether this is somebody: enrolled, linked, on duty or in a conversation."""
        person, linked = self.person, any(each.linked_at for each in self.addresses.values())
        here = linked or any(live.state != "ended" for live in person.runs)
        return bool(person.consents) or (here and person.id not in self.batch.forgotten)

    @property
    def addresses(self) -> dict[int, AddressRow]:
        return self.batch.addresses[self.person.id]

    @property
    def schools(self) -> list[str]:
        """The schools she has to do with: where she said yes, else her children's, else the only one there is."""
        every = self.books.config.schools  # one that is gone from the configuration is nobody's school any more
        own = sorted({school for school, _, _ in self.person.consents if school in every})
        own = own or [row.school for row in self.batch.families.get(self.person.id, ()) if row.school in every]
        own = own or [live.school for live in self.person.runs if live.school and live.school in every]
        return list(dict.fromkeys(own or (every if len(every) == 1 else ())))

    @property
    def asking(self) -> Live | None:
        """The run whose question is open."""
        open_ones = [live for live in self.person.runs if live.asks and live.state == "active"]
        return open_ones[-1] if open_ones else None

    @property
    def channel(self) -> str:
        return self.letter.channel if self.letter else ""

    def start(
        self, name: str, *, school: str | None = None, child_id: int | None = None, address_id: int | None = None,
        fields: Mapping[str, Value] | None = None, kept: list[int] | None = None,
    ) -> None:  # fmt: skip
        """Begin a flow; what was open waits, and the same flow begins anew."""
        self._starts += 1
        if self._starts > _STARTS:
            raise ContentError(f"{name}: flows start one another in circles")
        assert self.letter is not None
        flow = self.books.library.newest(name, self.person.language)
        school = school or self._school_meant()
        if name in ("mens", "stop"):
            self._pass_on()
        name, flow, fields = self._with_consent(flow, school, dict(fields or {}))
        for other in self.person.runs:
            same = other.state != "ended" and other.flow is not None and other.flow.name == name
            alike = all(other.run.answers.get(each) == fields.get(each) for each in _EACH)  # and no alarm ends another
            if same and flow.cls != "urgent" and (alike or name == "gesprek"):
                self.end(other, "replaced")
        live = Live(
            None, flow, engine.begin(flow, fields), list(kept or ()), school, child_id,
            address_id or self.letter.address_id, "active", 0, self.now, None, self.now + flow.expires,
        )  # fmt: skip
        self.park_others(live)
        self.person.runs.append(live)
        self.advance(live, events.Started(self.at))

    def _pass_on(self) -> None:
        """What she was asked about passing on goes to a person without another word: nothing of hers is lost."""
        for live in self.person.runs:
            if live.state != "ended" and live.flow is not None and live.flow.name == "vrij" and live.kept:
                context.hand_off(self, live, "", {})
                self.end(live, "passed_on")

    def _school_meant(self) -> str | None:
        """Of her schools the one whose message she replies to, else that of the open question, else the last heard."""
        schools = self.schools
        if len(schools) > 1 and self.letter is not None:
            message = context.meant(self.tx, self.letter, self.person.id)
            asking = self.asking.school if self.asking else None
            meant = (message.school if message else None, asking, context.last_heard(self.tx, self.person.id))
            return next((school for school in meant if school in schools), schools[0])
        return schools[0] if schools else None

    def _with_consent(
        self, flow: Flow, school: str | None, fields: dict[str, Value]
    ) -> tuple[str, Flow, dict[str, Value]]:
        """She asks for something that needs a yes to tips which she has not given: that is asked first."""
        here = (
            self.channel if self.letter and self.letter.address_id else None
        )  # a note of the house comes from nowhere
        allowed = {purpose for at, on, purpose in self.person.consents if at == school and here in (None, on)}
        if flow.purpose != "tips" or "tips" in allowed or school is None:
            return flow.name, flow, fields
        first = self.books.library.newest("tips", self.person.language)
        return first.name, first, {**fields, "verder": Value("text", flow.name)}

    def park_others(self, live: Live) -> None:
        """One question at a time. Where the house breaks in by itself, it says so in one line; a knock does not."""
        if is_knock(live):
            return
        for other in self.person.runs:
            if other is live or not other.asks or other.state != "active":
                continue
            if is_offer(other):
                self.end(other, "left")
            else:
                self._hold_back(other)
                other.state = "parked"
                other.changed = True
                if self.letter and self.letter.kind in ("start", "silent") and self._heard_today:
                    self.say(Part("algemeen.wacht", {}), live)

    @property
    def _heard_today(self) -> bool:
        """Whether she is in the midst of it. Later, an approved text leaves alone or not at all."""
        return any(each.heard_at and self.now - each.heard_at < A_DAY for each in self.addresses.values())

    def advance(self, live: Live, event: events.Event) -> None:
        """One turn of the engine and all that follows from it."""
        if live.flow is None:
            self.give_up(live)
            return
        turn = engine.advance(live.flow, live.run, event, self.words)
        if turn.run.step != live.run.step:
            self._hold_back(live)
        if (turn.run.step, turn.run.offers) != (live.run.step, live.run.offers):
            live.left_at = None  # another question, which still has to leave
        live.run = turn.run
        live.rev += 1
        live.changed = True
        live.changed_at = self.now
        live.due_at = min(self.now + turn.due, live.expires_at) if turn.due else live.expires_at
        if turn.kept and self.letter is not None:
            live.keep(self.letter.id)
        carry_out(self, live, turn)

    def end(self, live: Live, result: str) -> None:
        self._hold_back(live)
        live.state = "ended"
        live.result = result
        live.due_at = None
        live.changed = True

    def _hold_back(self, live: Live) -> None:
        """A question that this run asked by itself and that still waits, for the morning say, is not asked any more."""
        may_wait = live.asks and (live.run.nudged or live.left_at is None)
        if live.id is None or not may_wait:
            return
        self.savepoint()
        queue.cancel_scope(self.tx, self.person.id, _scope(live), "moved_on", self.now)

    def give_up(self, live: Live) -> None:
        """This run's version cannot be read any more: a person takes over."""
        self.end(live, "broken")
        context.hand_off(self, live, "algemeen.iemand_belt", {})

    def resume(self) -> None:
        """What was parked goes on when nothing else is open."""
        if self.asking is not None:
            return
        parked = [
            live for live in self.person.runs if live.state == "parked" and live.asks and live.expires_at > self.now
        ]
        if not parked or parked[-1].flow is None:
            return
        live = parked[-1]
        live.state = "active"
        live.changed = True
        again = self._heard_today and not context.is_coming(self.tx, live)
        if live.flow and again and (asked := engine.question(live.flow, live.run)):
            context.not_both(self.draft)
            self.say(Part("algemeen.verder", {}), live)
            self.ask(live, asked)

    # --- speaking
    def say(self, part: Part, live: Live | None = None) -> None:
        """Add a text to this turn's message; its fields that are known here are filled in."""
        school = live.school if live else None
        child_id = live.child_id if live else None
        filled = Part(part.key, context.fill(self, part.key, part.fields, school, child_id), part.language)
        if self.draft is None:
            self.draft = self._new_draft(live)
            self.drafts.append(self.draft)
        self.draft.parts.append(filled)

    def ask(self, live: Live, speak: events.Speak) -> None:
        """Add a question; what comes after it is a message of its own."""
        assert speak.question is not None
        self.say(Part(speak.key, speak.fields), live)
        draft = self.draft
        assert draft is not None
        self.questions.append((draft, live))
        draft.step, draft.ask, draft.type = live.run.step, speak.question.ask, speak.question.type
        draft.shown = [[offer.id, offer.label, *filter(None, [offer.of])] for offer in speak.question.offers]
        draft.until = min(live.expires_at, draft.until or live.expires_at)
        if self.letter is not None and self.letter.kind == "silent" and live.id is not None:
            draft.scope = _scope(live)
        self.draft = None

    def _new_draft(self, live: Live | None) -> Draft:
        letter = self.letter
        assert letter is not None
        spoken_to = letter.kind in ("message", "enrol", "answer")
        flow = live.flow if live else None
        cls = flow.cls if flow and (flow.cls == "urgent" or not spoken_to) else "reply"
        school = (live.school if live else None) or (self.schools[0] if self.schools else None)
        address_id = letter.address_id if letter.address_id else live.address_id if live else None
        assert cls in CLASSES
        draft = Draft(self.person.id, cls, flow.purpose if flow else "school", school, address_id)
        about, until = letter.payload.get("scope", ""), letter.payload.get("until")
        draft.scope = about if about.startswith(("appointment:", "round:", "gathering:")) else None
        draft.until = datetime.fromisoformat(until) if until else None
        draft.broadcast_id = letter.payload.get("broadcast")
        return draft


def _scope(live: Live) -> str:
    """By which what a run says by itself is found again."""
    return f"run:{live.id}:"


def is_offer(live: Live) -> bool:
    """Whether it only shows what can be done (the menu): it gives way, and nobody comes back to it."""
    return live.flow is not None and live.flow.kind == "huis" and live.flow.rank == "tip"
