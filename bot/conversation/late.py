"""Which texts of a flow can leave more than a day after the parent's last message: WhatsApp wants those approved."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from bot.conversation import paths
from bot.conversation.flow import Flow, Step

_DAY = timedelta(hours=24)
# What the house begins when it must, however long ago somebody wrote.
_UNASKED = frozenset({
    "afspraak", "afspraken_na", "alarm", "beloofd", "boeken", "dag_gesprekken", "gemist", "kandidaat", "klop",
    "koffie", "na_gesprek", "na_vraag", "plek_vrij", "samen", "terugkijken", "thema", "thema_dag", "thema_na",
    "thema_nieuws", "thema_plek", "verkiezing", "voorbereiding",
})  # fmt: skip


def late(flow: Flow) -> frozenset[str]:
    """The keys of a flow's texts that can leave more than 24 hours after the parent's last message."""
    found = {step.remind.say for step in flow.steps.values() if step.remind}
    begun = [step.name for step in flow.steps.values() if step.wait]
    for step in flow.steps.values():
        if step.timeout and step.timeout.after >= _DAY:
            found.add(step.timeout.say)
            begun.append(step.timeout.then)
    if flow.journey or flow.name in _UNASKED:
        begun.append(flow.first.name)
    return frozenset(found | {key for step in _until_she_speaks(flow, begun) for key in _said(step)}) - {""}


def _until_she_speaks(flow: Flow, begun: Iterable[str]) -> Iterator[Step]:
    """The steps from these on, up to and with the first question of each way."""
    targets = {way.source: set[str]() for way in paths.ways(flow)}
    for way in paths.ways(flow):
        if not flow.steps[way.source].ask:
            targets[way.source].add(way.target)
    names = set(begun).union(*(paths.beyond(name, targets) for name in begun))
    return (step for name, step in flow.steps.items() if name in names)


def _said(step: Step) -> tuple[str, ...]:
    return step.say, step.ask, step.handoff.say if step.handoff else ""
