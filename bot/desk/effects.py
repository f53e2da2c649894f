"""What a turn of the engine asks for, carried out on the case."""

from typing import TYPE_CHECKING

from bot.conversation import events
from bot.desk import actions, context
from bot.desk.load import Live
from bot.model import Part
from bot.scheduler import plans

if TYPE_CHECKING:
    from bot.desk.case import Case


def carry_out(case: "Case", live: Live, turn: events.Turn) -> None:
    """Carry out the effects in order. A call is the last of its turn: its result is the next turn."""
    for effect in turn.effects:
        if isinstance(effect, events.Speak):
            _speak(case, live, effect)
        elif isinstance(effect, events.End):
            case.end(live, effect.result)
        elif isinstance(effect, events.Call):
            case.advance(live, actions.call(case, live, effect))
        elif isinstance(effect, events.Handoff):
            context.hand_off(case, live, effect.say, effect.fields)
        elif isinstance(effect, events.Weekly):
            _plan(case, live, effect)
    _start_next(case, live, turn)


def _speak(case: "Case", live: Live, speak: events.Speak) -> None:
    if speak.question:
        case.ask(live, speak)
    else:
        case.say(Part(speak.key, speak.fields), live)


def _plan(case: "Case", live: Live, weekly: events.Weekly) -> None:
    assert live.flow is not None
    zone, days = case.books.config.zone(live.school), case.batch.days(live.school)
    case.plans.append(
        plans.plan_row(case.person.id, live.school, live.flow, weekly, zone, days, case.now, child_id=live.child_id)
    )


def _start_next(case: "Case", live: Live, turn: events.Turn) -> None:
    """The next flow begins when this one is over, so that it does not park it."""
    for effect in turn.effects:
        if isinstance(effect, events.Start):
            case.start(effect.flow, school=live.school, child_id=live.child_id, fields=effect.fields, kept=live.kept)
