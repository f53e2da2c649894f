"""What the check found, for people (a calm table) and for scripts (plain data)."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.check.everything import Count
from bot.check.finding import Finding
from bot.check.sizes import Size

_COLOUR = {"error": "red", "warning": "yellow"}


def as_data(findings: Sequence[Finding], counts: Sequence[Count], sizes: "Sequence[Size] | None") -> dict[str, Any]:
    """The findings, the languages, and the sizes where they are asked for."""
    data: dict[str, Any] = {
        "findings": [finding._asdict() for finding in findings],
        "languages": [count._asdict() for count in counts],
    }
    if sizes is not None:
        data["sizes"] = [size._asdict() for size in sizes]
    return data


def as_page(findings: Sequence[Finding], counts: Sequence[Count], sizes: "Sequence[Size] | None") -> RenderableType:
    """What a person reads: what is wrong file by file, then the languages, then one line that sums up."""
    parts: list[RenderableType] = [*_by_file(findings), _languages(counts)]
    if sizes:
        parts.append(_sizes(sizes))
    return Group(*parts, _verdict(findings))


def _by_file(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    worst_first = sorted(findings, key=lambda finding: (_rank(finding.file, findings), finding.file))
    for file, found in groupby(worst_first, key=lambda finding: finding.file):
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold", max_width=44)
        table.add_column(overflow="fold")
        for (level, step, message, way_out), same in groupby(sorted(found, key=_alike), key=_alike):
            keys = ", ".join(filter(None, (finding.key for finding in same)))
            place = " · ".join(filter(None, (step, keys)))
            what = Text(message) + Text(f"\n{way_out}", style="dim")
            table.add_row(Text(level, style=_COLOUR[level]), Text(place), what)
        yield Text(file, style="bold")
        yield Padding(table, (0, 0, 1, 2))


def _rank(file: str, findings: Sequence[Finding]) -> int:
    return min(finding.level != "error" for finding in findings if finding.file == file)


def _alike(finding: Finding) -> tuple[str, str, str, str]:
    """What is shown in one row, with all its keys. A language is in the file's name already, so it is no step."""
    step = finding.where if finding.file.startswith("flows/") else ""
    return finding.level, step, finding.message, finding.way_out


def _languages(counts: Sequence[Count]) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("language")
    for title in ("texts", "reviewed", "drafts", "stale", "missing", "SMS parts"):
        table.add_column(title, justify="right")
    for count in counts:
        numbers = (count.texts, count.reviewed, count.drafts, count.stale, count.missing, count.parts)
        name = count.language if count.offered else f"{count.language} (not offered)"
        table.add_row(name, *(str(number) if number else Text("–", style="dim") for number in numbers))
    return Padding(table, (0, 0, 1, 0))


def _sizes(sizes: Sequence[Size]) -> RenderableType:
    """SMS parts: a row for each text, a column for each language."""
    languages = list(dict.fromkeys(size.language for size in sizes))
    parts = {(size.key, size.language): size.parts for size in sizes}
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("SMS parts")
    for language in languages:
        table.add_column(language, justify="right")
    for key in dict.fromkeys(size.key for size in sizes):
        table.add_row(key, *(str(parts.get((key, language), "–")) for language in languages))
    return Padding(table, (0, 0, 1, 0))


def _verdict(findings: Sequence[Finding]) -> Text:
    errors = sum(finding.level == "error" for finding in findings)
    warnings = len(findings) - errors
    if not findings:
        return Text("Flows and texts are in order.", style="green")
    said = [
        f"{number} {word}{'s' if number > 1 else ''}"
        for number, word in ((errors, "error"), (warnings, "warning"))
        if number
    ]
    return Text(
        ", ".join(said) + ("." if errors else "; nothing a parent would stumble over."),
        style="red" if errors else "yellow",
    )
