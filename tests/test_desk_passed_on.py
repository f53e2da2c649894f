"""What she was asked about passing on reaches a person, also when she says something else instead of yes."""

import pytest

from tests.world import KARIN, World


@pytest.mark.parametrize("word", ["mens", "STOP"])
async def test_nothing_of_hers_is_lost_over_another_wish(world: World, word: str) -> None:
    assert await world.say(KARIN, "De fiets van Lotte is weg.") == ["vrij.wat"]
    assert world.words() == []
    said = await world.say(KARIN, word)
    assert "vrij.wat" not in said
    assert world.words() == ["De fiets van Lotte is weg."]
