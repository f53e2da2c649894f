"""The conversation that everything here is measured with: parents plan the reading aloud, each in her own way."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

# A Monday afternoon, in nobody's quiet hours; no clock is asked, so every run measures the same.
BEGIN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

FLOW = "voorlezen"
LAST = 4  # the place of the message that comes a week later


class Said(NamedTuple):
    """One message of hers: words, or the id of the option she taps."""

    text: str
    tap: str = ""


class Talk(NamedTuple):
    """A parent's language and her five messages: the keyword, the moment, the day, the time; a week later how often."""

    language: str
    said: tuple[Said, ...]


def _talk(language: str, *said: str) -> Talk:
    """`=bedtijd` is a tap on that option; anything else is typed."""
    return Talk(language, tuple(Said("", each[1:]) if each.startswith("=") else Said(each) for each in said))


# Half of what is said is a number or a tap, the rest labels and words. "" is a message that does not come: one parent
# was not understood at first and gets no further in five, one says thanks where nothing was asked.
TALKS: Sequence[Talk] = (
    _talk("nl", "voorlezen", "2", "2", "19:30", "3"),
    _talk("nl", "Voorlezen", "=bedtijd", "=di", "19.00", "5"),
    _talk("nl", "lezen", "Voor het slapen", "dinsdag", "half acht 's avonds", "drie keer"),
    _talk("nl", "voorlezen", "1", "Zondag", "7 uur 's avonds", "0"),
    _talk("nl", "voorlezen", "weet ik nog niet", "2", "2", ""),
    _talk("tr", "kitap okuma", "1", "3", "19:30", "4"),
    _talk("tr", "okuma", "=na_eten", "=zo", "19.00", "2"),
    _talk("tr", "Okuma", "4", "teşekkürler", "", ""),
    _talk("ar", "القراءة", "٢", "الثلاثاء", "١٩:٣٠", "٣"),
    _talk("ar", "قراءة", "=na_eten", "=za", "19:00", "5"),
    _talk("en", "reading", "2", "Sunday", "7 pm", "twice"),
    _talk("en", "Reading", "After dinner", "6", "18:30", "1"),
)


def talk_of(parent: int) -> Talk:
    """How the parent with this number talks."""
    return TALKS[parent % len(TALKS)]
