"""The simulated year bites: each fault of one line, patched into a copy of the bot, is caught by its own promise."""

from pathlib import Path

import pytest

from tests.harness import year
from tests.harness.faults import FAULTS, Fault, copy, patch, play
from tests.harness.year_scenes import SCENES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return year.prepare(tmp_path_factory.mktemp("year") / "prepared")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_fault_is_caught(tmp_path: Path, prepared: Path, fault: Fault) -> None:
    found = play(patch(tmp_path, fault), prepared, fault.scene)
    assert found, f"nobody noticed: {fault.name}"
    why = next(line for line in reversed(found.splitlines()) if line.startswith(f"{fault.scene}: "))
    assert fault.shows in why, f"{fault.name} was noticed by a neighbour: {why}"


def test_without_a_fault_the_copy_breaks_nothing(tmp_path: Path, prepared: Path) -> None:
    assert play(copy(tmp_path), prepared, *SCENES) == ""


def test_there_is_a_fault_for_each_promise() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 25
