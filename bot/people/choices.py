"""What a family can choose from when it tells about itself: a list for each question, and the text that names each."""

from collections.abc import Mapping
from typing import NamedTuple

DONE, SKIP, NONE, MORE = "klaar", "over", "geen", "andere"


class Options(NamedTuple):
    """One list. `topic`: under which it is kept; `ask`: the text that asks, whose options name the choices. `last`:
    what stands below while nothing is chosen."""

    topic: str
    ask: str
    options: tuple[str, ...]
    last: tuple[str, ...] = (SKIP,)
    further: str = ""  # what stands below all the same: there is a second list


LISTS: Mapping[str, Options] = {
    "thuistaal": Options("thuistaal", "kennismaken.taal", ()),  # the languages of this bot, her own first
    "contact": Options("contact", "kennismaken.contact", ("deur", "app", "bellen", "bezoek", "koffie")),
    "werk": Options("werk", "kennismaken.werk", ("ochtend", "middag", "avond", "wisselt")),
    "feest": Options(
        "feest", "feesten.welke", ("suikerfeest", "offerfeest", "kerst", "pasen", "newroz", "divali"),
        (NONE, SKIP), MORE,
    ),
    "feest_ook": Options("feest", "feesten.ook", ("oostkerst", "oostpasen", "chinees", "enkutatash"), (SKIP,)),
    "kunnen": Options(
        "kunnen", "kunnen.wat", ("lied", "maken", "verhaal", "werk", "repareren", "vertalen", "meelopen"), ("nu_niet",)
    ),
    "maat": Options("kunnen", "kunnen.maat", ("tien", "thuis", "avond", "maand"), (SKIP,)),
}  # fmt: skip


def text_of(topic: str, option: str) -> str:
    """The text that names an option of a topic; "" where none does: a language, or her own words."""
    for each in LISTS.values():
        if each.topic == topic and option in (*each.options, *each.last) and option not in (DONE, SKIP, MORE):
            return f"{each.ask}.{option}"
    return ""


def sizes(options: "list[str]") -> list[str]:
    """Of what somebody can do: how much of it, and when."""
    return [each for each in options if each in LISTS["maat"].options]
