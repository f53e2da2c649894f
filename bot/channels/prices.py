"""What a message costs, in euros: about, in the Netherlands, November 2026; the provider's own list counts. Pure."""

SMS_PART = 0.10
WHATSAPP_MESSAGE = 0.005  # each, in or out
WHATSAPP_TEMPLATE = 0.05  # beside that, for what leaves outside her window


def euros(channel: str, *, parts: int = 1, outside: bool = False, knock: bool = False) -> float:
    """One message out. `parts`: of an SMS; `outside`: an approved text outside her window; `knock`: that asks first,
    she taps, and the message follows."""
    if channel == "sms":
        return parts * SMS_PART
    if channel == "whatsapp":
        return WHATSAPP_MESSAGE * (3 if knock else 1) + WHATSAPP_TEMPLATE * (outside or knock)
    return 0.0
