"""Twilio's Content: our forms as it must know them, and what became of templates. Pure but for what it is handed."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.base import FormState
from bot.model import Form

_PLACE = re.compile(r"\{\{([0-9]+)\}\}")
_NAME = re.compile(r"ouderbrug (\S+) [0-9a-f]{32}")
_STATES = {
    "unsubmitted": "made", "received": "pending", "pending": "pending", "approved": "approved",
    "rejected": "rejected", "paused": "paused", "disabled": "disabled",
}  # fmt: skip
_NO_TEMPLATE = "-"
# Where WhatsApp's name of a language is not ours.
_LANGUAGES = {"prs": "prs_AF", "ps": "ps_AF", "pt": "pt_PT", "zh": "zh_CN"}
_OURS = {theirs: ours for ours, theirs in _LANGUAGES.items()}
_OPENER = "…"  # what opens a list that has no word for it


def request(form: Form) -> dict[str, Any]:
    """What makes a form known to Twilio."""
    # The keys have a slash: with an underscore the library sends no types at all and says nothing.
    types: dict[str, Any]
    if form.layout == "buttons":
        actions = [{"type": "QUICK_REPLY", "title": option.label, "id": option.id} for option in form.options]
        types = {"twilio/quick-reply": {"body": form.body, "actions": actions}}
    elif form.layout == "list":
        items = [{"item": option.label, "id": option.id} for option in form.options]
        types = {"twilio/list-picker": {"body": form.body, "button": form.opener or _OPENER, "items": items}}
    else:
        types = {"twilio/text": {"body": form.body}}
    return {
        "friendly_name": f"ouderbrug {form.template or _NO_TEMPLATE} {form.key}",
        "language": _LANGUAGES.get(form.language, form.language),
        "variables": samples(form),
        "types": types,
    }


def samples(form: Form) -> dict[str, str]:
    """An example for each place; who approves a template wants to see one."""
    words = [form.body, *(word for option in form.options for word in option)]
    places = sorted({int(number) for word in words for number in _PLACE.findall(word)})
    names = dict(enumerate(form.fields, 1))
    return {str(place): names.get(place, f"voorbeeld{place}") for place in places}


def variables(values: Sequence[str]) -> str:
    """What fills the places, as a message carries it."""
    return json.dumps({str(number): value for number, value in enumerate(values, 1)}, ensure_ascii=False)


def rendered(form: Form, values: Sequence[str]) -> str:
    """The body with its places filled, as she reads it."""
    filled = {str(number): value for number, value in enumerate(values, 1)}
    return _PLACE.sub(lambda found: filled.get(found[1], found[0]), form.body)


def approval_name(form: Form) -> str:
    """The template's name at WhatsApp: lower case and underscores, another for another wording."""
    words = re.sub(r"[^a-z0-9]+", "_", f"{form.template}_{form.language}".lower()).strip("_")
    return f"{words[:200]}_{form.key[:8]}"


def state(content: str, name: str, language: str, approval: Mapping[str, Any] | None) -> FormState | None:
    """What Twilio says of one of our templates; None where it is not one."""
    found = _NAME.fullmatch(name)
    if not found or found[1] == _NO_TEMPLATE:
        return None
    approval = approval or {}
    said = str(approval.get("status") or "unsubmitted").lower()
    language = _OURS.get(language, language)
    return FormState(
        content, found[1], language, _STATES.get(said, "pending"), str(approval.get("rejection_reason") or "")[:500]
    )
