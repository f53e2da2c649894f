"""What a step can say: the keys of its texts and of its labels."""

from bot.conversation.flow import Step


def said(step: Step) -> tuple[tuple[str, str], ...]:
    """The texts of a step with the verb that says each, in the order in which a parent can meet them."""
    found = [("say", step.say), ("remind", step.remind.say if step.remind else ""), ("ask", step.ask)]
    found += [("retry", step.retry.say if step.ask else ""), ("timeout", step.timeout.say if step.timeout else "")]
    found += [("handoff", step.handoff.say if step.handoff else "")]
    return tuple((verb, key) for verb, key in found if key)


def texts(step: Step) -> tuple[str, ...]:
    """The keys of the texts of a step, without its labels."""
    return tuple(key for _, key in said(step))


def labels(step: Step) -> tuple[str, ...]:
    """The keys of the options that a step itself names. Weekdays have their names from the calendar."""
    if step.type == "yesno":
        return "algemeen.ja", "algemeen.nee"
    has_names = step.ask and step.type in ("choice", "text")
    return tuple(f"{step.ask}.{option}" for option in step.options) if has_names else ()
