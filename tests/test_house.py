"""The house keeps its own rules: sizes, first lines, places, commands that explain themselves, true documents."""

import argparse
import ast
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.cli import parser

ROOT = Path(__file__).resolve().parent.parent
CODE, TESTS = sorted((ROOT / "bot").rglob("*.py")), sorted((ROOT / "tests").rglob("*.py"))
LONGEST = {"bot": 300, "tests": 400}
LONGEST_FUNCTION = 40
ROOMS = {
    "bench", "channels", "check", "cli", "console", "conversation", "demo", "desk", "inbox", "outbox", "people",
    "reports", "scheduler", "store", "translation", "privacy", "broadcast", "booking", "gatherings", "offers",
    "council",
}  # fmt: skip
DOORS = {
    "__init__", "__main__", "app", "web", "heartbeat", "hours", "ics", "schooldays", "config", "translators", "typed",
    "model", "errors",
}  # fmt: skip
MIGRATION = re.compile(r"bot/store/migrations/versions/\d{4}_\w+\.py")
REGISTRY = re.compile(
    r"(py[p]i\.org|python[h]osted|index[-]url|find[-]links|art[i]factory|dev[p]i|registry\.n[p]mjs)", re.I
)
NO_NAME = re.compile(r"(manager|helper|utils?|service)s?$", re.IGNORECASE)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def filled(paths: list[Path]) -> list[Path]:
    return [path for path in paths if path.read_text(encoding="utf-8").strip()]


def defined(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


# --- files
def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lines = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE + TESTS}
    long = {file: count for file, count in lines.items() if count > LONGEST[file.partition("/")[0]]}
    assert {file for file in long if not MIGRATION.fullmatch(file)} == set()


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in CODE
        for node in defined(path)
        if not isinstance(node, ast.ClassDef) and node.end_lineno is not None
        if node.end_lineno - node.lineno >= LONGEST_FUNCTION and not MIGRATION.fullmatch(name(path))
    ]
    assert long == []


def test_line_one_says_what_a_file_is_for() -> None:
    silent = [name(path) for path in filled(CODE + TESTS) if not path.read_text(encoding="utf-8").startswith('"""')]
    assert silent == []


def test_every_file_has_its_place() -> None:
    lost = []
    for path in CODE:
        room, *inside = path.relative_to(ROOT / "bot").parts
        if room not in ROOMS if inside else path.stem not in DOORS:
            lost.append(name(path))
    assert lost == []
    assert all((ROOT / "bot" / room / "__init__.py").exists() for room in ROOMS if (ROOT / "bot" / room).exists())


def test_a_test_is_named_by_its_room() -> None:
    rooms = ROOMS | DOORS | {"house", "content", "conversations", "torture"}
    strange = [path.name for path in TESTS if path.stem.startswith("test_") and path.stem.split("_")[1] not in rooms]
    assert strange == []


def test_nothing_is_called_after_what_everything_does() -> None:
    vague = [
        f"{name(path)} {node.name}" for path in CODE + TESTS for node in defined(path) if NO_NAME.search(node.name)
    ]
    vague += [name(path) for path in CODE + TESTS if NO_NAME.search(path.stem)]
    assert vague == []


def test_nothing_is_patched_behind_the_codes_back() -> None:
    patched = [name(path) for path in TESTS if re.search(r"(import|from) .*\bmock\b", path.read_text(encoding="utf-8"))]
    assert patched == []


def test_no_word_of_where_packages_come_from_or_of_one_machine() -> None:
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    told = []
    for file in files.stdout.decode().splitlines():
        text = (ROOT / file).read_bytes().decode("utf-8", "ignore") if (ROOT / file).is_file() else ""
        if REGISTRY.search(text) or str(ROOT) in text:
            told.append(file)
    assert [file for file in told if file != "Makefile"] == [], "the Makefile only says what must not be written"


# --- commands
def commands(of: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that can be typed, with its parser."""
    families = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    if not families:
        yield " ".join(words), of
    for family in families:
        for word, below in family.choices.items():
            yield from commands(below, (*words, word))


ALL = dict(commands(parser()))


def test_there_are_commands() -> None:
    assert {"run", "demo", "check", "chat", "status", "threads list", "threads answer", "roster import"} <= ALL.keys()


@pytest.mark.parametrize("command", ALL)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    text = ALL[command].format_help()
    assert ALL[command].description
    assert re.search(rf"^  ouderbrug {command}", text, re.MULTILINE), "an example that can be typed"


@pytest.mark.parametrize("command", ALL)
def test_the_examples_can_be_typed(command: str) -> None:
    for line in re.findall(rf"^  ouderbrug ({command}.*)$", ALL[command].epilog or "", re.MULTILINE):
        typed = re.split(r"   +|[|<>&]", line)[0]
        parser().parse_args(shlex.split(typed))


# --- documents
DOCUMENTS = [path for each in ("README.md", "CONTRIBUTING.md") if (path := ROOT / each).exists()]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_tells_to_type_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    made = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(_typed(text))))
    assert made <= TARGETS
    typed = re.findall(r"(?:ouderbrug|python -m bot) ([a-z]+(?: [a-z]+)?)", "\n".join(_typed(text)))
    known = {word for command in ALL for word in (command, command.split()[0])}
    assert [each for each in typed if each not in known and each.split()[0] not in known] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_links_of_a_document_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []


def _typed(text: str) -> list[str]:
    """What stands in code: between backticks or in a block."""
    return [*re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL), *re.findall(r"`([^`\n]+)`", text)]
