"""The simulated year at full size: seeds that the suite does not play, and whole years one after the other."""

import pytest

from tests.harness import year
from tests.harness.stage import FULL

pytestmark = pytest.mark.slow
FIRST = 1_000
SEEDS, TOGETHER = (4_000, 50) if FULL else (6, 3)
YEARS = 100 if FULL else 1


@pytest.mark.parametrize("start", range(FIRST + 1, FIRST + 1 + SEEDS, TOGETHER))
def test_more_seeds(start: int) -> None:
    year.play([seed for seed in range(start, start + TOGETHER) if seed % year.WHOLE])


@pytest.mark.parametrize("number", range(YEARS))
def test_whole_years(number: int) -> None:
    year.play([FIRST + number * year.WHOLE])
