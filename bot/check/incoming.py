"""Reviewed texts looked at before they are written: what the bot would find in them if they stood there."""

import shutil
import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import polib

from bot.check import everything, reading, sizes
from bot.check.finding import Finding
from bot.config import Config
from bot.translation.sync import write


def findings(
    config: Config, known: tuple[Collection[str], Collection[str]], language: str, file: polib.POFile,
    keys: Collection[str],
) -> list[Finding]:  # fmt: skip
    """What is wrong with these keys of `file`, as if it were the language's own; `known`: the actions and offers."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "locales"
        shutil.copytree(config.locales, folder)
        write(folder / f"{language}.po", file)
        trial = replace(config, locales=folder)
        content, unread = reading.read(trial, *known)
        measured, unmeasured = sizes.measure(content, folder)
        found = unread or [*unmeasured, *everything.findings(content, measured)]
    own = f"locales/{language}.po"
    return sorted(
        (each for each in found if each.file in (own, "locales") and _about(each, keys)), key=everything.order
    )


def _about(finding: Finding, keys: Collection[str]) -> bool:
    return finding.key in keys or not finding.key  # without a key: the file as a whole cannot be read
