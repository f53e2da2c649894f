"""One contact's letters, read in order: first what goes before every flow, then the open question, then a new flow."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import NestedTransaction

from bot.conversation import answers, engine, events
from bot.conversation.flow import Flow
from bot.desk import context, enrol, keywords
from bot.desk.effects import carry_out
from bot.desk.load import Batch, Letter, Live, Person
from bot.errors import ContentError
from bot.inbox.put import Note
from bot.model import CLASSES, RANKS, Part, Value
from bot.outbox.queue import Draft
from bot.scheduler.followups import PlanRow

_HOME = ZoneInfo("Europe/Amsterdam")
_STARTS = 8  # flows that one letter may start, one after the other


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
        self.notes: list[Note] = []
        self.letter: Letter | None = None
        self.moved: tuple[int, Letter] | None = None  # a code has shown that this letter belongs to another contact
        self.done: list[int] = []
        self.failed: list[tuple[int, str]] = []
        self._savepoint: NestedTransaction | None = None
        self._starts = 0

    # --- reading
    def read(self, letter: Letter) -> None:
        """Read one letter; everything it leads to is laid ready in this case."""
        self.letter = letter
        self.draft = None
        self._starts = 0
        getattr(self, f"_read_{letter.kind}")(letter)

    def _read_message(self, letter: Letter) -> None:
        payload = letter.payload
        if payload["kind"] == "reaction":
            return
        text, choice = payload["text"], payload["choice"]
        house = "" if choice else keywords.house_flow(text, self.books.keywords)
        if house == "gevaar":
            self.start("gevaar", kept=[letter.id])
        elif not choice and enrol.read_code(self, letter, text):
            return
        elif not self.known:
            enrol.answer_stranger(self)
        elif house:
            self.start(house)
        elif payload["kind"] not in ("text", "choice", "edit"):
            self.say(Part("algemeen.alleen_tekst", {}))
        else:
            self._answer(letter, text, choice, payload["ours"])
        self._resume()

    def _answer(self, letter: Letter, text: str, choice: str, ours: str) -> None:
        """The open question has her ear; what it does not understand may start a flow; the rest goes to a person."""
        live = self.asking
        if live is None or live.flow is None:
            self._open_words(letter, text)
            return
        asked = engine.question(live.flow, live.run)
        assert asked is not None and asked.question is not None
        stale = self._is_stale(live, letter, ours, asked.question.type)
        wanted = keywords.flow_for(text, self.person.language, self.books.keywords)
        if (
            wanted
            and not choice
            and not stale
            and not answers.understand(asked.question, text, self.words, self.at.date())
        ):
            self.start(wanted)
            return
        self.advance(live, events.Heard(self.at, text, choice, stale))

    def _is_stale(self, live: Live, letter: Letter, ours: str, kind: str) -> bool:
        """Whether she answers a question that is past: the open one had not left yet, or she tapped an older one."""
        if ours and letter.payload["choice"]:
            return not self._is_of(live, ours)
        return kind != "text" and (live.left_at is None or live.left_at > letter.received_at)

    def _is_of(self, live: Live, ours: str) -> bool:
        """Whether our message `ours` asked the question that is open now."""
        return context.asked_by(self.tx, ours, self.person.id) == (live.id, live.run.step)

    def _open_words(self, letter: Letter, text: str) -> None:
        """No question is open: a flow by its keyword, a running talk with the teacher, or the offer to pass it on."""
        wanted = keywords.flow_for(text, self.person.language, self.books.keywords)
        if wanted:
            self.start(wanted)
        elif not context.add_to_talk(self, letter):
            self.start("vrij", kept=[letter.id])

    def _read_enrol(self, letter: Letter) -> None:
        self.start("inschrijven", school=letter.payload["school"])

    def _read_silent(self, letter: Letter) -> None:
        """A run's time has come; it does nothing where the conversation has moved on."""
        live = next((each for each in self.person.runs if each.id == letter.payload["run"]), None)
        if live is None or live.rev != letter.payload["rev"] or live.state == "ended":
            return
        if live.flow is None:
            self.give_up(live)
        elif self.now >= live.expires_at:
            self.end(live, "expired")
        elif self._must_wait(live):
            live.due_at = min(self.now + context.WAIT_AGAIN, live.expires_at)
            live.changed = True
            live.rev += 1
        else:
            self.park_others(live)
            self.advance(live, events.Silent(self.at))

    def _must_wait(self, live: Live) -> bool:
        """Another question is open that this one does not outrank."""
        other = self.asking
        if other is None or other is live or other.flow is None or live.flow is None:
            return False
        return RANKS.index(other.flow.rank) <= RANKS.index(live.flow.rank)

    def _read_plan(self, letter: Letter) -> None:
        """The moment that she chose herself."""
        payload = letter.payload
        fields = {name: Value(*value) for name, value in payload["fields"].items()}
        part = Part(payload["say"], context.fill(self, payload["say"], fields, payload["school"], None))
        draft = Draft(self.person.id, payload["cls"], payload["purpose"], payload["school"], parts=[part])
        draft.due_at = datetime.fromisoformat(payload["due_at"])
        self.drafts.append(draft)

    def _read_start(self, letter: Letter) -> None:
        """The house begins a conversation."""
        payload = letter.payload
        fields = {name: Value(*value) for name, value in payload["fields"].items()}
        self.start(payload["flow"], school=payload["school"], fields=fields)

    def _read_answer(self, letter: Letter) -> None:
        context.say_answer(self, letter.payload)

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

    # --- running
    @property
    def words(self) -> answers.Words:
        return self.books.catalogue.words(self.person.language)

    @property
    def at(self) -> datetime:
        """Now, as her clock on the wall shows it."""
        school = self.books.config.schools.get(self.schools[0]) if self.schools else None
        return self.now.astimezone(school.zone if school else _HOME)

    @property
    def known(self) -> bool:
        """Whether this is somebody: enrolled, linked, on duty or in a conversation."""
        linked = any(each.linked_at for each in self.person.addresses.values())
        return bool(self.person.runs or self.person.consents or linked)

    @property
    def schools(self) -> list[str]:
        """The schools she has to do with, her children's first."""
        own = [school for school, _, _ in sorted(self.person.consents)]
        family = [row.school for row in self.batch.families.get(self.person.id, ())] if not own else []
        return list(dict.fromkeys([*own, *family]))

    @property
    def asking(self) -> Live | None:
        """The run whose question is open."""
        open_ones = [live for live in self.person.runs if live.asks and live.state == "active"]
        return open_ones[-1] if open_ones else None

    @property
    def channel(self) -> str:
        return self.letter.channel if self.letter else ""

    def start(
        self, name: str, *, school: str | None = None, child_id: int | None = None, fields: Mapping[str,
        Value] | None = None,
        kept: list[int] | None = None,
    ) -> None:  # fmt: skip
        """Begin a flow; what was open waits, and the same flow begins anew."""
        self._starts += 1
        if self._starts > _STARTS:
            raise ContentError(f"{name}: flows start one another in circles")
        assert self.letter is not None
        flow = self.books.library.newest(name, self.person.language)
        school = school or (self.schools[0] if self.schools else None)
        name, flow, fields = self._with_consent(flow, school, dict(fields or {}))
        for other in self.person.runs:
            if other.state != "ended" and other.flow is not None and other.flow.name == name:
                self.end(other, "replaced")
        live = Live(
            None, flow, engine.begin(flow, fields), list(kept or ()), school, child_id, self.letter.address_id,
            "active", 0,
            self.now, self.now, None, self.now + flow.expires,
        )  # fmt: skip
        self.park_others(live)
        self.person.runs.append(live)
        self.advance(live, events.Started(self.at))

    def _with_consent(
        self, flow: Flow, school: str | None, fields: dict[str, Value]
    ) -> tuple[str, Flow, dict[str, Value]]:
        """She asks for something that needs a yes to tips which she has not given: that is asked first."""
        allowed = {purpose for at, channel, purpose in self.person.consents if at == school and channel == self.channel}
        if flow.purpose != "tips" or "tips" in allowed or school is None:
            return flow.name, flow, fields
        first = self.books.library.newest("tips", self.person.language)
        return first.name, first, {**fields, "verder": Value("text", flow.name)}

    def park_others(self, live: Live) -> None:
        """One question at a time. Where the house breaks in by itself, it says so in one line."""
        for other in self.person.runs:
            if other is not live and other.asks and other.state == "active":
                other.state = "parked"
                other.changed = True
                if self.letter and self.letter.kind in ("start", "silent"):
                    self.say(Part("algemeen.wacht", {}), live)

    def advance(self, live: Live, event: events.Event) -> None:
        """One turn of the engine and all that follows from it."""
        if live.flow is None:
            self.give_up(live)
            return
        turn = engine.advance(live.flow, live.run, event, self.words)
        live.run = turn.run
        live.rev += 1
        live.changed = True
        live.changed_at = self.now
        live.left_at = None if not isinstance(event, events.Finished) else live.left_at
        live.due_at = min(self.now + turn.due, live.expires_at) if turn.due else live.expires_at
        if turn.kept and self.letter is not None and self.letter.id not in live.kept:
            live.kept.append(self.letter.id)
        carry_out(self, live, turn)

    def end(self, live: Live, result: str) -> None:
        live.state = "ended"
        live.result = result
        live.due_at = None
        live.changed = True

    def give_up(self, live: Live) -> None:
        """This run's version cannot be read any more: a person takes over."""
        self.end(live, "broken")
        context.hand_off(self, live, "algemeen.iemand_belt", {})

    def _resume(self) -> None:
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
        asked = engine.question(live.flow, live.run) if live.flow else None
        if asked:
            self.say(Part("algemeen.verder", {}), live)
            self.ask(live, asked)

    # --- speaking
    def say(self, part: Part, live: Live | None = None) -> None:
        """Add a text to this turn's message; its fields that are known here are filled in."""
        school = live.school if live else None
        child_id = live.child_id if live else None
        filled = part._replace(fields=context.fill(self, part.key, part.fields, school, child_id))
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
        draft.shown = [[offer.id, offer.label] for offer in speak.question.offers]
        self.draft = None

    def _new_draft(self, live: Live | None) -> Draft:
        letter = self.letter
        assert letter is not None
        spoken_to = letter.kind in ("message", "enrol", "answer")
        flow = live.flow if live else None
        cls = "reply" if spoken_to or flow is None else flow.cls
        school = (live.school if live else None) or (self.schools[0] if self.schools else None)
        address_id = letter.address_id if letter.address_id else live.address_id if live else None
        assert cls in CLASSES
        return Draft(self.person.id, cls, flow.purpose if flow else "school", school, address_id)
