"""The measurements run, give sane figures and miss a bound when they must. How fast it is, is not asserted here."""

import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.__main__ import main
from bot.bench import (
    broadcast,
    drain,
    durable,
    engine,
    followups,
    network_year,
    opening,
    pages,
    parents,
    peers,
    server,
    start,
    webhooks,
    workers,
)
from bot.bench.benches import BENCHES
from bot.bench.figures import Figure, Peer, Skipped, rounds
from bot.bench.server import Server
from bot.cli.bench import _NAMES
from bot.config import ROOT
from bot.store import tables as t

MANY = 24  # every talk twice


class Bar:
    """What the progress bar is told."""

    def __init__(self) -> None:
        self.told: list[float] = []

    def __call__(self, done: float) -> None:
        self.told.append(done)


@pytest.fixture
def bar() -> Bar:
    return Bar()


@pytest.fixture(scope="module")
def on(postgres_server: object) -> Iterator[Server]:
    """One server for all, as durable as they have it; the suite's own comes first, for its lock stays where it was."""
    with parents.folder() as home, server.running(home) as make:
        yield lambda _, names: nullcontext([make(name) for name in names])


def figures(found: Sequence[Figure | Skipped], bar: Bar) -> list[Figure]:
    """The figures, once it is sure that they are sane and that the bar came to its end."""
    assert bar.told[-1] == 1
    assert bar.told == sorted(bar.told)
    measured = [each for each in found if isinstance(each, Figure)]
    assert len(measured) == len(found)
    assert all(each.value > 0 and all(peer.value > 0 for peer in each.peers) for each in measured)
    return measured


def test_the_engine(bar: Bar) -> None:
    (figure,) = figures(engine.measure(0, bar), bar)
    assert figure.bound == 100_000


def test_durable_turns_on_sqlite(bar: Bar) -> None:
    (figure,) = figures(durable.sqlite(0, bar, MANY, 1), bar)
    assert figure.bound == 10_000
    assert [peer.rival for peer in figure.peers] == [True, False, False]


@pytest.mark.postgres
@pytest.mark.slow
def test_durable_turns_on_postgres(bar: Bar, on: Server) -> None:
    (figure,) = figures(durable.postgres(0, bar, MANY, 1, on), bar)
    assert figure.bound is None


@pytest.mark.slow
def test_the_start_and_the_memory(bar: Bar) -> None:
    waited, held = figures(start.measure(0, bar, 1), bar)
    assert (waited.unit, held.unit) == ("s", "MB")


@pytest.mark.slow
def test_webhooks(bar: Bar) -> None:
    committed, answered, slowest = figures(webhooks.measure(0, bar, webhooks.Size(64, 1, 0.5, 0.5)), bar)
    assert (committed.bound, answered.bound, slowest.bound) == (2_000, None, 50)
    assert [peer.name for peer in committed.peers] == ["Starlette, one bare insert each"]


@pytest.mark.slow
def test_a_snow_day_drains(bar: Bar) -> None:
    queued, drained = figures(drain.measure(0, bar, 120, 200.0), bar)
    assert queued.bound == 1
    assert drained.bound == pytest.approx(0.63)


@pytest.mark.postgres
@pytest.mark.slow
def test_a_snow_day_of_many_schools(bar: Bar, on: Server) -> None:
    found = figures(broadcast.measure(0, bar, broadcast.Size(schools=3, families=20), 60.0, on), bar)
    assert [figure.bound for figure in found] == 2 * [1, pytest.approx(1.05), 25, 1, 10]


@pytest.mark.postgres
@pytest.mark.slow
def test_rounds_open_and_every_family_books(bar: Bar, on: Server) -> None:
    """It raises where a talk is missing or an hour is given away twice."""
    found = figures(opening.measure(0, bar, opening.Size(schools=2, families=15, seconds=1.0), on), bar)
    assert [figure.bound for figure in found] == 2 * [1, 3]


@pytest.mark.postgres
@pytest.mark.slow
def test_workers_side_by_side(bar: Bar, on: Server) -> None:
    one, two, four = figures(workers.measure(0, bar, 120, on), bar)
    assert (one.peers, len(two.peers), len(four.peers)) == ((), 1, 1)


@pytest.mark.postgres
@pytest.mark.slow
def test_follow_ups_on_both_databases(bar: Bar, on: Server) -> None:
    found = figures(followups.measure(0, bar, followups.Size(people=60, due=20, peak=60, parents=120), on), bar)
    assert [each.bound for each in found] == 2 * [10, 1, 50, None, None, 20, 10, None]
    assert "while 3,000 wait, SQLite" in found[0].what


def test_every_turn_is_a_real_one(tmp_path: Path) -> None:
    """Nobody is measured who talks into the air: the plans are made, and the peer answers as often."""
    books = parents.books(parents.settings(tmp_path))
    with parents.open_database(f"sqlite:///{tmp_path / 'turns.db'}") as database:
        talking = parents.Parents(database, books, MANY)
        turns, _ = talking.conversation()
        with database.read() as tx:
            letters = tx.execute(select(func.count()).where(t.inbox.c.kind == "message")).scalar_one()
            done = tx.execute(select(func.count()).where(t.inbox.c.state == "done")).scalar_one()
            every = tx.execute(select(func.count()).select_from(t.inbox)).scalar_one()
            plans = tx.execute(select(func.count()).select_from(t.followup)).scalar_one()
            said = tx.execute(select(func.count()).select_from(t.outbox)).scalar_one()
    assert turns == letters
    assert done == every
    assert plans == MANY * 10 / 12  # all but who gave up and who got stuck
    assert said >= turns
    peer = peers.Peer(books, MANY, replies=True)
    assert peer.conversation()[0] == turns
    assert peer.answered() == turns - MANY / 12  # it has no answer to a word of thanks
    peer.close()


@pytest.mark.postgres
@pytest.mark.slow
def test_the_pages_of_a_small_network(bar: Bar, on: Server) -> None:
    found = figures(pages.measure(0, bar, network_year.Size(schools=2, families=24, messages=4, talks=24), 2, on), bar)
    assert [figure.bound for figure in found] == [300] * 4
    assert {figure.unit for figure in found} == {"ms"}


@pytest.mark.parametrize(
    ("figure", "missed"),
    [
        (Figure("turns", 10, "turns/s", 9), False),
        (Figure("turns", 10, "turns/s", 10), False),
        (Figure("turns", 10, "turns/s", 11), True),
        (Figure("start", 1.4, "s", 1.5), False),
        (Figure("start", 1.6, "s", 1.5), True),
        (Figure("memory", 151, "MB", 150), True),
        (Figure("turns", 10, "turns/s", peers=(Peer("faster", 11),)), False),
        (Figure("turns", 10, "turns/s", peers=(Peer("rival", 11, rival=True),)), True),
        (Figure("turns", 10, "turns/s", 9, (Peer("rival", 9, rival=True),)), False),
    ],
)
def test_a_bound_is_missed(figure: Figure, missed: bool) -> None:
    assert figure.missed == missed


def test_rounds_are_never_too_few() -> None:
    told: list[float] = []
    assert list(rounds(0, told.append)) == [1, 2, 3]
    assert told[-1] == 1


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code says what the figures say."""
    code = main(["bench", "engine", "--seconds", "0", "--json"])
    (figure,) = json.loads(capsys.readouterr().out)["figures"]
    assert code == int(figure["missed"])
    assert figure["ratio"] == pytest.approx(figure["value"] / figure["bound"])


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    main(["bench", "engine", "--seconds", "0"])
    assert "the engine alone" in capsys.readouterr().out


def test_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "nothing"]) == 1
    assert "there are: engine" in capsys.readouterr().err


def test_help_names_everything() -> None:
    assert tuple(BENCHES) == _NAMES


def test_nothing_is_left_behind() -> None:
    with parents.folder() as home:
        (home / "file").touch()
    assert not home.exists()
    assert ROOT not in home.parents
