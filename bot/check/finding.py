"""One thing that is wrong in the flows or the texts: where, what, and the way out."""

from typing import NamedTuple

LEVELS = ("error", "warning")


class Place(NamedTuple):
    """A file, and in it the step of a flow or the language of the texts."""

    file: str
    where: str = ""


class Finding(NamedTuple):
    """What the check found."""

    level: str  # error: a parent would meet it; warning: she would be better off without it
    file: str
    where: str  # the step or the language
    key: str
    message: str
    way_out: str


def error(place: Place, key: str, message: str, way_out: str) -> Finding:
    return Finding("error", *place, key, message, way_out)


def warning(place: Place, key: str, message: str, way_out: str) -> Finding:
    return Finding("warning", *place, key, message, way_out)
