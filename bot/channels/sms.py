"""How SMS counts: the GSM-7 alphabet, and the parts that a text is paid by. Pure."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")  # each costs an escape as well
_GSM7 = _BASIC | _EXTENSION


def is_gsm7(text: str) -> bool:
    """Whether a phone network carries this text in its own alphabet, at 160 characters a part."""
    return _GSM7.issuperset(text)


def utf16_units(text: str) -> int:
    """The length of a text as providers count it: an emoji is two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def sms_parts(text: str) -> int:
    """The parts that one SMS with this text is paid by; at least one.

    GSM-7: 160 in one part, 153 in each of several. Anything else: 70 and 67 UTF-16 units. No character is cut in two.
    """
    if is_gsm7(text):
        return _parts([2 if sign in _EXTENSION else 1 for sign in text], single=160, joined=153)
    return _parts([utf16_units(sign) for sign in text], single=70, joined=67)


def _parts(sizes: list[int], *, single: int, joined: int) -> int:
    if sum(sizes) <= single:
        return 1
    parts, room = 1, joined
    for size in sizes:
        if size > room:
            parts, room = parts + 1, joined
        room -= size
    return parts
