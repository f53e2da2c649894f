"""What is wrong with a round of talks, in a sentence for whoever wrote round.toml: the key, and the way out."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.booking.plan import Problem

# By code: the key of the file that it is about, and what is said of it.
_SAYS: dict[str, tuple[str, str]] = {
    "no_name": ("name", "a round needs a name"),
    "long_name": ("name", "it is longer than {most} letters"),
    "name_taken": ("name", "round {round} is called {name} too and still goes on; close it, or find another name"),
    "no_groups": ("groups", "name at least one group"),
    "group_gone": ("groups", "group {group} is no group of this school year"),
    "no_hours": ("hours", "add a table [[hours]] for each colleague"),
    "kind_odd": ("kind", "{kind} is unknown; known are {known}"),
    "per_odd": ("per", "{per} is unknown; known are {known}"),
    "minutes_odd": ("length", "{minutes} is no length; write 5 to {most} minutes in steps of five"),
    "pause_odd": ("pause", "{minutes} is no pause; write 0 to {most} minutes in steps of five"),
    "early_late": ("early", "{early} is later than opens, {opens}; families with several children come first"),
    "closes_early": ("closes", "{closes} is not later than opens, {opens}"),
    "closes_past": ("closes", "{closes} is past"),
    "opens_late": ("opens", "{opens} is later than the last talk, {last}"),
    "staff_gone": ("staff", "{staff} does not work here"),
    "staff_without_group": ("staff", "{staff} teaches none of these groups; add her group, or: ouderbrug staff add"),
    "day_past": ("day", "{day} is past ({staff})"),
    "day_free": ("day", "there is no school on {day} ({staff}{why}); name a school day"),
    "mode_odd": ("mode", "{mode} is unknown ({staff}, {day}); known are {known}"),
    "long_place": ("place", "it is longer than {most} letters ({staff}, {day})"),
    "no_link": ("link", "{staff} talks by video on {day}; add link = with its address, https://..."),
    "hours_odd": ("until", "{until} is not later than from, {from} ({staff}, {day})"),
    "hours_uneven": ("from", "{from} - {until} ({staff}, {day}): write whole five minutes, such as 15:00 or 15:25"),
    "hours_at_night": ("from", "{from} - {until} ({staff}, {day}): talks lie between {first} and {last}"),
    "hours_short": ("until", "no talk of {minutes} minutes fits between {from} and {until} ({staff}, {day})"),
    "hours_cross": ("from", "{staff} has other hours at {from} on {day} in this file too"),
    "hours_elsewhere": ("from", "{staff} has given her hours at {from} on {day} to the round {round}"),
    "study_day": ("day", "{day} is a study day ({staff}, {why})"),
    "no_family": ("groups", "no child of these groups has a parent who may hear of it"),
    "group_without_hours": ("groups", "nobody who teaches {group} has hours: its {children} children cannot be booked"),
    "few_slots": ("hours", "{staff} has room for {slots} talks, and {families} children come to her"),
}  # fmt: skip


def sentence(problem: "Problem") -> str:
    """One line: `[[hours]] 2 day: there is no school on 25-12-2026 (juf Janneke, kerst); name a school day`."""
    key, says = _SAYS[problem.code]
    said = {name: _said(value) for name, value in problem.data.items()}
    if problem.code == "day_free":
        said["why"] = f", {said['why']}" if said["why"] else ""
    where = f"[[hours]] {problem.row} {key}" if problem.row else key
    return f"{where}: {says.format(**said)}"


def plain(problem: "Problem") -> dict[str, Any]:
    """For scripts."""
    data = {name: value if isinstance(value, int) else _said(value) for name, value in problem.data.items()}
    return {"code": problem.code, "warns": problem.warns, "row": problem.row, **data, "says": sentence(problem)}


def _said(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%d-%m-%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d-%m-%Y}"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
