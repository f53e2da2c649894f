"""Faults of one line, one for each promise of following up: what the simulated year must notice.

A fault is patched into a copy of the shipped code, which is then played in a process of its own. What the year needs
before it begins (texts and flows that are read, families that are there) is made once, for no fault is about it.
"""

import os
from pathlib import Path
from typing import NamedTuple

from tests.fakes import warm
from tests.harness.year import PREPARED

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 240  # seconds for the scenes of one fault


class Fault(NamedTuple):
    """`old` stands once in `file` and becomes `new`; `scene` shows it, by the invariant that says `shows`."""

    name: str
    file: str
    old: str
    new: str
    scene: str
    shows: str


FAULTS = (
    Fault("quiet hours begin an hour late", "hours.py",
        "wall >= quiet.start or", "wall >= quiet.start.replace(hour=quiet.start.hour + 1) or",
        "late", "left in quiet hours"),
    Fault("quiet hours in UTC", "hours.py",
        "moment.astimezone(zone)\n    return _hushed(", "moment.astimezone(UTC)\n    return _hushed(",
        "late", "left in quiet hours"),
    Fault("quiet hours do not hold for plans and tips", "outbox/hours.py",
        'if row.cls == "urgent" or self._at_once(row, to):', 'if row.cls in ("urgent", "plan", "tip"):',
        "late", "left in quiet hours"),
    Fault("her own rest is forgotten", "hours.py", "rest is not None and rest.holds(wall)", "False",
        "rest", "left in quiet hours"),
    Fault("the provider's queue may wake her", "outbox/hours.py", "return min(last, quiet_at)", "return last",
        "evening", "may come"),
    Fault("what waited leaves before the morning", "hours.py",
        "return moment + timedelta(seconds=int", "return moment - timedelta(seconds=int",
        "late", "does not come to rest"),
    Fault("all that waited leaves at seven", "hours.py",
        "return moment + timedelta(seconds=int(span.total_seconds()) * place // 2**32)", "return moment",
        "late", "on the stroke"),
    Fault("put off without a reason", "outbox/judge.py", '"new_reason": reason', '"new_reason": None',
        "late", "wait without a reason"),
    Fault("Dutch for everybody", "outbox/claim.py",
        '    language = tx.open("contact.language", row.language)\n', '    language = "nl"\n',
        "evening", "not her language of today"),
    Fault("tips do not count", "outbox/budget.py",
        "literal_column(\"outbox.cls IN ('broadcast', 'plan', 'tip')\")",
        "literal_column(\"outbox.cls IN ('broadcast', 'plan')\")", "full-week", "a week: "),
    Fault("a week of six days", "outbox/budget.py",
        "WEEK = timedelta(days=7)\n", "WEEK = timedelta(days=6)\n", "full-week", "a week: "),
    Fault("one more than the budget", "outbox/budget.py",
        "if taken >= person.most:", "if taken > person.most:", "full-week", "a week: "),
    Fault("no distance between two messages", "outbox/budget.py",
        "if left and left[-1] + self._apart > self._now:", "if False:", "full-week", "came right after"),
    Fault("the pause is forgotten in the queue", "outbox/budget.py",
        "if cls in PAUSED and person.paused_until and person.paused_until > self._now:", "if False:",
        "pause-in-the-queue", "left in her pause"),
    Fault("consent is not asked when it leaves", "outbox/address.py",
        "if (row.school, to.channel, row.purpose) in to.consents:", "if True:",
        "consent-in-the-queue", "left without her consent"),
    Fault("STOP closes nothing", "desk/actions.py",
        'consent.withdraw(case.tx, case.person.id, "stop", case.now)', "pass", "consent-in-the-queue", "her STOP of"),
    Fault("a week is 168 hours", "scheduler/plans.py",
        "return first(rule, max(earliest, now), zone, days)", "return said_at + weeks * _WEEK",
        "spring", "is due at"),
    Fault("a plan never fades", "scheduler/plans.py", "return max(rule.every, 1 << stage)", "return rule.every",
        "fading", "comes too soon after"),
    Fault("a faded plan goes on", "scheduler/plans.py",
        "return None if rule.fade else rule.every", "return rule.every", "fading", "does not fade"),
    Fault("a plan goes on in holidays", "scheduler/plans.py",
        "return any(each.kind in rule.skip and each.holds(day) for each in days.free)", "return False",
        "holiday", "in a holiday"),
    Fault("the school year ends a year later", "scheduler/plans.py",
        "day = _last_day(year, days)\n", "day = _last_day(year + 1, days)\n", "summer", "after the school year"),
    Fault("a summer that nobody knows has no end", "scheduler/plans.py",
        "_YEAR_ENDS = (7, 31)", "_YEAR_ENDS = (12, 31)", "unknown-summer", "after the school year"),
    Fault("every week has the same event", "scheduler/followups.py",
        'f"{row.kind}:{row.id}:{row.rev}"', 'f"{row.kind}:{row.id}"', "fading", "was lost"),
    Fault("a due row stays due", "scheduler/followups.py",
        '"new_due_at": verdict.due_at', '"new_due_at": row.due_at', "fading", "does not come to rest"),
    Fault("a stale nudge goes on", "desk/reading.py",
        'if live is None or live.rev != letter.payload["rev"] or live.state == "ended":',
        'if live is None or live.state == "ended":', "answer-and-nudge", "came too soon"),
    Fault("too late is sent", "outbox/judge.py", "if row.expires_at <= now or (row.until_at", "if (row.until_at",
        "outage", "left too late"),
    Fault("past its event is sent", "outbox/judge.py", " or (row.until_at and row.until_at <= now):", ":",
        "outage", "is past its use"),
    Fault("the last said is the first to leave", "outbox/due.py",
        "_earlier.c.id < outbox.c.id", "_earlier.c.id > outbox.c.id", "backlog", "overtook"),
    Fault("the older state stays in the queue", "outbox/queue.py", "    if newest:\n", "    if False:\n",
        "newest", "of the same scope"),
    Fault("what was cancelled is still said", "booking/appointments.py",
        '    over(tx, [talk], "cancelled", now)\n', "", "talk", "is about a talk that is not"),
    Fault("what a dead process had is lost", "outbox/claim.py",
        'outbox.c.status == "sending", outbox.c.lease_until <= bindparam("now")', 'outbox.c.status == "lost"',
        "doubt", "was due at"),
    Fault("sent again without asking", "outbox/claim.py",
        "letter._replace(look=True, ", "letter._replace(look=False, ", "doubt", "reached her twice"),
    Fault("the work of the day in the hour that may come twice", "scheduler/daily.py",
        "AT = time(3, 30)", "AT = time(2, 30)", "night", "journeys"),
)  # fmt: skip


def copy(home: Path, without: str = "") -> Path:
    """The code as it is shipped, without one file; its flows and texts are those of the project. All are links: to copy
    a thousand files costs more than to play."""
    for name in ("flows", "locales"):
        (home / name).symlink_to(ROOT / name)
    _mirror(ROOT / "bot", home / "bot", ROOT / "bot" / without)
    return home


def _mirror(real: Path, here: Path, without: Path) -> None:
    here.mkdir()
    compiled = real == without.parent / "__pycache__"
    for each in real.iterdir():
        if each == without or (compiled and each.name.startswith(f"{without.stem}.")):
            continue
        if each in without.parents or each == without.parent / "__pycache__":
            _mirror(each, here / each.name, without)
        else:
            (here / each.name).symlink_to(each)


def patch(home: Path, fault: Fault) -> Path:
    """A copy with the fault. Fails where the code has changed, so that the fault must be written anew."""
    source = (ROOT / "bot" / fault.file).read_text(encoding="utf-8")
    assert source.count(fault.old) == 1, f"{fault.name}: {fault.old!r} stands {source.count(fault.old)} times"
    with (copy(home, fault.file) / "bot" / fault.file).open("x", encoding="utf-8") as file:  # never through a link
        file.write(source.replace(fault.old, fault.new))
    return home


def play(home: Path, prepared: Path, *scenes: str) -> str:
    """Play these scenes on the copy; what was broken, "" for nothing."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(home), str(ROOT)]), PREPARED: str(prepared)}
    done = warm.run_copy(["tests.harness.year", *scenes], cwd=home, env=environment, timeout=PATIENCE)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout + done.stderr if done.returncode else ""
