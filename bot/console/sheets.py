"""A long form that keeps itself: its fields, of which some stand in it several times."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Self


class Sheet:
    """The fields of a form. Which of what a browser sends belong to it, `is_field` says."""

    longest = 100_000  # signs of a field

    def __init__(self, raw: Mapping[str, Sequence[str]] = {}) -> None:
        self._raw = {name: [each[: self.longest] for each in raw[name]] for name in raw if self.is_field(name)}

    @classmethod
    def is_field(cls, name: str) -> bool:
        raise NotImplementedError

    def __getitem__(self, name: str) -> str:
        """What stands in a field, "" where nothing."""
        return (self._raw.get(name) or [""])[-1].strip()

    def all(self, name: str) -> list[str]:
        """All that was chosen under this name."""
        return [each for each in self._raw.get(name, ()) if each]

    def has(self, name: str, value: object) -> bool:
        return str(value) in self._raw.get(name, ())

    def number(self, name: str) -> int:
        """An id or a number; 0 where there is none."""
        return whole(self[name])

    def numbers(self, name: str) -> list[int]:
        """Each number once; 0 for what is none."""
        return [*dict.fromkeys(whole(each) for each in self.all(name))]

    def having(self, **given: "str | Iterable[str]") -> Self:
        """The same with other fields."""
        return self.with_fields(given)

    def with_fields(self, given: Mapping[str, "str | Iterable[str]"]) -> Self:
        """The same with other fields, whose names are no words."""
        named = {name: [each] if isinstance(each, str) else [*each] for name, each in given.items()}
        return type(self)({**self._raw, **named})

    def dump(self) -> str:
        return json.dumps(self._raw, ensure_ascii=False)


def whole(text: str) -> int:
    """A number as it stands in a form; 0 where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
