"""A round on paper: families book one after the other, and brothers and sisters keep their quarter of an hour."""

from bot.bench import siblings
from bot.bench.figures import Figure


def test_a_whole_round() -> None:
    """Hardly a pair is parted; a list on a door, where each child is written down alone, parts a third of them."""
    ours = siblings.play(300, 1, siblings.together)
    alone = siblings.play(300, 1, siblings.each_alone)
    assert ours.near >= 95
    assert alone.near <= 75
    assert ours.placed == alone.placed == 100
    assert ours.wished >= 99
    assert ours.late <= 1 < alone.late, "nobody is there late without need"


def test_a_figure_that_can_miss_its_bound() -> None:
    told: list[float] = []
    (figure,) = siblings.measure(0, told.append)
    assert isinstance(figure, Figure)
    assert told[-1] == 1
    assert (figure.unit, figure.bound, figure.missed) == ("%", 90, False)
    (peer,) = figure.peers
    assert figure._replace(value=peer.value).missed
