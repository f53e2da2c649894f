"""A simulated school year by seeds: nothing is lost, nothing comes twice, no one is woken, the budget is kept.

A failing seed names itself and shows what came before it; `python -m tests.harness.year N` plays it again.
"""

from collections.abc import Sequence

import pytest

from tests.harness import year
from tests.harness.year_scenes import SCENES

SEEDS, TOGETHER = 200, 10
CHUNKS = [range(start, start + TOGETHER) for start in range(0, SEEDS, TOGETHER)]


@pytest.mark.parametrize("seeds", CHUNKS, ids=lambda seeds: f"from-{seeds[0]}")
def test_a_year(seeds: Sequence[int]) -> None:
    year.play(seeds)


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene(scene: str) -> None:
    """What chance brings together too seldom, over the same house and with the same promises."""
    year.play([scene])


def test_the_same_seed_plays_the_same() -> None:
    stories = []
    for _ in range(2):
        with year.opened(7) as one:
            one.run()
            stories.append(list(one.log))
    assert stories[0] == stories[1]
    assert stories[0]


def test_seeds_cover_the_year() -> None:
    """Between them they play every week of the school year, and both changes of the clock many times."""
    played = [year.span_of(seed, year.dice_of(seed)) for seed in range(SEEDS) if seed % year.WHOLE]
    weeks = {(start + number * year.WEEK).isocalendar().week for start, _ in played for number in range(year.WEEKS)}
    assert len(weeks) > 45
    for change in year.CHANGES:
        assert sum(start < change < until for start, until in played) > 20
