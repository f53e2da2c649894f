"""What `doctor` says of one thing: well, to be looked at, or wrong; and the next step."""

from typing import NamedTuple

OK, LOOK, WRONG = "ok", "look", "wrong"


class Result(NamedTuple):
    """One thing that was looked at. `way_out`: what to do or to type, wherever it is not well."""

    kind: str  # ok look wrong
    about: str
    what: str
    way_out: str = ""


def ok(about: str, what: str) -> Result:
    return Result(OK, about, what)


def look(about: str, what: str, way_out: str) -> Result:
    return Result(LOOK, about, what, way_out)


def wrong(about: str, what: str, way_out: str) -> Result:
    return Result(WRONG, about, what, way_out)
