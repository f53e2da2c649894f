"""Where a step leads: the lines of its `next`, with their conditions."""

from dataclasses import dataclass

from bot.conversation.shape import Table


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of `next`: where all of `conditions` hold, go to `go`. A condition is (answer, test, value)."""

    go: str
    conditions: tuple[tuple[str, str, str], ...] = ()


def rules(table: Table) -> tuple[Rule, ...]:
    """`next` in its three forms: a step's name, {option or result = step, else = step}, [{if, go}, ...]."""
    match table.raw.get("next"):
        case None:
            return ()
        case str() as go:
            return (Rule(go),)
        case dict() as ways:
            named = table.table("next", ways)
            rules = [Rule(named.text(value), (("", "is", value),)) for value in ways if value != "else"]
            return (*rules, *([Rule(named.text("else"))] if "else" in ways else []))
        case list() as lines:
            return tuple(_rule(Table(line, f"{table.where}next", ("if", "go"))) for line in lines)
    raise table.wrong("next", "a step's name, a table, or a list of tables with if and go")


def _rule(line: Table) -> Rule:
    conditions = []
    for answer, tests in line.table("if", line.raw.get("if", ())).raw.items():
        for name, value in (tests if isinstance(tests, dict) else {"is": tests}).items():
            if name not in ("is", "min", "max"):
                raise ValueError(f"{line.where}if {answer} = {name!r}; it must be one of is, min, max")
            if name != "is" and not isinstance(value, int | float):
                raise ValueError(f"{line.where}if {answer}: {name} = {value!r}; it must be a number")
            conditions.append((answer, name, str(value)))
    return Rule(line.text("go"), tuple(conditions))
